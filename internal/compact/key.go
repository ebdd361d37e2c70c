package compact

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// key is what the rows of a day are sorted by: type, time, id. A part that
// is missing, or that its column cannot hold, comes before all others.
type key struct {
	typ []byte
	ms  int64 // noTime when there is none
	id  []byte
}

const noTime = math.MinInt64

func compareKeys(a, b key) int {
	if c := bytes.Compare(a.typ, b.typ); c != 0 {
		return c
	}
	if c := cmp.Compare(a.ms, b.ms); c != 0 {
		return c
	}
	return bytes.Compare(a.id, b.id)
}

// prefix returns the first 8 bytes of an id as a number of the same order.
func prefix(id []byte) uint64 {
	if len(id) >= 8 {
		return binary.BigEndian.Uint64(id)
	}
	var b [8]byte
	copy(b[:], id)
	return binary.BigEndian.Uint64(b[:])
}

// The names of the members that make the key.
const (
	idName   = "interaction_id"
	timeName = "timestamp"
	typeName = "interaction_type"
)

// keyOf reads the key of a parsed record.
func keyOf(t *tape.Tape) key {
	text := func(name string) []byte {
		n, ok := t.Find(name)
		if !ok || t.Kind(n) != tape.KindString {
			return nil
		}
		return t.Bytes(n)
	}
	k := key{typ: text(typeName), ms: noTime, id: text(idName)}
	if ms, ok := tpe.CanonicalTime(text(timeName)); ok {
		k.ms = ms
	}
	return k
}

// peek reads the key from the text of a record without parsing all of it:
// most records begin with the three members. It is false when the text is
// not as plain as that; only parsing tells more then. The key points into
// the text. The time is right when there is one, also when peek is false.
func peek(b []byte) (k key, ok bool) { return glance(b, false) }

// peekTime returns the time that peek returns, and reads no further.
func peekTime(b []byte) int64 {
	k, _ := glance(b, true)
	return k.ms
}

// glance is peek, or as much of it as finds the time.
func glance(b []byte, timeOnly bool) (k key, ok bool) {
	k.ms = noTime
	p := skipSpace(b, 0)
	if p >= len(b) || b[p] != '{' {
		return k, false
	}
	for found := 0; found < 3; {
		p = skipSpace(b, p+1)
		name, after, ok := plainString(b, p)
		if !ok {
			return k, false
		}
		p = skipSpace(b, after)
		if p >= len(b) || b[p] != ':' {
			return k, false
		}
		p = skipSpace(b, p+1)
		switch string(name) {
		case idName, timeName, typeName:
			value, after, ok := plainString(b, p)
			if !ok {
				return k, false
			}
			switch name[len(name)-1] {
			case 'd':
				k.id = value
			case 'p':
				ms, ok := tpe.CanonicalTime(value)
				if !ok || k.ms != noTime {
					return k, false
				}
				if k.ms = ms; timeOnly {
					return k, true
				}
			default:
				k.typ = value
			}
			p = after
			found++
		default:
			if p = skipValue(b, p); p < 0 {
				return k, false
			}
		}
		p = skipSpace(b, p)
		if p >= len(b) || b[p] != ',' {
			return k, found == 3 && p < len(b) && b[p] == '}'
		}
	}
	return k, true
}

func skipSpace(b []byte, p int) int {
	for p < len(b) && (b[p] == ' ' || b[p] == '\t' || b[p] == '\n' || b[p] == '\r') {
		p++
	}
	return p
}

// plainString returns the text of the string at p and the place after it. It
// is false when there is no string, or one with a backslash.
func plainString(b []byte, p int) (text []byte, after int, ok bool) {
	if p >= len(b) || b[p] != '"' {
		return nil, 0, false
	}
	start := p + 1
	for p = tape.Plain(b, start); p < len(b) && b[p] != '"' && b[p] != '\\'; p = tape.Plain(b, p+1) {
	}
	if p >= len(b) || b[p] == '\\' {
		return nil, 0, false
	}
	return b[start:p], p + 1, true
}

// skipValue returns the place after the value at p, or -1. It does not check
// the value.
func skipValue(b []byte, p int) int {
	depth := 0
	for p < len(b) {
		switch b[p] {
		case '"':
			if p = skipString(b, p); p < 0 {
				return -1
			}
			if depth == 0 {
				return p
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return p + 1
			}
			if depth < 0 {
				return p // the end of the object around a number or word
			}
		case ',':
			if depth == 0 {
				return p
			}
		}
		p++
	}
	return -1
}

// skipString returns the place after the string at p, or -1.
func skipString(b []byte, p int) int {
	for p++; p < len(b); p++ {
		n := bytes.IndexAny(b[p:], `"\`)
		if n < 0 {
			return -1
		}
		if p += n; b[p] == '"' {
			return p + 1
		}
		p++
	}
	return -1
}
