package census

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
)

// place is where a column stands: it says what its type must allow.
type place struct {
	key     bool // in the primary key
	indexed bool // in an index, a constraint, a view or a trigger
}

// evidence is how many values a column must hold before they alone make it
// another type than TEXT.
const evidence = 2

// choice is a type with its reason.
type choice struct {
	typ     convert.Type
	reason  string
	byValue bool // not asked for by the declaration
}

// choose returns the type of a column, from its declaration and its values
// together. The declaration is followed when at least half of the values
// convert: those that do not are rejects. In a primary key, where a value
// cannot be taken out, all must convert.
func choose(declared string, p *Profile, at place) choice {
	want, known := declaredType(declared)
	n := p.Present()
	if !known {
		return byValues(declared, p, at)
	}
	if n == 0 {
		return choice{typ: want, reason: fmt.Sprintf("declared %s; no values", declared)}
	}
	for _, c := range candidates(want, p) {
		if fit := p.fits(c.typ.Kind); fit == n {
			return c
		}
	}
	best, fit := candidates(want, p)[0], int64(-1)
	for _, c := range candidates(want, p) {
		if f := p.fits(c.typ.Kind); f > fit {
			best, fit = c, f
		}
	}
	if fit*2 >= n && !at.key {
		best.reason += fmt.Sprintf("; %s of %s convert", thousands(fit), count(n, "value", "values"))
		return best
	}
	c := byValues(declared, p, at)
	c.reason = fmt.Sprintf("declared %s, but only %s of %s fit: %s", declared, thousands(fit), count(n, "value", "values"), c.reason)
	return c
}

// candidates are the types that a declaration may mean, the best first.
func candidates(want convert.Type, p *Profile) []choice {
	of := func(k convert.Kind, reason string, args ...any) choice {
		return choice{typ: convert.Type{Kind: k}, reason: fmt.Sprintf(reason, args...)}
	}
	switch want.Kind {
	case convert.Boolean:
		return []choice{of(convert.Boolean, "declared as a boolean; %s", booleans(p)), of(convert.Bigint, "declared as a boolean, holds other integers")}
	case convert.Timestamptz:
		return []choice{of(convert.Timestamptz, "declared as a time; %s", times(p))}
	case convert.Date:
		return []choice{of(convert.Date, "declared as a date; %s", times(p)), of(convert.Timestamptz, "declared as a date, holds times of day; %s", times(p))}
	case convert.Bigint:
		list := []choice{of(convert.Bigint, "declared as an integer; %s", integers(p))}
		if p.RealWhole < p.Real {
			list = append(list, of(convert.Double, "declared as an integer, holds fractions"), of(convert.Numeric, "declared as an integer, holds fractions and integers over 53 bits"))
		}
		return list
	case convert.Double:
		return []choice{of(convert.Double, "declared as a floating point number"), of(convert.Numeric, "declared as a floating point number, holds integers over 53 bits")}
	case convert.Numeric:
		list := []choice{{typ: want, reason: "declared as a decimal number"}}
		if want.Precision > 0 && (p.NumericOver > 0 || want.Precision > 15 || p.TextNumber > 0) {
			list[0] = of(convert.Numeric, "declared %s, which SQLite does not enforce; %s", want.SQL(), count(p.NumericOver, "number is beyond it", "numbers are beyond it"))
		}
		return append(list, of(convert.Double, "declared as a decimal number, holds infinity"))
	case convert.JSONB:
		return []choice{of(convert.JSONB, "declared as JSON")}
	case convert.UUID:
		return []choice{of(convert.UUID, "declared as a UUID")}
	case convert.Bytea:
		if p.Text == p.Present() && p.fits(convert.Text) == p.Text {
			return []choice{of(convert.Text, "declared as binary, holds only texts")}
		}
		return []choice{of(convert.Bytea, "declared as binary%s", note(p.Text, "text is kept as its bytes", "texts are kept as their bytes"))}
	default:
		if p.Text == 0 && p.Blob > p.BlobText {
			return []choice{of(convert.Bytea, "declared as text, holds binary values only")}
		}
		return []choice{textual(p)}
	}
}

