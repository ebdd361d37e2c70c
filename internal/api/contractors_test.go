package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/tpe"
)

// call sends JSON as somebody and reads the answer into out, when that is not
// nil.
func (h *house) call(as auth.Identity, method, path, body string, status int, out any) reply {
	h.t.Helper()
	headers := typeJSON
	if as.UserID != "" {
		headers = append([]string{"Authorization", h.bearer(as)}, typeJSON...)
	}
	r := h.do(method, path, body, headers...)
	if r.status != status {
		h.t.Errorf("%s %s: %d, want %d: %s", method, path, r.status, status, r.body)
	}
	if out != nil && r.status == status {
		if err := json.Unmarshal([]byte(r.body), out); err != nil {
			h.t.Errorf("%s %s: %v: %s", method, path, err, r.body)
		}
	}
	return r
}

var nobody auth.Identity

// newPartner is a partner with what matching needs.
func newPartner(name string, score int, areas string) string {
	return fmt.Sprintf(`{"company_name":%q,"contact_email":"Sales+x@Gmail.com","contact_phone":"555 0100","ceo_contact_name":"Joel","focus_areas_served":%s,"target_revenue_range":["11_20_million"],
		"power_confidence_score":%d,"key_differentiators":["Fast"],"client_demos":["a","b"],"last_quarterly_report":"","is_active":true,"unknown":1}`, name, areas, score)
}

