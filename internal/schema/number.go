package schema

import (
	"math/big"
	"strconv"
)

// bound is a limit of a number.
type bound struct {
	lower bool    // a minimum, else a maximum
	open  bool    // the limit itself is excluded
	whole bool    // the limit is the integer
	n     int64   // its exact value, when whole
	near  float64 // the float64 nearest to it
}

// maxWhole is the largest limit that is compared as an integer: numbers of 15
// digits with so many decimals still fit when the limit is scaled to them.
const maxWhole = 1_000_000

func newBound(limit *big.Rat, lower, open bool) bound {
	b := bound{lower: lower, open: open}
	b.near, _ = limit.Float64()
	if limit.IsInt() && limit.Num().IsInt64() {
		if n := limit.Num().Int64(); n <= maxWhole && n >= -maxWhole {
			b.whole, b.n = true, n
		}
	}
	return b
}

// decimal is the number mant / 10^scale; ok is false when the literal has an
// exponent or more digits than are kept exactly.
type decimal struct {
	mant  int64
	scale int
	ok    bool
}

// maxDigits is the number of digits that a decimal holds.
const maxDigits = 15

func readDecimal(lit []byte) decimal {
	var d decimal
	neg, point, count := false, false, 0
	for _, c := range lit {
		switch c {
		case '-':
			neg = true
		case '.':
			point = true
		case 'e', 'E':
			return decimal{}
		default:
			if count++; count > maxDigits {
				return decimal{}
			}
			d.mant = d.mant*10 + int64(c-'0')
			if point {
				d.scale++
			}
		}
	}
	if neg {
		d.mant = -d.mant
	}
	d.ok = true
	return d
}

// accepts reports whether the number is surely on the right side of the
// limit. It compares exactly where it can. Else it compares the nearest
// floats: when they differ, the numbers differ in the same way.
func (b *bound) accepts(d decimal, lit []byte) bool {
	if d.ok && b.whole && d.scale < len(powers) {
		return b.side(compare(d.mant, b.n*powers[d.scale]), true)
	}
	f, err := strconv.ParseFloat(string(lit), 64)
	if err != nil {
		return false
	}
	return b.side(compare(f, b.near), false)
}

// side reports whether a number that compares with the limit like c fulfils
// it. Equal counts only when the comparison was exact.
func (b *bound) side(c int, exact bool) bool {
	if c == 0 {
		return exact && !b.open
	}
	return c > 0 == b.lower
}

func compare[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// powers are the powers of ten by which a whole limit is scaled.
var powers = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12}
