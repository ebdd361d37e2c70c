package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestExamplesAreFast makes sure that the contract stays inside what the fast
// path understands.
func TestExamplesAreFast(t *testing.T) {
	s := openDefault(t)
	for _, e := range examples(t, s) {
		tp := parse(t, e)
		if c, _ := s.contractOf(tp); !c.fast.accepts(tp, 0) {
			t.Errorf("left to the library: %s", e)
		}
	}
	lone, r := openLone(t), newSampler(1)
	for range 500 {
		tp := parse(t, r.record())
		if c, _ := s.contractOf(tp); !c.fast.accepts(tp, 0) {
			t.Errorf("left to the library: %s", tp.Src)
		}
		if !lone.base.fast.accepts(tp, 0) {
			t.Errorf("left to the library by the closed schema: %s", tp.Src)
		}
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	s, r := openDefault(t), newSampler(2)
	for range 50 {
		tp := parse(t, r.record())
		if n := testing.AllocsPerRun(10, func() { s.Check(tp, Check{Strict: true}) }); n != 0 {
			t.Errorf("%v allocations for %s", n, tp.Src)
		}
	}
}

// TestKeywordsAreKnown fails when the library's schema gains a field: the
// function keywords must then say what it means for the fast path.
func TestKeywordsAreKnown(t *testing.T) {
	known := strings.Fields(`up resource dynamicAnchors allPropsEvaluated allItemsEvaluated numItemsEvaluated DraftVersion Location
		Bool ID Ref Anchor RecursiveRef RecursiveAnchor DynamicRef DynamicAnchor Types Enum Const Not AllOf AnyOf OneOf If Then Else Format
		MaxProperties MinProperties Required PropertyNames Properties PatternProperties AdditionalProperties Dependencies DependentRequired DependentSchemas UnevaluatedProperties
		MinItems MaxItems UniqueItems Contains MinContains MaxContains Items AdditionalItems PrefixItems Items2020 UnevaluatedItems
		MinLength MaxLength Pattern ContentEncoding ContentMediaType ContentSchema Maximum Minimum ExclusiveMaximum ExclusiveMinimum MultipleOf
		Extensions Title Description Default Comment ReadOnly WriteOnly Examples Deprecated`)
	typ := reflect.TypeFor[jsonschema.Schema]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Name; !slices.Contains(known, name) {
			t.Errorf("the library's schema has a field %s that the fast path does not know", name)
		}
	}
}

// compileText compiles a schema by the library and as a program.
func compileText(t testing.TB, text string) (*program, *jsonschema.Schema) {
	t.Helper()
	compiled, err := load([]file{{"test" + suffix, []byte(text)}})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return compile(compiled[0]), compiled[0]
}