// The whole way of a contractor, as the front end goes it: without a token.
func TestContractorFlow(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada := h.admin("ada@x.example")
		for i, areas := range []string{`["controlling_lead_flow"]`, `["controlling_lead_flow","closing_higher_percentage"]`, `["greenfield_growth"]`, `["marketing_automation"]`} {
			h.call(ada, "POST", "/api/partners", newPartner(fmt.Sprintf("P%d", i+1), 90+i, areas), 201, nil)
		}
		h.call(nobody, "POST", "/api/contractors/verify-start", `{"name":"Dana","email":"dana@x.example","phone":"5552013344","company_name":"Whitfield"}`, 200, nil)
		h.call(nobody, "GET", "/api/contractors/1/matches", "", 401, nil)
		h.call(nobody, "POST", "/api/contractors/verify-code", `{"contractor_id":1,"code":"123456"}`, 200, nil)
		h.call(nobody, "PUT", "/api/contractors/1/profile", `{"focus_areas":["controlling_lead_flow","closing_higher_percentage"],"annual_revenue":"11_20_million","increased_tools":true,"increased_people":true}`, 200, nil)

		var first struct {
			Matches []struct {
				Partner      map[string]any
				MatchScore   float64
				MatchReasons []string
				MatchParts   []map[string]any
			}
			CurrentFocusArea string
			AllFocusAreas    []string
			FocusAreaIndex   any
		}
		r := h.call(nobody, "GET", "/api/contractors/1/matches", "", 200, &first)
		if len(first.Matches) != 2 || first.Matches[0].Partner["company_name"] != "P2" || first.Matches[0].MatchScore != 82 || first.CurrentFocusArea != "controlling_lead_flow" ||
			len(first.AllFocusAreas) != 2 || first.FocusAreaIndex != 0.0 || len(first.Matches[0].MatchParts) != 5 || !strings.Contains(r.body, `"podcastMatch":null`) {
			t.Error(r.body)
		}
		if areas, ok := first.Matches[0].Partner["focus_areas_served"].([]any); !ok || len(areas) != 2 {
			t.Error("lists are lists:", r.body)
		}
		for _, private := range []string{"gmail", "555 0100", "Joel", "contact_email"} {
			if strings.Contains(r.body, private) {
				t.Errorf("matches tell %q: %s", private, r.body)
			}
		}
		if r := h.call(nobody, "GET", "/api/contractors/1/matches?focusAreaIndex=1", "", 200, nil); !strings.Contains(r.body, `"currentFocusArea":"closing_higher_percentage"`) || !strings.Contains(r.body, `"focusAreaIndex":"1"`) {
			t.Error(r.body)
		}
		h.call(nobody, "GET", "/api/contractors/1/matches?focusAreaIndex=x", "", 400, nil)

		shown := h.records(tpe.TypePartnerMatch)
		if len(shown) != 4 {
			t.Errorf("%d matches are recorded, 4 were shown", len(shown))
		}
		if m := shown[0]; m["user_id"] != "1" || m["user_type"] != tpe.UserContractor || m["partner_id"] != "2" || m.at("outcomes", "match_score") != 82.0 || m.at("outcomes", "primary_match") != true || m.at("metadata", "revenue_tier") != "11_20_million" {
			t.Error(m)
		}
		if shown[1].at("outcomes", "primary_match") != false {
			t.Error(shown[1])
		}

		explore := `{"type":"focus_area_exploration","contractor_id":1,"from_focus_area":"a","to_focus_area":"b","focus_area_index":1,"total_focus_areas":2,"direction":"forward","timestamp":"2026-11-23T09:14:24.092Z"}`
		h.call(nobody, "POST", "/api/data-collection/interaction", explore, 200, nil)
		if list := h.records(tpe.TypeNavigation); len(list) != 1 || list[0]["user_id"] != "1" || list[0].at("navigation", "to") != "b" || list[0].at("navigation", "trigger") != "forward" {
			t.Error(list)
		}
		h.call(nobody, "POST", "/api/data-collection/interaction", strings.Replace(explore, `"contractor_id":1`, `"contractor_id":2`, 1), 200, nil)
		if list := h.records(tpe.TypeNavigation); len(list) != 2 || list[1]["user_id"] != tpe.Anonymous {
			t.Error("somebody else's id:", list)
		}

		h.call(nobody, "POST", "/api/contractors/1/complete", `{"selected_partner_id":99}`, 404, nil)
		h.call(ada, "POST", "/api/contractors/99/complete", `{}`, 404, nil)
		if n := len(h.records(tpe.TypeDemoBooking)) + len(h.records(tpe.TypeFlowCompletion)); n != 0 {
			t.Error("what was refused has outcomes:", n)
		}
		var clicks sync.WaitGroup
		for range 5 { // one demo
			clicks.Go(func() {
				r, err := h.try("POST", "/api/contractors/1/complete", `{"selected_partner_id":"2"}`, typeJSON...)
				if err != nil || r.status != 200 || !strings.Contains(r.body, "Contractor flow completed successfully") {
					t.Error(r, err)
				}
			})
		}
		clicks.Wait()
		h.call(nobody, "POST", "/api/contractors/1/complete", `{"selected_partner_id":2}`, 200, nil)
		h.call(nobody, "POST", "/api/contractors/1/complete", `{}`, 200, nil)
		booked, completed := h.records(tpe.TypeDemoBooking), h.records(tpe.TypeFlowCompletion)
		if len(booked) != 1 || booked[0]["partner_id"] != "2" || booked[0].at("metadata", "source") != "contractor_flow" || booked[0].at("outcomes", "booking_type") != "initial_demo" {
			t.Error(booked)
		}
		if len(completed) != 1 || completed[0].at("outcomes", "flow_completed") != true || fmt.Sprint(completed[0].at("outcomes", "steps_completed")) != "[verification focus_selection profiling matching]" {
			t.Error(completed)
		}

		var detail struct {
			Contractor struct {
				CurrentStage string `json:"current_stage"`
				CompletedAt  string `json:"completed_at"`
				Matches      []struct {
					ID        int
					IsPrimary int `json:"is_primary"`
				}
				Bookings []struct {
					PartnerName string `json:"partner_name"`
					Status      string
				}
			}
		}
		h.call(ada, "GET", "/api/contractors/1", "", 200, &detail)
		if c := detail.Contractor; c.CurrentStage != "completed" || c.CompletedAt == "" || len(c.Matches) != 3 || c.Matches[0].IsPrimary != 1 || len(c.Bookings) != 1 || c.Bookings[0].PartnerName != "P2" || c.Bookings[0].Status != "scheduled" {
			t.Errorf("%+v", c)
		}
		var stats struct{ Stats map[string]any }
		h.call(ada, "GET", "/api/contractors/stats/overview", "", 200, &stats)
		if stats.Stats["total_contractors"] != 1.0 || stats.Stats["completed"] != 1.0 || stats.Stats["new_this_week"] != 1.0 || stats.Stats["avg_completion_hours"] == nil {
			t.Error(stats)
		}
		h.call(ada, "DELETE", "/api/contractors/1", "", 200, nil)
		h.call(ada, "GET", "/api/contractors/1", "", 404, nil)
		var left struct{ Total int }
		if h.call(ada, "GET", "/api/bookings", "", 200, &left); left.Total != 0 {
			t.Error(left)
		}
	})
}

