package consistency

import (
	"slices"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
)

// sentence is one sentence with all that the rules look at. Its slices are
// reused: they hold until the next sentence is read.
type sentence struct {
	span
	toks     []token
	quants   []quantity
	multiple multiple
	clauses  []clause
	negs     []negation
	hits     []hit
	role     role
	question bool
	first    bool    // of its speaker's turn
	untrue   bool    // its span says that what its tokens say is not so
	mean     meaning // empty until somebody asked, see whole
}

// reader takes documents apart. One goroutine has one.
type reader struct {
	words vocabulary
	match *matcher
	encoder
	ahead  encoder // of sentences that are not yet at hand
	s      sentence
	draft  sentence // before its parts are told apart
	spans  []span
	vendor speakers
	orders map[string]int  // sentences left out, by document
	trade  map[string]bool // the words of the CEO, see [tradeOf]
	// the day that the sentence before names, of the same speaker
	before moment
}

func newReader(cat *Catalogue) *reader {
	return &reader{words: vocabulary{cat, map[string][]token{}}, match: newMatcher(cat), orders: map[string]int{},
		encoder: newEncoder(cat.vectors), ahead: newEncoder(cat.vectors)}
}

// read calls each for every sentence of a document that tells something, in
// order.
func (r *reader) read(d Document, each func(*sentence)) {
	d.Text = plain(d.Text)
	each = r.told(d, each)
	if len(d.Text) < longText {
		r.walk(d, func() *sentence { return &r.s }, each)
		return
	}
	r.readAhead(d, each)
}

// From longText bytes on a text is taken apart, its sentences get their
// meaning, and those before are weighed, all at once, with so many pages of
// sentences on their way.
const (
	longText  = 16 << 10
	pages     = 4
	pageLines = 64
)

func (r *reader) readAhead(d Document, each func(*sentence)) {
	free, full, ready := make(chan []sentence, pages), make(chan []sentence, pages), make(chan []sentence, pages)
	for range pages {
		free <- make([]sentence, pageLines)
	}
	go func() {
		defer close(full)
		page := (<-free)[:0]
		r.walk(d, func() *sentence {
			page = page[:len(page)+1]
			return &page[len(page)-1]
		}, func(*sentence) {
			if len(page) == cap(page) {
				full <- page
				page = (<-free)[:0]
			}
		})
		full <- page
	}()
	go func() {
		defer close(ready)
		for page := range full {
			for i := range page {
				r.ahead.whole(&page[i])
			}
			ready <- page
		}
	}()
	for page := range ready {
		for i := range page {
			each(&page[i])
		}
		free <- page
	}
}

// walk takes a document apart. Each sentence is written where room says, and
// given to done.
func (r *reader) walk(d Document, room func() *sentence, done func(*sentence)) {
	turns := []turn{{span{0, len(d.Text)}, roleAuthor}}
	if d.Group == Demos {
		turns = append(r.vendor, d.Name).turns(d.Text)
	}
	for _, t := range turns {
		r.spans = splitSentences(r.spans[:0], d.Text, t.start, t.end)
		r.spans = slices.DeleteFunc(r.spans, func(sp span) bool { return !strings.ContainsFunc(d.Text[sp.start:sp.end], inWord) })
		other, asks := false, false // of the sentence before
		for i, sp := range r.spans {
			if i == 0 {
				r.before = moment{}
			}
			before, draft := r.before, &r.draft
			sp.start += itemNumber(d.Text[sp.start:sp.end])
			r.prepare(draft, d.Text, sp)
			if d.Group == Employees || d.Group == Customers {
				if n := opensWith(draft.toks); n > 0 && !asks {
					sp.start, r.before = draft.toks[n].start, before
					r.prepare(draft, d.Text, sp)
				}
			}
			asks = draft.question
			rest := []portion{{sp, false}}
			if d.Group != CEO && d.Group != "" { // an example has no group
				rest, other = draft.here(d.Group, r.trade, other)
				if i+1 < len(r.spans) && draft.turnedFrom(d.Text[r.spans[i+1].start:r.spans[i+1].end]) {
					rest = nil
				}
			}
			for k, p := range rest {
				s := room()
				if p.span == sp {
					*s, *draft = *draft, *s
				} else {
					r.before = before
					r.prepare(s, d.Text, p.span)
				}
				if s.untrue = p.untrue; p.untrue {
					s.span = sp
				}
				s.role, s.first = t.role, i == 0 && k == 0
				if s.question && t.role == roleAuthor && !s.inverted() {
					s.question = false // "a reply is, what, two days?"
				}
				done(s)
			}
		}
	}
}

// inWord says whether a character may be of a word: marks alone say nothing.
func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

var askingWords = wordSet(`what who whose which where when why how do does did is are was were can could will would have has had should
shall may any anyone anybody anything ever so and ready`)

// inverted says whether a sentence is put as a question, by how it begins.
func (s *sentence) inverted() bool {
	return len(s.toks) < 4 || askingWords[s.toks[0].word] || askingWords[s.toks[1].word]
}

func (r *reader) prepare(s *sentence, text string, sp span) {
	body := text[sp.start:sp.end]
	s.span = sp
	s.question = strings.HasSuffix(strings.TrimRight(body, "\"')”’ "), "?")
	s.toks, s.mean = s.toks[:0], s.mean[:0]
	for it := words.FromString(body); it.Next(); {
		s.toks = r.words.append(s.toks, it.Value(), sp.start+it.Start())
	}
	s.clauses = splitClauses(s.clauses[:0], s.toks)
	s.negs = findNegations(s.negs[:0], s.toks, s.clauses)
	s.quants, s.multiple = findQuantities(s.quants[:0], s.toks), findMultiple(s.toks)
	now := s.lastMoment()
	s.sinceThen(r.before, now)
	r.before = now
	s.hits = r.match.find(s.hits[:0], s)
}
