package compact

import (
	"bytes"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

func TestPeek(t *testing.T) {
	const stamp = "2026-11-23T09:00:00.001Z"
	const ms = 1795424400001
	for _, c := range []struct {
		text string
		ok   bool
		want key
	}{
		{`{"interaction_id":"i","timestamp":"` + stamp + `","interaction_type":"t","rest":`, true, key{[]byte("t"), ms, []byte("i")}},
		{` { "a" : [1,{"b":"}"}] , "interaction_type" : "t" , "c" : -1.5 , "d" : true, "timestamp" : "` + stamp + `", "e":"\"\\", "interaction_id":"i" } `, true, key{[]byte("t"), ms, []byte("i")}},
		{`{"interaction_id":"i"}`, false, key{}},
		{`{"interaction_id":1,"timestamp":"` + stamp + `","interaction_type":"t"}`, false, key{}},
		{`{"interaction_id":"\u0069","timestamp":"` + stamp + `","interaction_type":"t"}`, false, key{}},
		{`{"interaction_id":"i","timestamp":"2026-11-23T09:00:00Z","interaction_type":"t"}`, false, key{}},
		{`{"a":{"interaction_id":"inner"},"interaction_id":"i","timestamp":"` + stamp + `","interaction_type":"t"}`, true, key{[]byte("t"), ms, []byte("i")}},
		{``, false, key{}}, {`[]`, false, key{}}, {`{`, false, key{}}, {`{"a"`, false, key{}}, {`{"a":`, false, key{}}, {`{"a":"`, false, key{}}, {`{}`, false, key{}},
	} {
		k, ok := peek([]byte(c.text))
		if ok != c.ok || ok && compareKeys(k, c.want) != 0 {
			t.Errorf("%s: %s %d %s, %v", c.text, k.typ, k.ms, k.id, ok)
		}
	}
}

// What peek says of a valid record is what parsing says.
func FuzzPeek(f *testing.F) {
	f.Add([]byte(`{"interaction_id":"i","timestamp":"2026-11-23T09:00:00.001Z","interaction_type":"t","x":[]}`))
	f.Add([]byte(` {"a":{"b":["\"",{}]}, "interaction_type":"t","timestamp":"2026-11-23T09:00:00.001Z" ,"interaction_id":""}`))
	f.Add([]byte(`{"interaction_id":"i\\","interaction_id":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, ok := peek(data)
		var tp tape.Tape
		if !ok || tp.Parse(data) != nil {
			return
		}
		if want := keyOf(&tp); compareKeys(k, want) != 0 || !bytes.Equal(k.typ, want.typ) {
			t.Errorf("%q: %q %d %q, want %q %d %q", data, k.typ, k.ms, k.id, want.typ, want.ms, want.id)
		}
	})
}
