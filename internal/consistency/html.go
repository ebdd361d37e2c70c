package consistency

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

//go:embed report.html.tmpl
var htmlSource string

type htmlPair struct{ Groups, Value string }

type htmlItem struct {
	D                      Discrepancy
	Quotes                 []htmlQuote
	Kind, Withheld, Advice string
}

type htmlQuote struct {
	Group       Group
	Text, Place string
}

type htmlClaim struct {
	Quote   string
	Title   string
	Verdict Verdict
	Who     string
	Why     []Reason
}

type htmlReport struct {
	R                   *Report
	Title, Score, Since string
	Less                []string
	Pairs               []htmlPair
	Items               []htmlItem
	Claims              []htmlClaim
	Legend              string
}

func (r Ranked) html() htmlReport {
	rep := r.Report
	view := htmlReport{R: rep, Title: rep.title(), Score: rep.scoreLine(), Since: r.ChangeText(), Legend: legend}
	for _, d := range rep.Deductions {
		view.Less = append(view.Less, d.line())
	}
	for _, a := range rep.Alignment {
		view.Pairs = append(view.Pairs, htmlPair{groupNames[a.A] + " - " + groupNames[a.B], a.line()})
	}
	for i, d := range rep.Discrepancies {
		item := htmlItem{D: d, Kind: d.Kind.words(), Advice: rep.Recommendations[i].Text}
		for _, q := range d.Evidence {
			item.Quotes = append(item.Quotes, htmlQuote{q.Group, q.Text, q.place()})
		}
		if d.Withheld > 0 {
			item.Withheld = withheld(d.Withheld)
		}
		view.Items = append(view.Items, item)
	}
	for _, c := range rep.Claims {
		view.Claims = append(view.Claims, htmlClaim{c.Quote.Text, c.Title, c.Verdict, countsLine(c.Counts), c.shortWhy()})
	}
	return view
}

// HTML is one page without scripts or outside parts, made to be printed: the
// reports, behind a table of them when there are several. The error is that of
// the template, which a test rules out.
func HTML(all []Ranked) (string, error) {
	t, err := template.New("report").Parse(htmlSource)
	if err != nil {
		return "", fmt.Errorf("parse report template: %w", err)
	}
	view := struct {
		Title   string
		Columns []string
		Rows    [][]string
		Reports []htmlReport
	}{Title: "Message consistency"}
	for _, r := range all {
		view.Reports = append(view.Reports, r.html())
		view.Rows = append(view.Rows, r.cells())
	}
	if len(all) == 1 {
		view.Title = view.Reports[0].Title + ": message consistency"
	} else {
		view.Columns = rankingColumns
	}
	var b strings.Builder
	if err := t.Execute(&b, view); err != nil {
		return "", fmt.Errorf("write report page: %w", err)
	}
	// A page has what is safe to show on each of its lines, whoever wrote it.
	page := strings.Split(b.String(), "\n")
	for i := range page {
		page[i] = tpe.Shown(page[i])
	}
	return strings.Join(page, "\n"), nil
}
