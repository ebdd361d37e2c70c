package consistency

import (
	"math"
	"strings"

	"github.com/kljensen/snowball/english"
)

// Relation is what one sentence says about another's claim.
type Relation string

// The relations.
const (
	Agrees      Relation = "agree"
	Contradicts Relation = "contradict"
	Unrelated   Relation = "unrelated"
)

// Relate takes claim as a promise and says what the other sentence makes of
// it, by the same rules as a whole analysis.
func (e *Engine) Relate(claim, other string) Relation {
	r := newReader(e.cat)
	voices := []voice{{group: CEO, docs: []Document{{ID: "a", Group: CEO, Text: claim}}},
		{group: Customers, docs: []Document{{ID: "b", Group: Customers, Text: other}}}}
	r.trade = tradeOf(voices[0].docs)
	claims := collectClaims(e.cat, r, voices[0].docs)
	var against, support float64
	table, _ := listen(e.cat, r, voices, claims, nil)
	for _, row := range table {
		against, support = max(against, row[1].against), max(support, row[1].support)
	}
	switch {
	case max(against, support) < leastRelation:
		return Unrelated
	case against > float64(relationBias*support):
		return Contradicts
	}
	return Agrees
}

// leastRelation is the strength below which a pair is unrelated. It is higher
// than that of a voice: nobody else is there to outvote it.
const leastRelation = 0.4

// relationBias is how strong words against must be beside those for: what a
// voice says of a claim is seldom against it, and the odds know that; of a pair
// nothing is known.
const relationBias = 0.15

// Relatedness measures how near two sentences are in meaning by their words
// alone, weighed by how rare they are in a corpus.
type Relatedness struct {
	seen  map[string]float64
	total float64
}

// NewRelatedness counts the words of a corpus of sentences.
func NewRelatedness(corpus []string) *Relatedness {
	r := &Relatedness{seen: map[string]float64{}, total: float64(len(corpus))}
	for _, s := range corpus {
		for stem := range stems(s) {
			r.seen[stem]++
		}
	}
	return r
}

// Of returns 0 for nothing in common to 1 for the same words: the mean of the
// shares that each sentence finds again in the other, by stem and, for what is
// left, by the letters of the words.
func (r *Relatedness) Of(a, b string) float64 {
	wa, wb := stems(a), stems(b)
	return (r.covered(wa, wb) + r.covered(wb, wa)) / 2
}

// nearStem is the likeness of letters from which two words count as kin.
const nearStem = 0.5

func (r *Relatedness) covered(of, by map[string]bool) float64 {
	var sum, all float64
	for w := range of {
		weight := r.weight(w)
		all += weight
		if by[w] {
			sum += weight
			continue
		}
		best := 0.0
		for o := range by {
			best = math.Max(best, letters(w, o))
		}
		if best >= nearStem {
			sum += float64(weight * best)
		}
	}
	if all == 0 {
		return 0
	}
	return sum / all
}

// weight grows with rarity; the commonest words keep a little.
func (r *Relatedness) weight(stem string) float64 {
	return math.Log(1+(r.total+1)/(1+r.seen[stem])) / math.Log(2+r.total)
}

func stems(s string) map[string]bool {
	set := map[string]bool{}
	for _, t := range appendTokens(nil, s, 0) {
		if !t.punct {
			set[english.Stem(t.word, true)] = true
		}
	}
	return set
}

// letters is the share of letter pairs that two words have in common.
func letters(a, b string) float64 {
	if len(a) < 3 || len(b) < 3 || a[0] != b[0] {
		return 0
	}
	common := 0
	for i := 0; i+1 < len(a); i++ {
		if strings.Contains(b, a[i:i+2]) {
			common++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b)-2)
}
