// Package tape reads one JSON text into a flat list of nodes, in one pass.
//
// Every room that looks at a record walks the same tape: the redaction gate,
// the schema check, the lake's index and the Parquet shredder. A record is
// therefore scanned once. The package never changes a record, does no I/O and
// knows nothing of the contract.
//
// The parser accepts a strict subset of what RFC 8259 allows: valid UTF-8, no
// lone surrogates, no duplicate names, at most [MaxDepth] levels and
// [MaxSize] bytes. A fuzz test holds it against go-json-experiment/jsontext.
package tape

import (
	"fmt"
	"math"
	"strconv"
)

// MaxDepth is the number of nested arrays and objects that Parse accepts.
const MaxDepth = 256

// MaxSize is the length in bytes of the longest text that Parse accepts.
const MaxSize = math.MaxInt32

// Kind says what a node is.
type Kind uint8

// The kinds of JSON values. A member's name is a node of KindString.
const (
	KindInvalid Kind = iota
	KindObject
	KindArray
	KindString
	KindNumber
	KindTrue
	KindFalse
	KindNull
)

// String returns the name that JSON Schema uses for the kind.
func (k Kind) String() string {
	switch k {
	case KindObject:
		return "object"
	case KindArray:
		return "array"
	case KindString:
		return "string"
	case KindNumber:
		return "number"
	case KindTrue, KindFalse:
		return "boolean"
	case KindNull:
		return "null"
	default:
		return "invalid"
	}
}

// Flag holds what the parser noticed on the way.
type Flag uint8

// The flags of a node.
const (
	// Escaped marks a string that holds a backslash.
	Escaped Flag = 1 << iota
	// Int marks a number without fraction and exponent.
	Int
	// Name marks the name of an object's member.
	Name
	// NonASCII marks a string with a byte of 0x80 or more.
	NonASCII
)

// Node is one value, or the name of a member.
//
// The children of an object or array follow it. An object's children
// alternate between name and value. Next is the index of the node after the
// whole value; for a name it is the index of the next name, or of the node
// after the object.
type Node struct {
	Hash       uint64 // NameHash of a name, ValueHash of a string that was asked for; else 0
	Start, End uint32 // bytes in Src; a string's span excludes its quotes
	Next       uint32
	Kind       Kind
	Flags      Flag
	Place      uint16 // of a name, see Memory; 0 when it has none
}

// Tape is a parsed text. The zero value is ready; a Tape may be reused for
// any number of texts and is not safe for concurrent use.
type Tape struct {
	Src   []byte // the text of the last Parse; not copied
	Nodes []Node // Nodes[0] is the root

	open   []container
	text   []byte              // an unescaped string, while it is hashed
	wide   map[uint32]*nameSet // the objects with many names, by node
	used   bool                // it has read a text
	memory *Memory
	way    way
	placed bool // all names have a place
	spaces int  // runs of white space between tokens
}

// container is an object or array that the parser has not closed yet.
type container struct {
	node  uint32
	last  uint32 // the latest name of an object
	seen  uint64 // one bit a name, to skip the search for a duplicate
	place uint16 // of the name that it stands under
	stack uint16 // it and what is around it, or 0
	end   byte   // what closes it: '}' or ']'
}

// nameSet holds the names of one object from its first up to node upTo.
type nameSet struct {
	names map[string]struct{}
	upTo  int
}

// SyntaxError says where and why a text was refused.
type SyntaxError struct {
	Offset int // byte in the text
	Msg    string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Msg, e.Offset) }

// Kind returns the kind of node n.
func (t *Tape) Kind(n int) Kind { return t.Nodes[n].Kind }

// Raw returns the JSON text of node n, quotes included. It aliases Src.
func (t *Tape) Raw(n int) []byte {
	nd := &t.Nodes[n]
	if nd.Kind == KindString {
		return t.Src[nd.Start-1 : nd.End+1]
	}
	return t.Src[nd.Start:nd.End]
}

// Bytes returns the unescaped text of string n, or the literal of any other
// kind. It aliases Src when nothing is escaped.
func (t *Tape) Bytes(n int) []byte {
	nd := &t.Nodes[n]
	b := t.Src[nd.Start:nd.End]
	if nd.Flags&Escaped == 0 {
		return b
	}
	return AppendUnescaped(make([]byte, 0, len(b)), b)
}

// Text returns a copy of the unescaped text of string n, or of the literal of
// any other kind.
func (t *Tape) Text(n int) string { return string(t.Bytes(n)) }

// Int returns number n when it is written as an integer that fits.
func (t *Tape) Int(n int) (int64, bool) {
	nd := &t.Nodes[n]
	if nd.Kind != KindNumber || nd.Flags&Int == 0 {
		return 0, false
	}
	b := t.Src[nd.Start:nd.End]
	if len(b) <= 18 {
		neg := b[0] == '-'
		if neg {
			b = b[1:]
		}
		var v int64
		for _, c := range b {
			v = v*10 + int64(c-'0')
		}
		if neg {
			v = -v
		}
		return v, true
	}
	v, err := strconv.ParseInt(string(b), 10, 64)
	return v, err == nil
}

// Float returns number n as the nearest float64; false when it is not a
// number or out of range.
func (t *Tape) Float(n int) (float64, bool) {
	if t.Nodes[n].Kind != KindNumber {
		return 0, false
	}
	if v, ok := t.Int(n); ok && v < 1<<53 && v > -1<<53 {
		return float64(v), true
	}
	lit := t.Raw(n)
	if v, ok := shortFloat(lit); ok {
		return v, true
	}
	v, err := strconv.ParseFloat(string(lit), 64)
	return v, err == nil
}

// shortFloat reads a number of up to 15 bytes without an exponent. Its digits
// and the power of ten that they are divided by are exact as float64, and so
// the quotient is the nearest one.
func shortFloat(lit []byte) (float64, bool) {
	if len(lit) > 15 {
		return 0, false
	}
	neg := lit[0] == '-'
	if neg {
		lit = lit[1:]
	}
	digits, fraction := int64(0), 0
	for i, c := range lit {
		switch {
		case c-'0' <= 9:
			digits = digits*10 + int64(c-'0')
		case c == '.':
			fraction = len(lit) - 1 - i
		default:
			return 0, false
		}
	}
	v := float64(digits) / powersOfTen[fraction]
	if neg {
		v = -v
	}
	return v, true
}

var powersOfTen = [15]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14}
