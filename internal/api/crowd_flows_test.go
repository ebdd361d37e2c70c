package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// goer is one client that goes one way of the front end, from an address of
// its own. It goes no further than to the first answer that it does not
// expect.
type goer struct {
	*crowd
	n, round int
	step     int
	token    string
	cookie   string
	fault    error

	asked    map[string]string
	events   map[event]int
	rows     map[string]map[int64]bool
	answered map[int64]int
}

// ask sends a request, expects a status, and reads the answer into out when
// that is not nil. The outcomes are what it must have caused.
func (g *goer) ask(method, path, body string, status int, out any, outcomes ...string) {
	if g.fault != nil {
		return
	}
	if g.asked == nil {
		g.asked, g.events, g.rows, g.answered = map[string]string{}, map[event]int{}, map[string]map[int64]bool{}, map[int64]int{}
	}
	g.step++
	id := fmt.Sprintf("crowd-%d-%d-%d", g.n, g.round, g.step)
	headers := []string{"X-Request-Id", id, "X-Forwarded-For", fmt.Sprintf("10.0.%d.%d", g.round%250, g.n), "User-Agent", fmt.Sprintf("browser %d", g.n)}
	if body != "" {
		headers = append(headers, typeJSON...)
	}
	if g.token != "" {
		headers = append(headers, "Authorization", "Bearer "+g.token)
	}
	if g.cookie != "" {
		headers = append(headers, "Cookie", g.cookie)
	}
	r, err := g.h.try(method, path, body, headers...)
	what := method + " " + path
	if err == nil && r.status != status {
		err = fmt.Errorf("%d, want %d: %s", r.status, status, r.body)
	}
	if err == nil && out != nil {
		err = json.Unmarshal([]byte(r.body), out)
	}
	if err == nil && r.header.Get("X-Request-Id") != id {
		err = fmt.Errorf("the answer is that of another request: %v", r.header)
	}
	if err != nil {
		g.fault = fmt.Errorf("client %d, round %d: %s: %w", g.n, g.round, what, err)
		return
	}
	if c, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";"); strings.HasPrefix(c, contractorCookie+"=") && g.n%2 == 0 {
		g.cookie = c // the others are known by their address
	}
	g.asked[id] = what
	g.caused(outcomes...)
}

// caused notes what the last request has caused.
func (g *goer) caused(types ...string) {
	for _, typ := range types {
		if g.fault != nil {
			return
		}
		g.events[event{fmt.Sprintf("crowd-%d-%d-%d", g.n, g.round, g.step), typ}]++
	}
}

// has notes whether a row is in the database.
func (g *goer) has(table string, id int64, is bool) {
	if g.fault != nil {
		return
	}
	if g.rows[table] == nil {
		g.rows[table] = map[int64]bool{}
	}
	g.rows[table][id] = is
}

// someone is the partner whom a client deals with. It stays.
func (g *goer) someone() int64 { return int64((g.n+g.round)%crowdPartners) + 1 }

// signUp takes a contractor in.
func (g *goer) signUp() int64 {
	var begun struct{ Contractor struct{ ID int64 } }
	phone := fmt.Sprintf("555%03d%04d", g.n, g.round)
	g.ask("POST", "/api/contractors/verify-start", fmt.Sprintf(`{"name":"Dana W","email":"c%d.%d@x.example","phone":%q,"company_name":"Whitfield","company_website":""}`, g.n, g.round, phone), 200, &begun)
	return begun.Contractor.ID
}

