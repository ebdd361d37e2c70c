package schema

import (
	"unicode/utf8"

	"github.com/power100/tpe/internal/tape"
)

// program is a conjunction of schemas in the form that the fast path runs. It
// accepts a value only when every schema surely does. A program that says no
// has decided nothing.
//
// Programs do not allocate, except for strings with escapes that a schema
// restricts.
type program struct {
	kinds   kindSet // the kinds that may be accepted
	plain   bool    // nothing but the kind matters
	integer bool    // numbers must be written as integers
	bounds  []bound
	text    *textRule   // for strings; nil: any
	object  *objectRule // for objects; nil: any
	array   *arrayRule  // for arrays; nil: any
}

// kindSet is a set of kinds of values, one bit a tape.Kind.
type kindSet uint16

func kinds(list ...tape.Kind) kindSet {
	var s kindSet
	for _, k := range list {
		s |= 1 << k
	}
	return s
}

func (s kindSet) has(k tape.Kind) bool { return s>>k&1 != 0 }

var anyKind = kinds(tape.KindObject, tape.KindArray, tape.KindString, tape.KindNumber, tape.KindTrue, tape.KindFalse, tape.KindNull)

// accepts reports whether the value at node n is surely valid.
func (p *program) accepts(t *tape.Tape, n int) bool {
	nd := &t.Nodes[n]
	if !p.kinds.has(nd.Kind) {
		return false
	}
	switch nd.Kind {
	case tape.KindString:
		return p.text == nil || p.text.accepts(t, n)
	case tape.KindNumber:
		return p.acceptsNumber(t.Src[nd.Start:nd.End], nd.Flags&tape.Int != 0)
	case tape.KindObject:
		return p.object == nil || p.object.accepts(t, n)
	case tape.KindArray:
		return p.array == nil || p.array.accepts(t, n)
	default:
		return true
	}
}

func (p *program) acceptsNumber(lit []byte, whole bool) bool {
	if p.integer && !whole {
		return false
	}
	if len(p.bounds) == 0 {
		return true
	}
	d := readDecimal(lit)
	for i := range p.bounds {
		if !p.bounds[i].accepts(d, lit) {
			return false
		}
	}
	return true
}

// textRule is what a string must fulfil.
type textRule struct {
	enums    [][]string // one of each list
	min, max int        // length in code points; max < 0: no limit
	tests    []func([]byte) bool
}

func (r *textRule) accepts(t *tape.Tape, n int) bool {
	if !r.fits(t, n) {
		return false
	}
	if len(r.enums) == 0 && len(r.tests) == 0 {
		return true
	}
	b := t.Bytes(n)
	for _, list := range r.enums {
		if !oneOf(b, list) {
			return false
		}
	}
	for _, test := range r.tests {
		if !test(b) {
			return false
		}
	}
	return true
}

// fits reports whether the length is right.
func (r *textRule) fits(t *tape.Tape, n int) bool {
	nd := &t.Nodes[n]
	length := int(nd.End - nd.Start)
	// Escapes and UTF-8 only make the text longer than its code points. So
	// the common limits, not empty and not too long, need no counting.
	within := length > 0 && r.min <= 1 && (r.max < 0 || length <= r.max)
	if !within && nd.Flags&(tape.Escaped|tape.NonASCII) != 0 {
		length = utf8.RuneCount(t.Bytes(n))
	}
	return length >= r.min && (r.max < 0 || length <= r.max)
}

func oneOf(b []byte, list []string) bool {
	for _, s := range list {
		if string(b) == s {
			return true
		}
	}
	return false
}

// arrayRule is what an array must fulfil.
type arrayRule struct {
	min, max int // elements; max < 0: no limit
	items    *program
}

func (r *arrayRule) accepts(t *tape.Tape, n int) bool {
	count := 0
	for m, end := n+1, int(t.Nodes[n].Next); m < end; m = int(t.Nodes[m].Next) {
		if r.items != nil && !r.items.accepts(t, m) {
			return false
		}
		count++
	}
	return count >= r.min && (r.max < 0 || count <= r.max)
}
