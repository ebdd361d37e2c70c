package consistency

import (
	"fmt"
	"strings"
)

// Text is the report for a terminal, without colours, at most about 100
// columns wide except for quotes.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", r.title(), r.PartnerID)
	fmt.Fprintf(&b, "  score      %s\n", r.scoreLine())
	for _, d := range r.Deductions {
		fmt.Fprintf(&b, "             less %s\n", d.line())
	}
	fmt.Fprintf(&b, "  heard      %s\n", r.Collected)
	for _, a := range r.Alignment {
		fmt.Fprintf(&b, "  alignment  %-22s %s\n", groupNames[a.A]+" - "+groupNames[a.B], a.line())
	}
	if len(r.Discrepancies) > 0 {
		b.WriteString("\nDiscrepancies\n")
	}
	for i, d := range r.Discrepancies {
		fmt.Fprintf(&b, "  %d. [%s] %s: %s. %s\n", i+1, d.Severity, d.Title, d.Kind.words(), d.Summary)
		for _, q := range d.Evidence {
			fmt.Fprintf(&b, "     %-10s %s  (%s, bytes %d-%d)\n", q.Group, quoted(q.Text), q.Document, q.Start, q.End)
		}
		if d.Withheld > 0 {
			fmt.Fprintf(&b, "     %s\n", withheld(d.Withheld))
		}
		for _, w := range d.Why {
			fmt.Fprintf(&b, "     why        %s\n", w.Text)
		}
		fmt.Fprintf(&b, "     do         %s\n", r.Recommendations[i].Text)
	}
	if len(r.Claims) > 0 {
		b.WriteString("\nClaims of the CEO\n")
	}
	for _, c := range r.Claims {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-13s %s  %s", c.Verdict, quoted(c.Quote.Text), countsLine(c.Counts)), " ") + "\n")
		for _, w := range c.shortWhy() {
			fmt.Fprintf(&b, "                 why  %s\n", w.Text)
		}
	}
	if len(r.Notes) > 0 {
		b.WriteString("\nNotes\n")
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  %s\n", n)
	}
	fmt.Fprintf(&b, "\nmethod %s, catalogue %.12s, input %.12s\n", r.Method, r.Catalogue, r.InputHash)
	return b.String()
}

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
	return fmt.Sprintf("%d of %d: %d employees, %d demos, %d references (%d each wanted)",
		c.Counted, c.Wanted, c.Employees, c.Demos, c.References, Target)
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

// shortWhy is what a page for people shows of the reasons of a claim.
func (c Claim) shortWhy() []Reason { return c.Why[:min(len(c.Why), 2)] }

func (k Kind) words() string { return strings.ReplaceAll(string(k), "_", " ") }

func quoted(text string) string { return "\"" + strings.Join(strings.Fields(text), " ") + "\"" }

func withheld(n int) string {
	if n == 1 {
		return "1 person is not quoted, to keep employees anonymous."
	}
	return fmt.Sprintf("%d people are not quoted, to keep employees anonymous.", n)
}

func countsLine(counts []Count) string {
	parts := make([]string, 0, len(counts))
	for _, c := range counts {
		parts = append(parts, fmt.Sprintf("%s +%d -%d of %d", groupNames[c.Group], c.Support, c.Against, c.People))
	}
	return strings.Join(parts, ", ")
}
