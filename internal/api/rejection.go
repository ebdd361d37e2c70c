package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/power100/tpe/internal/tpe"
)

// rejectedBy turns an error of huma's validation into ours.
func rejectedBy(e huma.StatusError, op *huma.Operation) error {
	var m *huma.ErrorModel
	if !errors.As(e, &m) {
		return e
	}
	switch m.Status {
	case http.StatusRequestEntityTooLarge:
		return &tpe.Error{Code: tpe.TooLarge, Message: "The body is too large"}
	case http.StatusUnsupportedMediaType:
		return &tpe.Error{Code: tpe.Unsupported, Message: "The Content-Type is not supported", Hint: "send application/json"}
	case http.StatusRequestTimeout:
		return &tpe.Error{Code: tpe.Misuse, Message: "The body came too slowly", Err: e}
	case http.StatusInternalServerError:
		return &tpe.Error{Code: tpe.Misuse, Message: "The body ended early", Err: e}
	}
	out := &rejection{}
	demand, _ := op.Metadata[someKey].(someOf)
	for _, d := range demand.withoutEcho(m.Errors) {
		f := inputFault{Location: d.Location, Message: d.Message}
		if demand.unmet(f) {
			f.Message = demand.message
		} else {
			f.explain(d.Value)
		}
		out.faults = append(out.faults, f)
	}
	message := m.Detail
	if len(out.faults) > 0 {
		message = out.faults[0].Message
		if strings.HasPrefix(message, "invalid character") || strings.HasPrefix(message, "unexpected end") {
			message = "The body is not JSON: " + message
		}
	}
	out.err = &tpe.Error{Code: tpe.Misuse, Message: message}
	if slices.ContainsFunc(out.faults, func(f inputFault) bool { return strings.HasPrefix(f.Location, "path.") }) {
		out.err.Code = tpe.NotFound // nothing can have such an id
	}
	return out
}

// inputFault is one thing that is wrong with a request.
type inputFault struct {
	Location string // body.email, query.limit, path.id
	Message  string
}

// explain puts a fault into the words that people read: the front end shows
// them as they are.
func (f *inputFault) explain(value any) {
	name, missing := strings.CutPrefix(f.Message, "expected required property ")
	if name, ok := strings.CutSuffix(name, " to be present"); ok && missing {
		f.Location += "." + name
		f.Message = noText
	}
	member := strings.Replace(f.Location, "body.updates.", "body.", 1)
	_, name, found := strings.Cut(member, ".")
	switch text, blank := value.(string); {
	case !found:
	case sentences[member] != "":
		f.Message = sentences[member]
	case demands[f.Location] != "" && (f.Message == noText || f.Message == noItem):
		f.Message = demands[f.Location]
	case f.Message == "expected string to be "+mixedKinds:
		f.Message = "New password must contain at least one uppercase letter, one lowercase letter, and one number"
	case f.Message == validation.MsgExpectedMatchAtLeastOneSchema && (value == nil || blank && strings.TrimSpace(text) == ""):
		f.Message = field(name) + " is required"
	default:
		f.Message = field(name) + inWords(f.Message)
	}
}

// sentences are what the older service says, whatever is wrong with a member.
var sentences = map[string]string{
	"body.email":                  "Valid email is required",
	"body.contact_email":          "Valid email is required",
	"body.focus_areas_served":     "Focus areas must be an array",
	"body.target_revenue_range":   "Revenue ranges must be an array",
	"body.geographic_regions":     "Geographic regions must be an array",
	"body.key_differentiators":    "Key differentiators must be an array",
	"body.client_testimonials":    "Client testimonials must be an array",
	"body.power_confidence_score": "PowerConfidence score must be a number from 0 to 100",
	"body.is_active":              "Active status must be boolean",
	"body.score":                  "Score must be between 0 and 100",
	"body.team_size":              "Team size must be a whole number from 0",
}

// demands are what it says when a list or an object is missing or empty.
var demands = map[string]string{
	"body.contractor_ids": "contractor_ids array is required",
	"body.partner_ids":    "partner_ids array is required",
	"body.updates":        "updates object is required",
}

// What the validator says of what is missing or empty.
const (
	noText = "expected length >= 1"
	noItem = "expected array length >= 1"
)

// kinds and limits turn what the validator says into the rest of a sentence
// that begins with the name of the member.
var kinds = map[string]string{
	noText:                        " is required",
	noItem:                        " must not be empty",
	validation.MsgExpectedArray:   " must be an array",
	validation.MsgExpectedObject:  " must be an object",
	validation.MsgExpectedBoolean: " must be true or false",
	validation.MsgExpectedInteger: " must be a whole number",
	validation.MsgExpectedNumber:  " must be a number",
	validation.MsgExpectedString:  " must be a text",
}

var limits = []struct{ said, before, after string }{
	{"expected length >= ", " must be at least ", " characters long"},
	{"expected length <= ", " must be at most ", " characters long"},
	{"expected array length >= ", " must have at least ", " entries"},
	{"expected array length <= ", " must have at most ", " entries"},
	{"expected number >= ", " must be at least ", ""},
	{"expected number > ", " must be more than ", ""},
	{"expected number <= ", " must be at most ", ""},
	{"expected number < ", " must be less than ", ""},
	{"expected value to be one of ", " must be one of ", ""},
	{"expected string to be ", " must be ", ""},
}

func inWords(message string) string {
	if words := kinds[message]; words != "" {
		return words
	}
	for _, l := range limits {
		if limit, ok := strings.CutPrefix(message, l.said); ok {
			return l.before + limit + l.after
		}
	}
	if strings.HasPrefix(message, "expected ") {
		return " is not valid"
	}
	return ": " + message
}

// field writes a member's name as people read it: company_name and
// companyName are Company name.
func field(name string) string {
	if name == "phone" {
		return "Phone number" // as the older service says
	}
	var b strings.Builder
	for i, c := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(c))
		case c == '_':
			b.WriteByte(' ')
		case unicode.IsUpper(c):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(c))
		default:
			b.WriteRune(c)
		}
	}
	if words, ok := strings.CutSuffix(b.String(), " id"); ok {
		return words + " ID"
	}
	return b.String()
}

// rejection is the error for a request that breaks its description.
type rejection struct {
	err    *tpe.Error
	faults []inputFault
}

// Error returns the first fault.
func (r *rejection) Error() string { return r.err.Error() }

// Unwrap returns the error with its code.
func (r *rejection) Unwrap() error { return r.err }

// extra returns the faults as a member of the problem document.
func (r *rejection) extra() []byte {
	b := []byte(`,"errors":[`)
	for i, f := range r.faults {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"location":`...)
		b = tpe.AppendString(b, f.Location)
		b = append(b, `,"message":`...)
		b = tpe.AppendString(b, f.Message)
		b = append(b, '}')
	}
	return append(b, ']')
}

// misuse is the error for a request that one of its values makes wrong.
func misuse(location, message string) error {
	return &rejection{err: &tpe.Error{Code: tpe.Misuse, Message: message}, faults: []inputFault{{location, message}}}
}
