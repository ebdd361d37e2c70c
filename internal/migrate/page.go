package migrate

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/power100/tpe/internal/migrate/census"
)

//go:embed survey.html.tmpl
var surveyHTML string

//go:embed certificate.html.tmpl
var certificateHTML string

//go:embed page.css
var pageCSS string

var pageFuncs = template.FuncMap{
	"thousands": thousands,
	"count":     count,
	"classes":   func(p *census.Profile) string { return classes(p) },
	"short":     shorten,
	"rows":      rowList,
	"head":      func(list []census.Reject) []census.Reject { return list[:min(len(list), pageRejects)] },
	"css":       func() template.CSS { return template.CSS(pageCSS) },
	"seconds":   func(f float64) string { return fmt.Sprintf("%.1f", f) },
	"left": func(o []Object) []Object {
		return slices.DeleteFunc(slices.Clone(o), func(x Object) bool { return x.State == made })
	},
}

// pageRejects is how many values a page lists for a column.
const pageRejects = 200

// Page writes the survey as one HTML page that needs nothing else.
func (s *Survey) Page(w io.Writer) error { return page(w, surveyHTML, s) }

// Page writes the certificate as one HTML page that needs nothing else.
func (c *Certificate) Page(w io.Writer) error { return page(w, certificateHTML, c) }

func page(w io.Writer, text string, value any) error {
	t, err := template.New("page").Funcs(pageFuncs).Parse(text)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	if err := t.Execute(w, value); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
