package consistency

import "slices"

// bound says how a quantity limits what it speaks of.
type bound uint8

const (
	boundNone    bound = iota
	boundAtMost        // "under", "within", "up to"
	boundAtLeast       // "over", "at least"
)

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
	for _, b := range []bound{boundAtMost, boundAtLeast} {
		for _, phrase := range boundPhrases[b] {
			k := i - len(phrase)
			if k < 0 || !sameWords(toks[k:i], phrase) {
				continue
			}
			if b == boundAtLeast && slices.ContainsFunc(toks[max(0, k-negatedReach):k], func(t token) bool { return t.word == "not" || t.word == "never" || t.word == "nobody" }) {
				return boundAtMost, true // "we do not take on more than seventy"
			}
			return b, false
		}
	}
	switch w := toks[i-1].word; {
	case atMostWords[w]:
		return boundAtMost, false
	case atLeastWords[w]:
		return boundAtLeast, false
	}
	return boundNone, false
}

// negatedReach is how many tokens before "more than" a negation may stand.
const negatedReach = 4

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
