package api

import (
	"context"
	"strconv"

	"github.com/power100/tpe/internal/confidence"
	"github.com/power100/tpe/internal/sqldb"
)

type scoreInput struct {
	Body struct {
		PartnerID *ident `json:"partnerId,omitempty" doc:"every active partner when absent"`
		Quarter   string `json:"quarter,omitempty" maxLength:"20" doc:"the present one when absent"`
	}
}

type scoreOutput struct {
	Body struct {
		Success     bool     `json:"success"`
		Message     string   `json:"message"`
		Updated     int      `json:"updated_count" doc:"partners whose score was computed; one without an answer keeps what it has"`
		PartnerID   *int64   `json:"partnerId,omitempty"`
		OldScore    *float64 `json:"oldScore,omitempty"`
		NewScore    *float64 `json:"newScore,omitempty"`
		ScoreChange *float64 `json:"scoreChange,omitempty"`
	}
}

// updateScores computes PowerConfidence scores from the answers that there
// are, see [confidence.Score].
func (s *Server) updateScores(ctx context.Context, in *scoreInput) (*scoreOutput, error) {
	quarter := in.Body.Quarter
	if quarter == "" {
		quarter = quarterOf(s.opts.Now())
	}
	var ids []int64
	if in.Body.PartnerID != nil {
		ids = []int64{int64(*in.Body.PartnerID)}
	} else {
		var err error
		if ids, err = sqldb.ActiveIDs(ctx, s.opts.DB); err != nil {
			return nil, err
		}
	}
	out := &scoreOutput{}
	b := &out.Body
	for _, id := range ids {
		old, now, err := s.updateScore(ctx, id, quarter)
		if err != nil {
			return nil, err
		}
		if now == nil {
			continue
		}
		b.Updated++
		if in.Body.PartnerID != nil {
			b.PartnerID, b.OldScore, b.NewScore = &id, old, now
			if old != nil {
				b.ScoreChange = ptr(*now - *old)
			}
		}
	}
	b.Success = true
	b.Message = "PowerConfidence scores updated for " + strconv.Itoa(b.Updated) + " of " + strconv.Itoa(len(ids)) + " partners"
	return out, nil
}

// updateScore computes the score of one partner in a transaction of its own.
// The new score is nil when nobody has said anything of the partner yet.
func (s *Server) updateScore(ctx context.Context, partner int64, quarter string) (old, now *float64, err error) {
	err = s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		old, now, err = s.rescore(ctx, tx, partner, scoring{Method: "quarterly_feedback", Quarter: quarter})
		return err
	})
	return old, now, err
}

// rescore computes the score of one partner from all that is known, see
// [confidence.Score]. The new score is nil when nothing is.
func (s *Server) rescore(ctx context.Context, tx *sqldb.Tx, partner int64, sc scoring) (old, now *float64, err error) {
	basis, err := sqldb.ScoreBasisOf(ctx, tx, partner)
	if err != nil {
		return nil, nil, err
	}
	ratings := make([]confidence.Rating, len(basis.Ratings))
	for i, r := range basis.Ratings {
		ratings[i] = confidence.Rating{Overall: r.Overall.Float, Communication: r.Communication.Float, Service: r.Service.Float, Value: r.Value.Float, Recommend: r.Recommend.Float}
	}
	var consistency *float64
	if basis.Consistency.Valid {
		consistency = &basis.Consistency.Float
	}
	score, n, ok := confidence.Score(ratings, consistency)
	if !ok {
		return nil, nil, nil
	}
	if basis.Score.Valid {
		old = &basis.Score.Float
	}
	sc.Partner, sc.To, sc.Points, sc.Details = partner, int64(score), sc.Points+n, object{"ratings": n, "consistency": consistency}
	return old, ptr(float64(score)), s.setScore(ctx, tx, sc)
}