// TestPrograms says for small schemas which values the fast path takes and
// which it leaves to the library.
func TestPrograms(t *testing.T) {
	for _, c := range []struct {
		schema     string
		take, left []string
	}{
		{`true`, []string{`1`, `{}`}, nil},
		{`false`, nil, []string{`1`}},
		{`{"type":"integer"}`, []string{`1`, `-12345678901234567890`}, []string{`1.0`, `"1"`, `1e3`}},
		{`{"type":["integer","null"]}`, []string{`1`, `null`}, []string{`1.5`}},
		{`{"type":["integer","number"]}`, []string{`1`, `1.5`}, []string{`null`}},
		{`{"minimum":0}`, []string{`0`, `0.0`, `1e3`, `"x"`, `0.0000000000000000001`}, []string{`-0.1`, `1e-400`, `-1`}},
		{`{"exclusiveMinimum":0}`, []string{`1`, `0.001`}, []string{`0`, `0.0`}},
		{`{"maximum":0.5}`, []string{`0.4`, `-7`, `0.49999999`}, []string{`0.5`, `0.50000001`, `1`}},
		{`{"maximum":1e30}`, []string{`1`, `1e29`}, []string{`1e30`}},
		{`{"multipleOf":2}`, []string{`"x"`}, []string{`4`}},
		{`{"enum":["a",true,null,3]}`, []string{`"a"`, `true`, `null`}, []string{`3`, `"b"`, `false`}},
		{`{"const":"a","enum":["a","b"]}`, []string{`"a"`, `"\u0061"`}, []string{`"b"`}},
		{`{"const":{"a":1}}`, nil, []string{`{"a":1}`}},
		{`{"minLength":2,"maxLength":3}`, []string{`"ab"`, `"\u00e4\u00e4"`, `"äöü"`, `"\n\n\n"`}, []string{`"a"`, `"äöüß"`, `"\u0061"`}},
		{`{"maxLength":0}`, []string{`""`}, []string{`"a"`}},
		{`{"format":"ipv6"}`, []string{`1`}, []string{`"::1"`}},
		{`{"format":"no-such-format"}`, []string{`"x"`}, nil},
		{`{"pattern":"^[ab]+$"}`, []string{`"abba"`, `"\u0061"`}, []string{`""`, `"abc"`}},
		{`{"items":{"type":"string"},"minItems":1,"maxItems":2}`, []string{`["a"]`, `"x"`}, []string{`[]`, `[1]`, `["a","b","c"]`}},
		{`{"uniqueItems":true}`, []string{`{}`}, []string{`[]`}},
		{`{"prefixItems":[true]}`, []string{`{}`}, []string{`[1]`}},
		{`{"contains":true}`, []string{`{}`}, []string{`[1]`}},
		{`{"required":["a"]}`, []string{`{"a":1}`, `1`, `{"\u0061":1}`}, []string{`{}`}},
		{`{"properties":{"a":{"type":"null"}}}`, []string{`{}`, `{"a":null}`, `{"b":1}`}, []string{`{"a":1}`, `{"\u0061":1}`}},
		{`{"properties":{"":{"type":"null"}},"additionalProperties":false}`, []string{`{"":null}`, `{}`}, []string{`{"a":null}`, `{"":1}`}},
		{`{"properties":{"a":true},"additionalProperties":{"type":"null"}}`, []string{`{"a":1,"b":null}`}, []string{`{"b":1}`}},
		{`{"allOf":[{"properties":{"a":true}}],"additionalProperties":false}`, []string{`{}`}, []string{`{"a":1}`}},
		{`{"minProperties":1,"maxProperties":2}`, []string{`{"a":1}`}, []string{`{}`, `{"a":1,"b":2,"c":3}`}},
		{`{"patternProperties":{"a":true}}`, nil, []string{`{}`, `1`}},
		{`{"anyOf":[true]}`, nil, []string{`1`}},
		{`{"properties":{"a":{"not":false}}}`, []string{`{"b":1}`}, []string{`{"a":1}`}},
		{`{"$ref":"#/$defs/x","minimum":3,"$defs":{"x":{"maximum":5}}}`, []string{`4`}, []string{`6`, `2`}},
		{`{"properties":{"next":{"$ref":"#"}},"additionalProperties":false}`, []string{`{"next":{"next":{}}}`}, []string{`{"next":{"x":1}}`}},
		{`{"items":{"$ref":"#"}}`, []string{`[[],[[]]]`, `1`}, nil},
		{`{"if":{"properties":{"t":{"const":"a"}},"required":["t"]},"then":{"required":["x"]},"else":{"required":["y"]}}`,
			[]string{`{"t":"a","x":1}`, `{"t":"b","y":1}`, `{"y":1}`, `{"t":"\u0061","x":1}`, `{"t":1,"y":1}`}, []string{`{"t":"a","y":1}`, `{}`, `{"t":"\u0061","y":1}`, `1`}},
		{`{"if":{"properties":{"t":{"enum":["a","b"]}}},"then":{"properties":{"x":{"type":"null"}}}}`,
			[]string{`{"x":null}`, `{"t":"c","x":1}`, `{"t":"b"}`}, []string{`{"x":1}`, `{"t":"b","x":1}`}},
		{`{"if":{"type":"object","properties":{"t":{"const":1}}},"then":true}`, nil, []string{`{"t":2}`}},
		{`{"if":{"required":["t"]},"then":true}`, nil, []string{`{}`}},
		// Schemas that meet themselves again on the same value.
		{`{"allOf":[{"$ref":"#"}]}`, nil, []string{`1`}},
		{`{"if":{"properties":{"t":{"const":"a"}}},"then":{"$ref":"#"}}`, nil, []string{`{"t":"a"}`, `{}`}},
		{`{"$ref":"#/$defs/p","$defs":{
			"p":{"properties":{"c":{"$ref":"#/$defs/q"}},"if":{"properties":{"t":{"const":"a"}}},"then":{"$ref":"#/$defs/q"}},
			"q":{"if":{"properties":{"t":{"const":"a"}}},"then":{"$ref":"#/$defs/p"}}}}`, []string{`{"t":"b","c":{"t":"b"}}`}, []string{`{"t":"a"}`, `{"t":"b","c":{"t":"a"}}`}},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","type":"string"}`, nil, []string{`"a"`}},
	} {
		p, schema := compileText(t, c.schema)
		for _, v := range c.take {
			tp := parse(t, []byte(v))
			if !p.accepts(tp, 0) {
				t.Errorf("%s does not take %s", c.schema, v)
			}
			if schema.Validate(tree(tp, 0)) != nil {
				t.Errorf("%s: the library refuses %s", c.schema, v)
			}
		}
		for _, v := range c.left {
			if p.accepts(parse(t, []byte(v)), 0) {
				t.Errorf("%s takes %s", c.schema, v)
			}
		}
	}
}

