package schema

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// line writes a finding as a test reads it.
func line(f Finding) string {
	return fmt.Sprintf("%s @%d %s: %s", f.Pointer, f.Offset, f.Rule, f.Message)
}

func lines(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, line(f))
	}
	return out
}

func TestEveryFault(t *testing.T) {
	s := openDefault(t)
	text := `{"interaction_id":12,"timestamp":"2026-13-01 00:00:00","interaction_type":"api_call","user_type":"unknown","user_id":"x",
"outcomes":{"deal_value":"$12","match_score":101},"experiments":{"a":1},"conversation_id":"","api_call":{"response_status":1e9999999,"method":""},
"metadata":{"app_version":"1","environment":"e","user_agent":"u","upcast":["a",2]}}`
	want := []string{
		`/interaction_id @18 type: must be a string, not a number`,
		`/timestamp @33 format: must be an RFC 3339 date and time, like 2026-11-23T09:08:52.117Z, not "2026-13-01 00:00:00"`,
		`/user_id @117 const: must be "anonymous" when user_type is "unknown", not "x"`,
		`/outcomes/deal_value @147 type: must be a number, not a string`,
		`/outcomes/match_score @167 maximum: must be 100 or less`,
		`/experiments/a @191 type: must be a string, not a number`,
		`/conversation_id @212 format: must be a uuid, like 0190f0e0-5a1b-7c3d-8e4f-a1b2c3d4e5f6, not ""`,
		`/api_call @226 required: the required field "path" is missing`,
		`/api_call/response_status @245 maximum: must be 999 or less`,
		`/api_call/method @264 minLength: must not be empty`,
		`/metadata @280 required: the required field "ip_address" is missing`,
		`/metadata/upcast/1 @348 type: must be a string, not a number`,
	}
	tp := parse(t, []byte(text))
	found := s.Check(tp, Check{})
	if got := lines(found); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range found {
		if n, ok := tp.Lookup(f.Pointer); !ok || offset(tp, n) != f.Offset {
			t.Errorf("%+v points elsewhere", f)
		}
	}
	if f := found[0]; f.Keyword != "interaction.schema.json#/properties/interaction_id/type" {
		t.Error(f.Keyword)
	}
	if got := s.Check(tp, Check{Max: 3}); !slices.Equal(lines(got), want[:3]) {
		t.Error(lines(got))
	}
	if again := s.Check(tp, Check{}); !slices.Equal(again, found) {
		t.Error("the order of findings is not stable")
	}
}

// TestFaultOfTheType is found by the schema of the type; what both schemas
// refuse is found once.
func TestFaultOfTheType(t *testing.T) {
	s := openDefault(t)
	valid := string(s.examplesOf(t, "deal_closed")[0])
	for _, c := range []struct{ old, new, want string }{
		{`"deal_closed": true, `, ``, `the required field "deal_closed" is missing`},
		{`"outcomes": {`, `"outcomes": 5, "x": {`, `must be an object, not a number`},
		{`"contract_length": 24`, `"contract_length": []`, `must be a number or a string, not an array`},
	} {
		text := strings.Replace(valid, c.old, c.new, 1)
		if text == valid {
			t.Fatalf("%s is not in %s", c.old, valid)
		}
		found := s.Check(parse(t, []byte(text)), Check{})
		if len(found) != 1 || found[0].Message != c.want {
			t.Errorf("%s: %v", c.new, lines(found))
		}
	}
}

func (s *Set) examplesOf(t *testing.T, name string) [][]byte {
	t.Helper()
	for _, info := range s.Types() {
		if info.Name == name {
			return examples(t, &Set{about: info})
		}
	}
	t.Fatal("no type", name)
	return nil
}

// TestTimesThatTheLakeReads holds the contract's timestamp against the form
// that the other rooms read, letter by letter.
func TestTimesThatTheLakeReads(t *testing.T) {
	s := openDefault(t)
	valid := string(s.examplesOf(t, "page_view")[0])
	at, _, _ := strings.Cut(valid[strings.Index(valid, `"timestamp": "`)+len(`"timestamp": "`):], `"`)
	try := func(text string) {
		found := s.Check(parse(t, []byte(strings.Replace(valid, at, text, 1))), Check{})
		if _, ok := tpe.ContractTime([]byte(text)); ok != (len(found) == 0) {
			t.Errorf("%s: read: %v, and %q", text, ok, lines(found))
		}
	}
	for _, text := range []string{"2026-06-30T23:59:59.999Z", "2026-06-30T23:59:60.000Z", "2026-02-29T23:59:60.000Z", "0000-01-01T00:00:00.000Z"} {
		try(text)
		for i := range text {
			for _, c := range "0123456789:-+.,TZtz " {
				try(text[:i] + string(c) + text[i+1:])
			}
			try(text[:i])
		}
	}
}

