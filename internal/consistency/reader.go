package consistency

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/words"

	"github.com/power100/tpe/internal/gist"
)

// sentence is one sentence with all that the rules look at. Its slices are
// reused: they hold until the next sentence is read.
type sentence struct {
	span
	toks     []token
	quants   []quantity
	clauses  []clause
	negs     []negation
	hits     []hit
	role     role
	question bool
	first    bool // of its speaker's turn
}

// reader takes documents apart. One goroutine has one.
type reader struct {
	words vocabulary
	match *matcher
	gist  *gist.Encoder
	spell []string
	s     sentence
	spans []span
}

func newReader(cat *Catalogue) *reader {
	return &reader{words: vocabulary{cat, map[string][]token{}}, match: newMatcher(cat), gist: cat.vectors.NewEncoder()}
}

// read calls each for every sentence of a document, in order.
func (r *reader) read(d Document, each func(*sentence)) {
	turns := []turn{{span{0, len(d.Text)}, roleAuthor}}
	if d.Group == Demos {
		turns = splitTurns(d.Text)
	}
	for _, t := range turns {
		r.spans = splitSentences(r.spans[:0], d.Text, t.start, t.end)
		for i, sp := range r.spans {
			r.prepare(d.Text, sp)
			r.s.role, r.s.first = t.role, i == 0
			if r.s.question && t.role == roleAuthor && !r.s.inverted() {
				r.s.question = false // "a reply is, what, two days?"
			}
			each(&r.s)
		}
	}
}

var askingWords = wordSet(`what who whose which where when why how do does did is are was were can could will would have has had should
shall may any anyone anybody anything ever so and ready`)

// inverted says whether a sentence is put as a question, by how it begins.
func (s *sentence) inverted() bool {
	return len(s.toks) < 4 || askingWords[s.toks[0].word] || askingWords[s.toks[1].word]
}

func (r *reader) prepare(text string, sp span) {
	s := &r.s
	body := text[sp.start:sp.end]
	s.span = sp
	s.question = strings.HasSuffix(strings.TrimRight(body, "\"')”’ "), "?")
	s.toks = s.toks[:0]
	for it := words.FromString(body); it.Next(); {
		s.toks = r.words.append(s.toks, it.Value(), sp.start+it.Start())
	}
	s.clauses = splitClauses(s.clauses[:0], s.toks)
	s.negs = findNegations(s.negs[:0], s.toks, s.clauses)
	s.quants = findQuantities(s.quants[:0], s.toks)
	s.hits = r.match.find(s.hits[:0], s)
}
