package upcast

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// The forms of a time that have no zone, which the old service wrote for
// UTC, and the text of a JavaScript Date.
var timeForms = []string{
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02",
	"Mon Jan 02 2006 15:04:05 GMT-0700",
}

// readTime reads a time in any form that the old service let in: text, or
// the seconds or milliseconds since 1970.
func (r *record) readTime(v value) (time.Time, bool) {
	var at time.Time
	switch s := r.text(v); r.kindOf(v) {
	case tape.KindNumber:
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || math.Abs(n) > 1e15 {
			return at, false
		}
		if math.Abs(n) < 1e11 { // seconds would be past the year 5000
			n *= 1000
		}
		at = time.UnixMilli(int64(n)).UTC()
	case tape.KindString:
		s, _, _ = strings.Cut(strings.TrimSpace(s), " (") // the zone's name behind a Date
		var err error
		if at, err = tpe.ParseTime(s); err != nil {
			for _, form := range timeForms {
				if at, err = time.Parse(form, s); err == nil {
					break
				}
			}
		}
		if err != nil {
			return at, false
		}
		at = at.UTC()
	default:
		return at, false
	}
	return at, at.Year() >= 1 && at.Year() <= 9999
}

// readNumber reads a plain number from text.
func readNumber(s string) (string, bool) {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return "", false
	}
	return strconv.FormatFloat(n, 'f', -1, 64), true
}

// readMoney reads an amount of US dollars as people write it: $12,500,
// 12500 USD, 1.2M.
func readMoney(s string) (string, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "USD"), "USD"))
	s = strings.TrimSpace(strings.TrimPrefix(s, "$"))
	scale := 1.0
	switch {
	case strings.HasSuffix(s, "K"):
		s, scale = s[:len(s)-1], 1e3
	case strings.HasSuffix(s, "M"):
		s, scale = s[:len(s)-1], 1e6
	}
	whole, _, _ := strings.Cut(s, ".")
	for i, group := range strings.Split(whole, ",") {
		if i > 0 && len(group) != 3 {
			return "", false // 1,5 is not fifteen
		}
	}
	number, ok := readNumber(strings.ReplaceAll(s, ",", ""))
	if !ok || scale == 1 {
		return number, ok
	}
	n, err := strconv.ParseFloat(number, 64)
	return strconv.FormatFloat(math.Round(n*scale*100)/100, 'f', -1, 64), err == nil
}

// snake turns camelCase into snake_case.
func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
