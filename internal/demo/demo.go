// Package demo makes sample data, so that a newcomer sees a lake with
// something in it. The people and companies are invented. It must never touch
// a lake that holds records already.
package demo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tpe"
)

// Partner is a sample partner.
type Partner struct {
	ID                int64
	CompanyName       string
	Description       string
	Website           string
	ContactEmail      string
	FocusAreas        []string
	RevenueRanges     []string
	ConfidenceScore   int64
	KeyDifferentiator string
}

// Contractor is a sample contractor.
type Contractor struct {
	ID                                int64
	Name, Email, Phone, Company, Area string
	FocusAreas                        []string
	Revenue                           string
	TeamSize                          int64
}

// Partners returns the sample partners.
func Partners() []Partner {
	list := []Partner{
		{CompanyName: "LeadBridge Systems", Description: "Qualified leads for exterior contractors", FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, RevenueRanges: []string{"5_10_million", "11_20_million"}, ConfidenceScore: 94, KeyDifferentiator: "Exclusive leads by zip code"},
		{CompanyName: "CloseRate Academy", Description: "In-home sales training", FocusAreas: []string{"closing_higher_percentage", "hiring_sales_leadership"}, RevenueRanges: []string{"0_5_million", "5_10_million"}, ConfidenceScore: 91, KeyDifferentiator: "Ride-alongs in the first week"},
		{CompanyName: "Ridgeline CRM", Description: "A CRM that follows the job from lead to invoice", FocusAreas: []string{"operational_efficiency", "technology_integration"}, RevenueRanges: []string{"11_20_million", "21_30_million"}, ConfidenceScore: 89, KeyDifferentiator: "Works without a signal on the roof"},
		{CompanyName: "Fieldstone Quality", Description: "Installation audits and crew training", FocusAreas: []string{"installation_quality"}, RevenueRanges: []string{"5_10_million", "11_20_million", "21_30_million"}, ConfidenceScore: 86, KeyDifferentiator: "An auditor on site within two days"},
		{CompanyName: "Evergreen Retention", Description: "Programs that bring customers back", FocusAreas: []string{"customer_retention"}, RevenueRanges: []string{"0_5_million", "5_10_million"}, ConfidenceScore: 83, KeyDifferentiator: "Pays for itself or costs nothing"},
		{CompanyName: "NorthSpan Finance", Description: "Consumer financing at the kitchen table", FocusAreas: []string{"closing_higher_percentage", "financial_management"}, RevenueRanges: []string{"5_10_million", "11_20_million"}, ConfidenceScore: 80, KeyDifferentiator: "Decisions in under a minute"},
		{CompanyName: "Greenfield Partners", Description: "Opening a second location", FocusAreas: []string{"greenfield_growth"}, RevenueRanges: []string{"21_30_million", "31_50_million"}, ConfidenceScore: 77, KeyDifferentiator: "Forty openings done"},
		{CompanyName: "Harbor Talent", Description: "Recruiting of sales leaders", FocusAreas: []string{"hiring_sales_leadership"}, RevenueRanges: []string{"11_20_million"}, ConfidenceScore: 74, KeyDifferentiator: "A replacement free of charge for a year"},
	}
	for i := range list {
		p := &list[i]
		p.ID = int64(i + 1)
		p.ContactEmail = fmt.Sprintf("hello@partner%d.example", p.ID)
		p.Website = fmt.Sprintf("https://partner%d.example", p.ID)
	}
	return list
}

// Contractors returns the sample contractors.
func Contractors() []Contractor {
	names := []string{"Dana Whitfield", "Luis Ortega", "Priya Raman", "Tom Becker", "Aisha Cole", "Grace Lindqvist", "Marcus Webb", "Elena Petrova", "Sam Okafor", "Nora Hayes", "Victor Chen", "Ruth Adler"}
	trades := []string{"Exteriors", "Roofing", "Windows", "Bath & Kitchen"}
	areas := []string{"Columbus, OH", "Austin, TX", "Tampa, FL", "Denver, CO", "Portland, ME", "Boise, ID"}
	focus := []string{"controlling_lead_flow", "closing_higher_percentage", "installation_quality", "operational_efficiency", "customer_retention", "hiring_sales_leadership"}
	revenue := []string{"0_5_million", "5_10_million", "11_20_million", "21_30_million"}
	var list []Contractor
	for i, name := range names {
		id := int64(i + 1)
		_, last, _ := strings.Cut(name, " ")
		list = append(list, Contractor{
			ID: id, Name: name, Email: fmt.Sprintf("contractor%d@mail.example", id), Phone: fmt.Sprintf("(555) 010-%04d", 100+i),
			Company: last + " " + trades[i%len(trades)], Area: areas[i%len(areas)],
			FocusAreas: []string{focus[i%len(focus)], focus[(i+1)%len(focus)]}, Revenue: revenue[i%len(revenue)], TeamSize: int64(6 + 5*i),
		})
	}
	return list
}

