package tape

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Parse reads src, one JSON text with optional white space around it. The
// tape keeps a reference to src. The error is a *SyntaxError.
func (t *Tape) Parse(src []byte) error {
	t.Src, t.Nodes, t.open = src, t.Nodes[:0], t.open[:0]
	clear(t.wide)
	root := t.remember()
	t.placed, t.spaced = root != 0, false
	if len(src) > MaxSize {
		return &SyntaxError{0, "text is too long"}
	}
	p := t.skipSpace(src, 0)
	for {
		// A value starts at p.
		if p >= len(src) {
			return t.fail(p, "unexpected end of text, a value is missing")
		}
		var err error
		switch c := src[p]; c {
		case '{', '[':
			p, err = t.openContainer(p, c, root)
			if err != nil {
				return err
			}
			if p >= 0 {
				continue // at its first value
			}
			p = -p // it was empty, and is closed
		case '"':
			p, err = t.str(p, 0)
		case 't':
			p, err = t.literal(p, "true", KindTrue)
		case 'f':
			p, err = t.literal(p, "false", KindFalse)
		case 'n':
			p, err = t.literal(p, "null", KindNull)
		default:
			p, err = t.number(p)
		}
		if err != nil {
			return err
		}
		// A value ended at p: close what ends here, or go to the next one.
		for {
			p = t.skipSpace(src, p)
			if len(t.open) == 0 {
				if p < len(src) {
					return t.fail(p, "unexpected text after the value")
				}
				return nil
			}
			if p >= len(src) {
				return t.fail(p, "unexpected end of text")
			}
			top := &t.open[len(t.open)-1]
			n := &t.Nodes[top.node]
			c := src[p]
			if n.Kind == KindObject {
				t.Nodes[top.last].Next = uint32(len(t.Nodes))
				if c == ',' {
					if p, err = t.name(t.skipSpace(src, p+1), top); err != nil {
						return err
					}
					break
				}
				if c != '}' {
					return t.fail(p, "expected ',' or '}' after a member")
				}
			} else {
				if c == ',' {
					p = t.skipSpace(src, p+1)
					break
				}
				if c != ']' {
					return t.fail(p, "expected ',' or ']' after an element")
				}
			}
			p++
			n.End, n.Next = uint32(p), uint32(len(t.Nodes))
			t.open = t.open[:len(t.open)-1]
		}
	}
}

// add appends a node. Its fields are set one by one: a Node that is put
// together first and then copied would have to wait for itself.
func (t *Tape) add(k Kind, f Flag, start, end int) *Node {
	t.Nodes = append(t.Nodes, Node{})
	nd := &t.Nodes[len(t.Nodes)-1]
	nd.Start, nd.End, nd.Next, nd.Kind, nd.Flags = uint32(start), uint32(end), uint32(len(t.Nodes)), k, f
	return nd
}

func (t *Tape) fail(p int, msg string) error { return &SyntaxError{p, msg} }

// openContainer starts the object or array at p. It returns the place of the
// first value, or the negated place after an empty container.
func (t *Tape) openContainer(p int, c byte, place uint16) (int, error) {
	if len(t.open) == MaxDepth {
		return 0, t.fail(p, "nested too deep")
	}
	node := uint32(len(t.Nodes))
	kind, end := KindObject, byte('}')
	if c == '[' {
		kind, end = KindArray, ']'
	}
	t.add(kind, 0, p, p)
	p = t.skipSpace(t.Src, p+1)
	if p < len(t.Src) && t.Src[p] == end {
		n := &t.Nodes[node]
		n.End, n.Next = uint32(p+1), node+1
		return -(p + 1), nil
	}
	if len(t.open) > 0 {
		top := &t.open[len(t.open)-1]
		if place = top.place; t.Nodes[top.node].Kind == KindObject {
			place = t.Nodes[top.last].Place
		}
	}
	t.open = append(t.open, container{})
	top := &t.open[len(t.open)-1]
	top.node, top.place = node, place
	if kind == KindArray {
		return p, nil
	}
	if place != 0 {
		top.guess = t.memory.places[place].first
	}
	return t.name(p, top)
}

