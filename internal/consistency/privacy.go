package consistency

import (
	"fmt"
	"slices"
	"strings"
)

// privacy decides what may be shown of employees, and of what others say about
// them.
type privacy struct {
	open  bool
	few   bool // too few employees have answered to be quoted
	names names
	named map[string][]span // where a document names an employee
	note  string
}

func (e *Engine) newPrivacy(voices []voice, docs []Document) privacy {
	p := privacy{open: e.opts.Identify}
	if p.open {
		return p
	}
	n, answers := 0, 0
	for _, v := range voices {
		if v.group != Employees {
			continue
		}
		if n++; e.cat.answers(v) {
			answers++
		}
	}
	p.few = answers < MinRespondents
	if p.few && n > 0 {
		p.note = fmt.Sprintf("Employees are not quoted: %d of the %d needed to keep them anonymous have answered in words.", answers, MinRespondents)
	}
	p.names = namesOf(e.cat, docs)
	p.named = map[string][]span{}
	for _, d := range docs {
		p.named[d.ID] = p.names.in(d.Text)
	}
	return p
}

// answers says whether somebody has given an answer, as far as can be told: two
// words, of which English has one. "n/a" or a thumb hides nobody.
func (c *Catalogue) answers(v voice) bool {
	english, met := false, map[string]bool{}
	for _, d := range v.docs {
		for _, t := range appendTokens(nil, plain(d.Text[:min(len(d.Text), languageSample)]), 0) {
			known := !t.punct && (commonplace[t.lemma] || c.ordinary(t.word))
			english = english || known
			if known || !t.punct && len(t.word) > 2 {
				met[t.word] = true
			}
			if english && len(met) > 1 {
				return true
			}
		}
	}
	return false
}

// may says whether a quote may stand in the report: an employee's must not
// come from a small group, and nobody's may name an employee. What the CEO says
// is the partner's own message, and always stands.
func (p privacy) may(q Quote) bool {
	switch {
	case p.open || q.Group == CEO:
		return true
	case q.Group == Employees && p.few || p.names.inID(q.Document):
		return false
	}
	return !slices.ContainsFunc(p.named[q.Document], func(s span) bool { return s.start < q.End && q.Start < s.end })
}

// documents are the inputs as they may be shown. Of an employee's document in
// a small group neither the id nor the hash nor the length stands there: a
// short answer could be guessed, and known by them.
func (p privacy) documents(inputs []Input) []Input {
	if p.open {
		return inputs
	}
	out := slices.Clone(inputs)
	for i := range out {
		in := &out[i]
		hidden := in.Group == Employees && p.few
		if in.DuplicateOf != "" && (hidden || p.names.inID(in.DuplicateOf)) {
			in.DuplicateOf = "another one"
		}
		if hidden || in.Group != CEO && p.names.inID(in.Document) {
			in.Document, in.SHA256, in.Bytes = "A document of "+groupNames[in.Group], "", 0
		}
	}
	return out
}

// masker returns a function that puts "somebody" in the place of an employee's
// name.
func masker(cat *Catalogue, docs []Document) func(string) string {
	n := namesOf(cat, docs)
	return func(text string) string {
		var b strings.Builder
		last := 0
		for _, at := range n.in(text) {
			if last == 0 || !joins(text[last:at.start]) {
				b.WriteString(text[last:at.start])
				b.WriteString("somebody")
			}
			last = at.end
		}
		b.WriteString(text[last:])
		return b.String()
	}
}

// Reduce takes out of a report all that anybody has said and leaves who was
// counted and how it came out, for when somebody in it is forgotten.
func (r *Report) Reduce() *Report {
	return &Report{Method: r.Method, Catalogue: r.Catalogue, PartnerID: r.PartnerID, Score: r.Score, Interval: r.Interval,
		Deductions: []Deduction{}, Missing: []string{}, Collected: r.Collected, Alignment: []Alignment{}, Claims: []Claim{}, Discrepancies: []Discrepancy{},
		Recommendations: []Recommendation{}, Inputs: []Input{}, Reduced: true,
		Notes: []string{"Somebody whose words were in it was erased, so that only the score is left. Analyse the partner again for a full report."}}
}
