package convert

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
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

// outside reports whether n is out of the range of an integer type.
func outside(k Kind, n int64) bool {
	switch k {
	case Smallint:
		return n != int64(int16(n))
	case Integer:
		return n != int64(int32(n))
	default:
		return false
	}
}

func (e *Encoder) integer(t Type, v origin.Value) string {
	n := v.Int
	switch v.Kind {
	case origin.Integer:
	case origin.Real:
		if v.Float != math.Trunc(v.Float) || v.Float < -(1<<63) || v.Float >= 1<<63 {
			return "a real that is no integer of 64 bits"
		}
		n = int64(v.Float)
	case origin.Text:
		if len(v.Bytes) == 0 {
			return empty
		}
		var err error
		if n, err = strconv.ParseInt(string(v.Bytes), 10, 64); err != nil {
			return "a text that is no integer of 64 bits"
		}
	default:
		return "a blob"
	}
	if outside(t.Kind, n) {
		return "out of the range of " + t.SQL()
	}
	switch t.Kind {
	case Smallint:
		e.Wire = binary.BigEndian.AppendUint16(append(e.Wire, 0, 0, 0, 2), uint16(n))
	case Integer:
		e.Wire = binary.BigEndian.AppendUint32(append(e.Wire, 0, 0, 0, 4), uint32(n))
	default:
		e.Wire = binary.BigEndian.AppendUint64(append(e.Wire, 0, 0, 0, 8), uint64(n))
	}
	e.Canon = field(e.Canon, strconv.AppendInt(e.scratch[:0], n, 10))
	return ""
}

// exactInt is the largest integer up to which a double holds all.
const exactInt = 1 << 53

func (e *Encoder) float(t Type, v origin.Value) string {
	f := v.Float
	switch v.Kind {
	case origin.Integer:
		if v.Int > exactInt || v.Int < -exactInt {
			return "an integer that a double does not hold exactly"
		}
		f = float64(v.Int)
	case origin.Real:
	case origin.Text:
		if len(v.Bytes) == 0 {
			return empty
		}
		var err error
		if f, err = strconv.ParseFloat(string(v.Bytes), 64); err != nil || math.IsNaN(f) {
			return "a text that is no number"
		}
	default:
		return "a blob"
	}
	start := len(e.Wire)
	if t.Kind == Real {
		if float64(float32(f)) != f {
			return "does not fit a real exactly"
		}
		e.Wire = binary.BigEndian.AppendUint32(append(e.Wire, 0, 0, 0, 4), math.Float32bits(float32(f)))
	} else {
		e.Wire = binary.BigEndian.AppendUint64(append(e.Wire, 0, 0, 0, 8), math.Float64bits(f))
	}
	e.canonical(t, start)
	return ""
}

func (e *Encoder) numeric(t Type, v origin.Value) string {
	if v.Kind == origin.Blob {
		return "a blob"
	}
	b := v.Bytes
	switch v.Kind {
	case origin.Integer:
		b = strconv.AppendInt(e.scratch[:0], v.Int, 10)
	case origin.Real:
		if math.IsInf(v.Float, 0) {
			return "infinity"
		}
		b = strconv.AppendFloat(e.scratch[:0], v.Float, 'e', -1, 64)
	default: // a text
	}
	if len(b) == 0 {
		return empty
	}
	d, ok := parseDecimal(b, e.digits)
	e.digits = d.digits[:0]
	if !ok {
		return "a text that is no number"
	}
	if reason := d.fits(t); reason != "" {
		return reason
	}
	at := len(e.Wire)
	e.Wire = d.appendWire(append(e.Wire, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(e.Wire[at:], uint32(len(e.Wire)-at-4))
	at = len(e.Canon)
	e.Canon = d.appendText(append(e.Canon, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(e.Canon[at:], uint32(len(e.Canon)-at-4))
	return ""
}

// ParseBool reads a boolean as people write it.
func ParseBool(b []byte) (value, ok bool) {
	if len(b) == 0 || len(b) > 5 {
		return false, false
	}
	switch strings.ToLower(string(b)) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

func (e *Encoder) boolean(v origin.Value) string {
	var value, ok bool
	switch v.Kind {
	case origin.Integer:
		value, ok = v.Int == 1, v.Int == 0 || v.Int == 1
	case origin.Real:
		value, ok = v.Float == 1, v.Float == 0 || v.Float == 1
	case origin.Text:
		if len(v.Bytes) == 0 {
			return empty
		}
		value, ok = ParseBool(v.Bytes)
	default: // a blob is neither
	}
	if !ok {
		return "neither true nor false"
	}
	if value {
		e.both([]byte{1}, []byte("true"))
	} else {
		e.both([]byte{0}, []byte("false"))
	}
	return ""
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

func (e *Encoder) jsonText(t Type, v origin.Value) string {
	if v.Kind == origin.Blob {
		return "a blob"
	}
	b := v.Bytes
	switch v.Kind {
	case origin.Integer:
		b = strconv.AppendInt(e.scratch[:0], v.Int, 10)
	case origin.Real:
		if math.IsInf(v.Float, 0) {
			return "infinity"
		}
		b = strconv.AppendFloat(e.scratch[:0], v.Float, 'g', -1, 64)
	default: // a text
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

func (e *Encoder) bytes(v origin.Value) string {
	if v.Kind != origin.Blob && v.Kind != origin.Text {
		return "a number"
	}
	start := len(e.Wire)
	e.Wire = field(e.Wire, v.Bytes)
	e.canonical(Type{Kind: Bytea}, start)
	return ""
}

// ValidJSON reports whether b is JSON that Postgres keeps whole.
func (e *Encoder) ValidJSON(b []byte) bool {
	return e.json.Parse(b) == nil && !hasNull(b) && !hugeExponent(b)
}
