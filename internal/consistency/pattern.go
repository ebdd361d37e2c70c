package consistency

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The language of a cue:
//
//	word        any inflection of the word
//	=word       this form alone
//	pre*        any word that begins so
//	a|b|c_d     one of these; c_d is "c d"
//	@name       one of a word class of the catalogue
//	#dim        a quantity: #dur #period #money #percent #dist #count; #num is a count above one
//	word?       may be absent
//	..          up to five words in between
//	a b         b follows a; only grammar words stand in between
//	a & b       both somewhere in the sentence
//	... !       the cue is said whole: a negation outside does not turn it
//
// A negator outside a cue turns the cue round.

// alternative is one way to fill an element: lemmas in a row.
type alternative struct {
	element int
	rest    []string // lemmas after the first
}

type step struct {
	element  int
	optional bool
	gap      int // words that may stand before it
}

type pattern struct {
	parts   [][]step
	fixed   bool
	anchor  int   // element that must be present, the rarest
	needs   []int // the others that must be
	topic   int
	value   int8 // +1 good, -1 bad, 0 about
	written string
}

// elementTable interns the elements of all cues and finds them by first word.
type elementTable struct {
	ids      map[string]int
	names    []string
	sizes    []int // number of alternatives: fewer is rarer
	byLemma  map[string][]alternative
	byWord   map[string][]alternative
	byPrefix map[string][]prefixAlternative // by first three bytes
	byDim    map[dimension][]int
	numbers  []int
	lemmas   map[string][]string // of the members of classes, met so far
}

type prefixAlternative struct {
	prefix  string
	element int
}

func newElementTable() *elementTable {
	return &elementTable{ids: map[string]int{}, byLemma: map[string][]alternative{}, byWord: map[string][]alternative{},
		byPrefix: map[string][]prefixAlternative{}, byDim: map[dimension][]int{}, lemmas: map[string][]string{}}
}

var dimensionMarks = map[string]dimension{
	"#dur": dimDuration, "#period": dimPeriod, "#money": dimMoney, "#percent": dimPercent, "#dist": dimDistance, "#count": dimCount,
}

// element interns one written element. classes are the word classes.
func (t *elementTable) element(written string, classes map[string][]string) (int, error) {
	if id, ok := t.ids[written]; ok {
		return id, nil
	}
	words, err := expand(written, classes, 0)
	if err != nil {
		return 0, err
	}
	id := len(t.names)
	t.ids[written] = id
	t.names = append(t.names, written)
	t.sizes = append(t.sizes, len(words))
	for _, w := range words {
		switch {
		case w == "#num":
			t.numbers = append(t.numbers, id)
			t.sizes[id] += 20
		case dimensionMarks[w] != dimNone:
			t.byDim[dimensionMarks[w]] = append(t.byDim[dimensionMarks[w]], id)
			t.sizes[id] += 20
		case strings.HasPrefix(w, "#"):
			return 0, fmt.Errorf("unknown quantity %q", w)
		case strings.HasPrefix(w, "="):
			t.byWord[w[1:]] = append(t.byWord[w[1:]], alternative{element: id})
		case strings.HasSuffix(w, "*"):
			p := strings.TrimSuffix(w, "*")
			if len(p) < 3 {
				return 0, fmt.Errorf("%q: a prefix needs three letters", w)
			}
			t.byPrefix[p[:3]] = append(t.byPrefix[p[:3]], prefixAlternative{p, id})
		default:
			ls, ok := t.lemmas[w]
			if !ok {
				for _, tok := range appendTokens(nil, phraseText(w), 0) {
					ls = append(ls, tok.lemma)
				}
				t.lemmas[w] = ls
			}
			if len(ls) == 0 {
				return 0, fmt.Errorf("empty word in %q", written)
			}
			t.byLemma[ls[0]] = append(t.byLemma[ls[0]], alternative{id, ls[1:]})
		}
	}
	return id, nil
}

// phraseText is a member of a class as it is written in a text.
func phraseText(member string) string { return strings.ReplaceAll(member, "_", " ") }

// expand resolves the classes of an element, which may name classes in turn.
func expand(written string, classes map[string][]string, depth int) ([]string, error) {
	if depth > 8 {
		return nil, fmt.Errorf("class %q refers to itself", written)
	}
	var out []string
	for alt := range strings.SplitSeq(written, "|") {
		name, isClass := strings.CutPrefix(alt, "@")
		if !isClass {
			out = append(out, strings.ToLower(alt))
			continue
		}
		members, ok := classes[name]
		if !ok {
			return nil, fmt.Errorf("unknown word class %q", alt)
		}
		for _, m := range members {
			more, err := expand(m, classes, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

// looseGap is how many words ".." may skip.
const looseGap = 5

// compile reads one written cue.
func (t *elementTable) compile(written string, classes map[string][]string) (pattern, error) {
	p := pattern{written: written, anchor: -1}
	body, fixed := strings.CutSuffix(strings.TrimSpace(written), " !")
	p.fixed = fixed
	for part := range strings.SplitSeq(body, "&") {
		var steps []step
		gap := 0
		for f := range strings.FieldsSeq(part) {
			if f == ".." {
				gap = looseGap
				continue
			}
			name, optional := strings.CutSuffix(f, "?")
			id, err := t.element(name, classes)
			if err != nil {
				return p, fmt.Errorf("read cue %q: %w", written, err)
			}
			steps = append(steps, step{id, optional, gap})
			gap = 0
			if !optional && (p.anchor < 0 || t.sizes[id] < t.sizes[p.anchor]) {
				p.anchor = id
			}
		}
		if len(steps) == 0 || steps[0].optional {
			return p, fmt.Errorf("read cue %q: a part must begin with a word that has to be there", written)
		}
		p.parts = append(p.parts, steps)
	}
	for _, steps := range p.parts {
		for _, st := range steps {
			if !st.optional && st.element != p.anchor {
				p.needs = append(p.needs, st.element)
			}
		}
	}
	slices.SortStableFunc(p.needs, func(a, b int) int { return cmp.Compare(t.sizes[a], t.sizes[b]) })
	return p, nil
}
