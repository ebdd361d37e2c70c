package consistency

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed report.html.tmpl
var htmlSource string

type htmlPair struct{ Groups, Value string }

type htmlItem struct {
	D                      Discrepancy
	Kind, Withheld, Advice string
}

type htmlClaim struct {
	Quote   string
	Verdict Verdict
	Who     string
	Why     []Reason
}

// HTML is the report as one page without scripts or outside parts, made to be
// printed. The error is that of the template, which a test rules out.
func (r *Report) HTML() (string, error) {
	t, err := template.New("report").Parse(htmlSource)
	if err != nil {
		return "", fmt.Errorf("parse report template: %w", err)
	}
	view := struct {
		R            *Report
		Title, Score string
		Less         []string
		Pairs        []htmlPair
		Items        []htmlItem
		Claims       []htmlClaim
	}{R: r, Title: r.title(), Score: r.scoreLine()}
	for _, d := range r.Deductions {
		view.Less = append(view.Less, d.line())
	}
	for _, a := range r.Alignment {
		view.Pairs = append(view.Pairs, htmlPair{groupNames[a.A] + " - " + groupNames[a.B], a.line()})
	}
	for i, d := range r.Discrepancies {
		item := htmlItem{D: d, Kind: d.Kind.words(), Advice: r.Recommendations[i].Text}
		if d.Withheld > 0 {
			item.Withheld = withheld(d.Withheld)
		}
		view.Items = append(view.Items, item)
	}
	for _, c := range r.Claims {
		view.Claims = append(view.Claims, htmlClaim{c.Quote.Text, c.Verdict, countsLine(c.Counts), c.shortWhy()})
	}
	var b strings.Builder
	if err := t.Execute(&b, view); err != nil {
		return "", fmt.Errorf("write report page: %w", err)
	}
	return b.String(), nil
}
