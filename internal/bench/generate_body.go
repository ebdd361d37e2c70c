package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// body writes what the type adds to a record.
func (g *generator) body(w *writer, kind string, at time.Time, v *visit) {
	r := g.rand
	partner := strconv.Itoa(1 + r.IntN(300))
	switch kind {
	case tpe.TypeAPICall:
		g.call(w)
	case tpe.TypeAIConcierge:
		w.id("conversation_id", v.conversation)
		g.conversation(w, at, 2+r.IntN(4)/3*2)
		w.in("outcomes", '{')
		w.bool("question_answered", r.IntN(10) > 0)
		w.bool("follow_up_needed", r.IntN(4) == 0)
		w.out('}')
	case tpe.TypeAIConciergeResponse:
		w.id("conversation_id", v.conversation)
		w.id("parent_interaction_id", g.idAt(at))
		g.conversation(w, at, 1)
	case tpe.TypePartnerMatch, tpe.TypeDemoBooking, tpe.TypeDealClosed:
		w.str("partner_id", partner)
		g.outcome(w, kind, at, partner)
	case tpe.TypeFeedback:
		w.str("partner_id", partner)
		g.feedback(w)
	case tpe.TypeEmployeeFeedback:
		w.str("partner_id", partner)
		w.str("stakeholder_type", "employee")
		g.feedback(w)
	case tpe.TypeCustomerReference:
		w.str("partner_id", partner)
		w.str("stakeholder_type", "customer")
		g.feedback(w)
	case tpe.TypePageView:
		page := pick(r, g.words.pages)
		w.in("page", '{')
		w.str("path", page.path)
		w.str("title", page.title)
		w.str("viewport", v.agent.viewport)
		w.out('}')
	case tpe.TypeNavigation:
		w.in("navigation", '{')
		w.str("from", pick(r, g.words.pages).path)
		w.str("to", pick(r, g.words.pages).path)
		w.str("trigger", "button")
		w.int("duration_ms", 400+r.IntN(90_000))
		w.out('}')
	case tpe.TypeExperimentExposure:
		w.in("outcomes", '{')
		w.bool("conversion", r.IntN(5) == 0)
		w.num("engagement_score", 100*r.Float64(), 1)
		w.out('}')
	}
}

func (g *generator) call(w *writer) {
	r := g.rand
	route := pick(r, g.words.routes)
	w.in("api_call", '{')
	w.str("method", route.method)
	w.str("path", strings.Replace(route.path, "%d", strconv.Itoa(1+r.IntN(5000)), 1))
	w.str("route", route.pattern)
	if route.method == "GET" {
		w.in("query_params", '{')
		w.str("page", strconv.Itoa(1+r.IntN(20)))
		w.str("sort", "-score")
		w.str("service", pick(r, g.words.services))
		w.out('}')
	} else {
		w.str("content_type", "application/json")
		w.key("request_body")
		from := len(w.b)
		g.requestBody(w)
		w.int("request_body_bytes", len(w.b)-from)
	}
	status := route.status
	if r.IntN(100) == 0 {
		status = 500
		w.str("error", "timeout")
	}
	w.int("response_status", status)
	w.num("response_time_ms", 0.4+r.ExpFloat64()*40, 2)
	w.int("response_bytes", 90+r.IntN(20_000))
	w.str("request_id", strconv.FormatUint(r.Uint64(), 36))
	w.out('}')
}

func (g *generator) requestBody(w *writer) {
	r := g.rand
	w.out('{')
	w.strs("focus_areas", pick(r, g.words.focus), pick(r, g.words.focus))
	w.strs("services", pick(r, g.words.services), pick(r, g.words.services), pick(r, g.words.services))
	w.int("team_size", 2+r.IntN(120))
	w.num("annual_revenue", 2e5+r.Float64()*9e6, 0)
	w.bool("opted_in_coaching", r.IntN(2) == 0)
	if r.IntN(3) == 0 {
		w.str("notes", g.text(r.IntN(300)))
	}
	w.in("company", '{')
	place := pick(r, g.words.cities)
	w.str("name", place.city+" Exteriors")
	w.str("service_area", place.state)
	w.key("license")
	w.b = append(w.b, "null"...)
	w.out('}')
	w.out('}')
}

func (g *generator) conversation(w *writer, at time.Time, messages int) {
	r := g.rand
	model, total := pick(r, g.words.models), 0
	w.in("ai_conversation", '{')
	w.in("messages", '[')
	for i := range messages {
		text := g.text(30 + r.IntN(90))
		role := "user"
		if (messages-i)%2 == 1 { // the last one is an answer
			text = g.text(60 + r.IntN(340))
			role = "assistant"
		}
		total += len(text) / 4
		w.item()
		w.str("role", role)
		w.str("content", text)
		w.time("timestamp", at.Add(-time.Duration(messages-i)*time.Second))
		w.int("tokens", len(text)/4)
		w.out('}')
	}
	w.out(']')
	w.int("total_tokens", total)
	w.num("cost", float64(total)*0.000012, 6)
	w.str("model", model)
	w.int("duration_ms", 600+r.IntN(9000))
	w.str("finish_reason", "stop")
	w.out('}')
}

func (g *generator) outcome(w *writer, kind string, at time.Time, partner string) {
	r := g.rand
	w.in("outcomes", '{')
	w.bool("partner_matched", true)
	w.str("partner_id", partner)
	w.num("match_score", 40+60*r.Float64(), 1)
	w.strs("match_reasons", pick(r, g.words.reasons), pick(r, g.words.reasons), pick(r, g.words.reasons))
	w.bool("demo_booked", kind != tpe.TypePartnerMatch)
	switch kind {
	case tpe.TypePartnerMatch:
		w.bool("primary_match", r.IntN(3) == 0)
	case tpe.TypeDemoBooking:
		w.str("booking_date", at.AddDate(0, 0, 1+r.IntN(14)).Format(time.DateOnly))
		w.str("booking_time", pick(r, []string{"09:00", "10:30", "14:00", "16:15"}))
		w.str("booking_type", "initial_demo")
	case tpe.TypeDealClosed:
		w.bool("deal_closed", true)
		w.num("deal_value", 900+r.ExpFloat64()*14_000, 2)
		w.num("satisfaction_score", float64(4+r.IntN(7)), 1)
	}
	w.out('}')
}

func (g *generator) feedback(w *writer) {
	r := g.rand
	w.in("feedback", '{')
	w.int("rating", 1+r.IntN(10))
	w.str("comment", g.text(40+r.IntN(200)))
	w.str("category", pick(r, []string{"communication", "value", "support", "quality"}))
	w.bool("would_recommend", r.IntN(4) > 0)
	w.out('}')
}
