package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/tpe"
)

// surface is where routes are registered: the mux that serves them, and the
// OpenAPI document that describes them.
type surface struct {
	s   *Server
	mux *http.ServeMux
	api huma.API
}

// option changes the description of a route.
type option func(*huma.Operation)

// answers documents statuses that a route can answer with, beside those that
// every route of its kind can.
func answers(statuses ...int) option {
	return func(op *huma.Operation) { op.Errors = append(op.Errors, statuses...) }
}

// created makes 201 the status of success.
func created(op *huma.Operation) {
	op.DefaultStatus = http.StatusCreated
	once(op)
}

// nameless keeps what a request says out of its record unless the handler has
// noted whose words they are. The sender is not signed in, and a request that is
// refused or repeated could not be found when the person is to be forgotten.
func nameless(op *huma.Operation) { op.Metadata[namelessKey] = true }

const namelessKey = "nameless"

// alsoOK documents 200 beside 201: what was asked for was there.
func alsoOK(op *huma.Operation) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["200"] = &huma.Response{Description: "It was there already"}
}

// alsoCreated documents 201 beside 200.
func alsoCreated(op *huma.Operation) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["201"] = &huma.Response{Description: "Created"}
}

// either demands that a body has at least one of the members that it knows, or
// that its member within has. message says so to who sends none.
func either(within, message string) option {
	return func(op *huma.Operation) { op.Metadata[someKey] = someOf{within, true, message} }
}

// something demands that a body is not empty: for one that knows so many
// members that to list each of them would say nothing to a reader.
func something(message string) option {
	return func(op *huma.Operation) { op.Metadata[someKey] = someOf{message: message} }
}

const someKey = "some"

// someOf is what a body must have one of.
type someOf struct {
	within  string
	known   bool // one that the body knows
	message string
}

// unmet reports whether a fault says that there is none.
func (o someOf) unmet(f inputFault) bool {
	return o.message != "" && f.Location == strings.TrimSuffix("body."+o.within, ".") &&
		(f.Message == validation.MsgExpectedMatchAtLeastOneSchema || strings.HasPrefix(f.Message, "expected object with at least"))
}

// withoutEcho leaves out that there is none when one is there and has a fault of
// its own: people are told what is wrong with it.
func (o someOf) withoutEcho(list []*huma.ErrorDetail) []*huma.ErrorDetail {
	at := strings.TrimSuffix("body."+o.within, ".") + "."
	if !slices.ContainsFunc(list, func(d *huma.ErrorDetail) bool { return strings.HasPrefix(d.Location, at) }) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(d *huma.ErrorDetail) bool { return o.unmet(inputFault{d.Location, d.Message}) })
}

// about describes a route in more than its summary.
func about(text string) option { return func(op *huma.Operation) { op.Description = text } }

func get[I, O any](a *surface, path string, who role, summary string, h func(context.Context, *I) (*O, error), opts ...option) {
	register(a, http.MethodGet, path, who, summary, h, opts)
}

func post[I, O any](a *surface, path string, who role, summary string, h func(context.Context, *I) (*O, error), opts ...option) {
	register(a, http.MethodPost, path, who, summary, h, opts)
}

func put[I, O any](a *surface, path string, who role, summary string, h func(context.Context, *I) (*O, error), opts ...option) {
	register(a, http.MethodPut, path, who, summary, h, opts)
}

func del[I, O any](a *surface, path string, who role, summary string, h func(context.Context, *I) (*O, error), opts ...option) {
	register(a, http.MethodDelete, path, who, summary, h, opts)
}

// register serves a typed handler. Its request is read, checked and described
// by the struct I, its answer by the struct O; an error becomes a problem
// document.
func register[I, O any](a *surface, method, path string, who role, summary string, h func(context.Context, *I) (*O, error), opts []option) {
	op := a.operation(method, path, who, summary)
	op.MaxBodyBytes = a.s.opts.Limits.Body
	a.note(method, path)
	for _, o := range opts {
		o(&op)
	}
	a.document(&op, who)
	huma.Register(a.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, failed{err}
		}
		return out, nil
	})
	a.demandSome(method, path)
}

