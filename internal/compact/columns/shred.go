package columns

import (
	"bytes"
	"math"
	"strconv"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// shredder takes records apart. Every leaf of a record (a string, a number,
// true, false, null, an empty object or array) goes to exactly one place:
//
//   - to its column, when the column can give back the same value;
//   - else to the column for the rest, under the same names.
//
// So a number that a double cannot hold, a time that is spelt in another way,
// a null and a text where a number belongs are kept in the rest, and their
// column is null. A list is in its columns as a whole or not at all.
type shredder struct {
	w     *Writer
	t     *tape.Tape
	row   int
	rest  *remainder // of the object at hand: one of the two below
	whole remainder
	part  remainder
	text  []byte // scratch

	notes tape.Notes[found]
	known []found // by place of t
	other found   // for a name without a place
}

// found is what was found for a name of group in.
type found struct {
	in    *node
	child *node // or nil
	leaf  *leaf // of the child, when it is a column
	plain bool  // the column holds texts
}

// record puts the parsed record into row.
func (s *shredder) record(t *tape.Tape, row int) {
	s.t, s.row, s.known = t, row, s.notes.Of(t)
	root := s.w.layout.root
	if int(t.Nodes[0].Next) == 1 {
		s.putText(root.rest, row, []byte("{}"))
		return
	}
	s.rest = &s.whole
	s.rest.reset(t)
	s.members(0, root, row)
	s.putRest(root, row)
}

// members puts the members of object obj, which is group g, into entry.
func (s *shredder) members(obj int, g *node, entry int) {
	nodes := s.t.Nodes
	end := int(nodes[obj].Next)
	for m := obj + 1; m < end; m = int(nodes[m].Next) {
		f := &s.known[nodes[m].Place]
		if f.in != g {
			f = s.find(m, g)
		}
		v := &nodes[m+1]
		switch {
		case f.plain && v.Kind == tape.KindString && v.Flags&tape.Escaped == 0:
			f.leaf.putString(entry, s.t, m+1, s.t.Src[v.Start:v.End])
		case f.leaf != nil && s.leaf(m+1, f.leaf, entry):
		case f.leaf == nil && f.child != nil && s.value(m, f.child, entry):
		default:
			s.rest.add(m)
		}
	}
}

// find looks for what the member m of group g is put into.
func (s *shredder) find(m int, g *node) *found {
	f := &s.other
	if p := s.t.Nodes[m].Place; p != 0 {
		f = &s.known[p]
	}
	*f = found{in: g, child: g.names.find(s.t, m)}
	if f.child != nil && f.child.leaf >= 0 {
		f.leaf, f.plain = s.w.leaves[f.child.leaf], f.child.kind == text
	}
	return f
}

// value puts the value of member m into c, which is no column. It reports
// whether that can hold it.
func (s *shredder) value(m int, c *node, entry int) bool {
	v := m + 1
	switch nd := &s.t.Nodes[v]; c.kind {
	case group:
		if nd.Kind != tape.KindObject || int(nd.Next) == v+1 {
			return false
		}
		s.w.spans[c.span].put(s.row)
		s.rest.open(m)
		s.members(v, c, entry)
		s.rest.close()
		return true
	case list:
		return nd.Kind == tape.KindArray && s.list(v, c)
	default:
		return nd.Kind == tape.KindObject && s.stringly(v, c)
	}
}

// leaf puts value v into column l.
func (s *shredder) leaf(v int, l *leaf, entry int) bool {
	switch nd := &s.t.Nodes[v]; l.plain.kind {
	case text:
		if nd.Kind != tape.KindString {
			return false
		}
		l.putString(entry, s.t, v, s.bytes(nd))
	case document:
		var b []byte
		b, s.text = s.t.Compact(s.text, v)
		l.putText(entry, b)
	case instant:
		if nd.Kind != tape.KindString || nd.Flags&tape.Escaped != 0 {
			return false
		}
		ms, ok := tpe.CanonicalTime(s.t.Src[nd.Start:nd.End])
		if !ok {
			return false
		}
		l.putBits(entry, uint64(ms))
	case integer:
		n, ok := s.t.Int(v)
		if !ok {
			return false
		}
		l.putBits(entry, uint64(n))
	case double:
		f, ok := s.double(v)
		if !ok {
			return false
		}
		l.putBits(entry, math.Float64bits(f))
	case boolean:
		if nd.Kind != tape.KindTrue && nd.Kind != tape.KindFalse {
			return false
		}
		l.putBool(entry, nd.Kind == tape.KindTrue)
	default:
		return false
	}
	return true
}

// bytes returns the text of a string, valid until the next call.
func (s *shredder) bytes(nd *tape.Node) []byte {
	b := s.t.Src[nd.Start:nd.End]
	if nd.Flags&tape.Escaped == 0 {
		return b
	}
	return s.unescaped(b)
}

func (s *shredder) unescaped(b []byte) []byte {
	s.text = tape.AppendUnescaped(s.text[:0], b)
	return s.text
}

// double returns number v when a double holds exactly its decimal value, in
// the sense that the shortest text for the double is that value again.
func (s *shredder) double(v int) (float64, bool) {
	f, ok := s.t.Float(v)
	if !ok {
		return 0, false
	}
	lit := s.t.Raw(v)
	if len(lit) <= exactDigits && bytes.IndexByte(lit, 'e') < 0 && bytes.IndexByte(lit, 'E') < 0 {
		return f, true
	}
	s.text = appendDouble(s.text[:0], f)
	return f, tape.NumberHash(s.text) == tape.NumberHash(lit)
}

// exactDigits is the number of decimal digits that a double always keeps.
const exactDigits = 15

// appendDouble appends the shortest text that reads as f again.
func appendDouble(dst []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

// list puts array v into list c.
func (s *shredder) list(v int, c *node) bool {
	nodes := s.t.Nodes
	elem, end := c.children[0], int(nodes[v].Next)
	want := tape.KindString
	if elem.kind == group {
		want = tape.KindObject
	}
	for n := v + 1; n < end; n = int(nodes[n].Next) {
		if nodes[n].Kind != want {
			return false
		}
	}
	sp := s.w.spans[c.span]
	if end == v+1 {
		sp.putEmpty(s.row)
		return true
	}
	for n := v + 1; n < end; n = int(nodes[n].Next) {
		entry := sp.putElement(s.row)
		if elem.kind == group {
			s.element(n, elem, entry)
		} else {
			s.w.leaves[elem.leaf].putString(entry, s.t, n, s.bytes(&nodes[n]))
		}
	}
	return true
}

// element puts object n into entry of a list of groups. Its other members go
// to the element's own column for the rest.
func (s *shredder) element(n int, g *node, entry int) {
	if int(s.t.Nodes[n].Next) == n+1 {
		s.putText(g.rest, entry, []byte("{}"))
		return
	}
	s.rest = &s.part
	s.rest.reset(s.t)
	s.members(n, g, entry)
	s.putRest(g, entry)
	s.rest = &s.whole
}

// stringly puts object v into map c when all its values are strings.
func (s *shredder) stringly(v int, c *node) bool {
	nodes := s.t.Nodes
	end := int(nodes[v].Next)
	for m := v + 1; m < end; m = int(nodes[m].Next) {
		if nodes[m+1].Kind != tape.KindString {
			return false
		}
	}
	sp := s.w.spans[c.span]
	if end == v+1 {
		sp.putEmpty(s.row)
		return true
	}
	key, value := s.w.leaves[c.children[0].leaf], s.w.leaves[c.children[1].leaf]
	for m := v + 1; m < end; m = int(nodes[m].Next) {
		entry := sp.putElement(s.row)
		key.putName(entry, nodes[m].Hash, s.bytes(&nodes[m]))
		value.putString(entry, s.t, m+1, s.bytes(&nodes[m+1]))
	}
	return true
}

// putRest puts what is left of group g's object into the column for it.
func (s *shredder) putRest(g *node, entry int) {
	if b := s.rest.end(); len(b) > 0 {
		s.putText(g.rest, entry, b)
	}
}

func (s *shredder) putText(n *node, entry int, b []byte) {
	s.w.leaves[n.leaf].putText(entry, b)
}