// TestManyFields compiles objects with more names than a word has bits, and
// a schema that multiplies its parts.
func TestManyFields(t *testing.T) {
	props, values := map[string]any{}, map[string]any{}
	var required []string
	for i := range 3000 {
		name := fmt.Sprintf("field_%d", i)
		props[name] = map[string]any{"type": "integer"}
		values[name] = i
		if i < 64 {
			required = append(required, name)
		}
	}
	text := func(v any) string {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	good := text(values)
	p, _ := compileText(t, text(map[string]any{"properties": props, "required": required, "additionalProperties": false}))
	if !p.accepts(parse(t, []byte(good)), 0) {
		t.Error("3000 fields are too many")
	}
	if p.accepts(parse(t, []byte(strings.Replace(good, `"field_7":`, `"field_x":`, 1))), 0) {
		t.Error("a missing field is accepted")
	}
	required = append(required, "field_64")
	p, _ = compileText(t, text(map[string]any{"properties": props, "required": required}))
	if p.accepts(parse(t, []byte(good)), 0) {
		t.Error("65 required fields do not fit into a word")
	}

	// Every level doubles: without a limit this would never end.
	defs := map[string]any{}
	for i := range 40 {
		next := fmt.Sprintf("#/$defs/d%d", i+1)
		branch := func(v string) any {
			return map[string]any{"if": map[string]any{"properties": map[string]any{"t": map[string]any{"const": v}}}, "then": map[string]any{"$ref": next}}
		}
		defs[fmt.Sprintf("d%d", i)] = map[string]any{"allOf": []any{branch("a"), branch("b")}}
	}
	defs["d40"] = true
	p, _ = compileText(t, text(map[string]any{"$ref": "#/$defs/d0", "$defs": defs}))
	p.accepts(parse(t, []byte(`{"t":"c"}`)), 0)
}

var patterns = []string{
	`^/`, `^a`, `^[a-z][a-z0-9_]{0,63}$`, `^[0-9]{4}-[0-9]{2}$`, `^$`, `^`, `^a?b$`, `^ab?$`, `^a+$`, `^a*$`, `^[^a]$`, `^\d+$`, `^\w*`, `^(?i)ab$`, `^é$`, `a`, `b$`, `^(a|b)$`, `^(gpt|claude)-`,
	`^a{2,}$`, `^a{2,3}b$`, `^.$`, `^[a-c]{2}x$`, `^ab$`, `^[é-ü]$`, `^a$b`, `^\s+`, `\A[x]\z`,
}

func FuzzPattern(f *testing.F) {
	for _, p := range patterns {
		for _, s := range []string{"", "a", "ab", "aab", "aaab", "/x", "ab_9", "2026-11", "é", "abx", "B", " ", "x\n"} {
			f.Add(p, s)
		}
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil {
			return
		}
		p, ok := simplePattern(expr)
		if ok && p.accepts([]byte(text)) != re.MatchString(text) {
			t.Fatalf("%q on %q: %v", expr, text, !re.MatchString(text))
		}
	})
}

