package convert

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/migrate/origin"
)

func integer(n int64) origin.Value { return origin.Value{Kind: origin.Integer, Int: n} }
func real(f float64) origin.Value  { return origin.Value{Kind: origin.Real, Float: f} }
func str(s string) origin.Value    { return origin.Value{Kind: origin.Text, Bytes: []byte(s)} }
func blob(s string) origin.Value   { return origin.Value{Kind: origin.Blob, Bytes: []byte(s)} }

// An empty want is a value that does not convert.
func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		typ  string
		v    origin.Value
		want string
	}{
		{"bigint", integer(math.MinInt64), "-9223372036854775808"}, {"bigint", real(3), "3"}, {"bigint", real(3.5), ""}, {"bigint", real(9223372036854775808), ""},
		{"bigint", str("12"), "12"}, {"bigint", str("12a"), ""}, {"bigint", str(""), ""}, {"bigint", blob("1"), ""}, {"smallint", integer(40000), ""}, {"integer", integer(-1), "-1"},
		{"double precision", integer(1 << 53), "9.007199254740992e+15"}, {"double precision", integer(1<<53 + 1), ""}, {"double precision", str("1e3"), "1000"}, {"double precision", real(math.Inf(-1)), "-Inf"},
		{"real", real(0.1), ""}, {"real", real(0.5), "0.5"},
		{"numeric", real(0.1), "0.1"}, {"numeric", real(1e21), "1000000000000000000000"}, {"numeric", str("-000123.4500"), "-123.45"}, {"numeric", str("1e-3"), "0.001"}, {"numeric", real(math.Inf(1)), ""},
		{"numeric", integer(0), "0"}, {"numeric", str("-0.00"), "0"}, {"numeric", str("."), ""}, {"numeric", str("1e"), ""}, {"numeric(5,2)", str("123.450"), "123.45"}, {"numeric(5,2)", str("1234"), ""}, {"numeric(5,2)", real(1.005), ""},
		{"boolean", integer(1), "true"}, {"boolean", integer(2), ""}, {"boolean", str("No"), "false"}, {"boolean", str("maybe"), ""},
		{"text", str("ü"), "ü"}, {"text", str("a\x00"), ""}, {"text", str("\xff"), ""}, {"text", integer(7), "7"}, {"text", real(2), "2.0"}, {"text", blob("ok"), "ok"}, {"varchar(2)", str("abc"), ""}, {"varchar(2)", str("üü"), "üü"},
		{"date", str("2024-02-29"), "2024-02-29"}, {"date", str("2023-02-29"), ""}, {"date", str("2026-11-23T00:00:00Z"), "2026-11-23"}, {"date", str("2026-11-23 00:00:01"), ""}, {"date", integer(0), "1970-01-01"},
		{"timestamptz", str("2026-11-23T14:51:03.343+01:30"), "2026-11-23T13:21:03.343"}, {"timestamptz", str("0000-00-00 00:00:00"), ""}, {"timestamptz", str("2026-11-23 14:51:03.1234567"), ""},
		{"timestamptz", str("2026-11-23 14:51:03.1234560"), "2026-11-23T14:51:03.123456"}, {"timestamptz", str("12/31/1999 12:00 AM"), "1999-12-31T00:00:00"}, {"timestamptz", str("1/2/2026 9:05:06 pm"), "2026-01-02T21:05:06"},
		{"timestamptz", str("13/01/2026"), ""}, {"timestamptz", integer(-1), "1969-12-31T23:59:59"}, {"timestamptz", integer(1795445463343), "2026-11-23T14:51:03.343"}, {"timestamptz", real(2440587.5), "1970-01-01T00:00:00"},
		{"timestamptz", integer(math.MaxInt64), ""}, {"timestamptz", str("soon"), ""}, {"timestamptz", str("2026-11-23T24:00:00"), ""},
		{"uuid", str("7F1F24A453A24B0E9F0C1D2F3A4B5C6D"), "7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d"}, {"uuid", blob("0123456789abcdef"), "30313233-3435-3637-3839-616263646566"}, {"uuid", str("7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6"), ""},
		{"bytea", blob("\x00\xff"), "00ff"}, {"bytea", str("A"), "41"}, {"bytea", integer(1), ""},
		{"json", str(`{"b": 1,  "a": 2}`), `{"b": 1,  "a": 2}`}, {"json", str("{"), ""}, {"jsonb", str(`{"a":1,"a":2}`), ""}, {"jsonb", str(`["\u0000"]`), ""}, {"jsonb", str(`[1e99999]`), ""},
	} {
		typ, err := Parse(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		var e Encoder
		wire, canon, reason := e.Value(typ, c.v)
		if (reason == "") != (c.want != "") || string(canon) != c.want {
			t.Errorf("%+v as %s: %q, %q; want %q", c.v, c.typ, canon, reason, c.want)
			continue
		}
		if reason != "" {
			continue
		}
		// What comes back from Postgres has the same text.
		if back, err := new(Encoder).Canonical(nil, typ, wire); err != nil || string(back) != c.want {
			t.Errorf("%s of %s comes back as %q, %v", c.typ, c.want, back, err)
		}
	}
}

