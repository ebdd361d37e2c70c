package tape

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// alike checks that used, whatever it read before, reads b like a tape that
// has read nothing.
func alike(t *testing.T, used *Tape, b []byte) {
	t.Helper()
	var fresh Tape
	got, want := used.Parse(b), fresh.Parse(b)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: %v, with a memory %v", b, want, got)
	}
	if want != nil {
		return
	}
	for n := range used.Nodes {
		nd := used.Nodes[n]
		if nd.Place != 0 {
			if nd.Flags != Name || int(nd.Place) >= used.Memory().Places() {
				t.Fatalf("%q: node %d has place %d of %d", b, n, nd.Place, used.Memory().Places())
			}
			nd.Place = 0
		}
		if len(used.Nodes) != len(fresh.Nodes) || nd != fresh.Nodes[n] {
			t.Fatalf("%q: node %d is %v, with a memory %v", b, n, fresh.Nodes[n], nd)
		}
	}
	if used.ContentHash() != fresh.ContentHash() {
		t.Fatalf("%q: the content hash differs", b)
	}
	if got, want := used.AppendCompact(nil, 0), fresh.AppendCompact(nil, 0); string(got) != string(want) {
		t.Fatalf("%q: compact %q, with a memory %q", b, want, got)
	}
}

// Whatever a tape remembers, it reads the same.
func TestMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	texts := append([]string{
		`{"a":1,"b":2,"c":3}`, `{"a":1,"c":3}`, `{"c":3,"b":2,"a":1}`, `{"a":1,"b":2,"a":3}`, `{"a":1,"a":1}`, `{"a":1,"\u0062":2,"b":3}`, `{"\u0061":1,"b":2}`, `{"a":1,"\u0061":2}`, `{"b":1,"\u0061":1,"a":2}`, wide(99), strings.Replace(wide(99), `"w98"`, `"w2"`, 1),
		`{ "a" : 1 , "b" : [ { "c" : 1 } , { "c" : 2 , "d" : { } } ] }`, `{"a":{"a":{"a":{"b":1}}}}`, `{"a":[[{"b":1},{"b":{"b":[]}}],{"b":2}],"b":{"b":1}}`,
		`{"a":1,"b"`, `{"a":1,"b":`, `{"a":1,"b" :2}`, `{"a":1,"bb":2}`, `{"a":1,"b":2,"caf` + "\u00e9" + `":3}`, `[{"a":1},{"b":2,"a":3},[]]`, `"a"`,
		`{"` + strings.Repeat("n", placeText-4) + `":1,"` + strings.Repeat("n", placeText-3) + `":2,"` + strings.Repeat("n", placeText-2) + `":{"a":1}}`,
		`{"eightby":1,"eightbyt":2,"eightbyte":3,"eightbyteeightb":4,"eightbyteeightby":5}`, `{"eightbyteeightbx":5,"eightbyx":2}`,
	}, samples...)
	for range 4 {
		texts = append(texts, string(record(r)))
	}
	var used, second Tape
	for range 2000 {
		alike(t, &used, []byte(texts[r.IntN(len(texts))]))
		second.Share(&used)
		alike(t, &second, []byte(texts[r.IntN(len(texts))]))
		if used.Share(&second); used.Memory() != second.Memory() {
			t.Fatal("two tapes that share a memory have two")
		}
	}
	// Cut and changed texts, after the one that they were.
	whole := texts[len(texts)-1]
	for i := range whole {
		alike(t, &used, []byte(whole))
		alike(t, &used, []byte(whole[:i]))
		alike(t, &used, []byte(whole[:i]+string(rune(' '+r.IntN(95)))+whole[i+1:]))
	}
}

// wide returns an object with n names.
func wide(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"w%d":%d`, i, i)
	}
	return "{" + b.String()[1:] + "}"
}

// A tape that reads ever new names does not grow, and learns anew.
func TestMemoryIsBounded(t *testing.T) {
	var used Tape
	memories := map[*Memory]bool{}
	for i := range 300 {
		var b strings.Builder
		for k := range 50 {
			fmt.Fprintf(&b, `,"n%d_%d":{"v":%d}`, i, k, k)
		}
		alike(t, &used, []byte(`{"same":1`+b.String()+`}`))
		if m := used.Memory(); m != nil {
			if memories[m] = true; m.Places() > maxPlaces || len(m.slots) > 2*maxPlaces || len(m.known) > maxPassages || len(m.stacks) > maxPassages {
				t.Fatalf("%d places, %d slots, %d passages, %d stacks", m.Places(), len(m.slots), len(m.known), len(m.stacks))
			}
		}
	}
	if len(memories) < 5 {
		t.Errorf("30000 places went through %d memories", len(memories))
	}
}

// random appends a JSON value of few names, so that what stands between two
// values is often known and goes on in another way.
func random(r *rand.Rand, dst []byte, depth int) []byte {
	space := func() {
		if r.IntN(40) == 0 {
			dst = append(dst, " \n\t"[r.IntN(3)])
		}
	}
	space()
	switch k := r.IntN(12); {
	case k < 3 && depth > 0:
		dst = append(dst, '{')
		for i, n := range r.Perm(r.IntN(5)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			space()
			if r.IntN(60) == 0 {
				n = 0 // perhaps for the second time
			}
			dst = append(dst, []string{`"a"`, `"b"`, `"name"`, `"a long name of a member"`, `"\u0061"`}[n]...)
			space()
			dst = random(r, append(dst, ':'), depth-1)
		}
		dst = append(dst, '}')
	case k < 5 && depth > 0:
		dst = append(dst, '[')
		for i := range r.IntN(4) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = random(r, dst, depth-1)
		}
		dst = append(dst, ']')
	case k < 9:
		dst = append(dst, []string{`""`, `"text"`, `"a longer text, of two words"`, `"\n"`, `"é"`}[r.IntN(5)]...)
	default:
		dst = append(dst, []string{"1", "-20", "3.5e2", "true", "false", "null", "{}", "[]"}[r.IntN(8)]...)
	}
	space()
	return dst
}

// Texts of many shapes that share what they are made of, whole and damaged.
func TestMemoryOfPassages(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var used Tape
	for range 20000 {
		text := random(r, nil, 4)
		if len(text) > 0 && r.IntN(3) == 0 {
			switch i := r.IntN(len(text)); r.IntN(3) {
			case 0:
				text = text[:i]
			case 1:
				text[i] = `{}[],:"1-t \`[r.IntN(12)]
			default:
				text = append(text[:i:i], text[min(len(text), i+1+r.IntN(6)):]...)
			}
		}
		alike(t, &used, text)
	}
	if m := used.Memory(); len(m.known) < 100 {
		t.Errorf("only %d passages are known", len(m.known))
	}
}

// Texts of one shape are read without looking for a name.
func TestMemoryKnowsTheNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var used Tape
	for range 9 {
		if err := used.Parse(record(r)); err != nil {
			t.Fatal(err)
		}
	}
	m := used.Memory()
	places := m.Places()
	clear(m.slots) // what is found from here on is guessed
	if err := used.Parse(record(r)); err != nil {
		t.Fatal(err)
	}
	names := 0
	for n := range used.Nodes {
		if nd := &used.Nodes[n]; nd.Flags&Name != 0 {
			if names++; nd.Place == 0 {
				t.Errorf("%s has no place", used.Raw(n))
			}
		}
	}
	if m.Places() != places || names != places-rootPlace-1 {
		t.Errorf("%d names, %d places before and %d after", names, places, m.Places())
	}
}
