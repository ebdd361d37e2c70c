package consistency

// multiple is how many times as much as promised something is: "three times
// what they quoted". It is zero when a sentence has none.
type multiple struct {
	factor   float64
	from, to int // tokens; to is exclusive
}

var factorWords = map[string]float64{"twice": 2, "double": 2, "doubled": 2, "thrice": 3, "triple": 3, "tripled": 3, "half": 0.5}

// findMultiple finds the first multiple in a sentence.
func findMultiple(toks []token) multiple {
	for i := range toks {
		factor, next := factorWords[toks[i].word], i+1
		if toks[i].is&mayCount != 0 && factor == 0 {
			if n, ok := parseSimple(toks, i); ok && !n.words && n.lo > 1 && wordAt(toks, n.next) == "times" {
				factor, next = n.lo, n.next+1
			}
		}
		if factor == 0 {
			continue
		}
		if wordAt(toks, next) == "of" {
			next++
		}
		if ofPromise(toks, next) {
			return multiple{factor, i, next + 1}
		}
	}
	return multiple{}
}

// ofPromise says whether the text goes on at token i with what was promised:
// "that", "what they said", "the price they quoted", "as long as promised".
func ofPromise(toks []token, i int) bool {
	switch wordAt(toks, i) {
	case "that":
		return true
	case "as":
		if w := wordAt(toks, i+1); w != "long" && w != "much" && w != "many" {
			return false
		}
	case "what", "the", "their", "our":
	default:
		return false
	}
	for k := i + 1; k < len(toks) && !toks[k].punct; k++ {
		if sayWords[toks[k].word] || reportWords[toks[k].word] || quoteWords[toks[k].lemma] {
			return true
		}
	}
	return false
}

// of is a promised quantity times the multiple.
func (m multiple) of(q quantity) quantity {
	q.lo, q.hi, q.bound, q.from, q.to = m.factor*q.lo, m.factor*q.hi, boundNone, m.from, m.to
	return q
}
