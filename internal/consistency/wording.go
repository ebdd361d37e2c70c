package consistency

// wording is the words of a claim as it was made, those that carry only grammar
// among them.
type wording struct {
	lemmas map[string]bool
}

func wordingOf(text string) wording {
	w := wording{lemmas: map[string]bool{}}
	for _, t := range appendTokens(nil, text, 0) {
		w.lemmas[t.lemma] = true
	}
	return w
}

func (w *wording) has(lemma string) bool { return w.lemmas[lemma] }
