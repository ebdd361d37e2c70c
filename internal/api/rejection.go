package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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
	for _, d := range m.Errors {
		f := inputFault{Location: d.Location, Message: d.Message}
		if demand.unmet(f) {
			f.Message = demand.message
		} else {
			f.explain()
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

// explain puts a fault into the words that people read.
func (f *inputFault) explain() {
	name, missing := strings.CutPrefix(f.Message, "expected required property ")
	if name, ok := strings.CutSuffix(name, " to be present"); ok && missing {
		f.Location += "." + name
		f.Message = field(name) + " is required"
		return
	}
	if f.Message == "expected string to be "+mixedKinds {
		f.Message = "New password must contain at least one uppercase letter, one lowercase letter, and one number"
		return
	}
	_, name, found := strings.Cut(f.Location, ".")
	if found {
		if name == "email" && strings.HasPrefix(f.Message, "expected string to") {
			f.Message = "Valid email is required"
			return
		}
		f.Message = field(name) + ": " + f.Message
	}
}

// field writes a member's name as people read it: company_name is Company
// name.
func field(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
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
