package redact

import (
	"bytes"
	"math/bits"
	"slices"
)

// minText is the length of the shortest text that can hold a credential: pw=x.
const minText = 4

// textTable holds the words that the finders look up.
type textTable struct {
	secretCodes   map[string]bool // words before "code"
	harmlessCodes map[string]bool
	paths         map[string]bool
	keys          []providerKey
}

func newTextTable() *textTable {
	t := &textTable{
		secretCodes:   make(map[string]bool),
		harmlessCodes: set(harmlessCodes()),
		paths:         set(pathWords()),
		keys:          providerKeys(),
	}
	for _, q := range codeQualifiers() {
		// Of "sign in" and "one time" the text has one word before "code".
		t.secretCodes[q[bytes.LastIndexByte([]byte(q), ' ')+1:]] = true
	}
	return t
}

// anyText cleans s, which may be JSON, lines of JSON, or a free text. under
// is the class of the name that it stands under. Text that was torn may become
// JSON when something goes, so it is looked at until nothing changes.
func (w *state) anyText(s []byte, under *class) ([]byte, bool) {
	out, changed := w.textOrJSON(s, under)
	if !changed {
		return nil, false
	}
	for range maxPasses {
		next, again := w.textOrJSON(out, under)
		if !again {
			return out, true
		}
		out = next
	}
	return []byte(Mark), true
}

func (w *state) textOrJSON(s []byte, under *class) ([]byte, bool) {
	if plain := narrow(s); plain != nil {
		if out, changed := w.anyText(plain, under); changed {
			return out, true
		}
		return nil, false
	}
	trimmed := bytes.TrimLeft(s, " \t\r\n")
	if len(trimmed) > 0 && w.nesting < maxNesting {
		switch trimmed[0] {
		case '{', '[', '"':
			in := w.inner()
			defer w.outer(in)
			if in.found.Parse(s) == nil {
				return in.settle(&in.found, under)
			}
			if end := bytes.IndexByte(trimmed, '\n'); end >= 0 && in.found.Parse(trimmed[:end]) == nil {
				return w.lines(s, under)
			}
		}
	}
	if out, changed := w.table(s); changed {
		return out, true
	}
	return w.freeText(s)
}

// lines cleans lines of JSON one by one.
func (w *state) lines(s []byte, under *class) ([]byte, bool) {
	var out []byte
	found := false
	for line := range bytes.Lines(s) {
		body := bytes.TrimRight(line, "\r\n")
		clean, changed := w.anyText(body, under)
		if !changed {
			clean = body
		}
		found = found || changed
		out = append(append(out, clean...), line[len(body):]...)
	}
	return out, found
}

// freeText cleans s as text, until a pass finds nothing more.
func (w *state) freeText(s []byte) ([]byte, bool) {
	p, fits := w.g.scan.next(s, 0)
	if p == len(s) {
		return nil, false
	}
	out, changed := w.pass(s, p, fits)
	if !changed {
		return nil, false
	}
	for range maxPasses {
		p, fits = w.g.scan.next(out, 0)
		next, again := w.pass(out, p, fits)
		if !again {
			return out, true
		}
		out = next
	}
	return []byte(Mark), true
}

// hit is a span of a text that must go.
type hit struct {
	start, end int
	rule       string
}

// pass replaces what it finds in s once, from the front. The first place to
// look at is p, and fits is what fits there.
func (w *state) pass(s []byte, p int, fits uint) (out []byte, changed bool) {
	done := 0 // s[:done] is in out
	for p < len(s) {
		h, skip, ok := w.find(s, p, done, fits)
		if ok {
			if !changed {
				out, changed = make([]byte, 0, len(s)+len(Mark)), true
			}
			out = append(out, s[done:h.start]...)
			if w.instead == nil {
				out = append(out, Mark...)
			} else {
				out = append(out, w.instead...)
				w.instead = nil
			}
			done, skip = h.end, h.end
			w.addRule(h.rule)
		}
		p, fits = w.g.scan.next(s, max(p+1, skip))
	}
	if changed {
		out = append(out, s[done:]...)
	}
	return out, changed
}

// find asks the finders whose patterns fit at p. A hit never starts before
// lo. Without a hit, nothing more needs to be looked for before skip.
func (w *state) find(s []byte, p, lo int, fits uint) (h hit, skip int, ok bool) {
	last := findNone
	for ; fits != 0; fits &= fits - 1 {
		f := w.g.scan.finder[bits.TrailingZeros(fits)]
		if f == last {
			continue
		}
		last = f
		switch f {
		case findPair:
			h, ok = w.findPair(s, p, lo)
		case findPercent:
			h, skip, ok = w.findPercent(s, p, lo)
		case findSign:
			h, skip, ok = w.findSign(s, p, lo)
		case findPath:
			h, ok = w.findPath(s, p)
		case findDigits:
			h, skip, ok = findCard(s, p)
		case findWord:
			h, ok = w.findWord(s, p, lo)
		case findKey:
			h, ok = w.findKey(s, p, lo)
		default:
		}
		if ok {
			return h, 0, true
		}
	}
	return h, skip, false
}

// inner returns a state for something nested in what w walks; outer takes it
// back, with the rules that it has found.
func (w *state) inner() *state {
	if w.child == nil {
		w.child = &state{g: w.g}
	}
	w.child.nesting, w.child.tell = w.nesting+1, w.tell
	return w.child
}

func (w *state) outer(in *state) {
	for _, rule := range in.rules {
		w.addRule(rule)
	}
	for _, r := range in.told {
		w.addRule(r.Rule)
	}
	in.reset()
}

func (w *state) addRule(rule string) {
	if w.tell && rule != "" && !slices.Contains(w.rules, rule) {
		w.rules = append(w.rules, rule)
	}
}