func TestUnknownType(t *testing.T) {
	s := openDefault(t)
	record := func(typ string) *tape.Tape {
		return parse(t, []byte(strings.Replace(string(s.examplesOf(t, "page_view")[0]), `"page_view"`, typ, 1)))
	}
	for _, c := range []struct {
		typ        string
		lax, exact []string
	}{
		{`"page_view"`, nil, nil},
		{`"page\u005fview"`, nil, nil},
		{`"rain_dance"`, nil, []string{`/interaction_type @139 unknown-type: there is no schema of the type "rain_dance"`}},
		{`"Rain dance"`, []string{`/interaction_type @139 pattern: must match the pattern ^[a-z][a-z0-9_]{0,63}$`}, []string{`/interaction_type @139 pattern: must match the pattern ^[a-z][a-z0-9_]{0,63}$`}},
		{`7`, []string{`/interaction_type @139 type: must be a string, not a number`}, []string{`/interaction_type @139 type: must be a string, not a number`}},
	} {
		tp := record(c.typ)
		if got := lines(s.Check(tp, Check{})); !slices.Equal(got, c.lax) {
			t.Errorf("%s: %q", c.typ, got)
		}
		if got := lines(s.Check(tp, Check{Strict: true})); !slices.Equal(got, c.exact) {
			t.Errorf("%s, strict: %q", c.typ, got)
		}
	}
	if name, known := s.TypeOf(record(`"rain_dance"`)); name != "rain_dance" || known {
		t.Error(name, known)
	}
	if name, known := s.TypeOf(record(`"page_view"`)); name != "page_view" || !known {
		t.Error(name, known)
	}
	if name, known := s.TypeOf(parse(t, []byte(`[]`))); name != "" || known {
		t.Error(name, known)
	}
	// A schema alone knows no types, so none is unknown to it.
	alone, err := Single("any.json", []byte(`{"type":"object"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := alone.Check(record(`"rain_dance"`), Check{Strict: true}); got != nil {
		t.Error(lines(got))
	}
}

// TestMessages checks each kind of fault against a small schema.
func TestMessages(t *testing.T) {
	for _, c := range []struct{ schema, value, want string }{
		{`{"type":["string","null"]}`, `[]`, ` @0 type: must be null or a string, not an array`},
		{`{"enum":["a","b",3]}`, `"c"`, ` @0 enum: must be "a", "b" or 3, not "c"`},
		{`{"enum":["a"]}`, `"a much longer text with spaces, which might be anything"`, ` @0 enum: must be "a"`},
		{`{"enum":["a"]}`, `"Bearer abc"`, ` @0 enum: must be "a"`},
		{`{"const":true}`, `false`, ` @0 const: must be true, not false`},
		{`{"const":1}`, `{}`, ` @0 const: must be 1, not an object`},
		{`{"format":"email"}`, `"x"`, ` @0 format: must be an e-mail address, like dana@whitfield.example, not "x"`},
		{`{"pattern":"^/"}`, `"x"`, ` @0 pattern: must match the pattern ^/, not "x"`},
		{`{"minLength":2}`, `"x"`, ` @0 minLength: must have at least 2 characters, not 1`},
		{`{"maxLength":1}`, `"xy"`, ` @0 maxLength: must have at most 1 character, not 2`},
		{`{"minItems":1}`, `[]`, ` @0 minItems: must have at least 1 element, not 0`},
		{`{"maxItems":0}`, `[1]`, ` @0 maxItems: must have at most 0 elements, not 1`},
		{`{"minProperties":1}`, `{}`, ` @0 minProperties: must have at least 1 field, not 0`},
		{`{"maxProperties":0}`, `{"a":1}`, ` @0 maxProperties: must have at most 0 fields, not 1`},
		{`{"minimum":0.5}`, `0`, ` @0 minimum: must be 0.5 or more`},
		{`{"exclusiveMinimum":0}`, `0`, ` @0 exclusiveMinimum: must be more than 0`},
		{`{"exclusiveMaximum":0}`, `0`, ` @0 exclusiveMaximum: must be less than 0`},
		{`{"multipleOf":3}`, `4`, ` @0 multipleOf: must be a multiple of 3`},
		{`{"uniqueItems":true}`, `[1,2,1]`, ` @0 uniqueItems: elements 0 and 2 are equal; each may occur once`},
		{`{"contains":{"type":"null"}}`, `[1]`, ` @0 contains: must have an element of a certain form, and has none (must be null, not a number)`},
		{`{"contains":{"type":"null"},"minContains":2}`, `[null]`, ` @0 minContains: must have at least 2 elements of a certain form, not 1`},
		{`{"contains":{"type":"null"},"maxContains":1}`, `[null,null]`, ` @0 maxContains: must have at most 1 element of a certain form, not 2`},
		{`{"anyOf":[{"type":"null"},{"type":"string"}]}`, `1`, ` @0 anyOf: has none of the allowed forms (must be a string, not a number; must be null, not a number)`},
		{`{"oneOf":[{"type":"null"},{"minLength":2}]}`, `""`, ` @0 oneOf: has none of the allowed forms (must be null, not a string; must not be empty)`},
		{`{"oneOf":[true,{"type":"string"}]}`, `""`, ` @0 oneOf: has more than one of the forms that exclude each other`},
		{`{"not":{"type":"string"}}`, `""`, ` @0 not: has a form that is not allowed`},
		{`{"properties":{"a/b~":false}}`, `{"a/b~":1}`, `/a~1b~0 @8 false: is not allowed here`},
		{`{"additionalProperties":false}`, `{"a":[1]}`, `/a @5 additionalProperties: this field is not allowed here`},
		{`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, `/ab @6 propertyNames: this name is not allowed here (must have at most 1 character, not 2)`},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, ` @0 dependentRequired: the field "b" is missing; it is required together with "a"`},
		{`{"allOf":[{"$ref":"#/$defs/x"}],"$defs":{"x":{"items":{"type":"null"}}}}`, `[null,1]`, `/1 @6 type: must be null, not a number`},
		{`{"allOf":[{"$ref":"#"}]}`, `1`, ` @0 $ref: cannot be checked: the schema refers to itself without end`},
		{`{"if":{"properties":{"t":{"enum":["a","b"]}},"required":["t"]},"then":{"required":["x"]}}`, `{"t":"b"}`, ` @0 required: the required field "x" is missing when t is "a" or "b"`},
		{`{"if":{"properties":{"t":{"const":"a"}},"required":["t"]},"else":{"required":["x"]}}`, `{}`, ` @0 required: the required field "x" is missing unless t is "a"`},
		{`{"minimum":0}`, `-1e99999999`, ` @0 minimum: must be 0 or more`},
		{`{"minimum":1}`, `1e-99999999`, ` @0 minimum: must be 1 or more`},
		{`{"type":"integer"}`, `1.` + strings.Repeat("3", 5000), ` @0 type: must be a whole number, not a fraction`},
	} {
		s, err := Single("m.json", []byte(c.schema))
		if err != nil {
			t.Fatal(err)
		}
		found := lines(s.Check(parse(t, []byte(c.value)), Check{}))
		if len(found) != 1 || found[0] != c.want {
			t.Errorf("%s on %s:\n got %q\nwant %q", c.schema, c.value, found, c.want)
		}
	}
}