func TestContractorSearch(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada := h.admin("ada@x.example")
		for i := range 5 {
			id := h.contractor(fmt.Sprintf("c%d@x.example", i))
			h.call(ada, "PUT", "/api/contractors/"+id.UserID+"/profile", fmt.Sprintf(`{"focus_areas":["area_%d","all"],"annual_revenue":"%d_million","team_size":%d,"service_area":"Ohio 100%%_"}`, i, i%2, 10*i), 200, nil)
		}
		for body, want := range map[string]int{
			`{}`: 5, `{"query":"C3@X"}`: 1, `{"query":"100%_"}`: 5, `{"query":"'; --"}`: 0, `{"focus_areas":["area_1","area_2"]}`: 2, `{"focus_areas":["all"],"team_size_from":20,"team_size_to":30}`: 2,
			`{"revenue_ranges":["1_million"]}`: 2, `{"stage":"focus_selection"}`: 5, `{"verification_status":"pending"}`: 0, `{"created_from":"2020-01-01T00:00:00Z","created_to":"2021-01-01"}`: 0,
			`{"created_from":"01/02/2020 3:04 PM"}`: 5, `{"limit":2,"offset":4}`: 5,
		} {
			var a struct {
				Total, Count int
			}
			h.call(ada, "POST", "/api/contractors/search", body, 200, &a)
			if a.Total != want {
				t.Errorf("%s: %+v, want %d", body, a, want)
			}
		}
		for _, body := range []string{`{"limit":0}`, `{"limit":501}`, `{"created_from":"Tuesday"}`, `{"focus_areas":"x"}`, `[]`, ``} {
			h.call(ada, "POST", "/api/contractors/search", body, 400, nil)
		}
	})
}

// Nobody but an administrator looks at other people.
func TestPeopleRoles(t *testing.T) {
	h := open(t, nil)
	ada, sam, dana := h.admin("ada@x.example"), h.partner(1, "sam@x.example"), h.contractor("dana@x.example")
	h.contractor("other@x.example")
	for route, want := range map[string][4]int{ // nobody, partner 1, contractor 1, admin
		"GET /api/contractors": {401, 403, 403, 200}, "POST /api/contractors/search": {401, 403, 403, 200}, "GET /api/contractors/1": {401, 403, 403, 200},
		"GET /api/contractors/stats/overview": {401, 403, 403, 200}, "GET /api/contractors/1/matches": {401, 403, 200, 200}, "GET /api/contractors/2/matches": {401, 403, 403, 200},
		"POST /api/contractors/2/complete": {401, 403, 403, 200}, "GET /api/partners": {401, 403, 403, 200}, "GET /api/partners/1": {200, 200, 200, 200},
		"POST /api/partners/search": {401, 403, 403, 200}, "GET /api/partners/stats/overview": {401, 403, 403, 200}, "PUT /api/partners/1": {401, 403, 403, 400}, "PUT /api/partners/1/toggle-status": {401, 403, 403, 200},
		"GET /api/bookings": {401, 403, 403, 200}, "GET /api/bookings/stats/overview": {401, 403, 403, 200}, "GET /api/bookings/1": {401, 403, 403, 404}, "DELETE /api/bookings/1": {401, 403, 403, 404},
		"GET /api/outcomes/deals": {401, 403, 403, 200},
	} {
		method, path, _ := strings.Cut(route, " ")
		body := ""
		if method != "GET" && method != "DELETE" {
			body = "{}"
		}
		for i, as := range []auth.Identity{nobody, sam, dana, ada} {
			if route == "PUT /api/partners/1/toggle-status" && as == ada {
				continue // it would end the partner's token
			}
			h.call(as, method, path, body, want[i], nil)
		}
	}
}

