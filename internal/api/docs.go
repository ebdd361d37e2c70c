package api

import (
	"bytes"
	_ "embed" // the page's template
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsTemplate string

// docsRoute is a route as the page shows it.
type docsRoute struct {
	ID, Method, Path, Summary, Description string
	Roles                                  []string
	Params                                 []docsParam
	Request                                []docsBody
	Answers                                []docsAnswer
}

type docsParam struct{ Name, In, Kind, Text string }
type docsBody struct{ MediaType, Schema string }
type docsAnswer struct {
	Status, Text string
	Body         []docsBody
}
type docsGroup struct {
	Name   string
	Routes []docsRoute
}

// docsPage renders the OpenAPI document as one page that needs nothing else.
func docsPage(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	groups := map[string]*docsGroup{}
	var names []string
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			name := op.Tags[0]
			if groups[name] == nil {
				groups[name] = &docsGroup{Name: name}
				names = append(names, name)
			}
			r, err := docsOf(op)
			if err != nil {
				return nil, err
			}
			groups[name].Routes = append(groups[name].Routes, r)
		}
	}
	slices.Sort(names)
	var list []*docsGroup
	for _, name := range names {
		g := groups[name]
		slices.SortFunc(g.Routes, func(a, b docsRoute) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
		list = append(list, g)
	}
	schemas := map[string]string{}
	for name, s := range doc.Components.Schemas.Map() {
		if schemas[name], err = pretty(s); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, map[string]any{"Info": doc.Info, "Groups": list, "Schemas": schemas}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func docsOf(op *huma.Operation) (docsRoute, error) {
	r := docsRoute{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, s := range op.Security {
		r.Roles = append(r.Roles, s["bearer"]...)
	}
	for _, p := range op.Parameters {
		kind := p.Schema.Type
		if kind == "" {
			kind = "any"
		}
		r.Params = append(r.Params, docsParam{p.Name, p.In, kind, p.Description})
	}
	if op.RequestBody != nil {
		list, err := docsBodies(op.RequestBody.Content)
		if err != nil {
			return r, err
		}
		r.Request = list
	}
	for status, a := range op.Responses {
		list, err := docsBodies(a.Content)
		if err != nil {
			return r, err
		}
		r.Answers = append(r.Answers, docsAnswer{status, a.Description, list})
	}
	slices.SortFunc(r.Answers, func(a, b docsAnswer) int { return strings.Compare(a.Status, b.Status) })
	return r, nil
}

func docsBodies(content map[string]*huma.MediaType) ([]docsBody, error) {
	var list []docsBody
	for kind, m := range content {
		b := docsBody{MediaType: kind}
		if m.Schema != nil {
			var err error
			if b.Schema, err = pretty(m.Schema); err != nil {
				return nil, err
			}
		}
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b docsBody) int { return strings.Compare(a.MediaType, b.MediaType) })
	return list, nil
}

func pretty(s *huma.Schema) (string, error) {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return name, nil
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write schema: %w", err)
	}
	return string(b), nil
}
