package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// examples returns the examples of all schema files.
func examples(t testing.TB, s *Set) [][]byte {
	t.Helper()
	var all [][]byte
	for _, info := range append([]TypeInfo{s.Base()}, s.Types()...) {
		var doc struct{ Examples []json.RawMessage }
		if err := json.Unmarshal(info.JSON, &doc); err != nil {
			t.Fatal(err)
		}
		for _, e := range doc.Examples {
			all = append(all, e)
		}
	}
	return all
}

// TestMutants holds the fast path against the library over records that were
// changed at random in one to three places.
func TestMutants(t *testing.T) {
	perSeed := 8
	if testing.Short() {
		perSeed = 2
	}
	own, lone := openDefault(t), openLone(t)
	sample := newSampler(7)
	var generated [][]byte
	for range 1500 {
		generated = append(generated, sample.record())
	}
	for _, run := range []struct {
		name  string
		set   *Set
		seeds [][]byte
		times int
	}{
		{"contract, examples", own, examples(t, own), 60 * perSeed},
		{"contract, generated", own, generated, perSeed},
		{"lone schema, generated", lone, generated, perSeed},
	} {
		t.Run(run.name, func(t *testing.T) {
			m := mutator{rand.New(rand.NewPCG(42, 43))}
			var valid, fast, total int
			for _, seed := range run.seeds {
				for range run.times {
					text := m.mutant(seed)
					var tp tape.Tape
					if tp.Parse(text) != nil {
						continue
					}
					total++
					c, _ := run.set.contractOf(&tp)
					says, took := verdict(c, &tp), c.fast.accepts(&tp, 0)
					if took && !says {
						t.Fatalf("the fast path accepts what the library refuses: %s", text)
					}
					if says {
						valid++
					}
					if took {
						fast++
					}
					if (run.set.Check(&tp, Check{}) == nil) != says {
						t.Fatalf("Check does not follow the library, which says %v: %s", says, text)
					}
				}
			}
			t.Logf("%d mutants, %d valid, %d of them by the fast path", total, valid, fast)
			if valid < total/20 || valid > total*19/20 || fast*10 < valid*8 {
				t.Error("the mutants are too alike: the comparison says little")
			}
		})
	}
}

// mutator changes records at random.
type mutator struct{ *rand.Rand }

// spot is a place in a tree that can be read and written.
type spot struct {
	obj map[string]any
	key string
	arr []any
	at  int
}

func (s spot) get() any {
	if s.obj != nil {
		return s.obj[s.key]
	}
	return s.arr[s.at]
}

func (s spot) set(v any) {
	if s.obj != nil {
		s.obj[s.key] = v
	} else {
		s.arr[s.at] = v
	}
}

func spots(v any, list []spot) []spot {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			list = spots(v[name], append(list, spot{obj: v, key: name}))
		}
	case []any:
		for i := range v {
			list = spots(v[i], append(list, spot{arr: v, at: i}))
		}
	}
	return list
}

func (m mutator) mutant(seed []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(seed))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		panic(err)
	}
	for range 1 + m.IntN(3) {
		all := spots(doc, nil)
		if len(all) == 0 {
			break
		}
		m.change(all[m.IntN(len(all))], all)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	if m.IntN(10) == 0 {
		out[m.IntN(len(out))] = byte(m.IntN(256)) // often no JSON any more
	}
	return out
}

func (m mutator) change(s spot, all []spot) {
	old := s.get()
	switch m.IntN(9) {
	case 0: // delete, or empty
		if s.obj != nil {
			delete(s.obj, s.key)
		} else {
			s.set(nil)
		}
	case 1: // another kind of value
		s.set(m.value())
	case 2: // another name
		if s.obj != nil {
			delete(s.obj, s.key)
			s.obj[m.name(s.key)] = old
		}
	case 3: // a value from elsewhere in the record
		s.set(copyOf(all[m.IntN(len(all))].get()))
	case 4: // one more member or element
		switch old := old.(type) {
		case map[string]any:
			old[m.name("extra")] = m.value()
		case []any:
			s.set(append(slices.Clone(old), m.value()))
		default:
			if s.obj != nil {
				s.obj[m.name("extra")] = m.value()
			}
		}
	case 5: // the same, spelt with escapes
		if text, ok := old.(string); ok {
			s.set(escaped(text))
		}
	case 6, 7: // corrupt the text or the number
		switch old := old.(type) {
		case string:
			s.set(m.corrupt(old))
		case json.Number:
			s.set(m.number())
		default:
			s.set(m.value())
		}
	case 8: // another word of the contract
		s.set(m.word())
	}
}

