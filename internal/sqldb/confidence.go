package sqldb

import (
	"context"
	"fmt"
)

// ScoreRow is one change of a partner's PowerConfidence score. Rows of the
// older service have the score, and not what it was before.
type ScoreRow struct {
	ID             int64  `json:"id"`
	PartnerID      Number `json:"partner_id"`
	OldScore       Number `json:"old_score"`
	NewScore       Number `json:"new_score" sql:"COALESCE(tpe_num(new_score), tpe_num(score))"`
	ScoreChange    Number `json:"score_change"`
	FeedbackCount  Number `json:"feedback_count"`
	Quarter        Text   `json:"quarter"`
	Method         Text   `json:"calculation_method"`
	CategoryScores Text   `json:"category_scores"`
	Notes          Text   `json:"notes"`
	CreatedAt      Time   `json:"created_at"`
}

// ScoreHistory returns the last changes of a partner's score, the newest
// first.
func ScoreHistory(ctx context.Context, c Conn, partner int64, most int) ([]ScoreRow, error) {
	list, err := all[ScoreRow](ctx, c, `SELECT `+columns[ScoreRow]("")+` FROM powerconfidence_history WHERE partner_id = ? ORDER BY tpe_time(created_at) DESC, id DESC LIMIT ?`, partner, most)
	if err != nil {
		return nil, fmt.Errorf("list scores of partner %d: %w", partner, err)
	}
	return list, nil
}

// ScoreBasis is what a partner's score is computed from.
type ScoreBasis struct {
	ID          int64
	Score       Number // as it is; null when there is none
	Ratings     []RatingRow
	Consistency Number // of the last analysis of the stakeholders' messages
}

// RatingRow is the ratings of one answer.
type RatingRow struct {
	Overall       Number `sql:"tpe_num(overall_satisfaction)"`
	Communication Number `sql:"tpe_num(communication_rating)"`
	Service       Number `sql:"tpe_num(service_quality_rating)"`
	Value         Number `sql:"tpe_num(value_for_money_rating)"`
	Recommend     Number `sql:"tpe_num(likelihood_to_recommend)"`
}

// ScoreBasisOf returns what a partner's score is computed from, and keeps
// others from changing it until the transaction ends. The error is of the
// code NotFound when there is no such partner.
func ScoreBasisOf(ctx context.Context, tx *Tx, partner int64) (b ScoreBasis, err error) {
	if err := tx.Lock(ctx, "score", partner); err != nil {
		return b, err
	}
	var ok bool
	if b.Score, ok, err = value[Number](ctx, tx, `SELECT tpe_num(power_confidence_score) FROM strategic_partners WHERE id = ?`, partner); err != nil {
		return b, fmt.Errorf("find partner %d: %w", partner, err)
	} else if !ok {
		return b, notFound("Partner")
	}
	b.ID = partner
	if b.Ratings, err = all[RatingRow](ctx, tx, `SELECT `+columns[RatingRow]("")+` FROM feedback_responses WHERE partner_id = ?`, partner); err != nil {
		return b, fmt.Errorf("list ratings of partner %d: %w", partner, err)
	}
	b.Consistency, _, err = value[Number](ctx, tx, `SELECT consistency_score FROM partner_message_consistency WHERE partner_id = ? ORDER BY id DESC LIMIT 1`, partner)
	if err != nil {
		return b, fmt.Errorf("find consistency of partner %d: %w", partner, err)
	}
	return b, nil
}

// ActiveIDs returns the ids of the active partners.
func ActiveIDs(ctx context.Context, c Conn) ([]int64, error) {
	type idRow struct {
		ID int64 `json:"id"`
	}
	list, err := all[idRow](ctx, c, `SELECT id FROM strategic_partners WHERE tpe_bool(is_active) ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	ids := make([]int64, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return ids, nil
}
