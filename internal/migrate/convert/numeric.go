package convert

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// decimal is a decimal number: digits without zeros in front, the last scale
// of them behind the point. Zero has no digits.
type decimal struct {
	negative bool
	digits   []byte // '0' to '9'
	scale    int    // may be negative: so many zeros follow
}

// maxDigits bounds what a NUMERIC takes on either side of the point.
const (
	maxWholeDigits    = 131_072
	maxFractionDigits = 16_383
)

// parseDecimal reads [+-]digits[.digits][e[+-]digits]. The digits are kept in buf.
func parseDecimal(b, buf []byte) (decimal, bool) {
	d := decimal{digits: buf[:0]}
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		d.negative = b[i] == '-'
		i++
	}
	seen, point := false, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '.' && !point:
			point = true
			continue
		case c >= '0' && c <= '9':
			seen = true
			if point {
				d.scale++
			}
			if c != '0' || len(d.digits) > 0 {
				d.digits = append(d.digits, c)
			}
			continue
		}
		break
	}
	if !seen {
		return d, false
	}
	if i < len(b) {
		if b[i]|0x20 != 'e' {
			return d, false
		}
		exp, err := strconv.Atoi(string(bytes.TrimPrefix(b[i+1:], []byte("+"))))
		if err != nil || exp > maxWholeDigits || exp < -maxFractionDigits {
			return d, false
		}
		d.scale -= exp
	}
	d.trim()
	return d, true
}

// trim takes away zeros at the end, so that equal numbers look equal.
func (d *decimal) trim() {
	for len(d.digits) > 0 && d.digits[len(d.digits)-1] == '0' {
		d.digits = d.digits[:len(d.digits)-1]
		d.scale--
	}
	if len(d.digits) == 0 {
		d.scale, d.negative = 0, false
	}
}

// whole is the number of digits before the point.
func (d *decimal) whole() int { return max(0, len(d.digits)-d.scale) }

// fits returns why the number cannot be a NUMERIC of type t, or "".
func (d *decimal) fits(t Type) string {
	if d.whole() > maxWholeDigits || d.scale > maxFractionDigits {
		return "out of the range of numeric"
	}
	if t.Precision == 0 {
		return ""
	}
	if d.scale > t.Scale {
		return fmt.Sprintf("more than %d digits after the point", t.Scale)
	}
	if d.whole() > t.Precision-t.Scale {
		return fmt.Sprintf("more than %d digits before the point", t.Precision-t.Scale)
	}
	return ""
}

// appendText appends the number as plain digits.
func (d *decimal) appendText(dst []byte) []byte {
	if len(d.digits) == 0 {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	if d.scale <= 0 {
		dst = append(dst, d.digits...)
		for range -d.scale {
			dst = append(dst, '0')
		}
		return dst
	}
	if w := len(d.digits) - d.scale; w > 0 {
		dst = append(append(append(dst, d.digits[:w]...), '.'), d.digits[w:]...)
	} else {
		dst = append(dst, '0', '.')
		for range -w {
			dst = append(dst, '0')
		}
		dst = append(dst, d.digits...)
	}
	return dst
}

// at returns the digit of the decimal place p: 0 is the ones, 1 the tens, -1
// the tenths.
func (d *decimal) at(p int) int {
	i := len(d.digits) - d.scale - 1 - p
	if i < 0 || i >= len(d.digits) {
		return 0
	}
	return int(d.digits[i] - '0')
}

// appendWire appends the number as Postgres sends NUMERIC: groups of four
// digits, the place of the first group, the sign and the digits shown after
// the point (src/backend/utils/adt/numeric.c, numeric_send).
func (d *decimal) appendWire(dst []byte) []byte {
	scale := max(0, d.scale)
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	first := floorDiv(int64(len(d.digits)-d.scale-1), 4)
	last := -floorDiv(int64(scale+3), 4)
	n := 0
	if len(d.digits) > 0 {
		for g := first; g >= last; g-- {
			v := 0
			for p := 3; p >= 0; p-- {
				v = v*10 + d.at(int(g)*4+p)
			}
			dst = binary.BigEndian.AppendUint16(dst, uint16(v))
			n++
		}
		for n > 0 && dst[len(dst)-1] == 0 && dst[len(dst)-2] == 0 {
			dst = dst[:len(dst)-2]
			n--
		}
	}
	binary.BigEndian.PutUint16(dst[start:], uint16(n))
	binary.BigEndian.PutUint16(dst[start+2:], uint16(int16(first)))
	if d.negative {
		dst[start+4] = 0x40
	}
	binary.BigEndian.PutUint16(dst[start+6:], uint16(scale))
	return dst
}

// readDecimal is the inverse of appendWire.
func readDecimal(b, buf []byte) (decimal, error) {
	d := decimal{digits: buf[:0]}
	if len(b) < 8 {
		return d, fmt.Errorf("a numeric of %d bytes", len(b))
	}
	n := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	if sign != 0 && sign != 0x4000 || len(b) != 8+2*n {
		return d, fmt.Errorf("a numeric of %d groups with the sign %#x", n, sign)
	}
	d.negative = sign == 0x4000
	for i := range n {
		v := binary.BigEndian.Uint16(b[8+2*i:])
		for _, c := range [4]byte{byte(v / 1000), byte(v / 100 % 10), byte(v / 10 % 10), byte(v % 10)} {
			if c != 0 || len(d.digits) > 0 {
				d.digits = append(d.digits, '0'+c)
			}
		}
	}
	d.scale = (n - weight - 1) * 4
	d.trim()
	return d, nil
}
