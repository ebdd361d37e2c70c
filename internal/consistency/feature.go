package consistency

import (
	"cmp"
	"slices"
)

// feature is one mark by which a sentence is likened to the examples, as the
// hash of its kind and words, and the tokens that it comes from.
type feature struct {
	hash     uint64
	from, to int
}

// The kinds of features.
const (
	markWord     = 'w' // a word by its lemma
	markPair     = 'p' // two words in a row
	markStem     = 's' // the first letters of a long word
	markClass    = 'c' // a word class of the catalogue
	markConcept  = 'k' // a concept of the catalogue
	markDenied   = 'n' // a word under a negation
	markQuantity = 'q' // a kind of quantity
	markNegated  = '!' // there is a negation
)

const (
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

// hashWord continues a hash (FNV-1a) with a word and its end.
func hashWord(h uint64, w string) uint64 {
	for i := range len(w) {
		h = (h ^ uint64(w[i])) * hashPrime
	}
	return (h ^ 0xff) * hashPrime
}

func hashMark(kind byte) uint64 { return (hashSeed ^ uint64(kind)) * hashPrime }

func hashNumber(h uint64, n int) uint64 {
	for range 4 {
		h = (h ^ uint64(n&0xff)) * hashPrime
		n >>= 8
	}
	return h
}

// stemLength is how many letters stand for a long word.
const stemLength = 5

// features lists the marks of tokens [from, to) of a sentence, each once.
func (c *Catalogue) features(dst []feature, s *sentence, from, to int) []feature {
	add := func(h uint64, at, end int) { dst = append(dst, feature{h, at, end}) }
	pair, prevAt := uint64(0), 0
	for _, n := range s.negs {
		if n.at >= from && n.at < to {
			add(hashMark(markNegated), n.at, n.at+1)
		}
	}
	for _, q := range s.quants {
		if q.from >= from && q.to <= to && (q.dim != dimCount || q.lo != 1) {
			add(hashNumber(hashMark(markQuantity), int(q.dim)), q.from, q.to)
		}
	}
	for i := from; i < to; i++ {
		t := &s.toks[i]
		switch {
		case t.punct:
			if t.is&isBreak != 0 {
				pair = 0
			}
			continue
		case exactAt(s.quants, i):
			pair, prevAt = pairFigure, i
			continue
		case t.is&isPlain != 0:
			continue
		}
		x := t.lex
		add(x.word, i, i+1)
		if pair != 0 {
			add(hashWord(pair, t.lemma), prevAt, i+1)
		}
		pair, prevAt = x.pair, i
		if x.stem != 0 {
			add(x.stem, i, i+1)
		}
		for _, h := range x.groups {
			add(h, i, i+1)
		}
		if s.denied(i, i+1) {
			add(x.denied, i, i+1)
		}
	}
	slices.SortStableFunc(dst, func(a, b feature) int { return cmp.Compare(a.hash, b.hash) })
	return slices.CompactFunc(dst, func(a, b feature) bool { return a.hash == b.hash })
}

// pairFigure begins a pair with a number.
var pairFigure = hashWord(hashMark(markPair), "#")

// exactAt says whether a token belongs to a quantity said in numbers.
func exactAt(quants []quantity, tok int) bool {
	for _, q := range quants {
		if tok >= q.from && tok < q.to && !q.loose {
			return true
		}
	}
	return false
}

// plainWords carry nothing by themselves.
var plainWords = wordSet(`a an the this that these those of to in on at and or is am are was were be been being 's 're 'm 've 'd 'll
have has had do does did will would can could it its their his her our your my they them he she us very so just really as with for rep prospect`)

// collectKinds turns the word classes around: lemma to the classes it is in.
func (c *Catalogue) collectKinds() {
	c.kinds = map[string][]string{}
	for name, members := range c.classes {
		for _, m := range members {
			if l := lemma(m); !slices.Contains(c.kinds[l], name) {
				c.kinds[l] = append(c.kinds[l], name)
			}
		}
	}
	for _, names := range c.kinds {
		slices.Sort(names)
	}
}
