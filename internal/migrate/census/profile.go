package census

import (
	"bytes"
	"math"
	"unicode/utf8"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/tape"
)

// Profile is what a column really holds: counts of values.
type Profile struct {
	Null    int64 `json:"null"`
	Integer int64 `json:"integer"`
	Real    int64 `json:"real"`
	Text    int64 `json:"text"`
	Blob    int64 `json:"blob"`

	IntMin      int64 `json:"int_min,omitempty"`
	IntMax      int64 `json:"int_max,omitempty"`
	IntOver32   int64 `json:"int_over_32_bits,omitempty"` // outside 32 bits
	IntInexact  int64 `json:"int_over_53_bits,omitempty"` // not exact as a double
	IntZero     int64 `json:"int_zero,omitempty"`
	IntOne      int64 `json:"int_one,omitempty"`
	intTime     int64 // read as a time
	intMidnight int64

	RealMin      float64 `json:"real_min,omitempty"`
	RealMax      float64 `json:"real_max,omitempty"`
	RealWhole    int64   `json:"real_whole,omitempty"` // an integer of 64 bits
	RealInfinite int64   `json:"real_infinite,omitempty"`
	realBool     int64
	realTime     int64

	Bytes         int64 `json:"bytes,omitempty"`          // of texts and blobs
	Longest       int64 `json:"longest_bytes,omitempty"`  // text or blob
	Shortest      int64 `json:"shortest_bytes,omitempty"` // text or blob
	TextEmpty     int64 `json:"text_empty,omitempty"`
	TextInteger   int64 `json:"text_integer,omitempty"`
	TextNumber    int64 `json:"text_number,omitempty"` // integers included
	TextTrue      int64 `json:"text_true,omitempty"`
	TextFalse     int64 `json:"text_false,omitempty"`
	TextUUID      int64 `json:"text_uuid,omitempty"`       // in lower case with hyphens
	TextUUIDOther int64 `json:"text_uuid_other,omitempty"` // as Postgres would not print it
	TextJSON      int64 `json:"text_json,omitempty"`       // objects and arrays
	TextScalar    int64 `json:"text_json_scalar,omitempty"`
	TextInvalid   int64 `json:"text_invalid_utf8,omitempty"`
	TextNUL       int64 `json:"text_nul,omitempty"`
	TextZeroDate  int64 `json:"text_zero_date,omitempty"`
	TextDayFirst  int64 `json:"text_day_first_date,omitempty"`
	textForm      [convert.Forms]int64
	textMidnight  int64

	BlobText int64 `json:"blob_text,omitempty"` // valid UTF-8
	Blob16   int64 `json:"blob_16_bytes,omitempty"`

	// Of a column that is declared with a precision: the numbers beyond it.
	NumericOver int64 `json:"numeric_over_precision,omitempty"`
	scale       float64
	limit       float64 // 0: none declared
}

// bound counts the numbers that are beyond a declared precision from now on.
func (p *Profile) bound(t convert.Type) {
	if t.Precision > 0 && t.Precision <= 15 {
		p.scale, p.limit = math.Pow10(t.Scale), math.Pow10(t.Precision-t.Scale)
	}
}

// over reports whether f is beyond the declared precision. A number below
// 2^53 that is the nearest one to n/10^scale is written with that scale.
func (p *Profile) over(f float64) bool {
	return p.limit > 0 && (f >= p.limit || f <= -p.limit || math.Round(f*p.scale)/p.scale != f)
}

// Total is the number of rows.
func (p *Profile) Total() int64 { return p.Null + p.Present() }

// Present is the number of values that are not NULL.
func (p *Profile) Present() int64 { return p.Integer + p.Real + p.Text + p.Blob }

// Dates returns how many texts have each form of a date.
func (p *Profile) Dates() map[string]int64 {
	out := map[string]int64{}
	for f, n := range p.textForm {
		if n > 0 {
			out[convert.Form(f).String()] = n
		}
	}
	return out
}

func (p *Profile) add(v origin.Value, json *tape.Tape) {
	switch v.Kind {
	case origin.Null:
		p.Null++
	case origin.Integer:
		p.integer(v.Int)
	case origin.Real:
		p.real(v.Float)
	case origin.Text:
		p.length(v.Bytes)
		p.Text++
		p.text(v.Bytes, json)
	case origin.Blob:
		p.length(v.Bytes)
		p.Blob++
		if utf8.Valid(v.Bytes) && bytes.IndexByte(v.Bytes, 0) < 0 {
			p.BlobText++
		}
		if len(v.Bytes) == 16 {
			p.Blob16++
		}
	}
}

