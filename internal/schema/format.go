package schema

import (
	"bytes"

	"github.com/power100/tpe/internal/tpe"
)

// formatTest returns a check of the format that never accepts what the
// library refuses, or nil when there is none. It knows the usual spellings
// and leaves the rare ones, such as leap seconds and quoted local parts, to
// the library.
func formatTest(name string) func([]byte) bool {
	switch name {
	case "uuid":
		return isUUID
	case "date-time":
		return isDateTime
	case "date":
		return isDate
	case "time":
		return isTime
	case "ipv4":
		return isIPv4
	case "hostname":
		return isHostname
	case "email":
		return isEmail
	default:
		return nil
	}
}

func isUUID(b []byte) bool {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	var bad byte
	for _, at := range uuidDigits {
		bad |= notHex[b[at]]
	}
	return bad == 0
}

// uuidDigits are the places of the digits in a uuid.
var uuidDigits = [32]uint8{0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35}

// notHex is 1 for every byte that is not a hexadecimal digit.
var notHex = func() (t [256]byte) {
	for c := range t {
		digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if !digit {
			t[c] = 1
		}
	}
	return t
}()

func isDateTime(b []byte) bool {
	if _, ok := tpe.CanonicalTime(b); ok {
		return true
	}
	return len(b) > 11 && b[10] == 'T' && isDate(b[:10]) && isTime(b[11:])
}

// isDate accepts YYYY-MM-DD.
func isDate(b []byte) bool {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return false
	}
	year, ok1 := number(b[:4])
	month, ok2 := number(b[5:7])
	day, ok3 := number(b[8:])
	return ok1 && ok2 && ok3 && month >= 1 && month <= 12 && day >= 1 && day <= tpe.MonthDays(year, month)
}

// isTime accepts HH:MM:SS with an optional fraction, and Z or an offset.
func isTime(b []byte) bool {
	if len(b) < 9 || !isClock(b[:5]) || b[5] != ':' {
		return false
	}
	if sec, ok := number(b[6:8]); !ok || sec > 59 {
		return false
	}
	b = b[8:]
	if b[0] == '.' {
		i := 1
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == 1 || i == len(b) {
			return false
		}
		b = b[i:]
	}
	return len(b) == 1 && b[0] == 'Z' || len(b) == 6 && (b[0] == '+' || b[0] == '-') && isClock(b[1:])
}

// isClock accepts HH:MM.
func isClock(b []byte) bool {
	hour, ok1 := number(b[:2])
	minute, ok2 := number(b[3:])
	return ok1 && ok2 && b[2] == ':' && hour <= 23 && minute <= 59
}

// number reads b, decimal digits alone.
func number(b []byte) (int, bool) {
	v := 0
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		v = v*10 + int(c)
	}
	return v, len(b) > 0
}

func isIPv4(b []byte) bool {
	parts := 0
	for {
		i := 0
		for i < len(b) && b[i] != '.' {
			i++
		}
		v, ok := number(b[:i])
		if !ok || i > 3 || v > 255 || i > 1 && b[0] == '0' {
			return false
		}
		parts++
		if i == len(b) {
			return parts == 4
		}
		b = b[i+1:]
	}
}

// isHostname accepts labels of letters, digits and inner hyphens.
func isHostname(b []byte) bool {
	if len(b) == 0 || len(b) > 253 {
		return false
	}
	start := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] != '.' {
			if !isAlnum(b[i]) && b[i] != '-' {
				return false
			}
			continue
		}
		if n := i - start; n < 1 || n > 63 || b[start] == '-' || b[i-1] == '-' {
			return false
		}
		start = i + 1
	}
	return true
}

// isEmail accepts letters, digits, plus signs, hyphens, underscores and single
// inner dots before the at-sign, and a host name after it.
func isEmail(b []byte) bool {
	at := bytes.IndexByte(b, '@')
	if at < 1 || at > 64 || len(b) > 254 || b[at-1] == '.' {
		return false
	}
	for i, c := range b[:at] {
		ok := isAlnum(c) || c == '+' || c == '-' || c == '_' || c == '.' && i > 0 && b[i-1] != '.'
		if !ok {
			return false
		}
	}
	return isHostname(b[at+1:])
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
