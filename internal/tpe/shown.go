package tpe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shown is a text from outside as it may stand in a line for people. Breaks of
// the line become spaces. Control characters, which a terminal obeys, and those
// that turn the direction of writing, which make a line look like another one,
// become U+FFFD.
func Shown(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028', r == '\u2029', unicode.IsControl(r) && unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return utf8.RuneError
		}
		return r
	}, text)
}