func copyOf(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return json.RawMessage(text)
}

func escaped(text string) any {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if r > 0xffff {
			return text
		}
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	b.WriteByte('"')
	return json.RawMessage(b.String())
}

func pick[T any](m mutator, list ...T) T { return list[m.IntN(len(list))] }

func (m mutator) number() json.Number {
	return pick[json.Number](m, "0", "-0", "1", "-1", "5", "6", "10", "11", "99", "100", "600", "599", "1000", "999.0", "1.0", "0.0", "-0.0", "1e0", "1E2", "5e-1", "1e400", "-1e400", "1e-400",
		"0.30000000000000004", "1.0000000000000000000001", "0.99999999999999999999", "10.250", "10.2500000000000000001", "-0.5", "-0.49999999999999999999", "100.00000000000001",
		"9007199254740993", "123456789012345678901234567890", "10.0000000000000000000000000001", "1e99999999999", "-1e-99999999999")
}

func (m mutator) name(old string) string {
	return pick(m, old+"x", strings.ToUpper(old), "", "interaction_id", "user_id", "user_type", "interaction_type", "metadata", "outcomes", "feedback", "api_call", "experiments", "rating", "content", "caf\u00e9", "a/b~c")
}

func (m mutator) word() any {
	return pick[any](m, "api_call", "ai_concierge", "deal_closed", "feedback", "partner_match", "page_view", "no_such_type", "Bad Type", "contractor", "partner", "admin", "unknown", "anonymous", "GET", "assistant", "production", "ceo", true, false, nil)
}

func (m mutator) value() any {
	return pick[any](m, nil, true, false, "", " ", "x", "\u00e4\U0001F600", "203.0.113.24", "256.1.1.1", "2026-02-29", "2026-11-23T09:08:52.117Z", "2026-11-23T09:08:52Z", "2026-11-23t23:59:60z", "2026-11-23T09:08:52+01:00",
		"0190f0e0-5a1b-7c3d-8e4f-a1b2c3d4e5f6", "0190F0E0-5A1B-7C3D-8E4F-A1B2C3D4E5F6", "a@b", "a@b@c.d", strings.Repeat("\u00e9", 40), strings.Repeat("y", 301),
		[]any{}, []any{"a", json.Number("1")}, map[string]any{}, map[string]any{"role": "user", "content": "hi"}, map[string]any{"a": json.Number("1")}, m.number(), m.number())
}

func (m mutator) corrupt(text string) string {
	r := []rune(text)
	if len(r) == 0 {
		return "z"
	}
	at := m.IntN(len(r))
	switch m.IntN(5) {
	case 0:
		r[at] = rune(m.IntN(128))
	case 1:
		r[at] = pick(m, '\u00e9', '\u2028', '\U0001F600', '0', '9', '-', 'Z')
	case 2:
		r = slices.Delete(r, at, at+1)
	case 3:
		r = slices.Insert(r, at, r[at])
	case 4:
		r = r[:at]
	}
	return string(r)
}

// FuzzCheck holds the fast path against the library over any JSON text.
func FuzzCheck(f *testing.F) {
	own, lone := openDefault(f), openLone(f)
	for _, e := range examples(f, own) {
		f.Add(e)
	}
	sample := newSampler(3)
	for range 20 {
		f.Add(sample.record())
	}
	f.Add([]byte(`{"interaction_type":"api_c\u0061ll","user_type":"unknown","user_id":"anonymou\u0073"}`))
	f.Add([]byte(`[1e9999999]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var tp tape.Tape
		if len(text) > 1<<16 || tp.Parse(text) != nil {
			return
		}
		for _, s := range []*Set{own, lone} {
			c, _ := s.contractOf(&tp)
			says := verdict(c, &tp)
			if c.fast.accepts(&tp, 0) && !says {
				t.Fatalf("the fast path accepts what the library refuses: %s", text)
			}
			found := s.Check(&tp, Check{})
			if (found == nil) != says {
				t.Fatalf("Check found %v, the library says %v: %s", found, says, text)
			}
			for _, one := range found {
				if n, ok := tp.Lookup(one.Pointer); !ok || offset(&tp, n) != one.Offset {
					t.Fatalf("%+v points nowhere in %s", one, text)
				}
			}
		}
	})
}
