package consistency

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// privacy decides which employees may be quoted.
type privacy struct {
	open  bool
	few   bool
	names []string
	note  string
}

func newPrivacy(opts Options, voices []voice, docs []Document) privacy {
	p := privacy{open: opts.Identify}
	if p.open {
		return p
	}
	n := collected(voices).Employees
	if n > 0 && n < MinRespondents {
		p.few = true
		p.note = fmt.Sprintf("Employees are not quoted: %d of the %d needed to keep them anonymous have answered.", n, MinRespondents)
	}
	p.names = employeeNames(docs)
	return p
}

// employeeNames are the parts of the names of all employees.
func employeeNames(docs []Document) []string {
	var names []string
	for _, d := range docs {
		if d.Group == Employees {
			names = append(names, namesIn(d.Name)...)
		}
	}
	return names
}

// may says whether a quote may stand in the report: a quote of an employee
// must not come from a small group, nor carry any part of an employee's name.
func (p privacy) may(q Quote) bool {
	if q.Group != Employees || p.open {
		return true
	}
	if p.few {
		return false
	}
	return !slices.ContainsFunc(namesIn(q.Text+" "+q.Document), func(w string) bool { return slices.Contains(p.names, w) })
}

// shortName is the length up to which a part of a name is no name by itself:
// an initial, "de", "Al".
const shortName = 2

// namesIn cuts a name, or a text, into the words that may be names.
func namesIn(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) <= shortName })
}

// masker returns a function that puts "somebody" in the place of each part of
// an employee's name.
func masker(docs []Document) func(string) string {
	names := employeeNames(docs)
	if len(names) == 0 {
		return func(text string) string { return text }
	}
	return func(text string) string {
		var b strings.Builder
		last := 0
		for _, at := range lettersIn(text) {
			if slices.Contains(names, strings.ToLower(text[at.start:at.end])) {
				b.WriteString(text[last:at.start])
				b.WriteString("somebody")
				last = at.end
			}
		}
		b.WriteString(text[last:])
		return b.String()
	}
}

// lettersIn are the runs of letters in a text.
func lettersIn(text string) []span {
	var out []span
	from := -1
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) && from < 0:
			from = i
		case !unicode.IsLetter(r) && from >= 0:
			out = append(out, span{from, i})
			from = -1
		}
	}
	if from >= 0 {
		out = append(out, span{from, len(text)})
	}
	return out
}
