package consistency

import "slices"

// wording is how a claim was put.
type wording struct {
	lemmas   map[string]bool // of all its words, those that carry only grammar among them
	all      []string        // of what stands behind "every" or the like
	denied   []string        // of the words that its one "not", "never" or "no" turns round
	includes bool            // that something is part of a price
	absent   bool            // by "no": there is none
}

func wordingOf(text string) wording {
	var toks []token
	for _, t := range appendTokens(nil, text, 0) {
		t.is = traitsOf(t.word)
		toks = append(toks, t)
	}
	w := wording{lemmas: map[string]bool{}}
	for i, t := range toks {
		w.lemmas[t.lemma] = true
		w.includes = w.includes || partLemmas[t.lemma]
		for k := i + 1; wholeWords[t.word] && k < len(toks) && len(w.all) < allReach; k++ {
			if !toks[k].punct && !toks[k].filler {
				w.all = append(w.all, toks[k].lemma)
			}
		}
	}
	negs := findNegations(nil, toks, splitClauses(nil, toks))
	if len(negs) != 1 || !plainNegators[toks[negs[0].at].word] {
		return w // "free of charge", "works without a signal"
	}
	w.absent = toks[negs[0].at].word == "no"
	for _, t := range toks[negs[0].at+1:] {
		if !t.punct && !t.filler && !slices.Contains(w.denied, t.lemma) {
			w.denied = append(w.denied, t.lemma)
		}
	}
	return w
}

var plainNegators = wordSet(`not never no`)

// allReach is how many words behind "every" may name what is meant: "every new crew".
const allReach = 2
