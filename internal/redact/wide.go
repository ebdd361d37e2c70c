package redact

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// narrow returns a text in UTF-16 or UTF-32 as UTF-8, nil for another. It shows
// by its byte order mark, or by the zeros around its first letter.
func narrow(s []byte) []byte {
	// The mark as it is in a text whose bytes were read as UTF-8.
	for _, lost := range []string{"\ufffd\ufffd\x00\x00", "\x00\x00\ufffd\ufffd", "\ufffd\ufffd"} {
		if rest, ok := bytes.CutPrefix(s, []byte(lost)); ok {
			s = rest
			break
		}
	}
	if len(s) < 4 || s[0] != 0 && s[1] != 0 && s[0] < 0xfe {
		return nil
	}
	var out []byte
	var units []uint16
	switch a, b, c, d := s[0], s[1], s[2], s[3]; {
	case a == 0 && b == 0 && (c == 0xfe && d == 0xff || c == 0 && d != 0):
		for ; len(s) >= 4; s = s[4:] {
			out = utf8.AppendRune(out, rune(uint32(s[0])<<24|uint32(s[1])<<16|uint32(s[2])<<8|uint32(s[3])))
		}
	case c == 0 && d == 0 && (a == 0xff && b == 0xfe || a != 0 && b == 0):
		for ; len(s) >= 4; s = s[4:] {
			out = utf8.AppendRune(out, rune(uint32(s[3])<<24|uint32(s[2])<<16|uint32(s[1])<<8|uint32(s[0])))
		}
	case a == 0xfe && b == 0xff, a == 0 && b != 0:
		for ; len(s) >= 2; s = s[2:] {
			units = append(units, uint16(s[0])<<8|uint16(s[1]))
		}
	case a == 0xff && b == 0xfe, a != 0 && b == 0:
		for ; len(s) >= 2; s = s[2:] {
			units = append(units, uint16(s[1])<<8|uint16(s[0]))
		}
	default:
		return nil
	}
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out
}
