package api

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/confidence"
	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/tpe"
)

func TestSharesAreRounded(t *testing.T) {
	if s := share(45.8); s != 0.458 {
		t.Error(s)
	}
}

func TestConsistency(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada, sam := h.admin("ada@x.example"), h.partner(7, "sam@x.example")
		h.call(ada, "PUT", "/api/partners/7", `{"power_confidence_score":60,"value_proposition":"We answer every support call within one hour. We never charge setup fees.","key_differentiators":["Onboarding takes two weeks"]}`, 200, nil)
		h.call(ada, "GET", "/api/partners/7/consistency", "", 404, nil)
		for _, call := range []string{"POST /api/partners/99/consistency", "GET /api/partners/99/consistency", "GET /api/partners/99/consistency/history"} {
			method, path, _ := strings.Cut(call, " ")
			if body := h.call(ada, method, path, "", 404, nil).body; !strings.Contains(body, "Partner not found") {
				t.Error(call, body)
			}
		}
		h.call(sam, "POST", "/api/partners/7/consistency", "", 403, nil)

		type answer struct {
			Analysis struct {
				ID            int
				Score         *float64 `json:"consistency_score"`
				Status        string   `json:"validation_status"`
				InteractionID *string  `json:"interaction_id"`
				Report        consistency.Report
			}
			Drift *consistency.Drift
			Power *struct {
				Before *float64 `json:"previous_score"`
				Score  float64
			} `json:"power_confidence"`
		}
		run := func() (a answer) {
			t.Helper()
			h.call(ada, "POST", "/api/partners/7/consistency", "", 201, &a)
			return a
		}
		if a := run(); a.Analysis.Status != "insufficient_evidence" || a.Analysis.Score != nil || a.Analysis.InteractionID != nil || a.Power != nil || a.Drift != nil || len(a.Analysis.Report.Missing) == 0 {
			t.Errorf("%+v", a)
		}
		if n := len(h.records(tpe.TypeMessageConsistencyAnalysis)); n != 0 {
			t.Error("what has no score is not recorded:", n)
		}
		h.call(ada, "POST", "/api/partners/7/consistency", `{"identify":true}`, 201, nil)
		if list := h.records(tpe.TypeMessageConsistencyAnalysis); len(list) != 1 || list[0].at("metadata", "identified") != true || list[0]["user_id"] != ada.UserID || list[0].at("analysis", "status") != "insufficient_evidence" {
			t.Error("who identifies is recorded, also without a score:", list)
		}
		for i, words := range []string{"Support answers the phone within one hour.", "We answer support calls within an hour, always.", "Onboarding takes two weeks here."} {
			h.call(ada, "POST", "/api/partners/7/employee-feedback", fmt.Sprintf(`{"name":"Employee%d","rating":8,"comment":%q,"answers":[{"question":"Do you charge setup fees","answer":"No."}]}`, i, words), 201, nil)
		}
		for i, words := range []string{"Support never calls back within an hour, it takes three days.", "We waited two days for an answer from support.", "They charged us a setup fee."} {
			h.call(ada, "POST", "/api/partners/7/customer-reference", fmt.Sprintf(`{"name":"Customer%d","rating":4,"comment":%q}`, i, words), 201, nil)
		}
		first := run()
		r := first.Analysis.Report
		if first.Analysis.Score == nil || first.Analysis.Status != "analyzed" || len(r.Discrepancies) == 0 || first.Drift == nil || len(first.Drift.Appeared) == 0 {
			t.Fatalf("%+v", first)
		}
		if r.Collected.Employees != 3 || r.Collected.References != 3 || r.Collected.CEO != 1 || r.Collected.Counted != 6 {
			t.Errorf("%+v", r.Collected)
		}
		p := first.Power
		if p == nil || *p.Before != 60 || p.Score != math.Round(0.8*confidence.Prior+0.2**first.Analysis.Score) {
			t.Fatalf("%+v", p)
		}
		if strings.Contains(h.call(ada, "GET", "/api/partners/7/consistency", "", 200, nil).body, "Employee1") {
			t.Error("an employee is named")
		}

		list := h.records(tpe.TypeMessageConsistencyAnalysis)
		if len(list) != 2 {
			t.Fatal(list)
		}
		if list = list[1:]; list[0]["interaction_id"] != *first.Analysis.InteractionID || list[0]["partner_id"] != "7" || list[0].at("analysis", "overall_consistency") != share(*first.Analysis.Score) ||
			list[0].at("metadata", "identified") != false || list[0].at("metadata", "collected") != 6.0 {
			t.Error(list)
		}
		updates := len(h.records(tpe.TypePowerConfidenceUpdate))

		// The same texts again change nothing.
		again := run()
		if *again.Power.Before != p.Score || again.Power.Score != p.Score || *again.Drift.Change != 0 || !again.Drift.SameInput || len(again.Drift.Appeared)+len(again.Drift.Resolved) != 0 {
			t.Errorf("%+v %+v", again.Power, again.Drift)
		}
		if n := len(h.records(tpe.TypePowerConfidenceUpdate)); n != updates {
			t.Error("an unchanged score is recorded again")
		}
		var named answer
		h.call(ada, "POST", "/api/partners/7/consistency", `{"identify":true}`, 201, &named)
		all := h.records(tpe.TypeMessageConsistencyAnalysis)
		if last := all[len(all)-1]; !named.Analysis.Report.Identified || last.at("metadata", "identified") != true || last["user_id"] != ada.UserID {
			t.Error(last)
		}
		var got answer
		if body := h.call(ada, "GET", "/api/partners/7/consistency", "", 200, &got).body; strings.Contains(body, "Onboarding takes two weeks here") || got.Analysis.Report.Identified {
			t.Error("who did not ask sees employees identified", body)
		}
		if got.Drift == nil || *got.Drift.Change != 0 {
			t.Errorf("%+v", got.Drift)
		}
		var history struct {
			Total    int
			Analyses []struct {
				ID    int
				Score *float64 `json:"consistency_score"`
			}
		}
		h.call(ada, "GET", "/api/partners/7/consistency/history?limit=3", "", 200, &history)
		if history.Total != 5 || len(history.Analyses) != 3 || history.Analyses[0].ID != named.Analysis.ID {
			t.Errorf("%+v", history)
		}
		b, _ := json.Marshal(named.Analysis.Report.Discrepancies)
		for _, d := range named.Analysis.Report.Discrepancies {
			for _, q := range d.Evidence {
				if q.Document == "" || q.Text == "" {
					t.Errorf("identified, and withheld: %s", b)
				}
			}
		}
	})
}
