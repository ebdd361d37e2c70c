package person

import (
	"bytes"
	"unicode/utf8"
)

// escapes is a text with the escapes of JSON decoded, as a body that was kept
// as text has them. A text within a text has them with several backslashes.
type escapes struct {
	text   []byte
	origin []int // where each byte of text stands in the original, and its end
}

// decode decodes a text, and says whether there was something to decode.
func (e *escapes) decode(in []byte) bool {
	at := bytes.IndexByte(in, '\\')
	if at < 0 {
		return false
	}
	e.text, e.origin = e.text[:0], e.origin[:0]
	found := false
	for at = 0; at < len(in); {
		from := at
		for at < len(in) && in[at] == '\\' {
			at++
		}
		if at == from {
			e.add(from, in[at])
			at++
			continue
		}
		if r, size := escaped(in[at:]); size > 0 {
			at += size
			e.add(from, utf8.AppendRune(nil, r)...)
			found = true
			continue
		}
		for i := from; i < at; i++ {
			e.add(i, '\\')
		}
	}
	e.origin = append(e.origin, len(in))
	return found
}

func (e *escapes) add(from int, b ...byte) {
	for _, c := range b {
		e.text, e.origin = append(e.text, c), append(e.origin, from)
	}
}

// escaped reads what follows a backslash. The size is 0 when that is no
// escape. What is white space is a space.
func escaped(in []byte) (r rune, size int) {
	if len(in) == 0 {
		return 0, 0
	}
	switch in[0] {
	case 'n', 't', 'r', 'b', 'f':
		return ' ', 1
	case '/', '"':
		return rune(in[0]), 1
	case 'u':
		if len(in) < 5 {
			return 0, 0
		}
		for _, c := range in[1:5] {
			n := nibble(c)
			if n > 15 {
				return 0, 0
			}
			r = r<<4 | rune(n)
		}
		return r, 5
	}
	return 0, 0
}