// TestHugeNumbers must not reach the library's fractions, which would take
// minutes for them.
func TestHugeNumbers(t *testing.T) {
	s, err := Single("n.json", []byte(`{"items":{"type":"integer","minimum":0,"multipleOf":3}}`))
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for range 2000 {
		values = append(values, "1e-999999", "1e999999", "-0e99999999999999999999", strings.Repeat("9", 5000))
	}
	if found := s.Check(parse(t, []byte("["+strings.Join(values, ",")+"]")), Check{Max: 10}); len(found) != 10 {
		t.Error(len(found))
	}
}

// TestManyFaults bounds what one record can cost.
func TestManyFaults(t *testing.T) {
	s, err := Single("n.json", []byte(`{"items":{"type":"string"}}`))
	if err != nil {
		t.Fatal(err)
	}
	array := func(n int) *tape.Tape {
		return parse(t, []byte("["+strings.TrimSuffix(strings.Repeat("1,", n), ",")+"]"))
	}
	if found := s.Check(array(100_000), Check{}); len(found) != 100_000 || found[99_999].Pointer != "/99999" {
		t.Error(len(found))
	}
	if found := s.Check(array(maxValues), Check{}); len(found) != 1 || found[0].Rule != RuleSize {
		t.Error(len(found))
	}
	if found := s.Check(parse(t, []byte(`["`+strings.Repeat(`a","`, maxValues)+`"]`)), Check{}); found != nil {
		t.Error("a large record that is surely valid is refused")
	}
}

func TestCheckTogether(t *testing.T) {
	s := openDefault(t)
	var wg sync.WaitGroup
	for seed := range uint64(4) {
		wg.Go(func() {
			r := newSampler(seed)
			for range 200 {
				text := r.record()
				var tp tape.Tape
				if err := tp.Parse(text); err != nil {
					t.Error(err)
				}
				if found := s.Check(&tp, Check{Strict: true}); found != nil {
					t.Error(lines(found))
				}
				if err := tp.Parse([]byte(strings.Replace(string(text), `"user_id":"`, `"user_id":"","x":"`, 1))); err != nil {
					t.Error(err)
				}
				if found := s.Check(&tp, Check{}); len(found) != 1 {
					t.Error(lines(found))
				}
			}
		})
	}
	wg.Wait()
}
