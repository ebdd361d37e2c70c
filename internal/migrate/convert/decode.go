package convert

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
)

// Canonical appends the canonical text of a value of type t, given as
// Postgres sends it in COPY BINARY:
//
//	text, varchar, json      as it is
//	smallint, integer, bigint  digits
//	real, double precision   the shortest digits that are read back the same
//	numeric                  digits, without zeros at the end of the fraction
//	boolean                  true or false
//	timestamptz, timestamp   YYYY-MM-DDTHH:MM:SS[.ffffff], in UTC
//	date                     YYYY-MM-DD
//	jsonb                    a hash of the content, 16 hexadecimal digits
//	uuid                     8-4-4-4-12 digits in lower case
//	bytea                    hexadecimal digits
func (e *Encoder) Canonical(dst []byte, t Type, wire []byte) ([]byte, error) {
	if want := wireLength[t.Kind]; want != 0 && len(wire) != want {
		return dst, fmt.Errorf("a value of type %s has %d bytes", t.SQL(), len(wire))
	}
	switch t.Kind {
	case Text, Varchar, JSON:
		return append(dst, wire...), nil
	case Smallint:
		return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(wire))), 10), nil
	case Integer:
		return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(wire))), 10), nil
	case Bigint:
		return strconv.AppendInt(dst, int64(binary.BigEndian.Uint64(wire)), 10), nil
	case Real:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(wire))), 'g', -1, 64), nil
	case Double:
		return strconv.AppendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(wire)), 'g', -1, 64), nil
	case Numeric:
		d, err := readDecimal(wire, e.digits)
		if err != nil {
			return dst, err
		}
		e.digits = d.digits[:0]
		return d.appendText(dst), nil
	case Boolean:
		return strconv.AppendBool(dst, wire[0] != 0), nil
	case Timestamptz, Timestamp:
		n := int64(binary.BigEndian.Uint64(wire))
		if n == math.MaxInt64 || n == math.MinInt64 {
			return append(dst, "infinity"...), nil
		}
		return appendTime(dst, n+epoch2000), nil
	case Date:
		n := int32(binary.BigEndian.Uint32(wire))
		if n == math.MaxInt32 || n == math.MinInt32 {
			return append(dst, "infinity"...), nil
		}
		return appendDate(dst, int64(n)+epoch2000/microsPerDay), nil
	case JSONB:
		if len(wire) == 0 || wire[0] != 1 {
			return dst, fmt.Errorf("jsonb of an unknown version")
		}
		if err := e.json.Parse(wire[1:]); err != nil {
			return dst, fmt.Errorf("read jsonb: %w", err)
		}
		return e.appendContent(dst), nil
	case UUID:
		dst = hex.AppendEncode(dst, wire[0:4])
		for _, part := range [][]byte{wire[4:6], wire[6:8], wire[8:10], wire[10:16]} {
			dst = hex.AppendEncode(append(dst, '-'), part)
		}
		return dst, nil
	case Bytea:
		return hex.AppendEncode(dst, wire), nil
	default:
		return dst, fmt.Errorf("a value of an unknown type")
	}
}

// wireLength is the length of the types whose values all have the same.
var wireLength = [...]int{Smallint: 2, Integer: 4, Bigint: 8, Real: 4, Double: 8, Boolean: 1, Timestamptz: 8, Timestamp: 8, Date: 4, UUID: 16, Bytea: 0}