// contractorWay is the whole way of a contractor.
func (g *goer) contractorWay() {
	id := g.signUp()
	path := fmt.Sprintf("/api/contractors/%d", id)
	g.ask("POST", "/api/contractors/verify-code", fmt.Sprintf(`{"contractor_id":"%d","code":"123456"}`, id), 200, nil)
	g.ask("PUT", path+"/profile", `{"focus_areas":["controlling_lead_flow","closing_higher_percentage"],"primary_focus_area":"controlling_lead_flow","current_stage":"profiling"}`, 200, nil)
	g.ask("PUT", path+"/profile", `{"service_area":"Columbus, OH","services_offered":["roofing"],"annual_revenue":"11_20_million","team_size":24,"increased_tools":true,"increased_people":false,"increased_activity":true,"current_stage":"matching"}`, 200, nil)
	g.matches(path + "/matches")
	g.ask("POST", "/api/data-collection/interaction", fmt.Sprintf(`{"type":"focus_area_exploration","contractor_id":%d,"from_focus_area":"controlling_lead_flow","to_focus_area":"closing_higher_percentage","focus_area_index":1,"total_focus_areas":2,"direction":"forward","timestamp":"2026-11-23T09:14:24.092Z"}`, id), 200, nil, tpe.TypeNavigation)
	g.matches(path + "/matches?focusAreaIndex=1")
	g.ask("GET", fmt.Sprintf("/api/partners/%d", g.someone()), "", 200, nil)
	g.ask("POST", path+"/complete", fmt.Sprintf(`{"selected_partner_id":%d}`, g.someone()), 200, nil, tpe.TypeDemoBooking, tpe.TypeFlowCompletion)
	g.has("contractors", id, true)
	// And somebody looks after one whom everybody looks after.
	g.token = strings.TrimPrefix(g.h.bearer(g.shared), "Bearer ")
	g.matches("/api/contractors/" + g.shared.UserID + "/matches")
}

// matches asks for matches; each that is shown is an outcome.
func (g *goer) matches(path string) {
	var a struct {
		Matches []struct{ Partner struct{ ID int64 } }
	}
	g.ask("GET", path, "", 200, &a)
	if g.fault == nil && len(a.Matches) != 2 {
		g.fault = fmt.Errorf("%s: %d matches", path, len(a.Matches))
		return
	}
	g.caused(tpe.TypePartnerMatch, tpe.TypePartnerMatch)
}

// logIn keeps the token of an account.
func (g *goer) logIn(path, email, password string) {
	var a struct{ Token string }
	g.ask("POST", path, fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), 200, &a)
	g.token = a.Token
}

// logOut ends the token, and tries whether it is at its end.
func (g *goer) logOut(path, own string) {
	g.ask("POST", path, "", 200, nil)
	g.ask("GET", own, "", 401, nil)
	g.token = ""
}

// partnerWay is the way of a partner through the portal.
func (g *goer) partnerWay() {
	email, other := fmt.Sprintf("p%d@x.example", g.n+1), password+"x"
	now, next := password, other
	if g.round%2 == 1 {
		now, next = other, password
	}
	g.logIn("/api/partner-auth/login", email, now)
	for _, path := range []string{"partner-auth/test", "partner-auth/profile", "partner-portal/dashboard", "partner-portal/feedback"} {
		g.ask("GET", "/api/"+path, "", 200, nil)
	}
	g.ask("POST", "/api/partner-portal/export-report", `{"format":"csv"}`, 200, nil)
	var a struct{ Deal struct{ ID int64 } }
	g.ask("POST", "/api/outcomes/deals", fmt.Sprintf(`{"contractor_id":%s,"deal_value":%d}`, g.shared.UserID, 12500+g.round), 201, &a, tpe.TypeDealClosed)
	g.has("deals", a.Deal.ID, true)
	g.ask("PUT", "/api/partner-auth/change-password", fmt.Sprintf(`{"currentPassword":%q,"newPassword":%q}`, now, next), 200, nil)
	g.ask("GET", "/api/partner-auth/test", "", 401, nil)
	g.token = ""
	g.ask("POST", "/api/partner-auth/logout", "", 200, nil)
}

