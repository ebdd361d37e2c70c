package consistency

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// token is one word or mark of a sentence. start and end are byte offsets in
// the document.
type token struct {
	start, end int
	word       string // lower case, straight apostrophes
	lemma      string
	punct      bool
	filler     bool // may stand between two words of a cue
	capital    bool
	is         traits  // in a sentence of a reader
	lex        *lexeme // likewise
}

// appendTokens splits text, which begins at byte offset base of its document,
// by the Unicode word rules, and takes contractions apart: "don't" becomes
// "do" and "not" with the bytes of their halves.
func appendTokens(dst []token, text string, base int) []token {
	it := words.FromString(text)
	for it.Next() {
		dst = appendRaw(dst, it.Value(), base+it.Start())
	}
	return dst
}

// appendRaw takes one word apart that stands at byte offset at.
func appendRaw(dst []token, raw string, at int) []token {
	r, _ := utf8.DecodeRuneInString(raw)
	switch {
	case unicode.IsSpace(r):
	case unicode.IsLetter(r):
		dst = appendWord(dst, raw, at)
	case unicode.IsDigit(r):
		w := strings.ToLower(raw)
		dst = append(dst, token{start: at, end: at + len(raw), word: w, lemma: w})
	default:
		dst = append(dst, token{start: at, end: at + len(raw), word: raw, lemma: raw, punct: true})
	}
	return dst
}

func appendWord(dst []token, raw string, at int) []token {
	r, _ := utf8.DecodeRuneInString(raw)
	capital := unicode.IsUpper(r)
	lower := strings.ToLower(raw)
	if len(lower) != len(raw) { // offsets must stay those of the document
		lower = raw
	}
	end := at + len(raw)
	quote := strings.IndexAny(lower, "'’")
	if quote < 0 {
		if lower == "cannot" {
			return append(dst, newToken("can", at, at+3, capital), newToken("not", at+3, end, false))
		}
		return append(dst, newToken(lower, at, end, capital))
	}
	head, tail := lower[:quote], lower[quote:]
	tail = "'" + strings.TrimLeft(tail, "'’"+joiners)
	switch {
	case tail == "'t" && strings.HasSuffix(head, "n"):
		head = head[:len(head)-1]
		cut := at + len(head)
		switch head {
		case "ca":
			head = "can"
		case "wo":
			head = "will"
		case "ai":
			head = "is"
		}
		return append(dst, newToken(head, at, cut, capital), newToken("not", cut, end, false))
	case head == "":
		return append(dst, newToken(tail, at, end, capital))
	}
	return append(dst, newToken(head, at, at+quote, capital), newToken(tail, at+quote, end, false))
}

func newToken(w string, start, end int, capital bool) token {
	w = strings.Map(visible, w)
	return token{start: start, end: end, word: w, lemma: lemma(w), filler: fillers[w], capital: capital}
}

// visible leaves out joiners.
func visible(r rune) rune {
	if strings.ContainsRune(joiners, r) {
		return -1
	}
	return r
}

// fillers are the words that carry grammar rather than subject. A cue skips
// them, so that "call me back" and "called us right back" are one cue.
var fillers = wordSet(`a an the this that these those my our your his her its their some very really quite pretty
so just actually simply also even still now then own basically honestly always ever usually often again already
'll 'd 's 're 've 'm am is are was were be been being have has had do does did will would can could shall should may might must
of to for in on at with from by up out into onto about around over i we you he she they it me us him them there here
who which what as than too only much such each every all both else right well literally truly totally completely
absolutely fully entirely both ourselves yourself myself themselves maybe perhaps probably almost nearly let get got gets
roughly approximately generally typically normally mostly certainly definitely sometimes`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// wordAt is the word of token k, empty where there is none.
func wordAt(toks []token, k int) string {
	if k < 0 || k >= len(toks) {
		return ""
	}
	return toks[k].word
}

// lemmaAt is the same of its lemma.
func lemmaAt(toks []token, k int) string {
	if k < 0 || k >= len(toks) {
		return ""
	}
	return toks[k].lemma
}