func TestBookings(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada, dana, eve := h.admin("ada@x.example"), h.contractor("dana@x.example"), h.contractor("eve@x.example")
		h.partner(6, "sam@x.example")
		var made struct{ Booking sqldbBooking }
		h.call(ada, "POST", "/api/bookings", `{"contractor_id":"1","partner_id":6,"scheduled_date":"2036-12-02T09:30:00-05:00","notes":"Front desk"}`, 201, &made)
		if b := made.Booking; b.ID != 1 || b.ScheduledDate != "2036-12-02 14:30:00" || b.Status != "scheduled" || b.Notes != "Front desk" {
			t.Errorf("%+v", b)
		}
		h.call(dana, "POST", "/api/bookings", `{"partner_id":6,"scheduled_date":2111216933238,"booking_type":"follow_up"}`, 201, nil)
		h.call(eve, "POST", "/api/bookings", `{"contractor_id":1,"partner_id":6,"scheduled_date":"2036-12-02"}`, 403, nil)
		for body, status := range map[string]int{
			`{"contractor_id":99,"partner_id":6,"scheduled_date":"2036-12-02"}`: 404, `{"contractor_id":1,"partner_id":99,"scheduled_date":"2036-12-02"}`: 404,
			`{"contractor_id":1,"partner_id":6}`: 400, `{"partner_id":6,"scheduled_date":"2036-12-02"}`: 404, `{"contractor_id":1,"partner_id":6,"scheduled_date":"soon"}`: 400,
			`{"contractor_id":1,"partner_id":6,"scheduled_date":"2026-02-30"}`: 400,
			`{"contractor_id":1,"partner_id":6,"scheduled_date":"1973-03-03"}`: 409, `{"contractor_id":1,"partner_id":6,"scheduled_date":"2036-12-02","meeting_link":"javascript:alert(1)"}`: 400,
			`{"contractor_id":1,"partner_id":6,"scheduled_date":"2036-12-02","meeting_link":" https://x.example"}`: 400,
		} {
			h.call(ada, "POST", "/api/bookings", body, status, nil)
		}
		booked := h.records(tpe.TypeDemoBooking)
		if len(booked) != 2 || booked[0]["user_id"] != "1" || booked[0].at("outcomes", "booking_date") != "2036-12-02" || booked[0].at("outcomes", "booking_time") != "14:30" || booked[0].at("metadata", "source") != "direct" || booked[1].at("outcomes", "booking_type") != "follow_up" {
			t.Error(booked)
		}
		h.call(ada, "PUT", "/api/bookings/1", `{"status":"completed","scheduled_date":"09/05/2025 2:00 PM","notes":""}`, 200, &made)
		if b := made.Booking; b.ScheduledDate != "2025-09-05 14:00:00" || b.Status != "completed" || b.Notes != "" {
			t.Errorf("%+v", b)
		}
		h.call(ada, "PUT", "/api/bookings/1", `{}`, 400, nil)
		h.call(ada, "PUT", "/api/bookings/1", `{"meeting_link":"data:text/html,x"}`, 400, nil)
		h.call(ada, "PUT", "/api/bookings/1", `{"meeting_link":"https://meet.example/x?y=z"}`, 200, nil)
		if r := h.call(ada, "PUT", "/api/bookings/1", `{"status":"lost"}`, 400, nil); !strings.Contains(r.body, `"message":"Status must be one of `) || strings.Contains(r.body, nothingToUpdate) {
			t.Error("the reason is hidden:", r)
		}
		h.call(ada, "PUT", "/api/bookings/99", `{"notes":"x"}`, 404, nil)
		var list struct {
			Total    int
			Bookings []struct {
				ID          int
				PartnerName string `json:"partner_name"`
			}
		}
		if h.call(ada, "GET", "/api/bookings", "", 200, &list); list.Total != 2 || list.Bookings[0].ID != 2 || list.Bookings[1].PartnerName != "Partner 6" {
			t.Errorf("%+v", list)
		}
		if h.call(ada, "GET", "/api/bookings?status=completed", "", 200, &list); list.Total != 1 {
			t.Errorf("%+v", list)
		}
		if r := h.call(ada, "GET", "/api/bookings/2", "", 200, nil); !strings.Contains(r.body, `"contractor":{"id":1,`) || !strings.Contains(r.body, `"partner":{"id":6,`) {
			t.Error(r)
		}
		var stats struct {
			Stats struct {
				Overview  map[string]any
				ByPartner []map[string]any
			}
		}
		h.call(ada, "GET", "/api/bookings/stats/overview", "", 200, &stats)
		if o := stats.Stats.Overview; o["total_bookings"] != 2.0 || o["completed"] != 1.0 || o["completion_rate"] != 100.0 || len(stats.Stats.ByPartner) != 1 || stats.Stats.ByPartner[0]["total_bookings"] != 2.0 {
			t.Error(stats)
		}
		h.call(ada, "DELETE", "/api/partners/6", "", 200, nil)
		if r := h.call(ada, "GET", "/api/bookings/2", "", 200, nil); !strings.Contains(r.body, `"partner":null`) {
			t.Error("a booking outlives its partner:", r)
		}
		if h.call(ada, "GET", "/api/bookings", "", 200, &list); list.Total != 0 {
			t.Errorf("%+v", list)
		}
		h.call(ada, "DELETE", "/api/bookings/2", "", 200, nil)
		h.call(ada, "DELETE", "/api/bookings/2", "", 404, nil)
	})
}

