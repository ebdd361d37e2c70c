package tape

import (
	"bytes"
	"math"
	"slices"
)

// Parse reads src, one JSON text with optional white space around it. The
// tape keeps a reference to src. The error is a *SyntaxError.
func (t *Tape) Parse(src []byte) error {
	t.Src, t.Nodes, t.open = src, t.Nodes[:0], t.open[:0]
	clear(t.wide)
	t.remember()
	t.placed, t.spaces = t.memory != nil, 0
	if len(src) > MaxSize {
		return &SyntaxError{0, "text is too long"}
	}
	p := 0
	for {
		// A value ended at p, or the text begins.
		var err error
		if p, err = t.follow(p); err != nil {
			return err
		}
		if len(t.Nodes) > 0 {
			if p, err = t.between(p); err != nil || len(t.open) == 0 {
				return err
			}
		} else {
			p = t.skipSpace(src, p)
		}
		if p, err = t.value(p); err != nil {
			return err
		}
		t.learn(p)
	}
}

// between reads from the end of a value at p to the start of the next one: it
// closes what ends there. When nothing is open after it, the text is over.
func (t *Tape) between(p int) (int, error) {
	src := t.Src
	for {
		p = t.skipSpace(src, p)
		if len(t.open) == 0 {
			if p < len(src) {
				return p, t.fail(p, "unexpected text after the value")
			}
			return p, nil
		}
		if p >= len(src) {
			return p, t.fail(p, "unexpected end of text")
		}
		top := &t.open[len(t.open)-1]
		if c := src[p]; c == ',' {
			p = t.skipSpace(src, p+1)
			if top.end == '}' {
				return t.name(p, top)
			}
			return p, nil
		} else if c != top.end {
			if top.end == '}' {
				return p, t.fail(p, "expected ',' or '}' after a member")
			}
			return p, t.fail(p, "expected ',' or ']' after an element")
		}
		p++
		t.closeContainer(p)
		t.way.closes = append(t.way.closes, p)
		if len(t.open) == 0 {
			t.learn(p)
		}
	}
}

// value reads the value at p or, when that is an object or array with
// something in it, the first value inside. It returns the place after it.
func (t *Tape) value(p int) (int, error) {
	for {
		if p >= len(t.Src) {
			return p, t.fail(p, "unexpected end of text, a value is missing")
		}
		switch c := t.Src[p]; c {
		case '"':
			return t.str(t.Src, p, 0)
		case '{', '[':
			var err error
			if p, err = t.openContainer(p, c); err != nil {
				return p, err
			}
			if p < 0 {
				return -p, nil // it was empty, and is closed
			}
		case 't':
			return t.literal(p, "true", KindTrue)
		case 'f':
			return t.literal(p, "false", KindFalse)
		case 'n':
			return t.literal(p, "null", KindNull)
		default:
			return t.number(p)
		}
	}
}

// node appends a node, all of whose fields the caller sets, one by one: a Node
// that is put together first and then copied would have to wait for itself.
func (t *Tape) node() *Node {
	n := len(t.Nodes)
	if n == cap(t.Nodes) {
		t.Nodes = slices.Grow(t.Nodes, 1)
	}
	t.Nodes = t.Nodes[:n+1]
	return &t.Nodes[n]
}

// add appends a node that is no name.
func (t *Tape) add(k Kind, f Flag, start, end int) {
	nd := t.node()
	nd.Hash, nd.Start, nd.End, nd.Next, nd.Kind, nd.Flags, nd.Place = 0, uint32(start), uint32(end), uint32(len(t.Nodes)), k, f, 0
}

// push opens a container.
func (t *Tape) push(node uint32, place, stack uint16, end byte) *container {
	n := len(t.open)
	if n == cap(t.open) {
		t.open = slices.Grow(t.open, 1)
	}
	t.open = t.open[:n+1]
	c := &t.open[n]
	c.node, c.last, c.seen, c.place, c.stack, c.end = node, 0, 0, place, stack, end
	return c
}

func (t *Tape) fail(p int, msg string) error { return &SyntaxError{p, msg} }

// openContainer starts the object or array at p. It returns the place of the
// first value, or the negated place after an empty container.
func (t *Tape) openContainer(p int, c byte) (int, error) {
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
		n.End = uint32(p + 1)
		return -(p + 1), nil
	}
	var place, number uint16
	if t.memory != nil {
		place, number = rootPlace, emptyStack
		if len(t.open) > 0 {
			top := &t.open[len(t.open)-1]
			if place, number = top.place, top.stack; top.end == '}' {
				place = t.Nodes[top.last].Place
			}
		}
		number = t.memory.stack(stack{number, place, end})
	}
	t.push(node, place, number, end)
	if kind == KindArray {
		return p, nil
	}
	return t.name(p, &t.open[len(t.open)-1])
}

// closeContainer ends the innermost container before p.
func (t *Tape) closeContainer(p int) {
	last, next := len(t.open)-1, uint32(len(t.Nodes))
	n := &t.Nodes[t.open[last].node]
	n.End, n.Next = uint32(p), next
	t.open = t.open[:last]
	if last > 0 {
		if top := &t.open[last-1]; top.end == '}' {
			t.Nodes[top.last].Next = next
		}
	}
}

// name reads a member's name and the colon after it, and returns the place of
// the value.
func (t *Tape) name(p int, top *container) (int, error) {
	src := t.Src
	if p >= len(src) || src[p] != '"' {
		return 0, t.fail(p, "expected a member's name in quotes")
	}
	n, at := len(t.Nodes), p
	p, err := t.str(src, p, Name)
	if err != nil {
		return 0, err
	}
	nd := &t.Nodes[n]
	nd.Next = uint32(n + 2)
	if nd.Flags&Escaped == 0 {
		nd.Hash = hashBytes(src[nd.Start:nd.End])
	} else {
		nd.Hash = hashBytes(t.Bytes(n))
	}
	if top.place != 0 && nd.Flags == Name {
		nd.Place = t.memory.find(top.place, nd.Hash, src[at:p])
	}
	t.placed = t.placed && nd.Place != 0
	top.last = uint32(n)
	if err := t.once(top, n); err != nil {
		return 0, err
	}
	p = t.skipSpace(src, p)
	if p >= len(src) || src[p] != ':' {
		return 0, t.fail(p, "expected ':' after a member's name")
	}
	return t.skipSpace(src, p+1), nil
}

// once refuses the name at node n when the object has it already. It looks
// for it unless the name's bit says that it cannot be there. The names of one
// object have places that follow each other, and so mostly bits of their own.
func (t *Tape) once(top *container, n int) error {
	nd := &t.Nodes[n]
	bit := uint64(1) << (nd.Place & 63)
	switch {
	case nd.Place != 0:
	case top.place == 0:
		bit = 1 << (nd.Hash >> 58)
	default:
		// A name without a place may be another spelling of one with a place.
		top.seen, bit = math.MaxUint64, 0
	}
	if (top.seen&bit != 0 || bit == 0) && t.duplicate(int(top.node), n) {
		return t.fail(int(nd.Start)-1, "duplicate name "+string(t.Raw(n)))
	}
	top.seen |= bit
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
	if p > start {
		t.spaces++
	}
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
