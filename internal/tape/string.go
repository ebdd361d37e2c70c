package tape

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

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

// str reads the string of b, which is Src, whose opening quote is at p.
func (t *Tape) str(b []byte, p int, flags Flag) (int, error) {
	start := p + 1
	p = start
	for p >= 0 && p <= len(b)-8 { // in this form the bounds are checked once
		if m := special(binary.LittleEndian.Uint64(b[p : p+8 : p+8])); m != 0 {
			p += bits.TrailingZeros64(m) >> 3
			break
		}
		p += 8
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
		if p = Plain(b, p); p >= len(b) {
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
		default:
			flags |= NonASCII
			p++
		}
	}
}

// Plain returns the place of the first byte of b from p on that is a quote, a
// backslash, a control character or not ASCII; len(b) when there is none.
func Plain(b []byte, p int) int {
	for p >= 0 && p <= len(b)-8 {
		if m := special(binary.LittleEndian.Uint64(b[p : p+8 : p+8])); m != 0 {
			return p + bits.TrailingZeros64(m)>>3
		}
		p += 8
	}
	for p < len(b) && b[p] != '"' && b[p] != '\\' && b[p]-0x20 < 0x60 {
		p++
	}
	return p
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