func (p *Profile) length(b []byte) {
	n := int64(len(b))
	if p.Text+p.Blob == 0 {
		p.Shortest = n
	}
	p.Bytes += n
	p.Longest, p.Shortest = max(p.Longest, n), min(p.Shortest, n)
}

func (p *Profile) integer(n int64) {
	if p.Integer == 0 {
		p.IntMin, p.IntMax = n, n
	}
	p.Integer++
	p.IntMin, p.IntMax = min(p.IntMin, n), max(p.IntMax, n)
	switch {
	case n == 0:
		p.IntZero++
	case n == 1:
		p.IntOne++
	case n > math.MaxInt32 || n < math.MinInt32:
		p.IntOver32++
		if n > 1<<53 || n < -(1<<53) {
			p.IntInexact++
		}
	}
	if p.over(float64(n)) {
		p.NumericOver++
	}
	if micros, _, reason := convert.IntTime(n); reason == "" {
		p.intTime++
		if micros%86_400_000_000 == 0 {
			p.intMidnight++
		}
	}
}

func (p *Profile) real(f float64) {
	if p.Real == 0 {
		p.RealMin, p.RealMax = f, f
	}
	p.Real++
	if math.IsInf(f, 0) {
		p.RealInfinite++
		return
	}
	p.RealMin, p.RealMax = min(p.RealMin, f), max(p.RealMax, f)
	if f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63 {
		p.RealWhole++
	}
	if p.over(f) {
		p.NumericOver++
	}
	if f == 0 || f == 1 {
		p.realBool++
	}
	if _, _, reason := convert.FloatTime(f); reason == "" {
		p.realTime++
	}
}

// longNumber is the length above which a text is not looked at as a number.
const longNumber = 400

func (p *Profile) text(b []byte, json *tape.Tape) {
	if len(b) == 0 {
		p.TextEmpty++
		return
	}
	if bytes.IndexByte(b, 0) >= 0 {
		p.TextNUL++
		return
	}
	if !utf8.Valid(b) {
		p.TextInvalid++
		return
	}
	c := b[0]
	switch {
	case c == '{' || c == '[' || c == ' ' || c == '\n' || c == '\t' || c == '\r':
		if json.Parse(b) == nil {
			if rest := bytes.TrimLeft(b, " \t\r\n"); len(rest) > 0 && (rest[0] == '{' || rest[0] == '[') {
				p.TextJSON++
			} else {
				p.TextScalar++
			}
		}
		return
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		p.number(b)
		micros, form, reason := convert.ParseTime(b)
		p.date(micros, form, reason)
	case c == '"' || len(b) == 4 && (string(b) == "null" || string(b) == "true") || string(b) == "false":
		if json.Parse(b) == nil {
			p.TextScalar++
		}
	}
	if len(b) <= 5 {
		if value, ok := convert.ParseBool(b); ok && value {
			p.TextTrue++
		} else if ok {
			p.TextFalse++
		}
	}
	var id [16]byte
	if (len(b) == 36 || len(b) == 32) && convert.ParseUUID(&id, b) {
		if len(b) == 36 && bytes.IndexFunc(b, func(r rune) bool { return r >= 'A' && r <= 'F' }) < 0 {
			p.TextUUID++
		} else {
			p.TextUUIDOther++
		}
	}
}

func (p *Profile) date(micros int64, form convert.Form, reason string) {
	switch {
	case reason == "":
		p.textForm[form]++
		if micros%86_400_000_000 == 0 {
			p.textMidnight++
		}
	case form != convert.NoTime && bytes.Contains([]byte(reason), []byte("zero date")):
		p.TextZeroDate++
	case form == convert.USDate:
		p.TextDayFirst++
	}
}

// number counts texts that are written as JSON and SQL write numbers.
func (p *Profile) number(b []byte) {
	if len(b) > longNumber {
		return
	}
	i := 0
	if b[0] == '-' || b[0] == '+' {
		i++
	}
	first, digits := i, 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
		digits++
	}
	if i == len(b) && digits > 0 {
		p.TextNumber++
		p.TextScalar++
		// What Postgres would print the same again: no plus sign, no zeros in front.
		if digits <= 18 && b[0] != '+' && (b[first] != '0' || digits == 1 && b[0] != '-') {
			p.TextInteger++
		}
		return
	}
	if i < len(b) && b[i] == '.' {
		i++
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
			digits++
		}
	}
	if digits == 0 {
		return
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' && i-from < 3 {
			i++
		}
		if i == from {
			return
		}
	}
	if i == len(b) {
		p.TextNumber++
		p.TextScalar++
	}
}

