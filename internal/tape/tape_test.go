package tape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// reference says what jsontext thinks of one text.
func reference(b []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if _, err := d.ReadValue(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("text after the value")
	}
	return nil
}

func depth(b []byte) int {
	deepest, now, in, esc := 0, 0, false, false
	for _, c := range b {
		switch {
		case esc:
			esc = false
		case in && c == '\\':
			esc = true
		case c == '"':
			in = !in
		case in:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

func check(t *testing.T, b []byte) {
	t.Helper()
	var tp Tape
	err := tp.Parse(b)
	want := reference(b)
	if depth(b) > MaxDepth {
		if err == nil {
			t.Fatalf("accepted %d levels", depth(b))
		}
		return
	}
	if (err == nil) != (want == nil) {
		t.Fatalf("%q: tape says %v, jsontext says %v", b, err, want)
	}
	if err != nil {
		var se *SyntaxError
		if !errors.As(err, &se) || se.Offset < 0 || se.Offset > len(b) {
			t.Fatalf("%q: bad error %v", b, err)
		}
		return
	}
	// Written out again, it means the same and has the same hash.
	out := tp.AppendCompact(nil, 0)
	var a, c any
	if err := json.Unmarshal(b, &a); err != nil {
		return // encoding/json refuses numbers beyond float64 only
	}
	if err := json.Unmarshal(out, &c); err != nil {
		t.Fatalf("%q written as %q: %v", b, out, err)
	}
	if x, y := fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", c); x != y {
		t.Fatalf("%q written as %q", b, out)
	}
	h := tp.ContentHash()
	var other Tape
	if err := other.Parse(out); err != nil || other.ContentHash() != h {
		t.Fatalf("%q: hash changes when written out (%v)", b, err)
	}
	for n := range tp.Nodes {
		if tp.Nodes[n].Flags&Name != 0 {
			continue
		}
		if got, ok := tp.Lookup(tp.Pointer(n)); !ok || got != n {
			t.Fatalf("%q: node %d has pointer %q, which leads to %d, %v", b, n, tp.Pointer(n), got, ok)
		}
	}
}

var samples = []string{
	``, ` `, `{}`, `[]`, `null`, `true`, `false`, `tru`, `nul`, `0`, `-0`, `-`, `01`, `1.`, `1.5`, `.5`, `1e5`, `1e`, `1E+`, `1E-7`, `"a"`, `"`, `"\`, `"\u`, `"\u12`,
	`"\u00e9\n\t\"\\\/\b\f\r"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83dx"`, "\"\x01\"", "\"\xff\"", "\"caf\u00e9 \U0001f600\"", "\"\xed\xa0\x80\"",
	`{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" : [1 , 2,{ }]}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"":1,"":2}`, `[1,]`, `[,]`, `[1 2]`, `[[[]]]`, `{"a":{"b":[{"c":null}]}} `,
	`1 2`, `{} x`, "\ufeff{}", `{"long name beyond sixteen bytes":"and a value that is longer than eight bytes"}`, `[1,2`, `{"a":[}`, `{"a":1]`, `"abcdefg\"hij"`, `"12345678"`,
}

func TestParseAgainstJSONText(t *testing.T) {
	for _, s := range samples {
		check(t, []byte(s))
	}
	for _, n := range []int{MaxDepth, MaxDepth + 1, 10_000} {
		check(t, []byte(strings.Repeat("[", n)+strings.Repeat("]", n)))
	}
	// Every prefix and every single-byte change of a record.
	rec := []byte(`{"interaction_id":"018f","n":[1,-2.5e3,true,null],"o":{"k":"v\u00e9\"","":{}},"t":"caf` + "\u00e9" + `"}`)
	for i := range rec {
		check(t, rec[:i])
		for _, c := range []byte{0, ' ', '"', '\\', '{', '}', '[', ']', ',', ':', '0', 'e', '-', 'x', 0x80, 0xff} {
			m := bytes.Clone(rec)
			m[i] = c
			check(t, m)
		}
	}
}

func TestWideObjects(t *testing.T) {
	for _, n := range []int{63, 64, 65, 66, 5000} {
		var b strings.Builder
		b.WriteString(`{"":0`)
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":{"":1,"k%d":2}`, i, i)
		}
		var tp Tape
		if err := tp.Parse([]byte(b.String() + "}")); err != nil {
			t.Fatalf("%d names: %v", n, err)
		}
		for _, dup := range []string{"", "k0", fmt.Sprintf("k%d", n-1)} {
			if err := tp.Parse([]byte(b.String() + `,"` + dup + `":1}`)); err == nil {
				t.Fatalf("%d names: duplicate %q accepted", n, dup)
			}
		}
		if err := tp.Parse([]byte(b.String() + "}")); err != nil {
			t.Fatalf("%d names, tape used again: %v", n, err)
		}
	}
}

func TestNumberHash(t *testing.T) {
	equal := [][]string{
		{"0", "-0", "0.0", "0e9", "-0.000E-2"},
		{"1", "1.0", "1e0", "10e-1", "0.1e1", "0.0001E+4", "1.000000000000000000000000000000"},
		{"-12.5", "-125e-1", "-0.0125e3", "-12.50"},
		{"100000000000000000000000000", "1e26", "1.0e26"},
		{"1234567890123456789", "1234567890123456789.0"},
		{"12345678901234567890123", "1.2345678901234567890123e22"},
	}
	seen := map[uint64]string{}
	for _, group := range equal {
		for _, lit := range group {
			if NumberHash([]byte(lit)) != NumberHash([]byte(group[0])) {
				t.Errorf("%s and %s differ", lit, group[0])
			}
		}
		if other, ok := seen[NumberHash([]byte(group[0]))]; ok {
			t.Errorf("%s and %s are equal", group[0], other)
		}
		seen[NumberHash([]byte(group[0]))] = group[0]
	}
	// The shorter way is the same as the other one.
	r := rand.New(rand.NewPCG(5, 5))
	for range 20_000 {
		lit := strconv.FormatFloat(float64(r.Int64N(1e16)-5e15)/math.Pow10(r.IntN(14)), "fe"[r.IntN(2)], r.IntN(12), 64)
		if NumberHash([]byte(lit)) != anyNumberHash([]byte(lit)) {
			t.Errorf("the hashes of %s differ", lit)
		}
	}
	for _, lit := range []string{"12.5", "2", "-1", "1e1", "1e-1", "12345678901234567890124", "-12345678901234567890123"} {
		if other, ok := seen[NumberHash([]byte(lit))]; ok {
			t.Errorf("%s and %s are equal", lit, other)
		}
	}
}

func TestContentHashTellsContentFromSpelling(t *testing.T) {
	hash := func(s string) uint64 {
		var tp Tape
		if err := tp.Parse([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return tp.ContentHash()
	}
	same := []string{`{"a":[1,{"b":"x/y"}],"c":null}`, ` { "c" : null , "a" : [ 1.0 , { "\u0062" : "x\/y" } ] } `}
	if hash(same[0]) != hash(same[1]) {
		t.Error("spelling changes the hash")
	}
	other := []string{
		`{"a":[1,{"b":"x/y"}]}`, `{"a":[{"b":"x/y"},1],"c":null}`, `{"a":[1,{"b":"x/z"}],"c":null}`, `{"a":[1,{"b":"x/y"}],"c":false}`,
		`{"a":["1",{"b":"x/y"}],"c":null}`, `{"a":[1,{"b":"x/y"},[]],"c":null}`, `{"a":[1,{"b":"x/y"},{}],"c":null}`, `[{"a":[1,{"b":"x/y"}],"c":null}]`,
	}
	seen := map[uint64]string{hash(same[0]): same[0]}
	for _, s := range other {
		if prev, ok := seen[hash(s)]; ok {
			t.Errorf("%s and %s have one hash", s, prev)
		}
		seen[hash(s)] = s
	}
}

// The values are part of the lake's format.
func TestHashesAreStable(t *testing.T) {
	var tp Tape
	if err := tp.Parse([]byte(`{"interaction_id":"0190f0e0-0000-7000-8000-000000000000","n":[1.5,true,{}],"long":"more than sixteen bytes of text"}`)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%016x", tp.ContentHash()); got != stableHash {
		t.Errorf("content hash %s, the lake's files hold %s", got, stableHash)
	}
}

const stableHash = "95e6db0de1000ff3"

func TestValues(t *testing.T) {
	var tp Tape
	if err := tp.Parse([]byte(`{"i":-42,"big":9223372036854775807,"over":9223372036854775808,"f":2.5,"s":"a\u00e9\n","e":{"x/y":[10,{"~":1}]}}`)); err != nil {
		t.Fatal(err)
	}
	get := func(name string) int {
		n, ok := tp.Find(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		return n
	}
	if v, ok := tp.Int(get("i")); !ok || v != -42 {
		t.Error(v, ok)
	}
	if v, ok := tp.Int(get("big")); !ok || v != 9223372036854775807 {
		t.Error(v, ok)
	}
	if _, ok := tp.Int(get("over")); ok {
		t.Error("an integer that does not fit")
	}
	if v, ok := tp.Float(get("f")); !ok || v != 2.5 {
		t.Error(v, ok)
	}
	if s := tp.Text(get("s")); s != "a\u00e9\n" {
		t.Errorf("%q", s)
	}
	n, ok := tp.Lookup("/e/x~1y/1/~0")
	if v, _ := tp.Int(n); !ok || v != 1 || tp.Pointer(n) != "/e/x~1y/1/~0" {
		t.Error(n, ok, tp.Pointer(n))
	}
	for _, p := range []string{"/e/x~1y/2", "/e/x~1y/a", "/i/0", "e", "/none"} {
		if _, ok := tp.Lookup(p); ok {
			t.Errorf("%s found", p)
		}
	}
}

// Float is exactly what strconv makes of the literal.
func TestFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	lits := []string{"-0.0", "0.1", "0.30", "-12.5", "999999999999.9", "9999999999999.9", "0.0000000000001", "1.5e3", "-1E-2", "123456789012345678", "1e400"}
	for range 20_000 {
		lit := strconv.FormatFloat(float64(r.Int64N(1e13)-5e12)/1e6, 'f', r.IntN(12), 64)
		lits = append(lits, lit[:min(len(lit), 17)])
	}
	var tp Tape
	for _, lit := range lits {
		if tp.Parse([]byte(lit)) != nil {
			continue // cut behind the point
		}
		got, ok := tp.Float(0)
		want, err := strconv.ParseFloat(lit, 64)
		if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) && lit != "-0" {
			t.Errorf("%s is %v, %v; strconv says %v, %v", lit, got, ok, want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		check(t, b)
		var used Tape
		for range 3 {
			alike(t, &used, b)
		}
	})
}

// record is shaped like an API call: about 900 bytes.
func record(r *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"interaction_id":"%08x-1111-4111-8111-%012x","timestamp":"2026-11-23T09:00:00.123Z","interaction_type":"api_call","user_id":"user_%06d","user_type":"contractor","session_id":"%08x-1111-4111-8111-%012x","api_call":{"method":"GET","path":"/api/v1/partners/search","response_status":200,"response_time_ms":%d.%02d,"request_body":{"state":"TX","service":"roofing","limit":%d,"include_inactive":false,"note":"The project contractor needs \"quotes\" before renewal","filters":{"min_rating":4.2,"tags":["solar","hvac"]}},"query_params":{"page":"3","sort":"created_at"},"ip_address":"11.22.33.44","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36"},"metadata":{"app_version":"3.12.0","environment":"production","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36","ip_address":"11.22.33.44","location":{"country":"US","state":"TX","city":"Houston"}},"experiments":{"pricing_page":"control"}}`,
		r.Uint32(), r.Uint64()>>16, r.IntN(50000), r.Uint32(), r.Uint64()>>16, r.IntN(500), r.IntN(100), r.IntN(100))
}

func BenchmarkParse(b *testing.B) {
	rec := record(rand.New(rand.NewPCG(1, 2)))
	b.Run("tape", func(b *testing.B) {
		var tp Tape
		b.SetBytes(int64(len(rec)))
		b.ReportAllocs()
		for b.Loop() {
			if err := tp.Parse(rec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("jsontext", func(b *testing.B) {
		b.SetBytes(int64(len(rec)))
		rd := bytes.NewReader(nil)
		d := jsontext.NewDecoder(rd)
		tokens := 0
		for b.Loop() {
			rd.Reset(rec)
			d.Reset(rd)
			for {
				if _, err := d.ReadToken(); err != nil {
					break
				}
				tokens++
			}
		}
		b.ReportMetric(float64(tokens)/float64(b.N), "tokens/op")
	})
}

func BenchmarkContentHash(b *testing.B) {
	var tp Tape
	rec := record(rand.New(rand.NewPCG(1, 2)))
	if err := tp.Parse(rec); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(rec)))
	b.ReportAllocs()
	for b.Loop() {
		tp.ContentHash()
	}
}
