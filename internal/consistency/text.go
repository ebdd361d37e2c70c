package consistency

import (
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Text is the report for a terminal, without colours, about 100 columns wide
// except for quotes and names.
func (r *Report) Text() string {
	b := lines{clean: tpe.Shown}
	b.put("%s (%s)", r.title(), r.PartnerID)
	b.para("  score      ", r.scoreLine())
	for _, d := range r.Deductions {
		b.para("             ", "less "+d.line())
	}
	b.put("  heard      %s", r.Collected)
	for _, a := range r.Alignment {
		b.put("  alignment  %-22s %s", groupNames[a.A]+" - "+groupNames[a.B], a.line())
	}
	b.put("\nDiscrepancies")
	if len(r.Discrepancies) == 0 {
		b.put("  None found.")
	}
	for i, d := range r.Discrepancies {
		b.para(fmt.Sprintf("  %d. ", i+1), fmt.Sprintf("[%s] %s: %s. %s", d.Severity, d.Title, d.Kind.words(), d.Summary))
		for _, q := range d.Evidence {
			b.put("     %-10s %s  (%s)", string(q.Group), quoted(q.Text), q.place())
		}
		if d.Withheld > 0 {
			b.put("     %s", withheld(d.Withheld))
		}
		for _, w := range d.Why {
			b.para("     why        ", w.Text)
		}
		b.para("     do         ", r.Recommendations[i].Text)
	}
	if len(r.Claims) > 0 {
		b.put("\nClaims of the CEO")
	}
	for _, c := range r.Claims {
		b.put("  %-13s %s", c.Verdict, quoted(c.Quote.Text))
		if len(c.Counts) > 0 {
			b.para("                who  ", countsLine(c.Counts))
		}
		for _, w := range c.shortWhy() {
			b.para("                why  ", w.Text)
		}
	}
	if len(r.Claims) > 0 {
		b.para("\n  ", legend)
	}
	if len(r.Notes) > 0 {
		b.put("\nNotes")
	}
	for _, n := range r.Notes {
		b.para("  ", n)
	}
	b.put("\nmethod %s, catalogue %.12s, input %.12s", r.Method, r.Catalogue, r.InputHash)
	return b.String()
}

// legend says what the numbers of voices in reasons are.
const legend = "The number after a voice is how strongly it speaks for or against the claim, from 0 to 1."

func (r *Report) title() string {
	if r.Name != "" {
		return r.Name
	}
	return r.PartnerID
}

func (r *Report) scoreLine() string {
	if r.Score == nil {
		return "insufficient evidence; missing: " + strings.Join(r.Missing, "; ")
	}
	return fmt.Sprintf("%.1f of 100 (%.1f to %.1f)", *r.Score, r.Interval[0], r.Interval[1])
}

// String says how many of the fifteen are in.
func (c Collected) String() string {
	references := fmt.Sprintf("%d references", c.References)
	if c.References == 1 {
		references = "1 reference"
	}
	return fmt.Sprintf("%d of %d: %s, %s, %s (%d each wanted)",
		c.Counted, c.Wanted, numberOf(c.Employees, Employees), numberOf(c.Demos, Demos), references, Target)
}

func (a Alignment) line() string {
	if a.Value == nil {
		return "-"
	}
	topics := "topics"
	if a.Topics == 1 {
		topics = "topic"
	}
	return fmt.Sprintf("%.1f on %d %s", *a.Value, a.Topics, topics)
}

// line says what a topic takes from the score.
func (d Deduction) line() string { return fmt.Sprintf("%.1f for %s", d.Points, d.Text) }

// shortWhy is what a page for people shows of the reasons of a claim: the
// strongest voice, the strongest of the other side or else the second one, and
// what says why the claim is reported or not.
func (c Claim) shortWhy() []Reason {
	var out, voices []Reason
	for _, w := range c.Why {
		if w.Kind == "against" || w.Kind == "support" {
			voices = append(voices, w)
		} else {
			out = append(out, w)
		}
	}
	if len(voices) < 2 {
		return append(voices, out...)
	}
	second := 1
	if i := slices.IndexFunc(voices, func(w Reason) bool { return w.Kind != voices[0].Kind }); i > 0 {
		second = i
	}
	return append([]Reason{voices[0], voices[second]}, out...)
}

// place says where a quote stands.
func (q Quote) place() string {
	if q.Document == string(q.Group) {
		return fmt.Sprintf("bytes %d to %d", q.Start, q.End)
	}
	return fmt.Sprintf("%s, bytes %d to %d", q.Document, q.Start, q.End)
}

func (k Kind) words() string { return strings.ReplaceAll(string(k), "_", " ") }

func quoted(text string) string { return "\"" + strings.Join(strings.Fields(text), " ") + "\"" }

func withheld(n int) string {
	if n == 1 {
		return "1 person is not quoted, to keep employees anonymous."
	}
	return fmt.Sprintf("%d people are not quoted, to keep employees anonymous.", n)
}

// countsLine says how many of each group speak for and against a claim:
// "employees: 1 for, 2 against; customers: 1 takes no side".
func countsLine(counts []Count) string {
	parts := make([]string, 0, len(counts))
	for _, c := range counts {
		var sides []string
		if c.Support > 0 {
			sides = append(sides, fmt.Sprintf("%d for", c.Support))
		}
		if c.Against > 0 {
			sides = append(sides, fmt.Sprintf("%d against", c.Against))
		}
		switch rest := c.People - c.Support - c.Against; {
		case rest == 1:
			sides = append(sides, "1 takes no side")
		case rest > 1:
			sides = append(sides, fmt.Sprintf("%d take no side", rest))
		}
		parts = append(parts, groupNames[c.Group]+": "+strings.Join(sides, ", "))
	}
	return strings.Join(parts, "; ")
}