type sqldbBooking struct {
	ID            int
	ScheduledDate string `json:"scheduled_date"`
	Status, Notes string
}

func TestDealOf(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada, dana, sam := h.admin("ada@x.example"), h.contractor("dana@x.example"), h.partner(6, "sam@x.example")
		h.meet(h.contractor("eve@x.example"), 6)
		h.call(dana, "GET", "/api/contractors/1/matches", "", 200, nil)
		h.call(dana, "POST", "/api/bookings", `{"partner_id":6,"scheduled_date":"2036-12-02"}`, 201, nil)
		h.call(ada, "POST", "/api/outcomes/deals", `{"contractor_id":1,"partner_id":6,"booking_id":1,"deal_value":12500,"deal_type":"annual","contract_length":24,"satisfaction_score":8,"closed_at":"2040-01-01"}`, 201, nil)
		h.call(dana, "POST", "/api/outcomes/deals", `{"partner_id":6,"deal_value":0}`, 201, nil)
		h.call(sam, "POST", "/api/outcomes/deals", `{"contractor_id":2,"deal_value":1}`, 201, nil)
		h.call(sam, "POST", "/api/outcomes/deals", `{"contractor_id":2,"deal_value":1,"booking_id":1}`, 404, nil)
		h.call(dana, "POST", "/api/outcomes/deals", `{"partner_id":6,"contractor_id":2,"deal_value":1}`, 403, nil)
		h.call(dana, "POST", "/api/outcomes/deals", `{"partner_id":6,"deal_value":-1}`, 400, nil)
		h.call(ada, "POST", "/api/outcomes/deals", `{"partner_id":6,"deal_value":1}`, 404, nil)
		list := h.records(tpe.TypeDealClosed)
		if len(list) != 3 || list[0].at("outcomes", "contract_length") != 24.0 || list[0].at("outcomes", "satisfaction_score") != 8.0 || list[0].at("metadata", "reported_by") != tpe.UserAdmin {
			t.Fatal(list)
		}
		if days, ok := list[0].at("metadata", "time_to_close_days").(float64); !ok || days < 1000 {
			t.Error("from the first match to the deal:", list[0])
		}
		var deals struct {
			Total int
		}
		if h.call(ada, "GET", "/api/outcomes/deals?contractor_id=2", "", 200, &deals); deals.Total != 1 {
			t.Error(deals)
		}
		if h.call(ada, "GET", "/api/outcomes/deals?partner_id=6", "", 200, &deals); deals.Total != 3 {
			t.Error(deals)
		}
	})
}
