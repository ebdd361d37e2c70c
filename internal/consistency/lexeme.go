package consistency

import "strings"

// lexeme is what a catalogue knows of a word.
type lexeme struct {
	cues     []opening // of cues
	phrases  [][]string
	moods    []moodEntry
	concepts []int
	// the hashes of its marks, see [Catalogue.features]
	word, stem, denied, pair uint64
	groups                   []uint64 // its word classes, then its concepts
}

// opening is an element that a word fills, alone or with a phrase that it
// begins: its index among the lexeme's phrases, -1 for none.
type opening struct{ element, phrase int32 }

// lexemeOf looks a word up.
func (c *Catalogue) lexemeOf(t *token) *lexeme {
	x := &lexeme{moods: c.mood[t.lemma], concepts: c.concepts[t.lemma],
		word: hashWord(hashMark(markWord), t.lemma), denied: hashWord(hashMark(markDenied), t.lemma), pair: hashWord(hashMark(markPair), t.lemma)}
	for _, alt := range c.elements.cuesOf(t) {
		o := opening{int32(alt.element), -1}
		if len(alt.rest) > 0 {
			o.phrase = int32(len(x.phrases))
			x.phrases = append(x.phrases, alt.rest)
		}
		x.cues = append(x.cues, o)
	}
	if len(t.lemma) > stemLength {
		x.stem = hashWord(hashMark(markStem), t.lemma[:stemLength])
	}
	for _, k := range c.kinds[t.lemma] {
		x.groups = append(x.groups, hashWord(hashMark(markClass), k))
	}
	for _, id := range x.concepts {
		x.groups = append(x.groups, hashNumber(hashMark(markConcept), id))
	}
	return x
}

// cuesOf lists the ways to fill elements that begin with a word.
func (t *elementTable) cuesOf(w *token) []alternative {
	alts := append([]alternative(nil), t.byLemma[w.lemma]...)
	alts = append(alts, t.byWord[w.word]...)
	if len(w.word) >= 3 {
		for _, p := range t.byPrefix[w.word[:3]] {
			if strings.HasPrefix(w.word, p.prefix) {
				alts = append(alts, alternative{element: p.element})
			}
		}
	}
	return alts
}

// vocabulary takes texts apart into tokens with their lexemes. It remembers
// the words that it has met. One goroutine has one.
type vocabulary struct {
	cat *Catalogue
	met map[string][]token // by the word as it stands in a text; offsets from its start
}

// maxCachedWords bounds what is remembered, for texts of endless new words.
const maxCachedWords = 20000

// append adds the tokens of a word that stands at byte offset at.
func (v *vocabulary) append(dst []token, raw string, at int) []token {
	parts, ok := v.met[raw]
	if !ok {
		raw = strings.Clone(raw) // a word must not keep its document
		parts = appendRaw(nil, raw, 0)
		for i := range parts {
			parts[i].is = traitsOf(parts[i].word)
			parts[i].lex = v.cat.lexemeOf(&parts[i])
		}
		if len(v.met) < maxCachedWords {
			v.met[raw] = parts
		}
	}
	for i := range parts {
		dst = append(dst, parts[i])
		t := &dst[len(dst)-1]
		t.start += at
		t.end += at
	}
	return dst
}
