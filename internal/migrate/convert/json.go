package convert

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"

	"github.com/power100/tpe/internal/migrate/origin"
)

func (e *Encoder) jsonText(t Type, v origin.Value) string {
	b, reason := e.spelled(v, 'g')
	if reason != "" {
		return reason
	}
	if len(b) == 0 {
		return empty
	}
	if err := e.json.Parse(b); err != nil {
		return "no JSON that Postgres keeps whole: " + err.Error()
	}
	if t.Kind == JSON {
		e.both(b, b)
		return ""
	}
	if hasNull(b) {
		return `JSON with the character \u0000, which jsonb cannot hold`
	}
	if hugeExponent(b) {
		return "JSON with a number out of the range of numeric"
	}
	e.Wire = append(append(binary.BigEndian.AppendUint32(e.Wire, uint32(len(b)+1)), 1), b...)
	e.Canon = e.appendContent(append(e.Canon, 0, 0, 0, jsonCanonLength))
	return ""
}

// jsonCanonLength is the length of the canonical text of JSONB.
const jsonCanonLength = 16

// appendContent appends the content hash of the JSON text that was parsed
// last, in hexadecimal. It does not depend on the order of members, on white
// space or on how numbers and characters are spelled, none of which JSONB keeps.
func (e *Encoder) appendContent(dst []byte) []byte {
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], e.json.ContentHash())
	return hex.AppendEncode(dst, sum[:])
}

// hasNull reports whether a JSON text spells the character NUL.
func hasNull(b []byte) bool {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(`\u0000`))
		if i < 0 {
			return false
		}
		at += i
		slashes := 0
		for at-slashes > 0 && b[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return true
		}
		at++
	}
}

// mayHaveExponent looks for an E between a digit and a digit or sign: most
// texts have none.
func mayHaveExponent(b []byte) bool {
	for _, e := range []byte("eE") {
		for rest := b; ; {
			i := bytes.IndexByte(rest, e)
			if i < 0 {
				break
			}
			if i > 0 && i+5 < len(rest) && rest[i-1] >= '0' && rest[i-1] <= '9' && rest[i+1] <= '9' {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

// hugeExponent reports whether a JSON text may hold a number with an exponent
// of five digits or more.
func hugeExponent(b []byte) bool {
	if !mayHaveExponent(b) {
		return false
	}
	run := 0
	inText := false
	exponent := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && inText:
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c >= '0' && c <= '9':
			if run++; exponent && run >= 5 {
				return true
			}
		case (c == 'e' || c == 'E') && run > 0:
			exponent, run = true, 0
		case (c == '+' || c == '-') && exponent && run == 0:
		default:
			exponent, run = false, 0
		}
	}
	return false
}

// ValidJSON reports whether b is JSON that Postgres keeps whole.
func (e *Encoder) ValidJSON(b []byte) bool {
	return e.json.Parse(b) == nil && !hasNull(b) && !hugeExponent(b)
}