// adminWay is the way of an administrator through one third of the pages.
func (g *goer) adminWay() {
	g.logIn("/api/auth/login", "team@x.example", password)
	g.ask("GET", "/api/auth/me", "", 200, nil)
	g.ask("GET", "/api/admin/dashboard", "", 200, nil)
	[]func(*goer){(*goer).adminContractors, (*goer).adminPartners, (*goer).adminBookings}[(g.n+g.round)%3](g)
	g.logOut("/api/auth/logout", "/api/auth/me")
}

// adminContractors looks at contractors, changes one and deletes it.
func (g *goer) adminContractors() {
	id := g.signUp()
	g.ask("GET", "/api/contractors?limit=50&offset=0", "", 200, nil)
	g.ask("POST", "/api/contractors/search", `{"query":"whitfield","limit":20}`, 200, nil)
	g.ask("GET", "/api/contractors/stats/overview", "", 200, nil)
	g.ask("POST", "/api/bulk/contractors/update", fmt.Sprintf(`{"contractor_ids":[%d],"updates":{"current_stage":"profiling","team_size":7}}`, id), 200, nil)
	g.ask("GET", fmt.Sprintf("/api/contractors/%d", id), "", 200, nil)
	g.ask("POST", "/api/bulk/contractors/export", fmt.Sprintf(`{"format":"json","contractor_ids":[%d]}`, id), 200, nil)
	g.ask("GET", "/api/admin/export/contractors?format=csv&stage=profiling", "", 200, nil)
	if g.round%2 == 0 {
		g.ask("DELETE", fmt.Sprintf("/api/contractors/%d", id), "", 200, nil)
	} else {
		g.ask("POST", "/api/bulk/contractors/delete", fmt.Sprintf(`{"contractor_ids":[%d]}`, id), 200, nil)
	}
	g.ask("GET", fmt.Sprintf("/api/contractors/%d", id), "", 404, nil)
	g.has("contractors", id, false)
}

// adminPartners takes a partner in, changes it, and deletes every second one.
func (g *goer) adminPartners() {
	var a struct{ Partner struct{ ID int64 } }
	g.ask("POST", "/api/partners", newPartner(fmt.Sprintf("New %d.%d", g.n, g.round), 90, `["controlling_lead_flow"]`), 201, &a, tpe.TypePartnerOnboarding)
	id := a.Partner.ID
	g.ask("GET", "/api/partners?limit=50&offset=0", "", 200, nil)
	g.ask("POST", "/api/partners/search", `{"query":"new","score_from":10}`, 200, nil)
	g.ask("GET", "/api/partners/stats/overview", "", 200, nil)
	g.ask("PUT", fmt.Sprintf("/api/partners/%d", id), `{"description":"changed","focus_areas_served":["controlling_lead_flow","greenfield_growth"],"power_confidence_score":91}`, 200, nil, tpe.TypePowerConfidenceUpdate)
	g.ask("GET", "/api/partners-enhanced/list", "", 200, nil)
	g.ask("GET", fmt.Sprintf("/api/partners-enhanced/%d/analytics", id), "", 200, nil)
	g.ask("PUT", fmt.Sprintf("/api/partners-enhanced/%d/powerconfidence", id), `{"score":88,"notes":"a call","category_scores":{"service":90}}`, 200, nil, tpe.TypePowerConfidenceUpdate)
	g.ask("POST", "/api/bulk/partners/update", fmt.Sprintf(`{"partner_ids":[%d],"updates":{"pricing_model":"flat"}}`, id), 200, nil)
	g.ask("PUT", fmt.Sprintf("/api/partners/%d/toggle-status", id), "", 200, nil)
	g.ask("POST", "/api/bulk/partners/toggle-status", fmt.Sprintf(`{"partner_ids":[%d]}`, id), 200, nil)
	g.ask("POST", "/api/bulk/partners/export", fmt.Sprintf(`{"format":"json","partner_ids":[%d]}`, id), 200, nil)
	g.ask("GET", "/api/admin/export/partners?format=json&active=true", "", 200, nil)
	gone := g.n%2 == 0
	if gone {
		g.ask("DELETE", fmt.Sprintf("/api/partners/%d", id), "", 200, nil)
	}
	g.has("partners", id, !gone)
}

