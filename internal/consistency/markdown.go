package consistency

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Markdown is the report as GitHub-flavoured Markdown.
func (r *Report) Markdown() string {
	b := lines{clean: escapeMarkdown}
	b.put("# %s: do the stakeholders say the same?\n", r.title())
	b.put("**Score:** %s  \n**Heard:** %s\n", r.scoreLine(), r.Collected)
	for _, d := range r.Deductions {
		b.put("- less %s", d.line())
	}
	if len(r.Deductions) > 0 {
		b.put("")
	}
	b.put("| groups | alignment |\n|---|---|")
	for _, a := range r.Alignment {
		b.put("| %s - %s | %s |", groupNames[a.A], groupNames[a.B], a.line())
	}
	b.put("\n## Discrepancies\n")
	if len(r.Discrepancies) == 0 {
		b.put("None found.")
	}
	for i, d := range r.Discrepancies {
		b.put("%d. **%s** (%s, %s): %s", i+1, d.Title, d.Kind.words(), d.Severity, d.Summary)
		for _, q := range d.Evidence {
			b.put("   - %s (%s): %s", string(q.Group), q.place(), quoted(q.Text))
		}
		if d.Withheld > 0 {
			b.put("   - %s", withheld(d.Withheld))
		}
		for _, w := range d.Why {
			b.put("   - Why: %s", w.Text)
		}
		b.put("   - Do: %s", r.Recommendations[i].Text)
	}
	if len(r.Claims) > 0 {
		b.put("\n## Claims of the CEO\n\n| claim | topic | verdict | who | why |\n|---|---|---|---|---|")
		for _, c := range r.Claims {
			var why []string
			for _, w := range c.shortWhy() {
				why = append(why, escapeMarkdown(w.Text))
			}
			b.put("| %s | %s | %s | %s | %s |", quoted(c.Quote.Text), c.Title, c.Verdict, countsLine(c.Counts), markup(strings.Join(why, "<br>")))
		}
		b.put("\n%s", legend)
	}
	if len(r.Notes) > 0 {
		b.put("\n## Notes\n")
		for _, n := range r.Notes {
			b.put("- %s", n)
		}
	}
	fmt.Fprintf(&b, "\nMethod %s, catalogue `%.12s`, input `%.12s`.\n", r.Method, r.Catalogue, r.InputHash)
	return b.String()
}

// markup is Markdown already.
type markup string

// What would mean something in Markdown: a character, the beginning of a line,
// and what GitHub makes a link by itself. Nothing but an empty comment keeps it
// from taking "@name" for a person.
var (
	markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`,
		"<", "&lt;", ">", "&gt;", "&", "&amp;", "://", `\://`, "www.", `www\.`, "@", "@<!-- -->")
	markdownStart = regexp.MustCompile(`^(\d*)([-+=.)]+)(\s|$)`)
)

func escapeMarkdown(s string) string {
	return markdownStart.ReplaceAllString(markdownEscapes.Replace(tpe.Shown(s)), `$1\$2$3`)
}
