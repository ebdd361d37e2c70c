package consistency

import (
	"cmp"
	"slices"
)

// MethodVersion names the rules. It changes whenever the same texts may come
// to another result.
const MethodVersion = "1"

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
func (e *Engine) Analyze(p Partner) *Report {
	voices, inputs := collectVoices(p.Documents)
	r := newReader(e.cat)
	claims := collectClaims(e.cat, r, documentsOf(voices, CEO))
	table := listen(e.cat, r, voices, claims)
	findings := settle(e.cat, claims, table, voices, nil)
	return e.report(p, voices, inputs, claims, table, findings, alignments(e.cat, r, voices))
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
}

// settle judges all claims, drops the second of two discrepancies that say
// the same, and marks the claims that nobody touches.
func settle(cat *Catalogue, claims []claim, table [][]position, voices []voice, weights []int) []finding {
	findings := make([]finding, len(claims))
	touched := map[int]bool{}
	for i := range claims {
		ru := judge(cat, &claims[i], table[i], voices, weights)
		findings[i] = finding{i, ru, ru.kind}
		if ru.touched > 0 {
			touched[claims[i].part] = true
		}
	}
	order := make([]int, 0, len(findings))
	for i := range findings {
		if findings[i].kind != "" {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if x, y := &claims[a], &claims[b]; x.part == y.part && x.name == y.name && (findings[a].kind == NumericMismatch) != (findings[b].kind == NumericMismatch) {
			if findings[a].kind == NumericMismatch { // a figure says more than a word
				return -1
			}
			return 1
		}
		return cmp.Compare(findings[b].ruling.against, findings[a].ruling.against)
	})
	for k, i := range order {
		for _, j := range order[:k] {
			if findings[j].kind != "" && sameDispute(&claims[i], &claims[j], table[i], table[j]) {
				findings[i].kind = ""
				break
			}
		}
	}
	others := 0
	for v := range voices {
		if voices[v].group != CEO {
			others++
		}
	}
	flagged := map[int]bool{}
	for i := range claims {
		c := &claims[i]
		if others == 0 || c.covered || touched[c.part] || flagged[c.part] || !c.hard {
			continue
		}
		if c.topic >= 0 {
			if t := &cat.topics[c.topic]; t.Evaluative || !t.Provable {
				continue
			}
		}
		flagged[c.part] = true
		findings[i].kind = UnsupportedClaim
	}
	return findings
}

// sameDispute says whether two discrepancies are one: the same topic, or the
// same words of the CEO against the same sentences.
func sameDispute(a, b *claim, rowA, rowB []position) bool {
	if a.topic >= 0 && a.name == b.name {
		return true
	}
	all, common := 0, 0
	for v := range rowA {
		if rowA[v].value >= 0 {
			continue
		}
		all++
		if rowB[v].value < 0 && rowB[v].doc == rowA[v].doc && rowB[v].quote == rowA[v].quote {
			common++
		}
	}
	return all > 0 && common == all
}