// adminBookings books a demo, asks the contractor about it, and sends a
// campaign.
func (g *goer) adminBookings() {
	partner := g.someone()
	var b struct{ Booking struct{ ID int64 } }
	g.ask("POST", "/api/bookings", fmt.Sprintf(`{"contractor_id":%s,"partner_id":%d,"scheduled_date":%q}`, g.shared.UserID, partner, fmt.Sprintf("2037-01-15 14:%02d:%02d", g.n%60, g.round%60)), 201, &b, tpe.TypeDemoBooking)
	at := fmt.Sprintf("/api/bookings/%d", b.Booking.ID)
	g.ask("PUT", at, `{"status":"completed","notes":"went well"}`, 200, nil)
	g.ask("GET", at, "", 200, nil)
	g.ask("GET", "/api/bookings?status=completed&limit=50", "", 200, nil)
	g.ask("GET", "/api/bookings/stats/overview", "", 200, nil)
	var s struct {
		Survey     struct{ ID int64 }
		Invitation string
	}
	g.ask("POST", "/api/feedback/surveys", fmt.Sprintf(`{"partnerId":%d,"contractorId":%s,"surveyType":"quarterly"}`, partner, g.shared.UserID), 201, &s)
	g.has("surveys", s.Survey.ID, true)
	token := g.token
	g.token = "" // the contractor answers
	g.ask("GET", fmt.Sprintf("/api/feedback/surveys/%d/form?invitation=%s", s.Survey.ID, s.Invitation), "", 200, nil)
	g.ask("POST", "/api/feedback/submit-response", fmt.Sprintf(`{"surveyId":"%d-%s","overallSatisfaction":%d,"communicationRating":0,"positiveFeedback":"Fast","wouldUseAgain":true}`, s.Survey.ID, s.Invitation, 5+g.round%5), 201, nil, tpe.TypeFeedback)
	if g.fault == nil {
		g.answered[partner]++
	}
	g.token = token
	g.ask("GET", fmt.Sprintf("/api/feedback/surveys?partnerId=%d", partner), "", 200, nil)
	g.ask("GET", fmt.Sprintf("/api/feedback/analytics/partner/%d?timeframe=3months", partner), "", 200, nil)
	g.ask("GET", "/api/feedback/analytics/dashboard", "", 200, nil)
	var score struct{ OldScore, NewScore *float64 }
	g.ask("POST", "/api/feedback/powerconfidence/update", fmt.Sprintf(`{"partnerId":%d}`, partner), 200, &score)
	if o, n := score.OldScore, score.NewScore; n != nil && (o == nil || *o != *n) {
		g.caused(tpe.TypePowerConfidenceUpdate)
	}
	var c struct{ Campaign struct{ ID int64 } }
	g.ask("POST", "/api/sms/campaigns", fmt.Sprintf(`{"campaignName":"Autumn","messageTemplate":"Hi {name}","partnerId":%d}`, partner), 201, &c)
	g.ask("POST", fmt.Sprintf("/api/sms/campaigns/%d/launch", c.Campaign.ID), "", 200, nil)
	g.has("campaigns", c.Campaign.ID, true)
	g.ask("GET", "/api/sms/campaigns", "", 200, nil)
	g.ask("GET", "/api/sms/analytics?timeframe=7days", "", 200, nil)
	g.ask("GET", "/api/admin/export/bookings?format=csv&status=scheduled", "", 200, nil)
	if gone := g.n%2 == 0; gone {
		g.ask("DELETE", at, "", 200, nil)
		g.has("bookings", b.Booking.ID, false)
		return
	}
	g.has("bookings", b.Booking.ID, true)
}
