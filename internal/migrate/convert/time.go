package convert

import (
	"math"
	"strconv"
)

// Form says how a date is written.
type Form uint8

// The forms of dates.
const (
	NoTime   Form = iota
	ISODate       // 2026-11-23
	ISOLocal      // 2026-11-23 14:51:03 or with a T, no zone: taken as UTC
	ISOZone       // 2026-11-23T14:51:03.343Z, +01:00
	USDate        // 11/23/2026
	USTime        // 11/23/2026 2:51 PM: taken as UTC
	EpochS        // 1795445463
	EpochMS       // 1795445463343
	EpochUS       // 1795445463343000
	Julian        // 2461368.11878
	forms
)

// Forms is the number of forms.
const Forms = int(forms)

// String describes the form.
func (f Form) String() string {
	return [...]string{"no date", "YYYY-MM-DD", "YYYY-MM-DD HH:MM:SS without a zone", "ISO 8601 with a zone", "MM/DD/YYYY",
		"MM/DD/YYYY with a time", "seconds since 1970", "milliseconds since 1970", "microseconds since 1970", "Julian day number"}[f]
}

// Reasons why a text is not a date that Postgres can keep.
const (
	noDate   = "not a date in a form that migrate reads"
	zeroDate = "a zero date: there is no such day"
	noDay    = "there is no such day or time"
	dayFirst = "there is no such month; it looks like day/month/year"
	tooFine  = "finer than a microsecond"
	tooFar   = "a number that is no date"
	timeOf   = "has a time of day"
	empty    = "an empty text"
)

// microsPerDay is a day in microseconds.
const microsPerDay = 86_400_000_000

// epoch2000 is 2000-01-01, where Postgres counts from, in microseconds since 1970.
const epoch2000 = 946_684_800_000_000

// ParseTime reads a date or time as text, and returns microseconds since 1970
// in UTC. reason is empty when it is one.
func ParseTime(b []byte) (micros int64, form Form, reason string) {
	if len(b) == 0 {
		return 0, NoTime, empty
	}
	if len(b) >= 10 && len(b) <= 40 && b[4] == '-' && b[7] == '-' {
		return parseISO(b)
	}
	if len(b) >= 8 && len(b) <= 24 && (b[1] == '/' || b[2] == '/') {
		return parseUS(b)
	}
	return 0, NoTime, noDate
}

func parseISO(b []byte) (int64, Form, string) {
	y, ok1 := digits(b[0:4])
	m, ok2 := digits(b[5:7])
	d, ok3 := digits(b[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, NoTime, noDate
	}
	if m == 0 && d == 0 {
		return 0, ISODate, zeroDate
	}
	if !validDay(y, m, d) {
		return 0, ISODate, noDay
	}
	day := daysFromCivil(y, m, d) * microsPerDay
	if len(b) == 10 {
		return day, ISODate, ""
	}
	if b[10] != 'T' && b[10] != 't' && b[10] != ' ' {
		return 0, NoTime, noDate
	}
	micros, rest, reason := parseClock(b[11:])
	if reason != "" {
		return 0, ISOLocal, reason
	}
	if len(rest) == 0 {
		return day + micros, ISOLocal, ""
	}
	offset, ok := parseZone(rest)
	if !ok {
		return 0, NoTime, noDate
	}
	return day + micros - offset, ISOZone, ""
}

// parseClock reads HH:MM[:SS[.fraction]] and returns what follows.
func parseClock(b []byte) (micros int64, rest []byte, reason string) {
	if len(b) < 5 || b[2] != ':' {
		return 0, nil, noDate
	}
	h, ok1 := digits(b[0:2])
	m, ok2 := digits(b[3:5])
	if !ok1 || !ok2 {
		return 0, nil, noDate
	}
	s := int64(0)
	b = b[5:]
	var fraction int64
	if len(b) >= 3 && b[0] == ':' {
		var ok bool
		if s, ok = digits(b[1:3]); !ok {
			return 0, nil, noDate
		}
		b = b[3:]
		if len(b) >= 2 && (b[0] == '.' || b[0] == ',') {
			i, unit := 1, int64(100_000)
			for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
				if unit == 0 && b[i] != '0' {
					return 0, nil, tooFine
				}
				fraction += int64(b[i]-'0') * unit
				unit /= 10
			}
			if i == 1 {
				return 0, nil, noDate
			}
			b = b[i:]
		}
	}
	if h > 23 || m > 59 || s > 59 {
		return 0, nil, noDay
	}
	return (h*3600+m*60+s)*1_000_000 + fraction, b, ""
}

