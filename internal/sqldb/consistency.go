package sqldb

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/power100/tpe/internal/consistency"
)

// Analysis is a stored report of the consistency of what is said about a
// partner.
type Analysis struct {
	ID            int64  `json:"id"`
	PartnerID     int64  `json:"partner_id"`
	Score         Number `json:"consistency_score"`
	Status        Text   `json:"validation_status" doc:"analyzed, or insufficient_evidence"`
	InteractionID Text   `json:"interaction_id"`
	CreatedAt     Time   `json:"created_at"`
}

// AnalysisReport is an analysis with its report.
type AnalysisReport struct {
	Analysis
	Data Text `json:"-" sql:"analysis_data"`
}

// Report reads the report; false when it cannot be read, because another
// version has written it.
func (a AnalysisReport) Report() (*consistency.Report, bool) {
	var r consistency.Report
	if json.Unmarshal([]byte(a.Data.String), &r) != nil {
		return nil, false
	}
	return &r, true
}

// The states of an analysis.
const (
	Analyzed     = "analyzed"
	Insufficient = "insufficient_evidence"
)

// StoreAnalysis stores a report. The interaction may be empty.
func StoreAnalysis(ctx context.Context, tx *Tx, partner int64, r *consistency.Report, interaction string) (AnalysisReport, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return AnalysisReport{}, fmt.Errorf("store analysis: %w", err)
	}
	discrepancies, err := json.Marshal(r.Discrepancies)
	if err != nil {
		return AnalysisReport{}, fmt.Errorf("store analysis: %w", err)
	}
	recommendations, err := json.Marshal(r.Recommendations)
	if err != nil {
		return AnalysisReport{}, fmt.Errorf("store analysis: %w", err)
	}
	sets := []Set{{"partner_id", partner}, {"analysis_data", string(data)}, {"discrepancies", string(discrepancies)}, {"recommendations", string(recommendations)}, {"validation_status", Insufficient}}
	if r.Score != nil {
		sets[len(sets)-1].Value = Analyzed
		sets = append(sets, Set{"consistency_score", *r.Score})
	}
	if interaction != "" {
		sets = append(sets, Set{"interaction_id", interaction})
	}
	row, _, err := insert[AnalysisReport](ctx, tx, reportsTable, sets)
	if err != nil {
		return row, fmt.Errorf("store analysis: %w", err)
	}
	return row, nil
}

// LockAnalyses lets one transaction at a time change the analyses of a
// partner.
func LockAnalyses(ctx context.Context, tx *Tx, partner int64) error {
	return tx.Lock(ctx, "consistency", partner)
}

// LastAnalysis returns the newest analysis of a partner; ok is false when
// there is none.
func LastAnalysis(ctx context.Context, c Conn, partner int64) (row AnalysisReport, ok bool, err error) {
	return AnalysisBefore(ctx, c, partner, math.MaxInt64)
}

// AnalysisBefore returns the analysis of a partner that came before another
// one; ok is false when there is none.
func AnalysisBefore(ctx context.Context, c Conn, partner, id int64) (row AnalysisReport, ok bool, err error) {
	row, ok, err = one[AnalysisReport](ctx, c, `SELECT `+columns[AnalysisReport]("")+` FROM `+reportsTable+` WHERE partner_id = ? AND id < ? ORDER BY id DESC LIMIT 1`, partner, id)
	if err != nil {
		return row, false, fmt.Errorf("find analysis: %w", err)
	}
	return row, ok, nil
}

// Analyses lists the analyses of a partner, the newest first.
func Analyses(ctx context.Context, c Conn, partner int64, p Page) (Rows[Analysis], error) {
	l := &listing{from: reportsTable, key: "id"}
	l.where.and("partner_id = ?", partner)
	rows, err := page[Analysis](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list analyses: %w", err)
	}
	return rows, nil
}

// PartnerIDs returns the ids of all partners, in order.
func PartnerIDs(ctx context.Context, c Conn) ([]int64, error) {
	rows, err := all[struct {
		ID int64 `json:"id"`
	}](ctx, c, `SELECT id FROM strategic_partners ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, nil
}
