package convert

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/power100/tpe/internal/migrate/origin"
)

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

// spelled is the text of a value that is no blob, a real number in the format of
// strconv.FormatFloat, or why it has none. It is valid until the next one.
func (e *Encoder) spelled(v origin.Value, format byte) (text []byte, reason string) {
	switch v.Kind {
	case origin.Blob:
		return nil, "a blob"
	case origin.Integer:
		return strconv.AppendInt(e.scratch[:0], v.Int, 10), ""
	case origin.Real:
		if math.IsInf(v.Float, 0) {
			return nil, "infinity"
		}
		return strconv.AppendFloat(e.scratch[:0], v.Float, format, -1, 64), ""
	default:
		return v.Bytes, ""
	}
}

func (e *Encoder) numeric(t Type, v origin.Value) string {
	b, reason := e.spelled(v, 'e')
	if reason != "" {
		return reason
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