// parseZone reads Z, UTC, +HH, +HHMM or +HH:MM, and returns the offset in
// microseconds.
func parseZone(b []byte) (int64, bool) {
	if b[0] == ' ' {
		b = b[1:]
	}
	switch s := string(b); s {
	case "Z", "z", "UTC", "GMT":
		return 0, true
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	h, ok := digits(b[1:3])
	m := int64(0)
	switch rest := b[3:]; {
	case !ok:
		return 0, false
	case len(rest) == 0:
	case len(rest) == 2:
		m, ok = digits(rest)
	case len(rest) == 3 && rest[0] == ':':
		m, ok = digits(rest[1:])
	default:
		return 0, false
	}
	if !ok || h > 15 || m > 59 {
		return 0, false
	}
	offset := (h*60 + m) * 60_000_000
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// parseUS reads M/D/YYYY and a time as people write it.
func parseUS(b []byte) (int64, Form, string) {
	m, b, ok1 := short(b)
	if !ok1 || len(b) == 0 || b[0] != '/' {
		return 0, NoTime, noDate
	}
	d, b, ok2 := short(b[1:])
	if !ok2 || len(b) < 5 || b[0] != '/' {
		return 0, NoTime, noDate
	}
	y, ok := digits(b[1:5])
	if !ok || len(b) > 5 && b[5] != ' ' {
		return 0, NoTime, noDate
	}
	if m == 0 && d == 0 {
		return 0, USDate, zeroDate
	}
	if m > 12 && d <= 12 && d > 0 {
		return 0, USDate, dayFirst
	}
	if !validDay(y, m, d) {
		return 0, USDate, noDay
	}
	day := daysFromCivil(y, m, d) * microsPerDay
	if len(b) == 5 {
		return day, USDate, ""
	}
	b = b[6:]
	var padded [24]byte
	if len(b) > 1 && b[1] == ':' {
		padded[0] = '0'
		b = padded[:1+copy(padded[1:], b)]
	}
	micros, rest, reason := parseClock(b)
	if reason != "" {
		return 0, USTime, reason
	}
	if len(rest) == 0 {
		return day + micros, USTime, ""
	}
	if rest[0] == ' ' {
		rest = rest[1:]
	}
	hour := micros / 3_600_000_000
	if len(rest) != 2 || rest[1]|0x20 != 'm' || hour == 0 || hour > 12 {
		return 0, NoTime, noDate
	}
	switch rest[0] | 0x20 {
	case 'a':
		if hour == 12 {
			micros -= 12 * 3_600_000_000
		}
	case 'p':
		if hour != 12 {
			micros += 12 * 3_600_000_000
		}
	default:
		return 0, NoTime, noDate
	}
	return day + micros, USTime, ""
}

// IntTime reads a number as seconds, milliseconds or microseconds since 1970,
// by its size: seconds reach to the year 5138, milliseconds from 1973 on.
func IntTime(n int64) (micros int64, form Form, reason string) {
	switch {
	case n > -100_000_000_000 && n < 100_000_000_000:
		return n * 1_000_000, EpochS, ""
	case n > -100_000_000_000_000 && n < 100_000_000_000_000:
		return n * 1_000, EpochMS, ""
	case n > -100_000_000_000_000_000 && n < 100_000_000_000_000_000:
		return n, EpochUS, ""
	default:
		return 0, NoTime, tooFar
	}
}

// The Julian day numbers of the years 1 and 9999, and of 1970.
const (
	julianFirst = 1721425.5
	julianLast  = 5373484.5
	julian1970  = 2440587.5
)

// FloatTime reads a number as SQLite writes dates in REAL columns: a Julian
// day number, which is exact to a millisecond. Any other size is seconds or
// milliseconds since 1970 with a fraction.
func FloatTime(f float64) (micros int64, form Form, reason string) {
	switch {
	case f >= julianFirst && f <= julianLast:
		return int64(math.Round((f-julian1970)*86_400_000)) * 1000, Julian, ""
	case f > -1e11 && f < 1e11:
		return int64(math.Round(f * 1e6)), EpochS, ""
	case f > -1e14 && f < 1e14:
		return int64(math.Round(f * 1e3)), EpochMS, ""
	default:
		return 0, NoTime, tooFar
	}
}

func digits(b []byte) (int64, bool) {
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// short reads one or two digits.
func short(b []byte) (int64, []byte, bool) {
	i := 0
	for i < len(b) && i < 2 && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	n, ok := digits(b[:i])
	return n, b[i:], ok && i > 0
}

func validDay(y, m, d int64) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	last := [...]int64{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		last = 29
	}
	return d <= last
}

// daysFromCivil returns the days since 1970-01-01 in the proleptic Gregorian
// calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func daysFromCivil(y, m, d int64) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// civilFromDays is the inverse of daysFromCivil, from the same source.
func civilFromDays(z int64) (y, m, d int64) {
	z += 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

// floorDiv divides and rounds down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendDate appends a day as YYYY-MM-DD.
func appendDate(dst []byte, days int64) []byte {
	y, m, d := civilFromDays(days)
	if y < 0 {
		dst = append(dst, '-')
		y = -y
	}
	if y > 9999 {
		dst = strconv.AppendInt(dst, y, 10)
	} else {
		dst = append(dst, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
	}
	return append(dst, '-', byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10))
}

// appendTime appends a time as YYYY-MM-DDTHH:MM:SS[.ffffff], without zeros at
// the end of the fraction.
func appendTime(dst []byte, micros int64) []byte {
	days := floorDiv(micros, microsPerDay)
	rest := micros - days*microsPerDay
	dst = appendDate(dst, days)
	s := rest / 1_000_000
	h, m, sec := s/3600, s/60%60, s%60
	dst = append(dst, 'T', byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+sec/10), byte('0'+sec%10))
	if us := rest % 1_000_000; us != 0 {
		dst = append(dst, '.')
		for unit := int64(100_000); us != 0; unit /= 10 {
			dst = append(dst, byte('0'+us/unit))
			us %= unit
		}
	}
	return dst
}

// FormatTime writes microseconds since 1970 as ISO 8601 in UTC.
func FormatTime(micros int64) string { return string(append(appendTime(nil, micros), 'Z')) }
