package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// routes is the whole surface. What is not here is passed on to the service
// behind, or answered with 404 or 405.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	a := s.newSurface(mux)

	// Probes: for machines. They start no session.
	a.plain("GET /health", public, "Does the process run?", s.stream(probe(s.health)), shows("application/json", anyObject()))
	a.plain("GET /livez", public, "Can the process answer?", s.stream(probe(s.livez)), shows("application/json", anyObject()))
	a.plain("GET /readyz", public, "Should requests come here?", s.answer(probe(s.readyz)), shows("application/json", anyObject()))
	a.plain("GET /metrics", public, "Prometheus metrics", s.stream(probe(s.metrics.serve)), shows("text/plain", nil))
	a.plain("GET /openapi.json", public, "This document", s.stream(probe(s.openapi)), shows("application/json", anyObject()))
	a.plain("GET /docs", public, "This document as a page", s.stream(probe(s.docs)), shows("text/html", nil))

	// Accounts.
	post(a, "/api/auth/login", public, "Sign in as an administrator", s.login, answers(401))
	post(a, "/api/auth/logout", public, "End the token of the request", s.logout("token"))
	get(a, "/api/auth/me", admin, "Who is signed in", s.me)
	put(a, "/api/auth/update-password", admin, "Change the password; ends every token of the account", s.updatePassword, answers(409))
	post(a, "/api/partner-auth/login", public, "Sign in as a partner's user", s.partnerLogin, answers(401))
	post(a, "/api/partner-auth/logout", public, "End the token of the request", s.logout("partnerToken"))
	get(a, "/api/partner-auth/test", partner, "Which partner's user is signed in", s.partnerTest)
	put(a, "/api/partner-auth/change-password", partner, "Change the password; ends every token of the account", s.partnerPassword, answers(409))

	// Contractors.
	post(a, "/api/contractors/verify-start", public, "Take a contractor in and send a code", s.verifyStart, once)
	post(a, "/api/contractors/verify-code", public, "Check the code; opens the contractor's own routes", s.verifyCode, answers(404))
	get(a, "/api/contractors/{id}/profile", contractor|admin, "A contractor's row", s.profile)
	put(a, "/api/contractors/{id}/profile", contractor|admin|visitor, "Change a contractor's row", s.updateProfile, either("", nothingToUpdate))
	get(a, "/api/contractors", admin, "List contractors, the newest first", s.contractors)
	post(a, "/api/contractors/search", admin, "Search contractors", s.searchContractors)
	get(a, "/api/contractors/stats/overview", admin, "Count contractors", s.contractorStats)
	get(a, "/api/contractors/{id}", admin, "A contractor with matches and bookings", s.contractorDetail)
	del(a, "/api/contractors/{id}", admin, "Delete a contractor and what belongs to it", s.deleteContractor)
	get(a, "/api/contractors/{id}/matches", contractor|admin|visitor, "The partners that fit a contractor best", s.matches,
		about("Stored as the contractor's matches. Each partner that is shown is recorded as one partner_match."))
	post(a, "/api/contractors/{id}/complete", contractor|admin|visitor, "End a contractor's flow", s.complete, answers(409),
		about("With selected_partner_id a demo is booked for two days later, and recorded as demo_booking. The first time is recorded as flow_completion."))
	post(a, "/api/data-collection/interaction", public, "A contractor looks at another focus area", s.explored, about("Recorded as navigation."))

	// Partners.
	get(a, "/api/partners/active", public, "The partners that contractors can be matched with", s.activePartners)
	get(a, "/api/partners", admin, "List partners, the newest first", s.partners)
	post(a, "/api/partners", admin, "Take a partner in", s.addPartner, created, about("Recorded as partner_onboarding."))
	post(a, "/api/partners/search", admin, "Search partners", s.searchPartners)
	get(a, "/api/partners/stats/overview", admin, "Count partners", s.partnerStats)
	get(a, "/api/partners/{id}", public, "A partner; with contact data for administrators, who also see those that are not active", s.partnerDetail)
	put(a, "/api/partners/{id}", admin, "Change a partner's row", s.updatePartner, something(nothingToUpdate))
	del(a, "/api/partners/{id}", admin, "Delete a partner and what is only about it, its demos with their files", s.deletePartner, answers(409))
	put(a, "/api/partners/{id}/toggle-status", admin, "Make an active partner inactive, and the other way round", s.togglePartner)
	post(a, "/api/partners/{id}/invitations", admin|partner, "Send a stakeholder a link for one answer", s.invite, created, answers(409),
		about("An employee or a customer of the partner gets an e-mail with a link that can be used once. To be invited again makes the link from before void."))
	get(a, "/api/partners/{id}/invitations", admin, "List the invitations, the newest first", s.invitations)
	post(a, "/api/partners/{id}/employee-feedback", public, "What an employee says about the partner", s.employeeFeedback, created, nameless, answers(401, 409),
		about("By an invitation, or by an administrator. Each person answers once. Recorded as employee_feedback."))
	get(a, "/api/partners/{id}/employee-feedback", admin|partner, "What employees say about the partner", s.answers(sqldb.Employee),
		about("The partner sees nobody's name, and nothing below five answers."))
	post(a, "/api/partners/{id}/customer-reference", public, "What a customer says about the partner", s.customerReference, created, nameless, answers(401, 409),
		about("By an invitation, or by an administrator. Each person answers once. Recorded as customer_reference."))
	get(a, "/api/partners/{id}/customer-reference", admin|partner, "What customers say about the partner", s.answers(sqldb.Customer),
		about("The partner sees nobody's name, and nothing below five answers."))
	post(a, "/api/partners/{id}/consistency", admin, "Analyse whether the people around a partner tell the same story", s.analyze, created,
		about("Compares the profile, what employees and customers say, and the transcripts of demos. Stored, and recorded as message_consistency_analysis unless the evidence is insufficient. The PowerConfidence score is computed anew: 80% feedback and 20% consistency, rounded; a change is recorded as powerconfidence_update."))
	get(a, "/api/partners/{id}/consistency", admin, "The newest analysis of a partner", s.lastAnalysis)
	get(a, "/api/partners/{id}/consistency/history", admin, "List the analyses of a partner, the newest first", s.analyses)

	// Bookings.
	get(a, "/api/bookings", admin, "List bookings, the latest date first", s.bookings)
	post(a, "/api/bookings", admin|contractor, "Book a demo", s.addBooking, created, alsoOK, answers(404, 409),
		about("Recorded as demo_booking, by the contractor. The same booking again is answered with 200, and booked once."))
	get(a, "/api/bookings/stats/overview", admin, "Count bookings", s.bookingStats)
	get(a, "/api/bookings/{id}", admin, "A booking, who booked, and with whom", s.bookingDetail)
	put(a, "/api/bookings/{id}", admin, "Change a booking", s.updateBooking, either("", nothingToUpdate))
	del(a, "/api/bookings/{id}", admin, "Delete a booking", s.deleteBooking)

	// Outcomes.
	post(a, "/api/outcomes/deals", admin|partner|contractor, "A deal was closed", s.addDeal, created, onceEach, answers(404),
		about("Recorded as deal_closed, by the contractor. A partner and a contractor can report their own deals only, with somebody they were matched with or who has booked. The same request again, within a day, is the same deal; an Idempotency-Key of its own makes it another."))
	get(a, "/api/outcomes/deals", admin, "List deals, the last closed first", s.deals)

	// Demos.
	a.plain("POST /api/partners/{id}/demos", partner|admin, "Send a demo, or announce one", s.stream(s.demoCreate), s.demoCreateDoc, 409)
	a.plain("PATCH /api/partners/{id}/demos/{demo}/content", partner|admin, "Send a piece of an announced file", s.stream(s.demoAppend), s.demoAppendDoc, 409)
	get(a, "/api/partners/{id}/demos", partner|admin, "A partner's demos, newest first", s.demos)
	get(a, "/api/partners/{id}/demos/{demo}", partner|admin, "Where a demo stands", s.demo)
	get(a, "/api/partners/{id}/demos/{demo}/transcript", partner|admin, "What is said in a demo", s.demoTurns)
	get(a, "/api/partners/{id}/demos/{demo}/link", partner|admin, "A short-lived link to the file", s.demoLink, answers(409))
	post(a, "/api/partners/{id}/demos/{demo}/retry", partner|admin, "Try again to take the transcript", s.demoRetry, answers(409))
	del(a, "/api/partners/{id}/demos/{demo}", partner|admin, "Remove a demo, its file and its transcript", s.demoDelete, answers(409))
	a.plain("GET /api/demos/{id}/content", public, "A demo's file, by a link", s.stream(s.demoContent), demoContentDoc, 403, 416)

	// Exports of the lake.
	a.plain("GET /api/export/interactions", admin, "Records as NDJSON, CSV or Parquet", s.stream(s.exportInteractions), exportInteractionsDoc, 404)
	a.plain("GET /api/export/finetune", admin, "Conversations as training data", s.stream(s.exportFinetune), exportFinetuneDoc)

	// The AI coach.
	a.plain("POST /api/ai-coach/chat", contractor|admin, "Ask the coach", s.stream(s.chat), chatDoc, 404, 409)
	a.plain("POST /api/ai-coach/message", contractor|admin, "Ask the coach, as the older front end does", s.stream(s.chat), chatDoc, 404, 409)
	a.plain("GET /api/ai-coach/chat/{id}/stream", contractor|admin, "Go on with an answer", s.stream(s.resumeRoute), resumeDoc, 409)
	get(a, "/api/ai-coach/access-status", contractor|admin, "Is the coach open to the contractor?", s.coachAccess, answers(404))
	get(a, "/api/ai-coach/conversations", contractor|admin, "The messages, newest first", s.coachMessages, answers(404))
	post(a, "/api/ai-coach/feedback/{messageId}", contractor|admin, "Rate an answer", s.coachFeedback, either("", "helpful, rating or feedback is required"))
	del(a, "/api/ai-coach/conversations", contractor|admin, "Clear the history", s.clearCoach, answers(404))

	// Feedback.
	post(a, "/api/feedback/submit-response", public, "Answer a survey", s.answerSurvey, created, nameless, answers(403, 404, 409),
		about("By who has the survey's link, and not by an administrator or a partner. A survey can be answered once. Recorded as feedback, by the contractor. It opens the coach to the contractor."))
	get(a, "/api/feedback/surveys", admin, "List surveys, the newest first", s.surveys)
	post(a, "/api/feedback/surveys", admin, "Make a survey", s.addSurvey, created, answers(404))
	get(a, "/api/feedback/surveys/{id}/form", public, "What the form of a survey shows", s.surveyForm)
	get(a, "/api/feedback/analytics/partner/{partnerId}", admin, "What contractors say of a partner", s.partnerFeedback)
	get(a, "/api/feedback/analytics/dashboard", admin, "What contractors say of every partner", s.feedbackOverview)
	post(a, "/api/feedback/powerconfidence/update", admin, "Compute PowerConfidence scores from the answers", s.updateScores, answers(404),
		about("feedback = (3*75 + the sum of the ratings) / (3 + their number); score = 0.8*feedback + 0.2*consistency where the stakeholders' messages were compared, else feedback. A rating is the mean of the answers, with weight 0.4 for the whole and 0.15 for each of the others, times ten. Each change is recorded as powerconfidence_update."))

	// SMS.
	post(a, "/api/sms/opt-out", public, "End the SMS to a number or to a contractor", s.optOut, answers(401, 403, 404), either("", "Phone number or contractor ID is required"),
		about("A contractorId is taken from the contractor and from administrators, a phoneNumber from everybody."))
	get(a, "/api/sms/subscriptions", admin, "List who takes SMS, the newest first", s.subscriptions)
	post(a, "/api/sms/subscriptions", admin, "Store whether a contractor takes SMS", s.subscribe, answers(404), alsoCreated)
	get(a, "/api/sms/campaigns", admin, "List campaigns, the newest first", s.campaigns)
	post(a, "/api/sms/campaigns", admin, "Make a campaign", s.addCampaign, created, answers(404))
	post(a, "/api/sms/campaigns/{id}/launch", admin, "Send a campaign to everybody who takes SMS", s.launchCampaign, answers(409),
		about("The messages go out after the answer. A campaign with feedback or survey in its name makes a survey for each recipient."))
	get(a, "/api/sms/analytics", admin, "Figures of campaigns and subscriptions", s.smsAnalytics)

	// The partners' portal.
	get(a, "/api/partner-auth/profile", partner, "The account of the partner's user who asks", s.partnerAccountOf, answers(404))
	get(a, "/api/partner-portal/dashboard", partner, "Where the partner stands", s.portal, answers(404))
	get(a, "/api/partner-portal/feedback", partner, "What contractors say of the partner, without their names", s.portalFeedback, answers(404))
	post(a, "/api/partner-portal/export-report", partner, "The figures of a report", s.exportReport, answers(404))
	get(a, "/api/partners-enhanced/list", admin, "Every partner with its figures", s.enhancedPartners)
	get(a, "/api/partners-enhanced/{partnerId}/analytics", admin, "The figures of one active partner", s.enhancedPartner)
	put(a, "/api/partners-enhanced/{partnerId}/powerconfidence", admin, "Give a partner a score", s.setManualScore)

	// Administration.
	get(a, "/api/admin/dashboard", admin, "The figures of the platform", s.dashboard)
	get(a, "/api/admin/export/contractors", admin, "Export contractors", s.exportContractors, exports)
	get(a, "/api/admin/export/partners", admin, "Export partners", s.exportPartners, exports)
	get(a, "/api/admin/export/bookings", admin, "Export bookings", s.exportBookings, exports)
	post(a, "/api/bulk/contractors/update", admin, "Change many contractors", s.updateContractors, answers(409), either("updates", nothingToUpdate))
	post(a, "/api/bulk/contractors/delete", admin, "Delete many contractors", s.deleteContractors)
	post(a, "/api/bulk/contractors/export", admin, "Export chosen contractors", s.exportChosenContractors, exports)
	post(a, "/api/bulk/partners/update", admin, "Change many partners", s.updatePartners, answers(409), either("updates", nothingToUpdate))
	post(a, "/api/bulk/partners/toggle-status", admin, "Make active partners inactive, and the other way round", s.togglePartners)
	post(a, "/api/bulk/partners/export", admin, "Export chosen partners", s.exportChosenPartners, exports)

	// The lake.
	a.plain("POST /api/interactions", public, "Take interactions in", s.stream(s.ingest), ingestDoc, 401, 422)
	a.plain("GET /api/lake/status", admin, "What the lake holds", s.answer(s.adminOnly(s.lakeStatus)), shows("application/json", anyObject()))

	a.finish()
	return mux
}

// handler answers one request. An error that it returns becomes a problem
// document, so it must not have written anything then.
type handler func(v *visit, r *http.Request) error

// answer serves a handler that must be done within Limits.Handler.
func (s *Server) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := w.(*visit)
		s.allowOrigin(v, r)
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), visitKey{}, v), s.opts.Limits.Handler)
		defer cancel()
		err := h(v, r.WithContext(ctx))
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = &tpe.Error{Code: tpe.Timeout, Message: "The request took too long", Err: err}
		}
		s.fail(v, r, err)
	})
}

// stream serves a handler that may take as long as bytes keep moving, or
// that waits for nothing.
func (s *Server) stream(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := w.(*visit)
		s.allowOrigin(v, r)
		s.fail(v, r, h(v, r))
	})
}

// probe is a handler for machines.
func probe(h handler) handler {
	return func(v *visit, r *http.Request) error {
		v.sessionless()
		return h(v, r)
	}
}

// adminOnly lets only administrators through.
func (s *Server) adminOnly(h handler) handler {
	return func(v *visit, r *http.Request) error {
		if err := s.admit(v, r, admin); err != nil {
			return err
		}
		return h(v, r)
	}
}
