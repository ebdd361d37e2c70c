package sqldb

import (
	"context"
	"fmt"
)

// ScoreChange is a new PowerConfidence score.
type ScoreChange struct {
	To      int64
	Method  string // how it came about
	Notes   string
	Details string // JSON; empty: none
	// Quarter that it is for, and the scores of categories as JSON; empty:
	// none.
	Quarter, Categories string
	Points              int   // statements that it rests on
	By                  int64 // the administrator; 0: none
}

// SetScore gives a partner a new score and adds it to the history. It returns
// the score from before; changed is false when it is the same, and then
// nothing happens. The error is of the code NotFound when there is no
// partner.
func SetScore(ctx context.Context, tx *Tx, partner int64, s ScoreChange) (from Number, changed bool, err error) {
	if err := tx.Lock(ctx, "score", partner); err != nil {
		return from, false, err
	}
	from, ok, err := value[Number](ctx, tx, `SELECT tpe_num(power_confidence_score) FROM strategic_partners WHERE id = ?`, partner)
	if err := found(ok, err, "Partner", partner); err != nil {
		return from, false, err
	}
	if from.Valid && from.Float == float64(s.To) {
		return from, false, nil
	}
	var was, delta, details, by, quarter, categories any
	trend := "stable"
	if from.Valid {
		was, delta = int64(from.Float), s.To-int64(from.Float)
		switch {
		case float64(s.To) > from.Float:
			trend = "up"
		case float64(s.To) < from.Float:
			trend = "down"
		}
	}
	if s.Details != "" {
		details = s.Details
	}
	if s.Quarter != "" {
		quarter = s.Quarter
	}
	if s.Categories != "" {
		categories = s.Categories
	}
	if s.By != 0 {
		by = s.By
	}
	_, err = run(ctx, tx, `UPDATE strategic_partners SET power_confidence_score = ?, current_powerconfidence_score = ?, previous_powerconfidence_score = ?, score_trend = ?,
		last_score_update = CURRENT_TIMESTAMP, updated_at = CURRENT_TIMESTAMP WHERE id = ?`, s.To, s.To, was, trend, partner)
	if err != nil {
		return from, false, fmt.Errorf("set score of partner %d: %w", partner, err)
	}
	_, err = run(ctx, tx, `INSERT INTO powerconfidence_history (partner_id, old_score, new_score, score_change, score, calculation_method, calculation_details, feedback_count, total_responses,
			quarter, category_scores, calculated_by, notes)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, partner, was, s.To, delta, s.To, s.Method, details, s.Points, s.Points, quarter, categories, by, s.Notes)
	if err != nil {
		return from, false, fmt.Errorf("note score of partner %d: %w", partner, err)
	}
	return from, true, nil
}
