package upcast

import (
	"strings"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// become gives the record another type and keeps the name of the first.
func (r *record) become(kind string) {
	if v, ok := r.top.get("interaction_type"); ok {
		r.aside("type", v)
	}
	r.top.set("interaction_type", text(kind))
	r.kind = kind
}

func dealValueNumber(r *record) bool {
	outcomes := r.open(r.top, "outcomes")
	if outcomes == nil {
		return false
	}
	v, ok := outcomes.get("deal_value")
	if !ok || !r.is(v, tape.KindString) {
		return false
	}
	outcomes.add("deal_value_text", v)
	if n, ok := readMoney(r.text(v)); ok {
		outcomes.set("deal_value", literal(n))
	} else {
		outcomes.take("deal_value")
	}
	return true
}

func satisfactionInOutcomes(r *record) bool {
	metadata := r.open(r.top, "metadata")
	if r.kind != tpe.TypeDealClosed || metadata == nil || metadata.at("satisfaction_score") < 0 {
		return false
	}
	return r.move(metadata, "satisfaction_score", r.make("outcomes"), "satisfaction_score")
}

func conciergeFromConversation(r *record) bool {
	if r.kind != oldConversation {
		return false
	}
	r.become(tpe.TypeAIConcierge)
	conversation := r.make("ai_conversation")
	r.move(r.top, "messages", conversation, "messages")
	conversation.add("messages", literal("[]"))
	if about := r.open(r.top, "ai_metadata"); about != nil {
		r.empty(about, conversation, map[string]string{"response_time_ms": "duration_ms"})
		r.dropEmpty("ai_metadata", about)
	}
	return true
}

// empty moves all members of one object into another, some under new names.
// What the other has with another value stays.
func (r *record) empty(from, to *object, names map[string]string) {
	for _, m := range append([]member(nil), from.members...) {
		as := m.name
		if other, ok := names[as]; ok {
			as = other
		}
		r.move(from, m.name, to, as)
	}
}

// dropEmpty removes a member of the top that has nothing left in it.
func (r *record) dropEmpty(name string, o *object) {
	if len(o.members) == 0 {
		r.top.take(name)
	}
}

// roles maps what clients called the sides of a conversation.
var roles = map[string]string{"ai": "assistant", "bot": "assistant", "human": "user"}

func messagesComplete(r *record) (changed bool) {
	conversation := r.open(r.top, "ai_conversation")
	if conversation == nil {
		return false
	}
	list, ok := conversation.get("messages")
	if !ok || list.raw != nil || list.obj != nil {
		return false
	}
	out := []byte{'['}
	for n := range r.t.Elements(list.node) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		v := node(n)
		if r.is(v, tape.KindObject) {
			v.obj = r.load(n)
			changed = r.completeMessage(v.obj) || changed
		}
		out = r.appendValue(out, v)
	}
	if changed {
		conversation.set("messages", value{raw: append(out, ']')})
	}
	return changed
}

func (r *record) completeMessage(message *object) (changed bool) {
	if v, ok := message.get("content"); !ok || r.is(v, tape.KindNull) {
		message.set("content", text(""))
		changed = true
	}
	if role, ok := roles[r.str(message, "role")]; ok {
		message.set("role", text(role))
		changed = true
	}
	return r.fixTime(message) || changed
}

func feedbackFromSubmission(r *record) bool {
	if r.kind != oldFeedback {
		return false
	}
	r.become(tpe.TypeFeedback)
	r.make("feedback").rename("comments", "comment")
	return true
}

func feedbackInObject(r *record) (changed bool) {
	if r.kind != tpe.TypeFeedback {
		return false
	}
	for _, name := range []string{"rating", "comment"} {
		if r.top.at(name) >= 0 {
			changed = r.move(r.top, name, r.make("feedback"), name) || changed
		}
	}
	if about := r.open(r.top, "feedback_metadata"); about != nil {
		r.empty(about, r.metadata(), nil)
		r.dropEmpty("feedback_metadata", about)
		changed = true
	}
	if r.top.at("collection_method") >= 0 {
		changed = r.move(r.top, "collection_method", r.metadata(), "collection_method") || changed
	}
	if r.top.at("feedback") < 0 { // a feedback of which nothing but the fact is known
		r.make("feedback")
		changed = true
	}
	return changed
}

