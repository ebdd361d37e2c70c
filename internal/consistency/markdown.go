package consistency

import (
	"fmt"
	"strings"
)

// Markdown is the report as GitHub-flavoured Markdown.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: do the stakeholders say the same\n\n", escapeMarkdown(r.title()))
	fmt.Fprintf(&b, "**Score:** %s  \n**Heard:** %s\n\n", escapeMarkdown(r.scoreLine()), r.Collected)
	for _, d := range r.Deductions {
		fmt.Fprintf(&b, "- less %s\n", escapeMarkdown(d.line()))
	}
	if len(r.Deductions) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("| groups | alignment |\n|---|---|\n")
	for _, a := range r.Alignment {
		fmt.Fprintf(&b, "| %s - %s | %s |\n", groupNames[a.A], groupNames[a.B], a.line())
	}
	b.WriteString("\n## Discrepancies\n\n")
	if len(r.Discrepancies) == 0 {
		b.WriteString("None found.\n")
	}
	for i, d := range r.Discrepancies {
		fmt.Fprintf(&b, "%d. **%s** (%s, %s): %s\n", i+1, escapeMarkdown(d.Title), d.Kind.words(), d.Severity, d.Summary)
		for _, q := range d.Evidence {
			fmt.Fprintf(&b, "   - %s, `%s` %d-%d: %s\n", q.Group, q.Document, q.Start, q.End, escapeMarkdown(quoted(q.Text)))
		}
		if d.Withheld > 0 {
			fmt.Fprintf(&b, "   - %s\n", withheld(d.Withheld))
		}
		for _, w := range d.Why {
			fmt.Fprintf(&b, "   - Why: %s\n", escapeMarkdown(w.Text))
		}
		fmt.Fprintf(&b, "   - Do: %s\n", escapeMarkdown(r.Recommendations[i].Text))
	}
	if len(r.Claims) > 0 {
		b.WriteString("\n## Claims of the CEO\n\n| claim | topic | verdict | who | why |\n|---|---|---|---|---|\n")
		for _, c := range r.Claims {
			why := make([]string, 0, 2)
			for _, w := range c.shortWhy() {
				why = append(why, escapeMarkdown(w.Text))
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", escapeMarkdown(quoted(c.Quote.Text)), escapeMarkdown(c.Topic), c.Verdict, countsLine(c.Counts), strings.Join(why, "<br>"))
		}
	}
	if len(r.Notes) > 0 {
		b.WriteString("\n## Notes\n\n")
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "- %s\n", escapeMarkdown(n))
		}
	}
	fmt.Fprintf(&b, "\nMethod %s, catalogue `%.12s`, input `%.12s`.\n", r.Method, r.Catalogue, r.InputHash)
	return b.String()
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[", `\[`, "]", `\]`, "\n", " ")

func escapeMarkdown(s string) string { return markdownEscapes.Replace(s) }