// demandSome puts what either or something demands into the schema of the body,
// by which it is described and checked.
func (a *surface) demandSome(method, path string) {
	item := a.api.OpenAPI().Paths[path]
	op := map[string]*huma.Operation{http.MethodPost: item.Post, http.MethodPut: item.Put}[method]
	if op == nil {
		return
	}
	demand, ok := op.Metadata[someKey].(someOf)
	if !ok {
		return
	}
	schema := a.resolved(op.RequestBody.Content["application/json"].Schema)
	if demand.within != "" {
		schema = a.resolved(schema.Properties[demand.within])
	}
	if !demand.known {
		schema.MinProperties = ptr(1)
	} else {
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			schema.AnyOf = append(schema.AnyOf, &huma.Schema{Type: huma.TypeObject, Required: []string{name}, Properties: map[string]*huma.Schema{name: schema.Properties[name]}})
		}
	}
	schema.PrecomputeMessages()
}

// resolved follows a reference.
func (a *surface) resolved(s *huma.Schema) *huma.Schema {
	for s.Ref != "" {
		s = a.api.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// operation begins the description of a route.
func (a *surface) operation(method, path string, who role, summary string) huma.Operation {
	parts := strings.Split(strings.TrimPrefix(path, "/api/"), "/")
	id := strings.ToLower(method) + "-" + strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "", ".", "-").Replace(strings.TrimPrefix(path, "/api")), "-")
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{cmp.Or(parts[0], "server")}, Metadata: map[string]any{roleKey: who}}
}

const roleKey = "role"

// adapter serves the operations of huma as this server serves every route.
type adapter struct{ a *surface }

// Handle registers an operation.
func (d adapter) Handle(op *huma.Operation, h func(huma.Context)) {
	s := d.a.s
	who, _ := op.Metadata[roleKey].(role)
	wild := strings.Contains(op.Path, "{")
	numbers, integers := numericQuery(op), integerParams(op)
	repeatable, nameless := op.Metadata[onceKey], op.Metadata[namelessKey] == true
	d.a.mux.Handle(op.Method+" "+op.Path, s.answer(func(v *visit, r *http.Request) error {
		if known := s.literals[r.URL.Path]; wild && known != nil {
			// The word in the place of an {id} is a route of its own.
			v.Header()["Allow"] = []string{strings.Join(known, ", ")}
			notAllowed(r).write(v)
			return nil
		}
		v.nameless = nameless
		r = withWhole(r, integers)
		v.body.by = time.Now().Add(s.opts.Limits.Handler)
		if err := s.admit(v, r, who); err != nil {
			return err
		}
		if op.RequestBody != nil && compressed(r.Header) {
			return &tpe.Error{Code: tpe.Unsupported, Message: "The Content-Encoding is not supported", Hint: "send the body plain"}
		}
		for _, name := range numbers {
			if list, came := r.URL.Query()[name]; came && list[0] == "" { // huma takes it for absent
				return misuse("query."+name, field(name)+" is no number")
			}
		}
		v.Header()["Cache-Control"] = []string{"no-store"}
		run := func(r *http.Request) error {
			c := &call{base: humago.NewContext(op, r, v)}
			h(c)
			return c.failure
		}
		if repeatable != nil {
			return s.idempotent(v, r, op.MaxBodyBytes, repeatable == sameIsOnce, run)
		}
		return run(r)
	}))
}

// numericQuery names the parameters of a query that are numbers or booleans.
func numericQuery(op *huma.Operation) []string {
	var list []string
	for _, p := range op.Parameters {
		if p.In == "query" && p.Schema.Type != huma.TypeString && p.Schema.Type != huma.TypeArray {
			list = append(list, p.Name)
		}
	}
	return list
}

// integerParams are the parameters of path and query that are integers.
func integerParams(op *huma.Operation) []*huma.Param {
	var list []*huma.Param
	for _, p := range op.Parameters {
		if p.Schema.Type == huma.TypeInteger && (p.In == "path" || p.In == "query") {
			list = append(list, p)
		}
	}
	return list
}