func exposureFromParticipation(r *record) bool {
	if r.kind != oldParticipation {
		return false
	}
	r.become(tpe.TypeExperimentExposure)
	experiment := r.open(r.top, "experiment")
	if experiment == nil {
		return true
	}
	name, named := experiment.get("name")
	variant, varied := experiment.get("variant")
	if !named || !varied || r.text(name) == "" {
		return true
	}
	if r.make("experiments").add(r.text(name), text(r.text(variant))) {
		experiment.take("name")
		experiment.take("variant")
		r.dropEmpty("experiment", experiment)
	}
	return true
}

// stakeholders says who spoke, by the beginning of a validation_type.
var stakeholders = []struct{ prefix, stakeholder string }{
	{"employee", "employee"}, {"customer", "customer"}, {"reference", "customer"}, {"demo", "demo"}, {"ceo", "ceo"},
}

func referenceFromValidation(r *record) bool {
	if r.kind != oldValidation {
		return false
	}
	what := r.str(r.top, "validation_type")
	if what == "employee_survey" || what == "employee_feedback" {
		r.become(tpe.TypeEmployeeFeedback)
	} else {
		r.become(tpe.TypeCustomerReference)
	}
	for _, s := range stakeholders {
		if strings.HasPrefix(what, s.prefix) {
			r.top.add("stakeholder_type", text(s.stakeholder))
			break
		}
	}
	validation := r.make("validation")
	r.move(r.top, "validation_type", validation, "validation_type")
	r.move(r.top, "result", validation, "result")
	if data := r.open(r.top, "validation_data"); data != nil {
		r.empty(data, validation, map[string]string{"confidenceScore": "confidence_score"})
		r.dropEmpty("validation_data", data)
	}
	if metadata := r.open(r.top, "metadata"); metadata != nil {
		for _, name := range []string{"collector", "verified", "confidence_score"} {
			r.move(metadata, name, validation, name) // the same again
		}
	}
	if r.kind == tpe.TypeEmployeeFeedback {
		feedback := r.make("feedback")
		if score, ok := validation.get("score"); ok && r.is(score, tape.KindNumber) {
			feedback.add("rating", score)
		}
	}
	return true
}

func formFromOutcome(r *record) bool {
	if r.kind != oldOutcome {
		return false
	}
	r.become(tpe.TypeFormSubmission)
	r.make("form").add("name", text(oldOutcome))
	outcomes := r.make("outcomes")
	r.move(r.top, "outcome_type", outcomes, "outcome_type")
	r.move(r.top, "value", outcomes, "value")
	return true
}

func numberFromText(r *record) (changed bool) {
	for _, in := range numberFields {
		o := r.open(r.top, in.object)
		if o == nil {
			continue
		}
		for _, name := range in.names {
			v, ok := o.get(name)
			if !ok || !r.is(v, tape.KindString) {
				continue
			}
			changed = true
			if n, ok := readNumber(r.text(v)); ok {
				o.set(name, literal(n))
			} else if !o.rename(name, name+"_text") {
				o.take(name)
				r.aside(name, v)
			}
		}
	}
	return changed
}

func innerTimeReadable(r *record) (changed bool) {
	for _, name := range []string{"outcomes", "feedback", "analysis"} {
		if o := r.open(r.top, name); o != nil {
			changed = r.fixTime(o) || changed
		}
	}
	return changed
}

// fixTime makes the timestamp of an object readable.
func (r *record) fixTime(o *object) bool {
	v, ok := o.get("timestamp")
	if !ok {
		return false
	}
	if r.is(v, tape.KindString) {
		if _, err := tpe.ParseTime(r.text(v)); err == nil {
			return false
		}
	}
	o.add("timestamp_text", v)
	if at, ok := r.readTime(v); ok {
		o.set("timestamp", text(tpe.FormatTime(at)))
	} else {
		o.take("timestamp")
	}
	return true
}