// name reads a member's name and the colon after it, and returns the place of
// the value.
func (t *Tape) name(p int, top *container) (int, error) {
	if top.guess == 0 {
		return t.newName(p, top)
	}
	id := t.memory.guess(top.guess, t.Src, p)
	if id == 0 {
		return t.newName(p, top)
	}
	k := &t.memory.places[id]
	n, start := len(t.Nodes), p+1
	p += int(k.size)
	nd := t.add(KindString, Name, start, p-2)
	nd.Hash, nd.Place = k.hash, id
	top.after, top.guess = id, k.next
	if err := t.once(top, n); err != nil {
		return 0, err
	}
	return t.skipSpace(t.Src, p), nil
}

// newName is name when it is not known which one comes.
func (t *Tape) newName(p int, top *container) (int, error) {
	src := t.Src
	if p >= len(src) || src[p] != '"' {
		return 0, t.fail(p, "expected a member's name in quotes")
	}
	n, at := len(t.Nodes), p
	p, err := t.str(p, Name)
	if err != nil {
		return 0, err
	}
	nd := &t.Nodes[n]
	if nd.Flags&Escaped == 0 {
		nd.Hash = hashBytes(src[nd.Start:nd.End])
	} else {
		nd.Hash = hashBytes(t.Bytes(n))
	}
	if top.place != 0 && nd.Flags == Name {
		nd.Place = t.memory.find(top.place, top.after, nd.Hash, src[at:p])
	}
	if nd.Place != 0 {
		top.after, top.guess = nd.Place, t.memory.places[nd.Place].next
	} else {
		t.placed = false
	}
	if err := t.once(top, n); err != nil {
		return 0, err
	}
	p = t.skipSpace(src, p)
	if p >= len(src) || src[p] != ':' {
		return 0, t.fail(p, "expected ':' after a member's name")
	}
	return t.skipSpace(src, p+1), nil
}

// once refuses the name at node n when the object has it already.
func (t *Tape) once(top *container, n int) error {
	top.last = uint32(n)
	bit := uint64(1) << (t.Nodes[n].Hash >> 58)
	if top.seen&bit == 0 {
		top.seen |= bit
	} else if t.duplicate(int(top.node), n) {
		return t.fail(int(t.Nodes[n].Start)-1, "duplicate name "+string(t.Raw(n)))
	}
	return nil
}

// wideObject is the number of names above which duplicates are looked up in
// a map: the linear search would take quadratic time.
const wideObject = 64

// duplicate reports whether the name at node n occurs earlier in object obj.
func (t *Tape) duplicate(obj, n int) bool {
	count := 0
	for m := obj + 1; m < n && count < wideObject; m = int(t.Nodes[m].Next) {
		if t.Nodes[m].Hash == t.Nodes[n].Hash && bytes.Equal(t.Bytes(m), t.Bytes(n)) {
			return true
		}
		count++
	}
	if count < wideObject {
		return false
	}
	return t.duplicateWide(obj, n)
}

// duplicateWide is duplicate for objects with many names.
func (t *Tape) duplicateWide(obj, n int) bool {
	set := t.wide[uint32(obj)]
	if set == nil {
		if t.wide == nil {
			t.wide = make(map[uint32]*nameSet)
		}
		set = &nameSet{names: make(map[string]struct{}), upTo: obj + 1}
		t.wide[uint32(obj)] = set
	}
	for ; set.upTo < n; set.upTo = int(t.Nodes[set.upTo].Next) {
		set.names[t.Text(set.upTo)] = struct{}{}
	}
	_, ok := set.names[string(t.Bytes(n))]
	return ok
}

// skipSpace returns the place of the first byte of b, which is Src, from p on
// that is not white space. Most texts have none, so the usual case is inlined.
func (t *Tape) skipSpace(b []byte, p int) int {
	if p < len(b) && b[p] > ' ' {
		return p
	}
	return t.skipRun(b, p)
}

func (t *Tape) skipRun(b []byte, p int) int {
	start := p
	for p < len(b) && (b[p] == ' ' || b[p] == '\n' || b[p] == '\t' || b[p] == '\r') {
		p++
	}
	t.spaced = t.spaced || p > start
	return p
}

func (t *Tape) literal(p int, word string, k Kind) (int, error) {
	end := p + len(word)
	if end > len(t.Src) || string(t.Src[p:end]) != word {
		return 0, t.fail(p, "invalid literal")
	}
	t.add(k, 0, p, end)
	return end, nil
}

