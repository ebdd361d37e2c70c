package finetune

import (
	"regexp"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/redact"
)

// kinds are what is taken out of texts beside credentials.
var kinds = []struct {
	name string
	is   *regexp.Regexp
}{
	{"email", regexp.MustCompile(`(?i)\b[a-z0-9._%+\-]+@[a-z0-9.\-]+\.[a-z]{2,}\b`)},
	{"ssn", regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`)},
	{"phone", regexp.MustCompile(`(?:\+\d{1,3}[\s.\-]?)?(?:\(\d{3}\)\s?|\b\d{3}[\s.\-])\d{3}[\s.\-]\d{4}\b|\+\d{8,15}\b`)},
	{"ip", regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b`)},
	{"address", regexp.MustCompile(`\b\d{1,6}\s(?:[NSEW]\.?\s)?(?:[A-Z][a-z]+\s){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Terrace|Highway|Hwy)\b\.?`)},
	{"name", regexp.MustCompile(`(?i:\bmy name is|\bthis is)\s+[A-Z][\p{L}'\x{2019}\-]+(?:\s+[A-Z][\p{L}'\x{2019}\-]+)?`)},
}

// redactedKinds returns the names of what is taken out, for the lineage.
func redactedKinds() []string {
	out := []string{"credential"}
	for _, k := range kinds {
		out = append(out, k.name)
	}
	return out
}

// mask takes out of texts what identifies people.
type mask struct {
	gate  *redact.Gate
	names *regexp.Regexp // of one user; nil when nothing is known
	known people
}

func newMask(gate *redact.Gate, names []string, known people) mask {
	var words []string
	for _, n := range names {
		if n = strings.TrimSpace(n); len(n) >= 3 {
			words = append(words, regexp.QuoteMeta(n))
		}
	}
	if len(words) == 0 {
		return mask{gate: gate, known: known}
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // the whole name before a part of it
	return mask{gate, regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])(` + strings.Join(words, "|") + `)(?:$|\b)`), known}
}

// text returns a text without what identifies people, and how many places were
// changed.
func (m mask) text(s string) (string, int) {
	out := string(m.gate.AppendText(nil, []byte(s)))
	n := strings.Count(out, redact.Mark) - strings.Count(s, redact.Mark)
	for _, k := range kinds {
		out = k.is.ReplaceAllStringFunc(out, func(found string) string {
			n++
			if k.name == "name" {
				words := strings.Fields(found)
				keep := 2 // "this is"
				if strings.EqualFold(words[1], "name") {
					keep = 3
				}
				return strings.Join(words[:keep], " ") + " [name]"
			}
			return "[" + k.name + "]"
		})
	}
	out, others := m.known.without(out)
	n += others
	if m.names != nil {
		out = m.names.ReplaceAllStringFunc(out, func(found string) string {
			n++
			return m.names.ReplaceAllString(found, "$1[name]")
		})
	}
	return out, max(n, 0)
}
