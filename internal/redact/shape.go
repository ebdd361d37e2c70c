package redact

import (
	"encoding/binary"
	"math/bits"
)

// The commonest texts are recognised eight bytes at a time, so that they need
// not be searched.

// Lengths of these texts.
const (
	maxShort     = 15
	timestampLen = len("2025-08-16T10:00:14.881Z")
	uuidLen      = len("e8a8f0f5-6f3b-4d8f-9b69-1c1f0b3f2f11")
)

// isPlain reports whether a text needs no search.
func (g *Gate) isPlain(b []byte) bool {
	switch n := len(b); {
	case n <= maxShort:
		return n < minText || isShort(b) || g.isWord(b)
	case n == timestampLen:
		return isTimestamp(b)
	case n == uuidLen:
		return isUUID(b)
	default:
		return false
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
	upper = 0x40 * ones // set in letters and the signs around them
)

// ends returns the first and the last eight bytes of a text of 8 to 15 bytes.
func ends(b []byte) (x, y uint64) {
	return binary.LittleEndian.Uint64(b[:8:8]), binary.LittleEndian.Uint64(b[len(b)-8 : len(b) : len(b)])
}

// isShort reports whether b has up to 15 bytes, none of them a digit, a space
// or a sign that separates (production, plumbing, created_at), or no letter
// (3.12.0, 14:30) and at most 12 bytes besides points (198.201.177.160). A
// test shows that no finder takes anything out of these.
func isShort(b []byte) bool {
	n := len(b)
	var x, y uint64
	switch {
	case n >= 8 && n <= maxShort:
		x, y = ends(b)
	case n >= 4 && n < 8:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
		x, y = x|x<<32, y|y<<32
	default:
		return false
	}
	if (x|y)&highs != 0 {
		return false
	}
	return x&y&upper == upper || (x|y)&upper == 0 && (n < minCard || n-points(x)-points(y>>(8*(16-n))) < minCard)
}

// points counts the points among eight bytes that are no letters. What is
// shifted out is none.
func points(x uint64) int {
	x ^= '.' * ones
	return bits.OnesCount64(^(x + 0x7f*ones) & highs)
}

// isWord reports whether b is up to 12 small letters, digits and underscores
// (user_032405) that do not begin like a word beside which a credential
// stands. They are too few for a card number or a key.
func (g *Gate) isWord(b []byte) bool {
	n := len(b)
	if n < 8 || n >= minCard {
		return false
	}
	x, y := ends(b)
	return (x|y)&highs == 0 && areWord(x) && areWord(y) && !g.scan.fitsStart(b)
}

// areWord reports whether each of eight bytes below 0x80 is a small letter, a
// digit or an underscore.
func areWord(x uint64) bool {
	digit := (x + (0x80-'0')*ones) &^ (x + (0x80-'9'-1)*ones)
	letter := (x + (0x80-'a')*ones) &^ (x + (0x80-'z'-1)*ones)
	other := (x ^ '_'*ones) + 0x7f*ones // not an underscore
	return (digit|letter|^other)&highs == highs
}

// isTimestamp reports whether b is spelt like 2025-08-16T10:00:14.881Z. A byte
// that passes for a digit is 0 to 9 or one of : ; < = > ?, and no credential
// is made of these.
func isTimestamp(b []byte) bool {
	const (
		date, dateMask = 0x2d30302d30303030, 0xfff0f0fff0f0f0f0 // 2025-08-
		hour, hourMask = 0x30303a3030543030, 0xf0f0fff0f0fff0f0 // 16T10:00
		rest, restMask = 0x5a3030302e30303a, 0xfff0f0f0fff0f0ff // :14.881Z
	)
	return len(b) == timestampLen &&
		binary.LittleEndian.Uint64(b)&dateMask == date &&
		binary.LittleEndian.Uint64(b[8:])&hourMask == hour &&
		binary.LittleEndian.Uint64(b[16:])&restMask == rest
}

// isUUID reports whether b is a UUID in small letters.
func isUUID(b []byte) bool {
	if len(b) != uuidLen || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	const (
		dash   = '-' ^ '0'       // turns one into the other
		second = dash | dash<<40 // -4f5f-9d
		third  = dash<<16 | dash<<56
	)
	return areHex(binary.LittleEndian.Uint64(b)) &&
		areHex(binary.LittleEndian.Uint64(b[8:])^second) &&
		areHex(binary.LittleEndian.Uint64(b[16:])^third) &&
		areHex(binary.LittleEndian.Uint64(b[24:])) &&
		areHex(binary.LittleEndian.Uint64(b[28:]))
}

// areHex reports whether each of eight bytes is 0 to 9 or a to f.
func areHex(x uint64) bool {
	if x&highs != 0 {
		return false
	}
	// A sum sets the high bit of a byte that is at least 0x80 less the term.
	digit := (x + (0x80-'0')*ones) &^ (x + (0x80-'9'-1)*ones)
	letter := (x + (0x80-'a')*ones) &^ (x + (0x80-'f'-1)*ones)
	return (digit|letter)&highs == highs
}
