package api

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

func TestPartners(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada := h.admin("ada@x.example")
		var one struct{ Partner map[string]any }
		h.call(ada, "POST", "/api/partners", newPartner("LeadBridge", 91, `["controlling_lead_flow"]`), 201, &one)
		for column, want := range map[string]any{"id": 1.0, "contact_email": "sales@gmail.com", "focus_areas_served": `["controlling_lead_flow"]`, "power_confidence_score": 91.0, "is_active": 1.0,
			"key_differentiators": `["Fast"]`, "tech_stack_crm": "[]", "client_demos": `["a","b"]`, "ceo_contact_name": "Joel", "last_quarterly_report": "", "website": nil} {
			if one.Partner[column] != want {
				t.Errorf("%s is %v, want %v", column, one.Partner[column], want)
			}
		}
		list := h.records(tpe.TypePartnerOnboarding)
		if len(list) != 1 || list[0]["partner_id"] != "1" || list[0].at("outcomes", "initial_powerconfidence_score") != 91.0 || list[0].at("metadata", "documents_uploaded") != 2.0 {
			t.Error(list)
		}
		h.call(ada, "POST", "/api/partners", newPartner("MarketPro", 60, `["marketing_automation"]`), 201, nil)
		for body, message := range map[string]string{
			`{"contact_email":"a@x.example","focus_areas_served":[],"target_revenue_range":[]}`:                                        "Company name is required",
			`{"company_name":"x","contact_email":"nothing","focus_areas_served":[],"target_revenue_range":[]}`:                         "Valid email is required",
			`{"company_name":"x","contact_email":"a@x.example","focus_areas_served":"a","target_revenue_range":[]}`:                    "Focus areas must be an array",
			`{"company_name":"x","contact_email":"a@x.example","focus_areas_served":[],"target_revenue_range":[],"is_active":"maybe"}`: "Active status must be boolean",
		} {
			if r := h.call(ada, "POST", "/api/partners", body, 400, nil); !strings.Contains(r.body, message) {
				t.Error(r.body)
			}
		}

		if r := h.call(nobody, "GET", "/api/partners/1", "", 200, &one); strings.Contains(r.body, "gmail") || strings.Contains(r.body, "Joel") || one.Partner["total_bookings"] != 0.0 {
			t.Error("everybody sees", r.body)
		}
		if h.call(ada, "GET", "/api/partners/1", "", 200, &one); one.Partner["contact_email"] != "sales@gmail.com" || one.Partner["total_matches"] != 0.0 {
			t.Error(one)
		}
		h.call(nobody, "GET", "/api/partners/99", "", 404, nil)
		h.call(nobody, "GET", "/api/partners/0", "", 404, nil)

		h.call(ada, "PUT", "/api/partners/2", `{"focus_areas_served":["a","b"],"description":"new","power_confidence_score":"75","website":null}`, 200, &one)
		if p := one.Partner; p["id"] != 2.0 || p["focus_areas_served"] != `["a","b"]` || p["description"] != "new" || p["power_confidence_score"] != 75.0 || p["previous_powerconfidence_score"] != 60.0 || p["score_trend"] != "up" {
			t.Error(p)
		}
		h.call(ada, "PUT", "/api/partners/2", `{"power_confidence_score":75}`, 200, nil)
		if list := h.records(tpe.TypePowerConfidenceUpdate); len(list) != 1 || list[0]["partner_id"] != "2" || list[0].at("outcomes", "score_change") != 15.0 {
			t.Error("the same score is no change:", list)
		}
		h.call(ada, "PUT", "/api/partners/2", `{}`, 400, nil)
		h.call(ada, "PUT", "/api/partners/2", `{"power_confidence_score":101}`, 400, nil)
		h.call(ada, "PUT", "/api/partners/99", `{"power_confidence_score":1}`, 404, nil)
		h.call(ada, "PUT", "/api/partners/99", `{"description":"x"}`, 404, nil)

		if h.call(ada, "PUT", "/api/partners/2/toggle-status", "", 200, &one); one.Partner["id"] != 2.0 || one.Partner["is_active"] != 0.0 {
			t.Error(one)
		}
		h.call(ada, "PUT", "/api/partners/99/toggle-status", "", 404, nil)
		var rows struct {
			Total    int
			Partners []struct{ ID int }
		}
		for path, want := range map[string]int{"": 2, "?active=true": 1, "?active=false": 1} {
			if h.call(ada, "GET", "/api/partners"+path, "", 200, &rows); rows.Total != want || len(rows.Partners) != want {
				t.Error(path, rows)
			}
		}
		for body, want := range map[string]int{`{"query":"LEADB"}`: 1, `{"query":"gmail"}`: 2, `{"focus_areas":["controlling_lead_flow"],"is_active":true}`: 1, `{"score_from":80}`: 1, `{"score_from":80,"score_to":90}`: 0,
			`{"revenue_ranges":["11_20_million"]}`: 2, `{"revenue_ranges":["1%"]}`: 0} {
			if h.call(ada, "POST", "/api/partners/search", body, 200, &rows); rows.Total != want {
				t.Error(body, rows)
			}
		}
		var stats struct{ Stats map[string]any }
		h.call(ada, "GET", "/api/partners/stats/overview", "", 200, &stats)
		if s := stats.Stats; s["total_partners"] != 2.0 || s["active_partners"] != 1.0 || s["inactive_partners"] != 1.0 || s["avg_confidence_score"] != 83.0 || s["unique_focus_areas"] != 3.0 {
			t.Error(s)
		}
		h.call(ada, "DELETE", "/api/partners/2", "", 200, nil)
		h.call(ada, "DELETE", "/api/partners/2", "", 404, nil)
	})
}

// The list that everybody gets is kept, and yet never older than the last
// change; what another process changes shows a second later.
func TestActivePartners(t *testing.T) {
	var later atomic.Int64 // how far the clock of the server is ahead
	clock := func(o *Options) { o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) } }
	both(t, clock, func(t *testing.T, h *house) {
		later.Store(0)
		ada := h.admin("ada@x.example")
		names := func() string {
			var a struct {
				Count    int
				Partners []struct {
					Name string `json:"company_name"`
				}
			}
			h.call(nobody, "GET", "/api/partners/active", "", 200, &a)
			if a.Count != len(a.Partners) {
				t.Error(a)
			}
			return fmt.Sprint(a.Partners)
		}
		for i, c := range []struct{ method, path, body, want string }{
			{"", "", "", "[]"},
			{"POST", "", newPartner("A", 90, `["a"]`), "[{A}]"},
			{"POST", "", newPartner("B", 95, `["a"]`), "[{B} {A}]"},
			{"PUT", "/1", `{"power_confidence_score":99}`, "[{A} {B}]"},
			{"PUT", "/2/toggle-status", "", "[{A}]"},
			{"PUT", "/1", `{"company_name":"C"}`, "[{C}]"},
			{"DELETE", "/1", "", "[]"},
			{"PUT", "/2/toggle-status", "", "[{B}]"},
		} {
			if c.method != "" {
				status := 200
				if c.method == "POST" {
					status = 201
				}
				h.call(ada, c.method, "/api/partners"+c.path, c.body, status, nil)
			}
			for range 2 {
				if got := names(); got != c.want {
					t.Errorf("%d: %s, want %s", i, got, c.want)
				}
			}
		}
		other := h.beside()
		if _, err := other.Tx(t.Context(), func(tx *sqldb.Tx) error {
			_, err := sqldb.DeletePartner(t.Context(), tx, 2)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		later.Store(int64(activeLife))
		if got := names(); got != "[]" {
			t.Error(got)
		}
	})
}
