package consistency

import (
	"fmt"
	"strings"
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
	for _, d := range docs {
		if d.Group == Employees && strings.TrimSpace(d.Name) != "" {
			p.names = append(p.names, strings.ToLower(strings.TrimSpace(d.Name)))
		}
	}
	return p
}

// may says whether a quote may stand in the report: a quote of an employee
// must not come from a small group, nor carry an employee's name.
func (p privacy) may(q Quote) bool {
	if q.Group != Employees || p.open {
		return true
	}
	if p.few {
		return false
	}
	lower := strings.ToLower(q.Text + " " + q.Document)
	for _, n := range p.names {
		if strings.Contains(lower, n) {
			return false
		}
	}
	return true
}
