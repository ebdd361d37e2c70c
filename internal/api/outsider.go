package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// browserTypes are the types of records that a visitor's browser writes. All
// others say what the platform has done, decided or been told.
var browserTypes = map[string]bool{
	tpe.TypePageView: true, tpe.TypeNavigation: true, tpe.TypePerformance: true, tpe.TypeClientError: true, tpe.TypeCTAClick: true,
	tpe.TypeFormSubmission: true, tpe.TypeExperimentExposure: true, tpe.TypePodcastInteraction: true, tpe.TypeEventInteraction: true,
}

// platformMembers are what only the platform may say, in a record of any type:
// counts and training data are made of them.
var platformMembers = [][]string{
	{"api_call"}, {"ai_conversation"}, {"feedback"},
	{"outcomes", "partner_matched"}, {"outcomes", "demo_booked"}, {"outcomes", "deal_closed"}, {"outcomes", "deal_value"},
	{"outcomes", "satisfaction_score"}, {"outcomes", "match_score"}, {"outcomes", "match_reasons"},
	{"metadata", "training_consent"}, {"metadata", "gap"}, {"metadata", "duplicate_of"}, {"metadata", "upcast"},
}

// maxSkew is how far the clock of an outsider may be off, and how long a
// browser may have kept a record. Each day has segments of its own, so that
// any day at all would be any number of files.
const maxSkew = 3 * 24 * time.Hour

// outsider is a sender of records who is not an administrator.
type outsider struct {
	who auth.Identity // empty for nobody
	now time.Time
}

// outsider returns what the sender of interactions may not send beyond; nil
// for one who may send everything: an administrator, and everybody outside of
// production. It counts the request, but for an administrator, who feeds
// whole lakes in.
func (s *Server) outsider(v *visit, r *http.Request) (*outsider, error) {
	insider := v.who.UserType == tpe.UserAdmin
	if !insider {
		if err := s.rates.check(v, r); err != nil {
			return nil, err
		}
	}
	if err := s.allow(v, r, public); err != nil {
		return nil, err
	}
	if insider || !s.opts.Production {
		return nil, nil
	}
	if v.refused != nil && first(r.Header, "Authorization") != "" {
		// Who sends a token does not want to be taken for nobody.
		return nil, &tpe.Error{Code: tpe.CodeOf(v.refused), Message: v.refused.Error(), Err: v.refused}
	}
	return &outsider{who: v.who, now: s.opts.Now()}, nil
}

// ruleForbidden is the rule of the fault of a record that its sender may not
// send.
const ruleForbidden = "forbidden"

// refuses says which member of a valid record its sender may not send, and
// why; why is empty when there is none.
func (o *outsider) refuses(t *tape.Tape) (pointer, why string) {
	if o == nil {
		return "", ""
	}
	text := func(name string) string {
		n, ok := t.Find(name)
		if !ok {
			return ""
		}
		return t.Text(n)
	}
	if kind := text("interaction_type"); !browserTypes[kind] {
		return "/interaction_type", "only an administrator may send records of the type " + kind
	}
	for _, names := range platformMembers {
		if _, ok := t.Find(names...); ok {
			return "/" + strings.Join(names, "/"), "only an administrator may send this"
		}
	}
	id, kind := text("user_id"), text("user_type")
	nobody := id == tpe.Anonymous && kind == tpe.UserUnknown
	self := o.who.UserID != "" && id == o.who.UserID && kind == o.who.UserType
	switch {
	case !nobody && !self && o.who.UserID == "":
		return "/user_id", `without a token the user is "anonymous", and of the type "unknown"`
	case !nobody && !self:
		return "/user_id", "the user is not the one who is signed in"
	}
	if at, err := time.Parse(time.RFC3339, text("timestamp")); err != nil || at.Before(o.now.Add(-maxSkew)) || at.After(o.now.Add(maxSkew)) {
		return "/timestamp", "the time is more than three days from now"
	}
	return "", ""
}
