package tape

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// The content hash of a record is the sum, modulo 2^64, of one term for each
// leaf: a mix of the leaf's path and its value. Two texts that mean the same
// (member order, white space, escapes and the spelling of numbers aside) have
// the same hash, and the sum can be computed column by column from a Parquet
// file. It detects accidents, not forgery. The hashes are part of the lake's
// format: they must never change.

// Hashes of leaves that have no text.
const (
	HashTrue        uint64 = 0x9ae16a3b2f90404f
	HashFalse       uint64 = 0xc949c7defebb0fb5
	HashNull        uint64 = 0xa0761d6478bd642f
	HashEmptyObject uint64 = 0xe7037ed1a0b428db
	HashEmptyArray  uint64 = 0x8ebc6af09c88c6e3
	// RootPath is the path hash of the record itself.
	RootPath uint64 = 0x589965cc75374cc3
)

const (
	mulA uint64 = 0x9e3779b97f4a7c15
	mulB uint64 = 0xd6e8feb86659fd93
	mulC uint64 = 0xff51afd7ed558ccd
	mulD uint64 = 0xc4ceb9fe1a85ec53
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashBytes hashes short byte strings inline and longer ones by xxHash64.
func hashBytes(b []byte) uint64 {
	n := len(b)
	switch {
	case n > 16:
		return xxhash.Sum64(b)
	case n >= 8:
		return mix(binary.LittleEndian.Uint64(b)^mulA, binary.LittleEndian.Uint64(b[n-8:])^mulB^uint64(n))
	case n >= 4:
		return mix(uint64(binary.LittleEndian.Uint32(b))^mulA, uint64(binary.LittleEndian.Uint32(b[n-4:]))^mulB^uint64(n)<<32)
	case n > 0:
		return mix((uint64(b[0])|uint64(b[n>>1])<<8|uint64(b[n-1])<<16)^mulA, mulB^uint64(n))
	default:
		return mulC
	}
}

// NameHash hashes the unescaped name of a member.
func NameHash(name string) uint64 { return hashBytes([]byte(name)) }

// StringHash is the value hash of a string, given its unescaped text.
func StringHash(b []byte) uint64 { return TextHash(hashBytes(b)) }

// TextHash is the StringHash of a text, given its NameHash.
func TextHash(name uint64) uint64 { return name ^ mulD }

// PathHash is the path hash of a child: step is the NameHash of a member or
// the ElemStep of an element.
func PathHash(parent, step uint64) uint64 { return mix(parent^mulC, step^mulA) }

// ElemStep is the step to element i of an array.
func ElemStep(i int) uint64 { return uint64(i)*mulB + mulD }

// LeafHash is the term that a leaf adds to the content hash.
func LeafHash(path, value uint64) uint64 { return mix(path^mulB, value^mulC) }

// NumberHash is the value hash of a number, given its JSON literal. Literals
// of the same decimal value have the same hash: 1, 1.0 and 10e-1 are equal.
func NumberHash(lit []byte) uint64 {
	digits, neg := lit, lit[0] == '-'
	if neg {
		digits = lit[1:]
	}
	if len(digits) > 19 {
		return anyNumberHash(lit)
	}
	// The value is mant * 10^exp.
	var mant uint64
	exp := 0
	for i, c := range digits {
		switch {
		case c-'0' <= 9:
			mant = mant*10 + uint64(c-'0')
		case c == '.':
			exp = i + 1 - len(digits)
		default:
			return anyNumberHash(lit)
		}
	}
	if mant == 0 {
		return mix(mulC, mulD)
	}
	for mant%10 == 0 {
		mant /= 10
		exp++
	}
	return decimalHash(mant, exp, neg)
}

// anyNumberHash is NumberHash of a number that may be long or have an exponent.
func anyNumberHash(lit []byte) uint64 {
	i, neg := 0, false
	if lit[0] == '-' {
		neg, i = true, 1
	}
	// The value is mant * 10^exp; trailing zeros wait in zeros.
	var mant uint64
	exp, zeros, n := 0, 0, 0
	point := false
	for ; i < len(lit); i++ {
		c := lit[i]
		if c == '.' {
			point = true
			continue
		}
		if c == 'e' || c == 'E' {
			break
		}
		if point {
			exp--
		}
		if c == '0' {
			if mant != 0 {
				zeros++
			}
			continue
		}
		for ; zeros > 0; zeros-- {
			mant *= 10
			n++
		}
		mant = mant*10 + uint64(c-'0')
		n++
		if n > 19 {
			return longNumberHash(lit)
		}
	}
	exp += zeros
	if i < len(lit) {
		e, ok := exponent(lit[i+1:])
		if !ok {
			return longNumberHash(lit)
		}
		exp += e
	}
	if mant == 0 {
		return mix(mulC, mulD)
	}
	return decimalHash(mant, exp, neg)
}

// exponent reads the digits after e; false when they leave the range in which
// a sum with the place of the point is exact.
func exponent(b []byte) (int, bool) {
	neg := false
	if b[0] == '+' || b[0] == '-' {
		neg = b[0] == '-'
		b = b[1:]
	}
	v := 0
	for _, c := range b {
		v = v*10 + int(c-'0')
		if v > 1<<30 {
			return 0, false
		}
	}
	if neg {
		v = -v
	}
	return v, true
}

// longNumberHash hashes numbers with more than 19 significant digits or an
// enormous exponent, by the digits and the exponent of their normal form.
func longNumberHash(lit []byte) uint64 {
	neg := lit[0] == '-'
	digits := make([]byte, 0, len(lit))
	exp, point, started := 0, false, false
	i := 0
	for ; i < len(lit); i++ {
		c := lit[i]
		if c == 'e' || c == 'E' {
			break
		}
		switch {
		case c == '.':
			point = true
		case c >= '0' && c <= '9':
			if point {
				exp--
			}
			if c != '0' {
				started = true
			}
			if started {
				digits = append(digits, c)
			}
		}
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		exp++
	}
	if len(digits) == 0 {
		return mix(mulC, mulD)
	}
	h := xxhash.Sum64(digits)
	if i < len(lit) {
		if e, ok := exponent(lit[i+1:]); ok {
			exp += e
		} else {
			h = mix(h, xxhash.Sum64(lit[i+1:]))
		}
	}
	return decimalHash(h, exp, neg)
}

func decimalHash(mant uint64, exp int, neg bool) uint64 {
	e := uint64(int64(exp)) ^ mulD
	if neg {
		e ^= mulA
	}
	return mix(mant^mulC, e)
}

// ContentHash returns the content hash of the parsed text.
func (t *Tape) ContentHash() uint64 {
	if len(t.Nodes) == 0 {
		return 0
	}
	if t.placed {
		return t.hashPlaces()
	}
	sum, _ := t.hashAt(0, RootPath)
	return sum
}

// hashPlaces is ContentHash of a text whose names all have a place, which knows
// the path hash outside of lists.
func (t *Tape) hashPlaces() (sum uint64) {
	nodes := t.Nodes
	if nodes[0].Kind != KindObject || len(nodes) == 1 {
		sum, _ = t.hashAt(0, RootPath)
		return sum
	}
	// After a member comes the next one of its object or of one around it.
	for n := 1; n+1 < len(nodes); {
		path := t.memory.places[nodes[n].Place].path
		n++
		switch nd := &nodes[n]; {
		case nd.Kind == KindString:
			h := nd.Hash
			switch {
			case h != 0:
			case nd.Flags&Escaped == 0:
				h = StringHash(t.Src[nd.Start:nd.End])
				nd.Hash = h
			default:
				h = t.stringHash(nd)
			}
			sum += LeafHash(path, h)
			n++
		case nd.Kind == KindNumber:
			sum += LeafHash(path, NumberHash(t.Src[nd.Start:nd.End]))
			n++
		case nd.Kind == KindObject && int(nd.Next) > n+1:
			n++
		default:
			h, after := t.hashAt(n, path)
			sum += h
			n = after
		}
	}
	return sum
}

// HashNode returns the sum of the leaves of node n, whose path hash is path.
func (t *Tape) HashNode(n int, path uint64) uint64 {
	sum, _ := t.hashAt(n, path)
	return sum
}

func (t *Tape) hashAt(n int, path uint64) (sum uint64, next int) {
	nd := &t.Nodes[n]
	switch nd.Kind {
	case KindObject:
		end := int(nd.Next)
		if end == n+1 {
			return LeafHash(path, HashEmptyObject), end
		}
		for m := n + 1; m < end; {
			h, after := t.hashAt(m+1, PathHash(path, t.Nodes[m].Hash))
			sum += h
			m = after
		}
		return sum, end
	case KindArray:
		end := int(nd.Next)
		if end == n+1 {
			return LeafHash(path, HashEmptyArray), end
		}
		for m, i := n+1, 0; m < end; i++ {
			h, after := t.hashAt(m, PathHash(path, ElemStep(i)))
			sum += h
			m = after
		}
		return sum, end
	default:
		return LeafHash(path, t.ValueHash(n)), n + 1
	}
}

// ValueHash returns the value hash of a leaf: a string, a number, true, false
// or null. That of a string is remembered: the next question costs nothing.
func (t *Tape) ValueHash(n int) uint64 {
	switch nd := &t.Nodes[n]; nd.Kind {
	case KindString:
		if nd.Hash != 0 {
			return nd.Hash
		}
		return t.stringHash(nd)
	case KindNumber:
		return NumberHash(t.Src[nd.Start:nd.End])
	case KindTrue:
		return HashTrue
	case KindFalse:
		return HashFalse
	default:
		return HashNull
	}
}

// stringHash computes the value hash of a string and remembers it.
func (t *Tape) stringHash(nd *Node) uint64 {
	text := t.Src[nd.Start:nd.End]
	if nd.Flags&Escaped != 0 {
		t.text = AppendUnescaped(t.text[:0], text)
		text = t.text
	}
	nd.Hash = StringHash(text)
	return nd.Hash
}
