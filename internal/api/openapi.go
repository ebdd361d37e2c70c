package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/sqldb"
)

// newSurface returns an empty surface.
func (s *Server) newSurface(mux *http.ServeMux) *surface {
	conf := huma.DefaultConfig("The Power100 Experience", s.opts.Version)
	conf.Info.Description = "The API of the platform. Errors are problem documents of RFC 9457 that also carry success, error and message."
	conf.CreateHooks, conf.OpenAPIPath, conf.DocsPath, conf.SchemasPath = nil, "", "", ""
	conf.Transformers = []huma.Transformer{capture}
	conf.AllowAdditionalPropertiesByDefault = true
	format := huma.Format{Marshal: marshal, Unmarshal: func(data []byte, v any) error { return json.Unmarshal(unescapeNUL(data), v) }}
	conf.Formats = map[string]huma.Format{"application/json": format, "json": format}
	conf.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The token of a login, or of a contractor's verification."},
		"cookie": {Type: "apiKey", In: "cookie", Name: contractorCookie, Description: "A contractor's token, as verify-code sets it."},
	}
	a := &surface{s: s, mux: mux}
	a.api = huma.NewAPI(conf, adapter{a})
	registry := a.api.OpenAPI().Components.Schemas
	for t, like := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[sqldb.Text]():   reflect.TypeFor[textColumn](),
		reflect.TypeFor[sqldb.Number](): reflect.TypeFor[numberColumn](),
		reflect.TypeFor[sqldb.Bool]():   reflect.TypeFor[boolColumn](),
		reflect.TypeFor[sqldb.Time]():   reflect.TypeFor[timeColumn](),
		reflect.TypeFor[sqldb.Hidden](): reflect.TypeFor[hiddenColumn](),
	} {
		registry.RegisterTypeAlias(t, like)
	}
	registry.Map()["Problem"] = problemSchema()
	registry.Map()[recordSchema] = recordOf(s.opts.Schemas.Base())
	return a
}

// How the columns of the database look in an answer.
type (
	textColumn   struct{}
	numberColumn struct{}
	boolColumn   struct{}
	timeColumn   struct{}
	hiddenColumn struct{}
)