// withWhole returns the request with its integers as digits: as in JSON, 7.0
// is the integer 7.
func withWhole(r *http.Request, integers []*huma.Param) *http.Request {
	var query url.Values
	for _, p := range integers {
		if p.In == "path" {
			r.SetPathValue(p.Name, wholeText(r.PathValue(p.Name)))
			continue
		}
		if query == nil {
			if !strings.Contains(r.URL.RawQuery, ".0") {
				continue
			}
			query = r.URL.Query()
		}
		for i, text := range query[p.Name] {
			query[p.Name][i] = wholeText(text)
		}
	}
	if query == nil {
		return r
	}
	// The record of the request has it as it came.
	changed, target := *r, *r.URL
	target.RawQuery = query.Encode()
	changed.URL = &target
	return &changed
}

// wholeText cuts the fraction off a number that is whole.
func wholeText(s string) string {
	digits, fraction, found := strings.Cut(s, ".")
	if found && fraction != "" && strings.Trim(fraction, "0") == "" {
		return digits
	}
	return s
}

// ServeHTTP is for huma's own tests, which this server does not use.
func (d adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.a.mux.ServeHTTP(w, r) }

// call is one request to a typed handler. A failure, huma's own included, is
// kept and answered as every other error is.
type call struct {
	base
	failure error
}

// base is what huma knows of a request.
type base = huma.Context

// failed carries a handler's error through huma.
type failed struct{ error }

// GetStatus is for huma.
func (failed) GetStatus() int { return http.StatusInternalServerError }

// SetReadDeadline does nothing: the body sets its own.
func (*call) SetReadDeadline(time.Time) error { return nil }

// BodyReader leaves the closing of the body to the server.
func (c *call) BodyReader() io.Reader { return struct{ io.Reader }{c.base.BodyReader()} }

// SetHeader names the character set beside JSON, as the older service does.
func (c *call) SetHeader(name, value string) {
	if name == "Content-Type" && value == "application/json" {
		value = "application/json; charset=utf-8"
	}
	c.base.SetHeader(name, value)
}

// SetStatus sends the head, unless the call has failed.
func (c *call) SetStatus(status int) {
	if c.failure == nil {
		c.base.SetStatus(status)
	}
}

// BodyWriter writes the answer, unless the call has failed.
func (c *call) BodyWriter() io.Writer {
	if c.failure != nil {
		return io.Discard
	}
	return c.base.BodyWriter()
}

// capture keeps what huma would answer a failed call with.
func capture(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(huma.StatusError)
	if !ok {
		return v, nil
	}
	var mine failed
	if errors.As(e, &mine) {
		ctx.(*call).failure = mine.error
	} else {
		ctx.(*call).failure = rejectedBy(e, ctx.Operation())
	}
	return nil, nil
}

// later is an error that says when to come back.
type later struct {
	error
	after time.Duration
}

// Unwrap returns the error itself.
func (l later) Unwrap() error { return l.error }

// tooMany is the error for what was tried too often.
func tooMany(after time.Duration, message string) error {
	return later{tpe.Errorf(tpe.TooMany, "%s", message), after}
}

// seconds writes a Retry-After.
func (l later) seconds() string {
	return strconv.FormatInt(int64((l.after+time.Second-1)/time.Second), 10)
}

// who returns the identity of the caller of a typed handler.
func who(ctx context.Context) auth.Identity { return visitOf(ctx).who }

// unescapeNUL lets request bodies pass that hold the character NUL, which no
// text of the database can: it becomes the mark of a broken character.
func unescapeNUL(data []byte) []byte {
	const esc = `\u0000`
	if !bytes.Contains(data, []byte(esc)) {
		return data
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		switch {
		case data[i] != '\\' || i+1 == len(data):
			out = append(out, data[i])
		case bytes.HasPrefix(data[i:], []byte(esc)):
			out = append(out, `\ufffd`...)
			i += len(esc) - 1
		default:
			out = append(out, data[i], data[i+1])
			i++
		}
	}
	return out
}
