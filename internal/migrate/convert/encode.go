package convert

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/tape"
)

// Encoder collects one row after another: Wire in the form of COPY BINARY,
// and Canon, the canonical texts of the row's values, each after its length
// in four bytes, -1 for NULL. It is not safe for concurrent use.
type Encoder struct {
	Wire  []byte
	Canon []byte

	scratch [64]byte
	digits  []byte
	json    tape.Tape
}

// BeginRow starts a row of n columns.
func (e *Encoder) BeginRow(n int) {
	e.Wire = binary.BigEndian.AppendUint16(e.Wire, uint16(n))
	e.Canon = e.Canon[:0]
}

// Null appends NULL.
func (e *Encoder) Null() {
	e.Wire = append(e.Wire, 0xff, 0xff, 0xff, 0xff)
	e.Canon = append(e.Canon, 0xff, 0xff, 0xff, 0xff)
}

// Append appends v as a value of type t. When v does not convert it appends
// nothing, and the reason says why.
func (e *Encoder) Append(t Type, v origin.Value) (reason string) {
	if v.Kind == origin.Null {
		e.Null()
		return ""
	}
	switch t.Kind {
	case Text, Varchar:
		return e.text(t, v)
	case Smallint, Integer, Bigint:
		return e.integer(t, v)
	case Real, Double:
		return e.float(t, v)
	case Numeric:
		return e.numeric(t, v)
	case Boolean:
		return e.boolean(v)
	case Timestamptz, Timestamp, Date:
		return e.time(t, v)
	case JSON, JSONB:
		return e.jsonText(t, v)
	case UUID:
		return e.uuid(v)
	case Bytea:
		return e.bytes(v)
	default:
		return "the type is not known"
	}
}

// Value returns the wire form of v without its length, and its canonical text.
func (e *Encoder) Value(t Type, v origin.Value) (wire, canon []byte, reason string) {
	e.Wire, e.Canon = e.Wire[:0], e.Canon[:0]
	if reason := e.Append(t, v); reason != "" || v.Kind == origin.Null {
		return nil, nil, reason
	}
	return e.Wire[4:], e.Canon[4:], ""
}

// field appends b to dst after its length.
func field[T []byte | string](dst []byte, b T) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(b))), b...)
}

func (e *Encoder) both(wire, canon []byte) {
	e.Wire = field(e.Wire, wire)
	e.Canon = field(e.Canon, canon)
}

// canonical appends the canonical text of the value that was appended to the
// wire last, from the place start on.
func (e *Encoder) canonical(t Type, start int) {
	at := len(e.Canon)
	e.Canon = append(e.Canon, 0, 0, 0, 0)
	canon, err := e.Canonical(e.Canon, t, e.Wire[start+4:])
	if err != nil {
		panic(err) // what was encoded decodes
	}
	e.Canon = canon
	binary.BigEndian.PutUint32(e.Canon[at:], uint32(len(e.Canon)-at-4))
}

func (e *Encoder) text(t Type, v origin.Value) string {
	b := e.plain(v)
	switch {
	case bytes.IndexByte(b, 0) >= 0:
		return "contains the character NUL, which Postgres texts cannot"
	case !utf8.Valid(b):
		if v.Kind == origin.Blob {
			return "a blob that is no UTF-8 text"
		}
		return "invalid UTF-8"
	case t.Precision > 0 && utf8.RuneCount(b) > t.Precision:
		return fmt.Sprintf("longer than %d characters", t.Precision)
	}
	e.both(b, b)
	return ""
}

// plain returns a value as text.
func (e *Encoder) plain(v origin.Value) []byte {
	switch v.Kind {
	case origin.Integer:
		return strconv.AppendInt(e.scratch[:0], v.Int, 10)
	case origin.Real:
		return appendReal(e.scratch[:0], v.Float)
	default:
		return v.Bytes
	}
}

// appendReal appends the shortest text that is read back as f, with a point
// or an exponent, as SQLite shows a real.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	if !bytes.ContainsAny(dst[start:], ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

func (e *Encoder) time(t Type, v origin.Value) string {
	var micros int64
	var reason string
	switch v.Kind {
	case origin.Integer:
		micros, _, reason = IntTime(v.Int)
	case origin.Real:
		micros, _, reason = FloatTime(v.Float)
	case origin.Text:
		micros, _, reason = ParseTime(v.Bytes)
	default:
		reason = "a blob"
	}
	if reason != "" {
		return reason
	}
	start := len(e.Wire)
	if t.Kind == Date {
		days := floorDiv(micros, microsPerDay)
		if days*microsPerDay != micros {
			return timeOf
		}
		e.Wire = binary.BigEndian.AppendUint32(append(e.Wire, 0, 0, 0, 4), uint32(int32(days-epoch2000/microsPerDay)))
	} else {
		e.Wire = binary.BigEndian.AppendUint64(append(e.Wire, 0, 0, 0, 8), uint64(micros-epoch2000))
	}
	e.canonical(t, start)
	return ""
}

func (e *Encoder) bytes(v origin.Value) string {
	if v.Kind != origin.Blob && v.Kind != origin.Text {
		return "a number"
	}
	start := len(e.Wire)
	e.Wire = field(e.Wire, v.Bytes)
	e.canonical(Type{Kind: Bytea}, start)
	return ""
}
