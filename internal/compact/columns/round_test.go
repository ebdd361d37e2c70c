package columns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// encode writes records into a file and returns it with their proof.
func encode(t testing.TB, records ...string) ([]byte, Proof) {
	t.Helper()
	var tp tape.Tape
	return encodeOn(t, func() *tape.Tape { return &tp }, records...)
}

// encodeOn is encode with a tape of one's own for each record.
func encodeOn(t testing.TB, next func() *tape.Tape, records ...string) ([]byte, Proof) {
	t.Helper()
	w, err := NewWriter(Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := w.Reset(&out); err != nil {
		t.Fatal(err)
	}
	var proof Proof
	for _, r := range records {
		tp := next()
		if err := tp.Parse([]byte(r)); err != nil {
			t.Fatalf("%v in %s", err, r)
		}
		proof.Add(tp.ContentHash())
		if err := w.Append(tp); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), proof
}

// store writes a file that other programs can open.
func store(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// view opens a file in memory.
func view(data []byte) (*File, error) {
	return newFile(bytes.NewReader(data), int64(len(data)), "x.parquet")
}

// check writes records, proves the file, and reads it back.
func check(t testing.TB, records ...string) {
	t.Helper()
	data, want := encode(t, records...)
	f, err := view(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Proof(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("proof %v, want %v", got, want)
	}
	i := 0
	for r, err := range f.Records(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(records) {
			t.Fatal("too many records")
		}
		if a, b := decode(t, string(r)), decode(t, records[i]); !reflect.DeepEqual(a, b) {
			t.Fatalf("record %d came back as\n%s\nand was\n%s", i, r, records[i])
		}
		i++
	}
	if i != len(records) {
		t.Errorf("%d records came back, not %d", i, len(records))
	}
}

// decode decodes JSON with numbers as normal forms of their decimal value.
func decode(t testing.TB, s string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return normal(v)
}

func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case json.Number:
		return fmt.Sprintf("number %x", tape.NumberHash([]byte(v)))
	}
	return v
}

func TestRoundTrip(t *testing.T) {
	check(t, `{"timestamp":"1969-12-31T10:00:00.000Z"}`)
	check(t)
	check(t, `{}`)
	check(t, `{"interaction_id":"a"}`)
	check(t, `{"interaction_id":"a"}`, `{}`, `{"extra":1}`, `{"extra":{"extra":null}}`)
	check(t, `{"outcomes":{}}`, `{"outcomes":{"a":1}}`, `{"outcomes":"x"}`, `{"outcomes":{"deal_value":1}}`, `{"outcomes":{"deal_value":"$1"}}`, `{"outcomes":null}`)
	check(t, `{"metadata":{"location":{}}}`, `{"metadata":{"location":{"x":1,"state":"TX"},"y":2}}`, `{"metadata":{"location":{"state":"TX"}}}`)
	check(t, `{"experiments":{}}`, `{"experiments":{"a":"b","c":"d"}}`, `{"experiments":{"a":1}}`, `{"experiments":[]}`, `{}`)
	check(t, `{"ai_conversation":{"messages":[]}}`, `{"ai_conversation":{"messages":[{}]}}`, `{"ai_conversation":{"messages":[{"role":"u"},{},{"x":{"y":[]}},{"role":"v","extra":1}]}}`,
		`{"ai_conversation":{"messages":["x"]}}`, `{"ai_conversation":{"messages":{"0":{}}}}`, `{"ai_conversation":{"messages":[{"timestamp":"2026-11-23T09:00:00Z","tokens":1.5,"attachments":[{"a":1}]}]}}`)
	check(t, `{"outcomes":{"match_reasons":[]}}`, `{"outcomes":{"match_reasons":["a","","a"]}}`, `{"outcomes":{"match_reasons":["a",null]}}`)
	check(t, `{"timestamp":"2026-11-23T09:00:00.000Z"}`, `{"timestamp":"1950-01-01T00:00:00.001Z"}`, `{"timestamp":"1969-12-31T23:59:59.999Z"}`, `{"timestamp":"2026-06-30T23:59:60.000Z"}`, `{"timestamp":"0000-01-01T00:00:00.000Z"}`, `{"timestamp":"9999-12-31T23:59:59.999Z"}`, `{"timestamp":"x"}`, `{"timestamp":"2026-11-23T09:00:00+00:00"}`)
	for _, n := range []string{"0", "-0", "1", "1.0", "1e0", "-1.5", "0.1", "123456789012345678", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
		"0.0021899999999999997", "1e400", "1e-400", "0.1000000000000000055511151231257827", "1E5", "1e21", "1e22", "123456789.123456789", "5e-324", "1.7976931348623157e308", "100000000000000000000"} {
		check(t, fmt.Sprintf(`{"outcomes":{"deal_value":%s},"api_call":{"response_bytes":%s,"request_body":%s,"response_time_ms":%s},"x":%s}`, n, n, n, n, n))
	}
	check(t, `{"api_call":{"query_params":{"a":"b"},"request_body":null}}`, `{"api_call":{"query_params":"text","request_body":[1, {"a" : [ ]}]}}`, `{"api_call":{"aborted":true,"request_body_truncated":false}}`)
	check(t, `{"user_id":"\u0000\ud83d\ude00é\\\"/\n"}`, `{"user_\u0069d":"x","\u0061":1}`, `{"us\"er":"\u20ac"}`)
}

// Texts that begin as those before them, and some that do not.
func TestRoundTripOfPrefixes(t *testing.T) {
	for _, ids := range [][]string{
		{"user_1", "user_2", "user_3"},
		{"user_1", "user_2", "", "user_", "user_22", "anonymous", "anonymous2", "user_1"},
		{"x", "x", "xx", "xxx", "xx", "x", ""},
		{"", "", ""},
		{"é1", "é2", "è3", "è4", "é5"}, // two letters that begin with the same byte
		{strings.Repeat("long", 40) + "1", strings.Repeat("long", 40) + "2", strings.Repeat("long", 40)},
	} {
		var records []string
		for _, id := range ids {
			records = append(records, fmt.Sprintf(`{"interaction_id":%q}`, id), `{}`)
		}
		check(t, records...)
	}
}

// random makes records that look like interactions, with everything wrong
// that can be.
type random struct{ *rand.Rand }

func (r random) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r random) str() string {
	b, _ := json.Marshal(r.pick("", "a", "é", "\x00", "😀", "quote \" and \\", "line\nbreak", "TX", "2026-11-23T09:00:00.000Z", strings.Repeat("long ", r.IntN(50))) + r.pick("", fmt.Sprint(r.IntN(5)), fmt.Sprint(r.Uint64())))
	return string(b)
}

