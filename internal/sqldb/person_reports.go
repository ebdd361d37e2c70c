package sqldb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/consistency"
)

// reportsTable holds the reports of what is said about partners.
const reportsTable = "partner_message_consistency"

// spoken says which tables hold texts that reports quote, and which column of
// theirs leads to the partner.
var spoken = map[string]string{
	"demo_turns":                  "transcript_id",
	"demo_uploads":                "partner_id",
	"partner_customer_references": "partner_id",
	"partner_employee_feedback":   "partner_id",
	"strategic_partners":          "id",
	reportsTable:                  "partner_id",
}

// heard notes that texts about a partner have something of the person.
func (w *forget) heard(ctx context.Context, c Conn, table string, leads int64) error {
	if table == "demo_turns" {
		partner, _, err := value[int64](ctx, c, `SELECT u.partner_id FROM demo_uploads u JOIN demo_transcripts t ON t.upload_id = u.id WHERE t.id = ?`, leads)
		if err != nil {
			return fmt.Errorf("find the partner of a transcript: %w", err)
		}
		leads = partner
	}
	if !slices.Contains(w.partners, leads) {
		w.partners = append(w.partners, leads)
	}
	return nil
}

// reports takes the words out of every report on the partners of whom the
// person has spoken: a report does not tell whose words it has, so only the
// score and the counts stay.
func (w *forget) reports(ctx context.Context, c Conn) error {
	slices.Sort(w.partners) // one order for the locks
	for _, partner := range w.partners {
		if tx, ok := c.(*Tx); ok && w.change {
			if err := LockAnalyses(ctx, tx, partner); err != nil {
				return err
			}
		}
		list, err := all[AnalysisReport](ctx, c, `SELECT `+columns[AnalysisReport]("")+` FROM `+reportsTable+` WHERE partner_id = ? ORDER BY id`, partner)
		if err != nil {
			return fmt.Errorf("look for reports: %w", err)
		}
		for _, row := range list {
			if err := w.report(ctx, c, row); err != nil {
				return fmt.Errorf("erase from report %d: %w", row.ID, err)
			}
		}
	}
	return w.answers(ctx, c)
}

func (w *forget) report(ctx context.Context, c Conn, row AnalysisReport) error {
	r, ok := row.Report()
	if !ok {
		r = &consistency.Report{} // the score is in a column of its own
	}
	if r.Reduced {
		return nil
	}
	w.note(reportsTable, false)
	if !w.change {
		return nil
	}
	data, err := json.Marshal(r.Reduce())
	if err != nil {
		return err
	}
	_, err = run(ctx, c, `UPDATE `+reportsTable+` SET analysis_data = ?, discrepancies = '[]', recommendations = '[]' WHERE id = ?`, string(data), row.ID)
	return err
}

// answers removes the answers with such a report that are kept for
// repetitions.
func (w *forget) answers(ctx context.Context, c Conn) error {
	if len(w.partners) == 0 {
		return nil
	}
	type kept struct {
		Scope string `sql:"scope"`
		Key   string `sql:"idempotency_key"`
		Body  Text   `sql:"body"`
	}
	list, err := all[kept](ctx, c, `SELECT `+columns[kept]("")+` FROM idempotency_keys WHERE body LIKE '%"analysis"%'`)
	if err != nil {
		return fmt.Errorf("look for kept answers: %w", err)
	}
	for _, k := range list {
		var answer struct {
			Analysis struct {
				Partner int64           `json:"partner_id"`
				Report  json.RawMessage `json:"report"`
			} `json:"analysis"`
		}
		body := strings.TrimSpace(k.Body.String)
		if json.Unmarshal([]byte(body), &answer) != nil || answer.Analysis.Report == nil || !slices.Contains(w.partners, answer.Analysis.Partner) {
			continue
		}
		if _, _, counted := w.without(body); !counted {
			w.note("idempotency_keys", true)
		}
		if !w.change {
			continue
		}
		if _, err := run(ctx, c, `DELETE FROM idempotency_keys WHERE scope = ? AND idempotency_key = ?`, k.Scope, k.Key); err != nil {
			return fmt.Errorf("erase kept answer: %w", err)
		}
	}
	return nil
}
