package convert

import (
	"bytes"

	"github.com/power100/tpe/internal/migrate/origin"
)

func (e *Encoder) uuid(v origin.Value) string {
	var id [16]byte
	switch v.Kind {
	case origin.Blob:
		if copy(id[:], v.Bytes) != 16 || len(v.Bytes) != 16 {
			return "a blob that is not 16 bytes long"
		}
	case origin.Text:
		if len(v.Bytes) == 0 {
			return empty
		}
		if !ParseUUID(&id, v.Bytes) {
			return "a text that is no UUID"
		}
	default:
		return "a number"
	}
	start := len(e.Wire)
	e.Wire = field(e.Wire, id[:])
	e.canonical(Type{Kind: UUID}, start)
	return ""
}

// ParseUUID reads a UUID as 8-4-4-4-12 hexadecimal digits or as 32 of them.
func ParseUUID(id *[16]byte, b []byte) bool {
	if len(b) != 36 && len(b) != 32 {
		return false
	}
	n := 0
	for i := range b {
		if len(b) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if b[i] != '-' {
				return false
			}
			continue
		}
		h := hexDigits[b[i]]
		if h > 15 {
			return false
		}
		id[n/2] = id[n/2]<<4 | h
		n++
	}
	return true
}

// hexDigits are the values of hexadecimal digits, 255 for other characters.
var hexDigits = func() (table [256]byte) {
	for i := range table {
		table[i] = 255
	}
	for i, c := range []byte("0123456789abcdef") {
		table[c] = byte(i)
		table[bytes.ToUpper([]byte{c})[0]] = byte(i)
	}
	return table
}()