func digits(b []byte, p int) int {
	for p < len(b) && b[p]-'0' <= 9 {
		p++
	}
	return p
}

func (t *Tape) number(p int) (int, error) {
	b, start := t.Src, p
	if b[p] == '-' {
		p++
	}
	if p >= len(b) || b[p]-'0' > 9 {
		return 0, t.fail(start, "invalid value")
	}
	flags := Int
	if b[p] == '0' {
		p++
	} else {
		p = digits(b, p)
	}
	if p < len(b) && b[p] == '.' {
		flags = 0
		q := digits(b, p+1)
		if q == p+1 {
			return 0, t.fail(p, "expected a digit after the decimal point")
		}
		p = q
	}
	if p < len(b) && (b[p] == 'e' || b[p] == 'E') {
		flags = 0
		p++
		if p < len(b) && (b[p] == '+' || b[p] == '-') {
			p++
		}
		q := digits(b, p)
		if q == p {
			return 0, t.fail(p, "expected a digit in the exponent")
		}
		p = q
	}
	t.add(KindNumber, flags, start, p)
	return p, nil
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks, in the high bit of each byte of w, the bytes that need a
// closer look inside a string: '"', '\\', control characters and non-ASCII.
// Bits above the first marked byte may be wrong; only the lowest one counts.
func special(w uint64) uint64 {
	q := w ^ (ones * '"')
	s := w ^ (ones * '\\')
	return ((q - ones) | (s - ones) | (w - ones*0x20) | w) & highs
}

// str reads the string whose opening quote is at p.
func (t *Tape) str(p int, flags Flag) (int, error) {
	b, start := t.Src, p+1
	p = start
	for ; p+8 <= len(b); p += 8 {
		if m := special(binary.LittleEndian.Uint64(b[p:])); m != 0 {
			p += bits.TrailingZeros64(m) >> 3
			break
		}
	}
	if p >= len(b) || b[p] != '"' {
		var err error
		if p, flags, err = t.strTail(start, p, flags); err != nil {
			return 0, err
		}
	}
	t.add(KindString, flags, start, p)
	return p + 1, nil
}

// strTail reads on at p in the string whose text starts at start, through
// escapes and non-ASCII, and returns the place of the closing quote.
func (t *Tape) strTail(start, p int, flags Flag) (int, Flag, error) {
	b := t.Src
	for {
		for p+8 <= len(b) {
			m := special(binary.LittleEndian.Uint64(b[p:]))
			if m != 0 {
				p += bits.TrailingZeros64(m) >> 3
				break
			}
			p += 8
		}
		if p >= len(b) {
			return 0, 0, t.fail(start-1, "string is not closed")
		}
		switch c := b[p]; {
		case c == '"':
			if flags&NonASCII != 0 && !utf8.Valid(b[start:p]) {
				return 0, 0, t.fail(start+firstInvalid(b[start:p]), "invalid UTF-8")
			}
			return p, flags, nil
		case c == '\\':
			flags |= Escaped
			n := escapeLen(b[p:])
			if n == 0 {
				return 0, 0, t.fail(p, "invalid escape in a string")
			}
			p += n
		case c < 0x20:
			return 0, 0, t.fail(p, "control character in a string")
		case c >= utf8.RuneSelf:
			flags |= NonASCII
			p++
		default:
			p++
		}
	}
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// escapeLen returns the length of the escape at the start of b, both halves
// of a surrogate pair included, or 0 when it is not a valid one.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		hi, ok := hex4(b)
		switch {
		case !ok || hi >= 0xDC00 && hi <= 0xDFFF:
			return 0
		case hi < 0xD800 || hi > 0xDFFF:
			return 6
		}
		if lo, ok := hex4(b[6:]); ok && lo >= 0xDC00 && lo <= 0xDFFF {
			return 12
		}
	}
	return 0
}

// hex4 reads the escape \uXXXX at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// AppendUnescaped appends the text that the inside of a JSON string stands
// for. The input must be the span of a parsed string.
func AppendUnescaped(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		n := escapeLen(b[i:])
		switch c := b[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(b[i:])
			if n == 12 {
				lo, _ := hex4(b[i+6:])
				r = (r-0xD800)<<10 + (lo - 0xDC00) + 0x10000
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
		b = b[i+n:]
	}
}