// merge adds the counts of q.
func (p *Profile) merge(q *Profile) {
	if q.Integer > 0 {
		if p.Integer == 0 {
			p.IntMin, p.IntMax = q.IntMin, q.IntMax
		}
		p.IntMin, p.IntMax = min(p.IntMin, q.IntMin), max(p.IntMax, q.IntMax)
	}
	if q.Real > 0 {
		if p.Real == 0 {
			p.RealMin, p.RealMax = q.RealMin, q.RealMax
		}
		p.RealMin, p.RealMax = min(p.RealMin, q.RealMin), max(p.RealMax, q.RealMax)
	}
	if q.Text+q.Blob > 0 {
		if p.Text+p.Blob == 0 {
			p.Shortest = q.Shortest
		}
		p.Shortest, p.Longest = min(p.Shortest, q.Shortest), max(p.Longest, q.Longest)
	}
	for _, c := range []struct {
		to   *int64
		from int64
	}{
		{&p.Null, q.Null}, {&p.Integer, q.Integer}, {&p.Real, q.Real}, {&p.Text, q.Text}, {&p.Blob, q.Blob},
		{&p.IntOver32, q.IntOver32}, {&p.IntInexact, q.IntInexact}, {&p.IntZero, q.IntZero}, {&p.IntOne, q.IntOne},
		{&p.intTime, q.intTime}, {&p.intMidnight, q.intMidnight}, {&p.RealWhole, q.RealWhole}, {&p.RealInfinite, q.RealInfinite},
		{&p.realBool, q.realBool}, {&p.realTime, q.realTime}, {&p.Bytes, q.Bytes}, {&p.TextEmpty, q.TextEmpty},
		{&p.TextInteger, q.TextInteger}, {&p.TextNumber, q.TextNumber}, {&p.TextTrue, q.TextTrue}, {&p.TextFalse, q.TextFalse},
		{&p.TextUUID, q.TextUUID}, {&p.TextUUIDOther, q.TextUUIDOther}, {&p.TextJSON, q.TextJSON}, {&p.TextScalar, q.TextScalar},
		{&p.TextInvalid, q.TextInvalid}, {&p.TextNUL, q.TextNUL}, {&p.TextZeroDate, q.TextZeroDate}, {&p.TextDayFirst, q.TextDayFirst},
		{&p.textMidnight, q.textMidnight}, {&p.BlobText, q.BlobText}, {&p.Blob16, q.Blob16},
		{&p.NumericOver, q.NumericOver},
	} {
		*c.to += c.from
	}
	for f := range q.textForm {
		p.textForm[f] += q.textForm[f]
	}
}

// dates is the number of texts that are dates.
func (p *Profile) dates() int64 {
	n := int64(0)
	for _, c := range p.textForm {
		n += c
	}
	return n
}

// fits returns how many values convert to a type. It may be too high for
// NUMERIC with a precision: the conversion itself decides.
func (p *Profile) fits(k convert.Kind) int64 {
	switch k {
	case convert.Boolean:
		return p.IntZero + p.IntOne + p.realBool + p.TextTrue + p.TextFalse
	case convert.Bigint:
		return p.Integer + p.RealWhole + p.TextInteger
	case convert.Double:
		return p.Integer - p.IntInexact + p.Real + p.TextNumber
	case convert.Numeric:
		return p.Integer + p.Real - p.RealInfinite + p.TextNumber
	case convert.Timestamptz:
		return p.intTime + p.realTime + p.dates()
	case convert.Date:
		return p.intMidnight + p.textMidnight
	case convert.JSONB, convert.JSON:
		return p.Integer + p.Real - p.RealInfinite + p.TextJSON + p.TextScalar
	case convert.UUID:
		return p.TextUUID + p.TextUUIDOther + p.Blob16
	case convert.Bytea:
		return p.Blob + p.Text
	case convert.Text:
		return p.Integer + p.Real + p.Text - p.TextInvalid - p.TextNUL + p.BlobText
	default:
		return 0
	}
}