func TestSimplePatterns(t *testing.T) {
	for _, expr := range []string{`^/`, `^[a-z][a-z0-9_]{0,63}$`, `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`, `^[0-9a-f]{64}$`} {
		if _, ok := simplePattern(expr); !ok {
			t.Errorf("%s is left to the regexp package", expr)
		}
	}
}

var formatNames = []string{"uuid", "date-time", "date", "time", "ipv4", "hostname", "email"}

func FuzzFormat(f *testing.F) {
	for _, s := range []string{
		"", "0190f0e0-5a1b-7c3d-8e4f-a1b2c3d4e5f6", "0190f0e0-5a1b-7c3d-8e4f-a1b2c3d4e5fg", "2026-11-23T09:08:52.117Z", "2026-11-23T09:08:52+14:00", "2024-02-29", "2026-02-29", "0000-02-29", "1900-02-29T00:00:00Z",
		"23:59:60Z", "09:08:52.1-00:00", "09:08:52.", "203.0.113.24", "01.2.3.4", "1.2.3", "a.b-c.example", "-a.b", "a..b", strings.Repeat("a", 64) + ".b", "dana+x@whitfield.example", "a@b@c", "@b", "a@", ".a@b", "a..b@c", "\"a b\"@c", "a@[127.0.0.1]",
	} {
		f.Add(s)
	}
	library := make([]*jsonschema.Schema, len(formatNames))
	for i, name := range formatNames {
		_, library[i] = compileText(f, `{"format":"`+name+`"}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, name := range formatNames {
			if formatTest(name)([]byte(text)) && library[i].Validate(text) != nil {
				t.Fatalf("%q is taken for a valid %s", text, name)
			}
		}
	})
}

func FuzzBound(f *testing.F) {
	for _, lit := range []string{"0", "-0.0", "1.5", "1e3", "-1e-400", "1e400", "999999.999999999", "1000000", "0.100000000000000005", "123456789012345.6", "12345678901234567890"} {
		for _, limit := range []string{"0", "0.1", "1.5", "-7", "1000000", "1e20"} {
			f.Add(lit, limit, true, true)
			f.Add(lit, limit, false, false)
		}
	}
	f.Fuzz(func(t *testing.T, lit, limit string, lower, open bool) {
		var a, b tape.Tape
		if a.Parse([]byte(lit)) != nil || b.Parse([]byte(limit)) != nil || a.Kind(0) != tape.KindNumber || b.Kind(0) != tape.KindNumber ||
			tame(lit) != json.Number(lit) || tame(limit) != json.Number(limit) {
			return
		}
		x, _ := new(big.Rat).SetString(string(a.Raw(0)))
		y, _ := new(big.Rat).SetString(string(b.Raw(0)))
		bound := newBound(y, lower, open)
		c := x.Cmp(y)
		right := c == 0 && !open || c != 0 && c > 0 == lower
		if bound.accepts(readDecimal(a.Raw(0)), a.Raw(0)) && !right {
			t.Fatalf("%s against %s (lower %v, open %v)", lit, limit, lower, open)
		}
	})
}