func (r random) num() string {
	switch r.IntN(6) {
	case 0:
		return fmt.Sprint(r.IntN(10))
	case 1:
		return fmt.Sprint(int64(r.Uint64()))
	case 2:
		return fmt.Sprint(r.NormFloat64())
	case 3:
		return fmt.Sprintf("%d.%d", r.IntN(1000), r.IntN(100))
	case 4:
		return fmt.Sprintf("%d.%de%d", r.IntN(10), r.Uint64(), r.IntN(600)-300)
	}
	return fmt.Sprintf("%d%d%d", 1+r.IntN(9), r.Uint64(), r.Uint64())
}

func (r random) any(depth int) string {
	n := 8
	if depth <= 0 {
		n = 6
	}
	switch r.IntN(n) {
	case 0, 1:
		return r.str()
	case 2:
		return r.num()
	case 3:
		return r.pick("true", "false")
	case 4:
		return "null"
	case 5:
		return r.pick("{}", "[]")
	case 6:
		return r.object(depth, nil)
	}
	parts := make([]string, r.IntN(4))
	for i := range parts {
		parts[i] = r.any(depth - 1)
	}
	return "[" + strings.Join(parts, r.pick(",", " , ")) + "]"
}

// object makes an object; some members are those of fields.
func (r random) object(depth int, fields []field) string {
	seen := map[string]bool{}
	var parts []string
	add := func(name, value string) {
		if !seen[name] {
			seen[name] = true
			key, _ := json.Marshal(name)
			parts = append(parts, string(key)+r.pick(":", " : ")+value)
		}
	}
	for _, f := range fields {
		if r.IntN(3) == 0 {
			add(f.name, r.field(f, depth))
		}
	}
	for range r.IntN(3) {
		add(r.pick("a", "b", "extra", "user_id", "outcomes", "element", "list", "timestamp", "é\"", "0"), r.any(depth-1))
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

func (r random) field(f field, depth int) string {
	if r.IntN(8) == 0 {
		return r.any(depth - 1)
	}
	switch f.kind {
	case text:
		return r.str()
	case document:
		return r.any(depth - 1)
	case instant:
		return fmt.Sprintf(`"20%02d-%02d-%02dT%02d:%02d:%02d.%03dZ"`, r.IntN(100), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
	case integer, double:
		return r.num()
	case boolean:
		return r.pick("true", "false")
	case list:
		parts := make([]string, r.IntN(4))
		for i := range parts {
			parts[i] = r.field(f.fields[0], depth-1)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case stringly:
		var parts []string
		for i := range r.IntN(4) {
			parts = append(parts, fmt.Sprintf(`"%d":%s`, i, r.str()))
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		return r.object(depth-1, f.fields)
	}
}

func TestRoundTripOfRandomRecords(t *testing.T) {
	for seed := range uint64(60) {
		r := random{rand.New(rand.NewPCG(seed, 1))}
		records := make([]string, 1+r.IntN(400))
		for i := range records {
			records[i] = r.object(3, contract())
		}
		check(t, records...)
		if t.Failed() {
			t.Fatal("seed", seed)
		}
	}
}
