package redact

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// object appends an object of names that say something of what is in them, and
// of what is beside them.
func object(r *rand.Rand, dst []byte, depth int) []byte {
	names := []string{`"a"`, `"body"`, `"code"`, `"name"`, `"headers"`, `"token"`, `"tokens"`, `"query"`, `"error"`, `"credentials"`, `"experiments"`}
	dst = append(dst, '{')
	for i, n := range r.Perm(len(names))[:r.IntN(5)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = something(r, append(append(dst, names[n]...), ':'), depth)
	}
	return append(dst, '}')
}

func something(r *rand.Rand, dst []byte, depth int) []byte {
	switch k := r.IntN(10); {
	case k < 3 && depth > 0:
		return object(r, dst, depth-1)
	case k < 4 && depth > 0:
		dst = append(dst, '[')
		for i := range r.IntN(4) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = something(r, dst, depth-1)
		}
		return append(dst, ']')
	}
	values := []string{`"text"`, `"pin"`, `"LX-42"`, `"password=hunter2"`, `"Authorization"`, `"Bearer abcdef0123456789"`, `"4111 1111 1111 1111"`, `4111111111111111`, `"{\"token\":\"x\",\"a\":[\"b\"]}"`, `123456`, `true`, `null`, `""`}
	return append(dst, values[r.IntN(len(values))]...)
}

// A gate that remembers what it decided about records on one tape says the
// same as one that has seen nothing, in whatever order they come.
func TestDecisionsStay(t *testing.T) {
	texts := []string{
		`{"headers":["Authorization",{"a":"x","b":["y"]}],"c":"z"}`, `{"headers":{"a":"x","b":["y"]},"c":"z"}`, `{"headers":{"a":"x","b":{"c":"z"}}}`,
		`"password=x"`, `7`, `{}`, `["password=x",{"a":"password=x"}]`,
		// the same names at the same places, under others that change what they mean
		`{"a":{"code":"123456","value":"x"},"password":{"value":"y"}}`, `{"a":{"code":"US","name":"pin","value":"1234"}}`, `{"a":{"name":"city","value":"1234"}}`,
		`{"a":[{"code":4321},{"name":"token","value":"z"}],"tokens":{"in":5,"out":"abc"}}`, `{"a":{"code":{"value":"123456"}}}`, `{"a":"password=x"}`,
		`{"body":{"code":"LX-42","a":1}}`, `{"error":{"code":"LX-42","a":1}}`, `{"body":[{"code":"LX-42","a":1}],"verification":{"code":"LX-42"}}`,
		`{"list":[{"token":"a","b":"c"},{"b":"c","token":["d",{"e":"f"}]}]}`, `{"list":{"token":{"b":"c"},"b":"c"}}`,
		`{"experiments":{"token_pricing":"A","password":"x"}}`, `{"query":{"signature":"abc","sig":"d"},"signature":"Ida"}`,
		`{"4111 1111 1111 1111":1,"a":2}`, `{"a":2,"p\u0061ssword":"x","password_":"y"}`, `{"headers":[["Cookie","a=b"],["Host","h"]]}`, `{"headers":{"Cookie":"a=b","Host":"h"}}`,
		`{"body":"{\"password\":\"hunter2\",\"page\":2}","text":"{\"page\":\"1\"}"}`, `[{"a":1},{"password":"x"}]`, `"password=x"`,
	}
	for _, r := range Rules() {
		texts = append(texts, r.Example)
	}
	for _, r := range benchRecords {
		texts = append(texts, r)
	}
	r, few := rand.New(rand.NewPCG(1, 1)), len(texts)
	for range 500 {
		texts = append(texts, string(object(r, nil, 4)))
	}
	type result struct {
		json string
		told []Removal
	}
	want := make(map[string]result)
	gate := New(Options{})
	for i, s := range texts {
		var fresh tape.Tape // it has no memory, and so nothing is remembered of it
		if i < few {
			gate = New(Options{})
		}
		if fresh.Parse([]byte(s)) == nil {
			c, told := gate.Record(&fresh)
			want[s] = result{string(c.JSON()), told}
		}
	}
	g := New(Options{})
	var used, other tape.Tape
	for range 8000 {
		s, on := texts[r.IntN(len(texts))], &used
		if r.IntN(2) == 0 {
			s = texts[r.IntN(few)]
		}
		if r.IntN(50) == 0 {
			on = &other // whose places have other numbers
		}
		if on.Parse([]byte(s)) != nil {
			continue
		}
		c, told := g.Record(on)
		if got := (result{string(c.JSON()), told}); !reflect.DeepEqual(got, want[s]) {
			t.Fatalf("\n in   %s\n want %v\n got  %v", s, want[s], got)
		}
	}
}