// object is a JSON object; encoding/json writes its names in order.
type object = map[string]any

// Records returns the sample interactions of the week before now, oldest
// first: the same ones for the same now. Each is valid under the contract.
func Records(now time.Time) [][]byte {
	m := &maker{now: now.UTC().Truncate(time.Millisecond), rand: rand.New(rand.NewPCG(2026, 11))} //nolint:gosec // sample data, not secrets
	for i, c := range Contractors() {
		m.visit(i, c)
	}
	m.stakeholders()
	slices.SortStableFunc(m.out, func(a, b made) int { return a.at.Compare(b.at) })
	records := make([][]byte, len(m.out))
	for i, r := range m.out {
		records[i] = r.json
	}
	return records
}

type made struct {
	at   time.Time
	json []byte
}

type maker struct {
	now     time.Time
	rand    *rand.Rand
	out     []made
	user    string
	role    string
	session uuid.UUID
	at      time.Time
}

// uuid returns a version 7 uuid for the time of the record.
func (m *maker) uuid() uuid.UUID {
	var id uuid.UUID
	ms := m.at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	for i := 6; i < 16; i++ {
		id[i] = byte(m.rand.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// add makes one record some seconds after the one before, with fields added
// to those that every record has.
func (m *maker) add(typ string, fields object) uuid.UUID {
	m.at = m.at.Add(time.Duration(2000+m.rand.IntN(40_000)) * time.Millisecond)
	id := m.uuid()
	rec := object{
		"interaction_id": id.String(), "timestamp": tpe.FormatTime(m.at), "interaction_type": typ,
		"user_id": m.user, "user_type": m.role, "session_id": m.session.String(),
		"metadata": object{
			"app_version": "1.0.0", "environment": "demo", "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)",
			"ip_address": "203.0.113." + strconv.Itoa(10+len(m.out)%200), "schema_version": tpe.SchemaVersion, "device_type": "mobile",
		},
	}
	for k, v := range fields {
		rec[k] = v
	}
	b, err := json.Marshal(rec)
	if err != nil {
		panic(err) // maps of strings and numbers always marshal
	}
	m.out = append(m.out, made{m.at, b})
	return id
}

func (m *maker) call(method, path, route string, status int, body object) {
	call := object{"method": method, "path": path, "route": route, "response_status": status, "response_time_ms": float64(m.rand.IntN(4000)) / 100}
	if body != nil {
		call["request_body"] = body
	}
	m.add(tpe.TypeAPICall, object{"api_call": call})
}

// visit is one contractor's way from the first page to the last step that
// contractor i takes.
func (m *maker) visit(i int, c Contractor) {
	m.at = m.now.Add(-7*24*time.Hour + time.Duration(i)*13*time.Hour)
	m.session = m.uuid()
	id := strconv.FormatInt(c.ID, 10)
	m.user, m.role = tpe.Anonymous, tpe.UserUnknown
	m.add(tpe.TypePageView, object{"page": object{"path": "/contractorflow", "title": "Find your partner"}})
	m.call("POST", "/api/contractors/verify-start", "/api/contractors/verify-start", 200, object{"name": c.Name, "company_name": c.Company})
	m.user, m.role = id, tpe.UserContractor
	m.call("PUT", "/api/contractors/"+id+"/profile", "/api/contractors/{id}/profile", 200, object{"focus_areas": c.FocusAreas, "annual_revenue": c.Revenue, "team_size": c.TeamSize})
	m.call("GET", "/api/partners/active", "/api/partners/active", 200, nil)
	partners := matches(c)
	for n, p := range partners {
		m.add(tpe.TypePartnerMatch, object{"partner_id": strconv.FormatInt(p.ID, 10), "outcomes": object{
			"partner_matched": true, "match_score": p.ConfidenceScore - int64(7*n), "match_reasons": []string{p.KeyDifferentiator}, "primary_match": n == 0,
		}})
	}
	best := strconv.FormatInt(partners[0].ID, 10)
	if i%3 != 2 {
		m.coach()
	}
	if i%4 == 3 {
		m.add(tpe.TypeFlowCompletion, object{"outcomes": object{"flow_completed": false, "steps_completed": []string{"verification", "focus"}}})
		return
	}
	m.add(tpe.TypeCTAClick, object{"cta_type": "schedule_intro", "target_id": best})
	m.add(tpe.TypeDemoBooking, object{"partner_id": best, "outcomes": object{
		"demo_booked": true, "booking_date": m.at.AddDate(0, 0, 3).Format(time.DateOnly), "booking_time": "14:30", "booking_type": "initial_demo",
	}})
	m.add(tpe.TypeFlowCompletion, object{"outcomes": object{"flow_completed": true, "steps_completed": []string{"verification", "focus", "profile", "tech_stack", "matching"}}})
	if i%3 == 0 {
		m.at = m.at.Add(8 * time.Hour)
		m.add(tpe.TypeDealClosed, object{"partner_id": best, "outcomes": object{"deal_closed": true, "deal_value": 4500 + 1250*i, "satisfaction_score": 7 + i%4}})
	}
	if i%2 == 0 {
		m.add(tpe.TypeFeedback, object{"partner_id": best, "feedback": object{"rating": 7 + i%4, "comment": "Clear answers, no surprises on the invoice.", "would_recommend": true}})
	}
}

// coach is a conversation of two turns.
func (m *maker) coach() {
	conversation := m.uuid()
	turns := [][2]string{
		{"How do I follow up on cold leads without annoying people?", "Space three short messages over ten days, and offer something useful in each."},
		{"Which of my matches should I call first?", "The one whose customers have jobs like yours. Ask for two references of your size."},
	}
	for _, turn := range turns {
		asked := m.at
		tokens := (len(turn[0]) + len(turn[1])) / 4
		question := m.add(tpe.TypeAIConcierge, object{"conversation_id": conversation.String(), "ai_conversation": object{
			"messages": []object{{"role": "user", "content": turn[0], "timestamp": tpe.FormatTime(asked)}}, "model": "demo",
		}})
		m.add(tpe.TypeAIConciergeResponse, object{"conversation_id": conversation.String(), "parent_interaction_id": question.String(), "ai_conversation": object{
			"messages":     []object{{"role": "assistant", "content": turn[1], "timestamp": tpe.FormatTime(m.at), "model": "demo"}},
			"total_tokens": tokens, "cost": 0, "model": "demo", "duration_ms": 900 + m.rand.IntN(3000), "finish_reason": "stop",
		}})
	}
}

// matches returns the two partners that fit the contractor best.
func matches(c Contractor) []Partner {
	list := Partners()
	slices.SortStableFunc(list, func(a, b Partner) int { return overlap(b, c) - overlap(a, c) })
	return list[:2]
}

func overlap(p Partner, c Contractor) int {
	n := 0
	for _, f := range c.FocusAreas {
		if slices.Contains(p.FocusAreas, f) {
			n++
		}
	}
	return n
}

// stakeholders speak about the first partner.
func (m *maker) stakeholders() {
	m.at = m.now.Add(-50 * time.Hour)
	m.session = m.uuid()
	for i, comment := range []string{"We answer every call within a day.", "The new starters get two weeks of training.", "Weekends are thin."} {
		m.user, m.role = "e-"+strconv.Itoa(i+1), tpe.UserPartner
		m.add(tpe.TypeEmployeeFeedback, object{"partner_id": "1", "stakeholder_type": "employee", "feedback": object{"rating": 8 - i, "comment": comment}})
	}
	for i, comment := range []string{"Leads were exclusive, as promised.", "It took three days until somebody called back."} {
		m.user, m.role = "c-"+strconv.Itoa(i+1), tpe.UserPartner
		m.add(tpe.TypeCustomerReference, object{"partner_id": "1", "stakeholder_type": "customer", "feedback": object{"rating": 9 - 3*i, "comment": comment}})
	}
}
