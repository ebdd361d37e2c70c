package redact

import (
	"unicode/utf8"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Clean is one record, or one text, that has passed the gate. Only this
// package makes one: who asks for a Clean cannot be handed anything else. The
// zero Clean holds nothing.
type Clean struct {
	json []byte
	tape *tape.Tape
}

// JSON returns the record, or the text as a JSON string. It is valid until
// the tape that the record was read on is used again, and must not be changed.
func (c Clean) JSON() []byte { return c.json }

// Tape returns the record's tape, nil for a text. It must not be changed.
func (c Clean) Tape() *tape.Tape { return c.tape }

// Text passes a text through the gate, see [Gate.AppendText]. The result is
// one JSON string without a tape. Bytes that are not UTF-8 are read as
// Latin-1, so that a text from an old system keeps its letters.
func (g *Gate) Text(s []byte) Clean {
	out := g.AppendText(make([]byte, 0, len(s)), s)
	if !utf8.Valid(out) {
		out = fromLatin1(out)
	}
	return Clean{json: tpe.AppendString(make([]byte, 0, len(out)+2), string(out))}
}

// fromLatin1 returns s with each byte that is not part of a UTF-8 sequence
// replaced by the letter that it stands for in Latin-1.
func fromLatin1(s []byte) []byte {
	out := make([]byte, 0, len(s)+len(s)/8)
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			r = rune(s[0])
		}
		out = utf8.AppendRune(out, r)
		s = s[n:]
	}
	return out
}