// textual is the type of a column that is declared as text. What the values
// are makes it another type only where none of them is changed by it.
func textual(p *Profile) choice {
	n := p.Present()
	plain := choice{typ: convert.Type{Kind: convert.Text}, reason: "declared as text" + storage(p)}
	if n < evidence || p.Text != n {
		return plain
	}
	iso := p.textForm[convert.ISODate] + p.textForm[convert.ISOLocal] + p.textForm[convert.ISOZone]
	switch {
	case p.TextUUID == n:
		return choice{typ: convert.Type{Kind: convert.UUID}, reason: "every value is a UUID in lower case", byValue: true}
	case p.textForm[convert.ISODate] == n:
		return choice{typ: convert.Type{Kind: convert.Date}, reason: "every value is a date YYYY-MM-DD", byValue: true}
	case iso == n:
		return choice{typ: convert.Type{Kind: convert.Timestamptz}, reason: "every value is a time: " + times(p), byValue: true}
	case p.TextJSON == n:
		return choice{typ: convert.Type{Kind: convert.JSON}, byValue: true,
			reason: "every value is a JSON object or array"}
	}
	return plain
}

// byValues chooses by the values alone.
func byValues(declared string, p *Profile, at place) choice {
	why := "no declared type"
	if declared != "" {
		why = fmt.Sprintf("the declared type %s is not known", declared)
	}
	n := p.Present()
	of := func(k convert.Kind, what string) choice {
		return choice{typ: convert.Type{Kind: k}, reason: why + ", " + what, byValue: true}
	}
	switch {
	case n == 0:
		return of(convert.Text, "and no values")
	case p.Integer == n:
		return of(convert.Bigint, "every value is an integer")
	case p.Integer+p.Real == n && p.fits(convert.Double) == n:
		return of(convert.Double, "every value is a number")
	case p.Integer+p.Real == n && p.fits(convert.Numeric) == n:
		return of(convert.Numeric, "every value is a number, with integers over 53 bits")
	case p.Blob > 0 && p.Blob+p.Text == n && (at.key || p.Blob*2 >= n):
		return of(convert.Bytea, "the values are binary"+note(p.Text, "text is kept as its bytes", "texts are kept as their bytes"))
	case p.Text == n:
		c := textual(p)
		if c.byValue {
			return of(c.typ.Kind, c.reason)
		}
	}
	return of(convert.Text, "texts keep every value"+storage(p))
}

// storage says what else than texts a column of texts holds.
func storage(p *Profile) string {
	return note(p.Integer, "integer is kept as its digits", "integers are kept as their digits") +
		note(p.Real, "real is kept as its digits", "reals are kept as their digits") +
		note(p.BlobText, "blob holds UTF-8 text and is kept as that", "blobs hold UTF-8 text and are kept as that") +
		note(p.dates()*share(p), "value is a date in the form of a country", "values are dates, some in the form of a country")
}

// share is 1 when a column of texts holds dates only, some of them in the
// American form.
func share(p *Profile) int64 {
	if p.dates() == p.Text && p.textForm[convert.USDate]+p.textForm[convert.USTime] > 0 {
		return 1
	}
	return 0
}

func booleans(p *Profile) string {
	var parts []string
	for _, c := range []struct {
		n    int64
		what string
	}{{p.IntZero, "0"}, {p.IntOne, "1"}, {p.TextTrue, "text for true"}, {p.TextFalse, "text for false"}, {p.realBool, "real 0 or 1"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%s as %s", thousands(c.n), c.what))
		}
	}
	return strings.Join(parts, ", ")
}

func times(p *Profile) string {
	var parts []string
	for f := range convert.Forms {
		if n := p.textForm[f]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s as %s", thousands(n), convert.Form(f)))
		}
	}
	if p.Integer > 0 {
		parts = append(parts, thousands(p.Integer)+" as numbers since 1970")
	}
	if p.Real > 0 {
		parts = append(parts, thousands(p.Real)+" as reals, Julian days or seconds since 1970")
	}
	return strings.Join(parts, ", ")
}

func integers(p *Profile) string {
	s := fmt.Sprintf("from %d to %d", p.IntMin, p.IntMax)
	if p.Integer == 0 {
		s = "no integers"
	}
	return s + note(p.IntOver32, "is over 32 bits", "are over 32 bits") + note(p.RealWhole, "is stored as a real", "are stored as reals") + note(p.TextInteger, "is stored as text", "are stored as text")
}

// note says how many there are, when there are any.
func note(n int64, one, many string) string {
	if n == 0 {
		return ""
	}
	return "; " + count(n, one, many)
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
