package schema

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/power100/tpe/internal/tape"
)

// tree returns the value at node n in the form that the library reads.
func tree(t *tape.Tape, n int) any {
	switch t.Kind(n) {
	case tape.KindObject:
		obj := make(map[string]any)
		for name, value := range t.Members(n) {
			obj[t.Text(name)] = tree(t, value)
		}
		return obj
	case tape.KindArray:
		arr := []any{}
		for m := range t.Elements(n) {
			arr = append(arr, tree(t, m))
		}
		return arr
	case tape.KindString:
		return t.Text(n)
	case tape.KindNumber:
		return tame(t.Text(n))
	case tape.KindTrue:
		return true
	case tape.KindFalse:
		return false
	default:
		return nil
	}
}

// maxLiteral and maxExponent are the longest number and the largest exponent
// that the library is given.
const (
	maxLiteral  = 400
	maxExponent = 400
)

// tame returns the number as the library may have it. The library computes
// with exact fractions: 1e-999999 would take seconds, 1e9999999 end in a
// panic. A number that is longer than any use of it is rounded to a float64,
// and one beyond the range of float64 to 1e400 or 1e-400 with its sign.
func tame(lit string) json.Number {
	if len(lit) <= maxLiteral && smallExponent(lit) {
		return json.Number(lit)
	}
	f, err := strconv.ParseFloat(lit, 64)
	sign := ""
	if math.Signbit(f) {
		sign = "-"
	}
	switch {
	case err != nil:
		return json.Number(sign + "1e400")
	case f == 0 && hasDigit(lit):
		return json.Number(sign + "1e-400")
	default:
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	}
}

func smallExponent(lit string) bool {
	for i := range len(lit) {
		if lit[i] == 'e' || lit[i] == 'E' {
			e, err := strconv.Atoi(lit[i+1:])
			return err == nil && e >= -maxExponent && e <= maxExponent
		}
	}
	return true
}

// hasDigit reports whether the number is not zero.
func hasDigit(lit string) bool {
	for i := range len(lit) {
		switch c := lit[i]; {
		case c >= '1' && c <= '9':
			return true
		case c == 'e' || c == 'E':
			return false
		}
	}
	return false
}