func TestJSONBContent(t *testing.T) {
	var a, b Encoder
	_, one, _ := a.Value(Type{Kind: JSONB}, str(`{"x":[1.50,true],"y":"\u00e9"}`))
	_, two, _ := b.Value(Type{Kind: JSONB}, str(`{ "y": "é", "x": [15e-1, true] }`))
	if !bytes.Equal(one, two) || len(one) != jsonCanonLength {
		t.Errorf("%s and %s", one, two)
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]string{"TIMESTAMPTZ": "timestamp with time zone", "numeric( 10 , 2 )": "numeric(10,2)", "VarChar(3)": "character varying(3)", "float8": "double precision", "int": "integer"} {
		if got, err := Parse(in); err != nil || got.SQL() != want {
			t.Errorf("%s: %s, %v", in, got.SQL(), err)
		}
	}
	for _, in := range []string{"", "money", "text(3)", "numeric(2,3)", "varchar(1,2)", "int; drop table x", "unknown", "varchar(0)"} {
		if got, err := Parse(in); err == nil {
			t.Errorf("%q was taken as %s", in, got.SQL())
		}
	}
}

// A time that is read is a real one, and its own text is read back the same.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-11-23T14:51:03.343Z", "2026-11-23 14:51", "11/23/2026 2:51 PM", "0000-01-01", "9999-12-31 23:59:59.999999+15:59"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		micros, form, reason := ParseTime([]byte(s))
		if reason != "" {
			return
		}
		if form == NoTime {
			t.Fatalf("%q has no form", s)
		}
		text := FormatTime(micros)
		if again, _, reason := ParseTime([]byte(text)); again != micros || reason != "" {
			if y := time.UnixMicro(micros).UTC().Year(); y >= 0 && y <= 9999 {
				t.Fatalf("%q is %d, and its text %s is %d: %s", s, micros, text, again, reason)
			}
		}
		if y := time.UnixMicro(micros).UTC().Year(); y > 0 && y <= 9999 && time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05") != text[:19] {
			t.Fatalf("%q: %s", s, text)
		}
	})
}

// A decimal keeps its value on the way to Postgres and back.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0", "-1.5", "12345678901234567890.00012", "1e-20", "9999e5", ".5", "10000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseDecimal([]byte(s), nil)
		if !ok || d.fits(Type{Kind: Numeric}) != "" || len(s) > 200 || d.whole() > 5000 || d.scale > 5000 {
			return
		}
		wire := d.appendWire(nil)
		back, err := readDecimal(wire, nil)
		if err != nil || string(back.appendText(nil)) != string(d.appendText(nil)) {
			t.Fatalf("%q: %s, then %s, %v", s, d.appendText(nil), back.appendText(nil), err)
		}
		if text := string(d.appendText(nil)); strings.HasPrefix(text, "-0") && strings.Trim(text, "-0.") == "" {
			t.Fatalf("%q is a negative zero", s)
		}
	})
}

// A type that is read is printed as Postgres does, and read back the same.
func FuzzParseType(f *testing.F) {
	for _, s := range []string{"numeric( 10 , 2 )", "VARCHAR(3)", "timestamp with time zone", "int8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		typ, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(typ.SQL()); err != nil || again != typ {
			t.Errorf("%q is %s, which is read as %s, %v", s, typ.SQL(), again.SQL(), err)
		}
	})
}

// Whatever the value is: it converts and comes back from Postgres as the same
// text, or it does not convert and the reason says why.
func FuzzEncode(f *testing.F) {
	f.Add(uint8(4), int64(7), 1.5, []byte("x"))
	for _, s := range []string{"true", `{"a": [1e5]}`, "7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d", "2026-11-23 14:51", "-1.50", "\xff\x00"} {
		f.Add(uint8(3), int64(0), 0.0, []byte(s))
	}
	f.Fuzz(func(t *testing.T, class uint8, n int64, r float64, b []byte) {
		if math.IsNaN(r) || len(b) > 1000 { // SQLite has no NaN
			return
		}
		v := origin.Value{Kind: origin.Kind(class%4 + 1), Int: n, Float: r, Bytes: b}
		for k := Text; k <= Bytea; k++ {
			for _, typ := range []Type{{Kind: k}, {Kind: Numeric, Precision: 8, Scale: 3}, {Kind: Varchar, Precision: 2}} {
				var e Encoder
				wire, canon, reason := e.Value(typ, v)
				if reason != "" {
					continue
				}
				back, err := new(Encoder).Canonical(nil, typ, wire)
				if err != nil || string(back) != string(canon) {
					t.Errorf("%+v as %s: %q comes back as %q, %v", v, typ.SQL(), canon, back, err)
				}
			}
		}
	})
}
