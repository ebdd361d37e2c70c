package consistency

import "slices"

// bound says how a quantity limits what it speaks of.
type bound uint8

const (
	boundNone    bound = iota
	boundAtMost        // "under", "within", "up to"
	boundAtLeast       // "over", "at least"
)

// turned is the bound of what is the less the more there is of the other.
func (b bound) turned() bound {
	switch b {
	case boundAtMost:
		return boundAtLeast
	case boundAtLeast:
		return boundAtMost
	case boundNone:
	}
	return boundNone
}

var atMostWords = wordSet(`under within inside below beneath maximum max fewer less`)

var atLeastWords = wordSet(`over above exceed exceeds exceeding beyond minimum past`)

// limitPhrases call the amount behind them a limit.
var limitPhrases = [][]string{{"at", "most"}, {"no", "more", "than"}, {"no", "longer", "than"},
	{"no", "later", "than"}, {"no", "bigger", "than"}, {"never", "over"}, {"never", "above"}, {"max"}, {"a", "maximum", "of"}, {"a", "limit", "of"}, {"at", "the", "most"}, {"capped", "at"}, {"limited", "to"}}

var boundPhrases = map[bound][][]string{
	boundAtMost:  {{"up", "to"}, {"true", "to"}, {"accurate", "to"}, {"right", "to"}, {"exact", "to"}, {"less", "than"}, {"fewer", "than"}, {"in", "under"}, {"just", "under"}},
	boundAtLeast: {{"at", "least"}, {"more", "than"}, {"upwards", "of"}, {"north", "of"}, {"longer", "than"}, {"no", "less", "than"}, {"no", "fewer", "than"}, {"better", "than"}},
}

// boundBefore reads the limiting words in front of token i.
func boundBefore(toks []token, i int, own bound) (b bound, limit bool) {
	if own != boundNone {
		return own, false
	}
	for i > 0 && (toks[i-1].word == "the" || toks[i-1].word == "a" || toks[i-1].word == "just" || toks[i-1].word == "about") {
		i--
	}
	if i == 0 {
		return boundNone, false
	}
	for _, phrase := range limitPhrases {
		if i >= len(phrase) && sameWords(toks[i-len(phrase):i], phrase) {
			return boundAtMost, true
		}
	}
	for _, b := range []bound{boundAtLeast, boundAtMost} { // "no less than" before "less than"
		for _, phrase := range boundPhrases[b] {
			k := i - len(phrase)
			if k < 0 || !sameWords(toks[k:i], phrase) {
				continue
			}
			switch {
			case b == boundAtLeast && noneBefore(toks, k, negatedReach):
				return boundAtMost, true // "we do not take on more than seventy"
			case b == boundAtMost && (belowWords[toks[i-1].word] || toks[i-1].word == "than") && noneBefore(toks, k, neverReach):
				return boundAtLeast, false // "I never paid less than seventy"
			}
			return b, false
		}
	}
	switch w := toks[i-1].word; {
	case belowWords[w] && noneBefore(toks, i-1, neverReach):
		return boundAtLeast, false
	case atMostWords[w]:
		return boundAtMost, false
	case atLeastWords[w]:
		return boundAtLeast, false
	}
	return boundNone, false
}

var belowWords = wordSet(`under below beneath`)

// belowBefore says whether the amount at token i is more than what is meant,
// nobody knows by how much: "in under four weeks", but not "just under four weeks".
func belowBefore(toks []token, i int) bool {
	w := wordAt(toks, i-1)
	if w == "a" || w == "the" {
		i, w = i-1, wordAt(toks, i-2)
	}
	return (belowWords[w] || w == "than") && wordAt(toks, i-2) != "just" && wordAt(toks, i-3) != "just"
}

// negatedReach is how many tokens before "more than" a negation may stand, and
// neverReach how many before "less than".
const (
	negatedReach = 4
	neverReach   = 8
)

var noneWords = wordSet(`not never nobody none`)

func noneBefore(toks []token, k, reach int) bool {
	return slices.ContainsFunc(toks[max(0, k-reach):k], func(t token) bool { return noneWords[t.word] })
}

// limitReach is how many tokens may stand between an amount and the word that
// calls it a limit.
const limitReach = 6

// boundAfter reads the words behind an amount that call it a limit: "two shops,
// tops", "a dozen clients, not more", "ten hours is the cap".
func boundAfter(toks []token, i int) bound {
	at := func(k int) string { return wordAt(toks, k) }
	for k := i; k < len(toks) && k < i+limitReach; k++ {
		ends := k+1 == len(toks) || toks[k+1].punct
		switch w := toks[k].word; {
		case (w == "tops" || w == "max" || w == "maximum") && ends, w == "at" && (at(k+1) == "most" || at(k+1) == "the" && at(k+2) == "most"),
			(w == "not" || w == "no" || w == "never") && (at(k+1) == "more" || at(k+1) == "longer") && at(k+2) != "than" && at(k+2) != "need",
			w == "or" && (at(k+1) == "less" || at(k+1) == "fewer"),
			(w == "the" || w == "our" || w == "a" || w == "my") && (at(k+1) == "cap" || at(k+1) == "limit" || at(k+1) == "maximum" || at(k+1) == "ceiling"):
			return boundAtMost
		case toks[k].is&mayCount != 0 && k > i && smallNumbers[w] > 1:
			return boundNone // of another amount
		}
	}
	return boundNone
}
