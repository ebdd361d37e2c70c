package redact

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

// class is what the gate knows of a name.
type class struct {
	mode  mode
	role  role
	line  bool // see term
	dirty bool // the name itself holds a credential
	rule  string
}

// nameTable is the compiled table of names.
type nameTable struct {
	terms  map[string][]entry // by first word
	glued  []gluedEntry
	ends   map[string]bool
	starts map[string]bool
	roles  map[string]role
}

// entry is one phrase of a term.
type entry struct {
	*term
	words []string
}

type gluedEntry struct {
	piece []byte
	place place
	term  *term
}

func newNameTable(deny []string) *nameTable {
	t := &nameTable{
		terms:  make(map[string][]entry),
		ends:   set(harmlessEnds()),
		starts: set(questions()),
		roles:  make(map[string]role),
	}
	all := terms()
	all = append(all, term{rule: "denied-name", mode: denyAll})
	last := &all[len(all)-1]
	for _, name := range deny {
		var w words
		w.split([]byte(name))
		if w.n > 0 {
			last.phrases = append(last.phrases, w.String())
		}
	}
	byPhrase := make(map[string]*term)
	for i := range all {
		for _, phrase := range all[i].phrases {
			ws := strings.Fields(phrase)
			t.terms[ws[0]] = append(t.terms[ws[0]], entry{&all[i], ws})
			byPhrase[phrase] = &all[i]
		}
	}
	for _, g := range gluedNames() {
		t.glued = append(t.glued, gluedEntry{[]byte(g.piece), g.place, byPhrase[g.phrase]})
	}
	for _, r := range roleWords() {
		for _, w := range r.words {
			t.roles[w] |= r.role
		}
	}
	return t
}

func set(words []string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// how a name is read: where it stands.
type reading uint8

const (
	asName  reading = iota // the name of a member, a header, an assignment
	asQuery                // the name of a parameter in a query string or a form
	asProse                // words of a sentence, or a name that people made up: the term must end it
)

// unmasked returns a name without what only hides its letters: wide forms
// become the plain ones, capitals beyond ASCII the small ones, and signs
// without a width go.
func unmasked(name []byte) []byte {
	if !bytes.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) {
		return name
	}
	return bytes.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // U+FF01 to U+FF5E
			return r - '！' + '!'
		case r >= 0x200b && r <= 0x200f, r == 0x2060, r == 0xfeff, r == 0xad:
			return -1
		case r >= 0x80:
			return unicode.ToLower(r)
		}
		return r
	}, name)
}

// classify reads one name.
func (t *nameTable) classify(name []byte, how reading) class {
	var w words
	w.split(name)
	var c class
	if w.n == 0 {
		return c
	}
	question := w.n > 1 && t.starts[string(w.at(0))]
	if last := w.at(w.n - 1); w.n == 1 || len(last) > 1 { // not the v of "onboarding_v2"
		c.role = t.roles[string(last)]
	}
	for i := range w.n {
		word := w.at(i)
		for _, e := range t.terms[string(word)] {
			if w.has(i, e.words) && t.counts(e.term, &w, i, i+len(e.words), how) {
				c.raise(e.term, question)
			}
		}
		for _, g := range t.glued {
			if (g.place == atEnd && bytes.HasSuffix(word, g.piece) || g.place == anywhere && bytes.Contains(word, g.piece)) &&
				t.counts(g.term, &w, i, i+1, how) {
				c.raise(g.term, question)
			}
		}
	}
	return c
}

// counts reports whether a term that was found as words i to j of a name
// makes its value a credential.
func (t *nameTable) counts(e *term, w *words, i, j int, how reading) bool {
	if e.query && how != asQuery {
		return false
	}
	if j < w.n && (e.place != anywhere || how == asProse || t.ends[string(w.at(w.n-1))]) {
		return false
	}
	if i == 0 {
		return true
	}
	return e.place != whole && !slices.Contains(e.but, string(w.at(i-1)))
}

// raise takes the stricter of what is known and what e says. The answer to a
// question, has_password, may be a number.
func (c *class) raise(e *term, question bool) {
	m := e.mode
	if question {
		m = min(m, denyText)
	}
	if m > c.mode {
		c.mode, c.rule, c.line = m, e.rule, e.line
	}
}

const (
	maxWords = 24
	maxName  = 160
)

// words is a name split into lower-case words, without digits.
type words struct {
	n   int
	end [maxWords]uint8 // of each word in buf
	buf [maxName]byte
}

// at returns word i.
func (w *words) at(i int) []byte {
	from := uint8(0)
	if i > 0 {
		from = w.end[i-1]
	}
	return w.buf[from:w.end[i]]
}

// has reports whether the words from i on are those of a phrase.
func (w *words) has(i int, phrase []string) bool {
	if i+len(phrase) > w.n {
		return false
	}
	for k, p := range phrase {
		if string(w.at(i+k)) != p {
			return false
		}
	}
	return true
}

// String returns the words with a space between them.
func (w *words) String() string {
	var b strings.Builder
	for i := range w.n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.Write(w.at(i))
	}
	return b.String()
}

// isErratic reports whether the capitals in the letters at the front of b make
// no words: pAsSwOrD.
func isErratic(b []byte) bool {
	ups, n := 0, 0
	for ; n < len(b) && isLetter(b[n]); n++ {
		if n > 0 && b[n]-'A' < 26 && b[n-1]-'a' < 26 {
			ups++
		}
	}
	return ups >= 2 && n <= 2*(ups+1)
}

// split reads a name: words end at a change from lower to upper case, at
// digits and at everything that is not a letter. Of a very long name the end
// counts.
func (w *words) split(name []byte) {
	w.n = 0
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	used, open, erratic := 0, false, false
	for i, c := range name {
		if isLetter(c) && (i == 0 || !isLetter(name[i-1])) {
			erratic = isErratic(name[i:])
		}
		switch {
		case c-'a' < 26 || c >= 0x80:
		case c-'A' < 26:
			if erratic {
				break
			}
			// A new word in "accessToken", and before "Key" in "APIKey".
			afterLower := i > 0 && (name[i-1]-'a' < 26 || name[i-1] >= 0x80)
			beforeLower := i > 0 && i+1 < len(name) && name[i-1]-'A' < 26 && name[i+1]-'a' < 26
			if afterLower || beforeLower {
				open = false
			}
		default:
			open = false
			continue
		}
		if !open {
			if w.n == maxWords { // drop the first word
				shift := w.end[0]
				copy(w.buf[:], w.buf[shift:used])
				used -= int(shift)
				for k := range maxWords - 1 {
					w.end[k] = w.end[k+1] - shift
				}
				w.n--
			}
			w.n++
			open = true
		}
		w.buf[used] = lower(c)
		used++
		w.end[w.n-1] = uint8(used)
	}
}
