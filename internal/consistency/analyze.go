package consistency

import (
	"cmp"
	"slices"
)

// MethodVersion names the rules. It changes whenever the same texts may come
// to another result.
const MethodVersion = "3"

// Options says how to analyse.
type Options struct {
	// Identify lets employees be quoted below MinRespondents and by name.
	Identify bool
}

// Engine analyses partners with one catalogue. It is safe for concurrent use.
type Engine struct {
	cat  *Catalogue
	opts Options
}

// New makes an engine.
func New(cat *Catalogue, opts Options) *Engine { return &Engine{cat: cat, opts: opts} }

// Analyze compares what the people around one partner say. It never fails:
// what cannot be used is named in the report.
func (e *Engine) Analyze(p Partner) *Report { return e.analyze(p, nil) }

// analyze asks consult, when there is one, before the claims are settled. It
// may move positions and returns notes.
func (e *Engine) analyze(p Partner, consult func([]voice, []claim, [][]position) []string) *Report {
	voices, inputs := collectVoices(p.Documents)
	r := newReader(e.cat)
	claims := collectClaims(e.cat, r, documentsOf(voices, CEO))
	claims = append(claims, demoClaims(e.cat, r, documentsOf(voices, Demos), claims)...)
	table, said := listen(e.cat, r, voices, claims)
	for v := range voices {
		if voices[v].group == CEO {
			said[v] = surveyOf(e.cat, r, &voices[v])
		}
	}
	var notes []string
	if consult != nil {
		notes = consult(voices, claims, table)
	}
	findings := settle(e.cat, claims, table, voices, nil)
	rep := e.report(p, voices, inputs, claims, table, findings, alignments(e.cat, voices, said))
	rep.Notes = append(rep.Notes, notes...)
	return rep
}

func documentsOf(voices []voice, g Group) []Document {
	var docs []Document
	for _, v := range voices {
		if v.group == g {
			docs = append(docs, v.docs...)
		}
	}
	return docs
}

// finding is the outcome for one claim.
type finding struct {
	claim  int
	ruling ruling
	kind   Kind
	// doubt is the penalty to be expected where the chance of a discrepancy is
	// too small to report one.
	doubt float64
}

// quietFrom is the chance of a dispute from which silence is not the matter.
const quietFrom = 0.25

// settle judges all claims, drops the second of two discrepancies that say
// the same, and marks the claims that nobody touches.
func settle(cat *Catalogue, claims []claim, table [][]position, voices []voice, weights []int) []finding {
	findings := make([]finding, len(claims))
	order := make([]int, 0, len(findings))
	for i := range claims {
		ru := judge(cat, &claims[i], table[i], voices, weights)
		findings[i] = finding{claim: i, ruling: ru, kind: ru.kind}
		if ru.kind != "" {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(findings[b].ruling.chance, findings[a].ruling.chance) })
	for k, i := range order {
		for _, j := range order[:k] {
			if findings[j].kind != "" && sameDispute(&claims[i], &claims[j], table[i], table[j]) {
				findings[i].kind = ""
				break
			}
		}
	}
	if !slices.ContainsFunc(voices, func(v voice) bool { return v.group != CEO }) {
		return findings
	}
	for i := range findings {
		if f, c := &findings[i], &claims[i]; c.group == CEO && c.value > 0 {
			f.hush(cat, c)
		}
	}
	return findings
}

// doubtFrom is the chance from which a doubt counts.
const doubtFrom = 0.2

// hush marks a claim that nobody speaks to, and weighs what is doubtful.
func (f *finding) hush(cat *Catalogue, c *claim) {
	if f.ruling.kind != "" {
		return
	}
	quiet := silence(cat, c, f.ruling.near)
	switch {
	case f.ruling.chance < quietFrom && quiet >= silenceFrom:
		f.kind = UnsupportedClaim
	case f.ruling.chance >= doubtFrom && f.ruling.against > 0:
		kind := Contradiction
		if c.topic >= 0 && cat.topics[c.topic].Evaluative {
			kind = SentimentSplit
		}
		f.doubt = float64(penalties[kind] * f.ruling.chance)
	case f.ruling.chance < quietFrom && quiet >= doubtFrom:
		f.doubt = float64(penalties[UnsupportedClaim] * quiet)
	}
}

// sameDispute says whether two discrepancies are one: the same topic, or the
// same sentences against both.
func sameDispute(a, b *claim, rowA, rowB []position) bool {
	if a.topic >= 0 && a.topic == b.topic {
		return true
	}
	all, common := 0, 0
	for v := range rowA {
		if rowA[v].value() >= 0 {
			continue
		}
		all++
		if rowB[v].value() < 0 && rowB[v].doc == rowA[v].doc && rowB[v].quote == rowA[v].quote {
			common++
		}
	}
	return all > 0 && common == all
}