func (textColumn) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true}
}
func (numberColumn) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Nullable: true}
}
func (boolColumn) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Nullable: true, Description: "1 or 0", Enum: []any{0, 1, nil}}
}
func (timeColumn) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true, Description: "YYYY-MM-DD HH:MM:SS, UTC", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$`}
}
func (hiddenColumn) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "null", Description: "Never shown."}
}

// problemSchema describes what problem.write writes.
func problemSchema() *huma.Schema {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	return &huma.Schema{Type: huma.TypeObject, Description: "What went wrong (RFC 9457).", AdditionalProperties: true,
		Required: []string{"type", "title", "status", "detail", "success", "error", "message", "request_id"},
		Properties: map[string]*huma.Schema{
			"type": text("about:blank"), "title": text("The status in words."), "detail": text("What went wrong, for people."),
			"status":  {Type: huma.TypeInteger, Description: "The status of the answer."},
			"success": {Type: huma.TypeBoolean, Enum: []any{false}}, "error": text("As detail, or a summary."), "message": text("As detail."),
			"code": text("What kind of failure, for programs."), "hint": text("What to do."), "request_id": text("As in X-Request-Id."),
			"errors": {Type: huma.TypeArray, Description: "Every fault of the request.", Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true,
				Properties: map[string]*huma.Schema{"location": text("body.email, query.limit, ..."), "message": text("What is wrong.")}}},
		}}
}

// document completes the description of a route: who may call it, and every
// status that it can answer with.
func (a *surface) document(op *huma.Operation, who role) {
	statuses := append([]int{http.StatusBadRequest, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}, op.Errors...)
	op.Errors = nil // huma would describe them in its own form
	if who != public {
		names := who.names()
		slices.Sort(names)
		op.Security = []map[string][]string{{"bearer": names}}
		if who&contractor != 0 {
			op.Security = append(op.Security, map[string][]string{"cookie": {}})
		}
		if who&visitor != 0 {
			op.Security = append(op.Security, map[string][]string{})
		}
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(op.Path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if op.Method != http.MethodGet {
		// From another site; with a body: too large, of another type.
		statuses = append(statuses, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.Metadata[onceKey] == true {
		statuses = append(statuses, http.StatusConflict)
		op.Parameters = append(op.Parameters, keyParam())
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = problemResponse(status)
	}
}

func problemResponse(status int) *huma.Response {
	r := &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		r.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds to wait.", Schema: &huma.Schema{Type: huma.TypeString}}}
	}
	return r
}

// plain describes a route that is served by a handler of the mux: its
// description cannot drift from a struct, so it is short.
func (a *surface) plain(pattern string, who role, summary string, h http.Handler, described func(*huma.Operation), statuses ...int) {
	method, path, _ := strings.Cut(pattern, " ")
	a.note(method, path)
	op := a.operation(method, path, who, summary)
	op.Errors = statuses
	a.document(&op, who)
	described(&op)
	a.api.OpenAPI().AddOperation(&op)
	integers := integerParams(&op)
	a.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, withWhole(r, integers)) }))
}

// note notes the path of a route.
func (a *surface) note(method, path string) {
	a.s.patterns.add(path)
	if !strings.Contains(path, "{") {
		a.s.literals[path] = append(a.s.literals[path], method)
		if method == http.MethodGet {
			a.s.literals[path] = append(a.s.literals[path], http.MethodHead)
		}
	}
}

// shows describes an answer of 200 of a media type without a schema of its
// own, or with one.
func shows(mediaType string, schema *huma.Schema) func(*huma.Operation) {
	return func(op *huma.Operation) {
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{mediaType: {Schema: schema}}}
	}
}

// finish ends the registration. The document and its page are written when
// they are first asked for, and do not change from then on.
func (a *surface) finish() {
	a.s.patterns.sort()
	doc := a.api.OpenAPI()
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
	a.s.document = sync.OnceValues(func() ([]byte, error) {
		b, err := json.Marshal(doc)
		if err == nil {
			b, err = tolerant(b)
		}
		if err != nil {
			return nil, fmt.Errorf("write the OpenAPI document: %w", err)
		}
		return append(b, '\n'), nil
	})
	a.s.page = sync.OnceValues(func() ([]byte, error) {
		page, err := docsPage(doc)
		if err != nil {
			return nil, fmt.Errorf("write the page of the API: %w", err)
		}
		return page, nil
	})
}

// openapi answers GET /openapi.json.
func (s *Server) openapi(v *visit, _ *http.Request) error {
	document, err := s.document()
	if err != nil {
		return err
	}
	v.json(http.StatusOK, append(v.scratch[:0], document...))
	return nil
}

// docs answers GET /docs.
func (s *Server) docs(v *visit, _ *http.Request) error {
	page, err := s.page()
	if err != nil {
		return err
	}
	h := v.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write(page) // the sender is gone; the visit has noted it
	return nil
}

// anyObject describes a JSON object that is described elsewhere.
func anyObject() *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// ingestDoc describes POST /api/interactions, whose records the contract in
// schemas describes.
func ingestDoc(op *huma.Operation) {
	op.Description = "One interaction, an array of them, or one a line. The schema says what every interaction has; what else it can have, `tpe schema show` prints. The answer comes when what is new is on disk. The same record again is a duplicate, and stored once. In production only an administrator may send every record; others send what a browser writes, of no other user than themselves, with a time within three days of now, and 10,000 records and 10 MiB in a request at most, unpacked. What is beyond is answered with 413, and the counts say what is stored already."
	record := &huma.Schema{Ref: "#/components/schemas/" + recordSchema}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json":     {Schema: &huma.Schema{AnyOf: []*huma.Schema{record, {Type: huma.TypeArray, Items: record}}}},
		"application/x-ndjson": {},
	}}
	for status, text := range map[string]string{"200": "All of them are stored, or were already", "207": "Some are stored, the others are rejected"} {
		op.Responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{"application/json": {Schema: anyObject()}}}
	}
}

// recordSchema is the name of the contract's base in the document.
const recordSchema = "Interaction"

// recordOf is what the document shows of the contract's base: what every
// record must have.
func recordOf(base schema.TypeInfo) *huma.Schema {
	var members object
	if err := json.Unmarshal(base.JSON, &members); err != nil {
		panic(err) // the set was compiled from it
	}
	for _, name := range []string{"$schema", "$id", "examples"} {
		delete(members, name)
	}
	onlyRequired(members)
	return &huma.Schema{Extensions: members}
}

// onlyRequired takes the members out of a schema that may be missing.
func onlyRequired(s object) {
	members, _ := s["properties"].(object)
	required, _ := s["required"].([]any)
	for name, m := range members {
		if !slices.Contains(required, any(name)) {
			delete(members, name)
		} else if inner, ok := m.(object); ok {
			onlyRequired(inner)
		}
	}
}

// tolerant says in the document how requests are checked: a member of JSON
// that may be missing may also be null, and a text of a query that may be
// missing may also be empty.
func tolerant(document []byte) ([]byte, error) {
	var doc struct {
		Components object            `json:"components"`
		Paths      map[string]object `json:"paths"`
	}
	var all object
	if err := errors.Join(json.Unmarshal(document, &all), json.Unmarshal(document, &doc)); err != nil {
		return nil, err
	}
	for _, item := range doc.Paths {
		for _, op := range item {
			emptyTexts(op)
		}
		loosen(item)
	}
	schemas, _ := doc.Components["schemas"].(object)
	for name, s := range schemas {
		if name != recordSchema { // null is a value there
			loosen(s)
		}
	}
	all["components"], all["paths"] = doc.Components, doc.Paths
	return json.Marshal(all)
}

// emptyTexts lets the texts of an operation's query be empty.
func emptyTexts(op any) {
	members, _ := op.(object)
	params, _ := members["parameters"].([]any)
	for _, p := range params {
		param, _ := p.(object)
		schema, _ := param["schema"].(object)
		if param["in"] != "query" || param["required"] == true || schema["type"] != "string" {
			continue
		}
		if values, ok := schema["enum"].([]any); ok {
			schema["enum"] = append(values, "")
		} else if schema["format"] != nil || schema["pattern"] != nil || schema["minLength"] != nil {
			param["schema"] = object{"anyOf": []any{schema, object{"type": "string", "maxLength": 0}}}
		}
	}
}

func loosen(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			loosen(e)
		}
	case object:
		for name, e := range v {
			if name != "multipart/form-data" { // a form has no null
				loosen(e)
			}
		}
		members, ok := v["properties"].(object)
		if !ok {
			return
		}
		required, _ := v["required"].([]any)
		for name, m := range members {
			if schema, ok := m.(object); ok && !slices.Contains(required, any(name)) {
				members[name] = alsoNull(schema)
			}
		}
	}
}

// alsoNull returns a schema that also takes null.
func alsoNull(schema object) any {
	if kind, ok := schema["type"].(string); ok && kind != "null" {
		schema["type"] = []any{kind, "null"}
		if values, ok := schema["enum"].([]any); ok {
			schema["enum"] = append(values, nil)
		}
	}
	if list, ok := schema["anyOf"].([]any); ok {
		schema["anyOf"] = append(list, object{"type": "null"})
	}
	if schema["$ref"] != nil {
		return object{"anyOf": []any{schema, object{"type": "null"}}}
	}
	return schema
}
