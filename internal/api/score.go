package api

import (
	"context"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// scoring is a new PowerConfidence score of a partner.
type scoring struct {
	Partner int64
	To      int64  // 0 to 100
	Method  string // how it came about: manual, message_consistency, ...
	Notes   string
	Details any // as JSON in the history; nil: nothing
	Points  int // how many statements it rests on; 0: none
	Quarter string
	// Categories are the scores of categories, as JSON in the history; nil:
	// none.
	Categories any
}

// setScore gives a partner a new score, notes it in the history and as an
// outcome. Nothing happens when it is the score that the partner has. The
// error is of the code NotFound when there is no partner.
func (s *Server) setScore(ctx context.Context, tx *sqldb.Tx, sc scoring) error {
	change := sqldb.ScoreChange{To: sc.To, Method: sc.Method, Notes: sc.Notes, Points: sc.Points, Quarter: sc.Quarter}
	if sc.Details != nil {
		change.Details = jsonText(sc.Details)
	}
	if sc.Categories != nil {
		change.Categories = jsonText(sc.Categories)
	}
	if caller := who(ctx); caller.UserType == tpe.UserAdmin {
		change.By = number(caller.UserID)
	}
	from, changed, err := sqldb.SetScore(ctx, tx, sc.Partner, change)
	if err != nil || !changed {
		return err
	}
	outcomes := object{"new_score": sc.To}
	if from.Valid {
		outcomes["score_change"] = float64(sc.To) - from.Float
		if from.Float >= 0 && from.Float <= 100 {
			outcomes["previous_score"] = from.Float
		}
	}
	_, err = s.happened(ctx, tx, outcome{Type: tpe.TypePowerConfidenceUpdate, Fields: object{
		"partner_id": idText(sc.Partner), "outcomes": outcomes,
		"metadata": object{"update_reason": sc.Method, "data_points_used": sc.Points},
	}})
	return err
}
