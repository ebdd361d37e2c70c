package person

import (
	"bytes"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

func must(t testing.TB, kind Kind, s string) ID {
	t.Helper()
	id, err := ParseID(kind, s)
	if err != nil {
		t.Fatalf("%s %q: %v", kind, s, err)
	}
	return id
}

// dana is the person of the tests.
func dana(t testing.TB, role string) Person {
	return New(role, must(t, User, "136"), must(t, User, "u-7f3a9c21"), must(t, Email, "Dana@Whitfield.example"), must(t, Phone, "+1 (555) 200-1000"))
}

func parse(t testing.TB, s string) *tape.Tape {
	t.Helper()
	tp := new(tape.Tape)
	if err := tp.Parse([]byte(s)); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return tp
}

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		record string
		want   Verdict
	}{
		// user_id
		{`{"user_id":"136","user_type":"contractor"}`, Belongs},
		{`{"user_id":136}`, Belongs},
		{`{"user_id":"136","user_type":"unknown"}`, Belongs},
		{`{"user_id":"136","user_type":"partner"}`, Untouched}, // another one with the same number
		{`{"user_id":"1360"}`, Untouched},
		{`{"user_id":"u-7f3a9c21"}`, Belongs},
		{`{"user_id":"u-7f3a9c21","user_type":"partner"}`, Mentions},
		// nobody is signed in
		{`{"user_id":"anonymous","request_body":{"email":"DANA@whitfield.EXAMPLE"}}`, Belongs},
		{`{"path":"/verify?email=dana%40whitfield.example&x=1"}`, Belongs},
		{`{"user_id":null,"path":"/api/contractors/136/matches"}`, Belongs},
		{`{"user_id":0,"request_body":{"phone":"555.200.1000"}}`, Belongs},
		{`{"user_id":"","phone":15552001000}`, Belongs},
		{"{\"user_id\":\"\",\"phone\":\"555\u00a0200\u20131000\"}", Belongs},
		{`{"user_id":"","phone":"+1\u202f555\u2011200\u22121000"}`, Belongs},
		{`{"user_id":"","phone":"555\u00e9200\u00e91000"}`, Untouched},
		{`{"user_id":"anonymous","contractor_id":136}`, Belongs},
		{`{"user_id":"Dana@whitfield.example","user_type":"partner","page":"/"}`, Belongs},
		{`{"user_id":"+1 555 200 1000"}`, Belongs},
		{`{"user_id":"ask dana@whitfield.example"}`, Mentions},
		{`{"user_id":"anonymous","path":"/api/partners/136"}`, Untouched},
		{`{"user_id":"anonymous","response_time_ms":136}`, Untouched},
		// somebody else
		{`{"user_id":"9","text":"ask dana@whitfield.example."}`, Mentions},
		{`{"user_id":"9","text":"ask \u201cdana@whitfield.example\u201d"}`, Mentions},
		{`{"user_id":"9","text":"ask dana@whitfield.example.Then"}`, Mentions},
		{`{"user_id":"9","text":"ask mary.dana@whitfield.example"}`, Untouched},
		{`{"user_id":"9","text":"ask dana@whitfield.example.org"}`, Mentions}, // more than must be: it may be a sentence
		{`{"user_id":"9","text":"call 1-555-200-1000 or 555-200-2000"}`, Mentions},
		{`{"user_id":"9","text":"call 555-200-2000 555 200 1000"}`, Mentions},
		{`{"user_id":"9","tel":"%2B1%20555%20200%201000"}`, Mentions},
		{`{"user_id":"9","text":"555-200-10001"}`, Untouched},
		{`{"user_id":"9","id":"1f5552001000"}`, Untouched},
		{`{"user_id":"9","a":[{"contractorId":"136"}]}`, Mentions},
		{`{"user_id":"9","partner_id":"136"}`, Untouched},
		{`{"user_id":"9","by":{"dana@whitfield.example":1}}`, Mentions},
		{`{"user_id":"9","body":"{\"user_id\":136,\"x\":1}"}`, Mentions},
		{`{"user_id":"9","body":"{\"email\":\"dana\\u0040whitfield.example\"}"}`, Mentions},
		{`{"user_id":"9","body":"{\"in\":\"{\\\"email\\\":\\\"dana\\\\u0040whitfield\\\\u002Eexample\\\"}\"}"}`, Mentions},
		{`{"user_id":"9","body":"{\"phone\":\"\\u002B15552001000\"}"}`, Mentions},
		{`{"user_id":"9","body":"{\"note\":\"call\\n5552001000\"}"}`, Mentions},
		{`{"user_id":"9","body":"{\"note\":\"ask\\ndana@whitfield.example\"}"}`, Mentions},
		{`{"user_id":"9","body":"{\"path\":\"\\/contractors\\/136\\/x\"}"}`, Mentions},
		{`{"user_id":"9","body":"{\"phone\":\"\\u002B25552001001\"}"}`, Untouched},
		{`{"user_id":"anonymous","body":"dana\\u0040whitfield.example"}`, Belongs},
		{`{"user_id":"9","text":"the user u-7f3a9c21 left"}`, Mentions},
		{`{"user_id":"9","text":"u-7f3a9c212"}`, Untouched},
		{`[]`, Untouched},
		{`"dana@whitfield.example"`, Belongs},
	} {
		tp := parse(t, test.record)
		var key Key
		for name, m := range map[string]*Matcher{"plain": NewMatcher(dana(t, "contractor")), "hashed": hashed(&key, dana(t, "contractor"))} {
			if got := m.Judge(tp); got != test.want {
				t.Errorf("%s: %s: %v, want %v", name, test.record, got, test.want)
			}
			out := m.AppendWithout(nil, tp)
			if test.want == Mentions && m.Judge(parse(t, string(out))) != Untouched {
				t.Errorf("%s: %s became %s", name, test.record, out)
			}
		}
	}
}

// A record that does not say whose words it holds is the person's by its own
// id, whoever wrote it down.
func TestJudgeRecordID(t *testing.T) {
	p := New("contractor", must(t, Record, "019ab001-1f6f-72e6-8a11-6d20b15c6901"))
	var key Key
	for name, m := range map[string]*Matcher{"plain": NewMatcher(p), "hashed": hashed(&key, p)} {
		for record, want := range map[string]Verdict{
			`{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901","user_id":"anonymous","feedback":{"comment":"Bo here"}}`: Belongs,
			`{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901","user_id":"5","user_type":"admin"}`:                      Belongs,
			`{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6902","user_id":"anonymous"}`:                                  Untouched,
			`{"user_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901"}`:                                                               Untouched,
			`{"user_id":"9","parent_interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901"}`:                                   Untouched,
		} {
			if got := m.Judge(parse(t, record)); got != want {
				t.Errorf("%s: %s: %v, want %v", name, record, got, want)
			}
		}
	}
}

func hashed(key *Key, p Person) *Matcher {
	l := NewList(key)
	l.Add(Stone{Until: 1 << 62, Role: p.Role, Hashes: Hashes(key, p)})
	return l.Everyone()
}

func TestWithout(t *testing.T) {
	m := NewMatcher(dana(t, "contractor"))
	for in, want := range map[string]string{
		`{"user_id":"9","text":"ask Dana@whitfield.example, 555-200-1000!","n":5552001000}`:            `{"user_id":"9","text":"ask [erased], [erased]!","n":"[erased]"}`,
		`{"user_id":"9","a":["/contractors/136/x", "\u0064ana@whitfield.example"],"b": 1.50}`:          `{"user_id":"9","a":["/contractors/[erased]/x","[erased]"],"b":1.50}`,
		`{"user_id":"9","dana@whitfield.example":1,"DANA@whitfield.example":2,"[erased]":3}`:           `{"user_id":"9","[erased] 2":1,"[erased] 3":2,"[erased]":3}`,
		`{"user_id":"9","q":"{\"e\":\"dana\\u0040whitfield.example\",\"x\":\"\\u00e9\"}"}`:             `{"user_id":"9","q":"{\"e\":\"[erased]\",\"x\":\"\\u00e9\"}"}`,
		`{"user_id":"9","q":"email=dana%40whitfield.example&phone=%28555%29%20200-1000","e":"\u00e9"}`: `{"user_id":"9","q":"email=[erased]&phone=%28[erased]","e":"\u00e9"}`,
	} {
		if got := string(m.AppendWithout(nil, parse(t, in))); got != want {
			t.Errorf("%s became\n%s, want\n%s", in, got, want)
		}
	}
}

func TestParseID(t *testing.T) {
	for kind, bad := range map[Kind][]string{
		Email:  {"", "dana", "Dana <dana@x.example>", "dana@x.example, b@x.example"},
		Phone:  {"", "200-1000", "12345678901234567", "call 5552001000"},
		User:   {"", "0", "anonymous", "null"},
		Record: {""},
	} {
		for _, s := range bad {
			if _, err := ParseID(kind, s); err == nil {
				t.Errorf("%s %q is taken", kind, s)
			}
		}
	}
	for _, same := range []string{"+1-555-200-1000", "555\u00a0200\u20131000"} {
		if a, b := must(t, Phone, "555 200 1000"), must(t, Phone, same); a != b {
			t.Errorf("%v is not %v", a, b)
		}
	}
	if p := New("", must(t, User, "Dana@Whitfield.example")); len(p.IDs) != 2 || p.IDs[0] != must(t, Email, "dana@whitfield.example") {
		t.Errorf("%v", p)
	}
}

// named returns a person with one user id.
func named(t testing.TB, role, user string) Person { return New(role, must(t, User, user)) }

// A list forgets nobody, and asks about each record only those who were erased
// after it.
func TestList(t *testing.T) {
	key := Key{1}
	l := NewList(&key)
	if l.Of(0, [16]byte{}) != nil {
		t.Error("an empty list concerns a record")
	}
	l.Add(Stone{Until: 1000, Hashes: Hashes(&key, dana(t, ""))})
	l.Add(Stone{Until: 2000, Hashes: Hashes(&key, named(t, "", "bob-0001")), Later: []string{key.LaterHash([16]byte{7})}})
	l.Add(Stone{Until: 500, Hashes: Hashes(&key, dana(t, ""))}) // she was erased before, too
	for _, test := range []struct {
		ms     int64
		id     byte
		record string
		want   Verdict
	}{
		{999, 0, `{"user_id":"136"}`, Belongs},
		{1000, 0, `{"user_id":"136"}`, Untouched}, // she has come back
		{1000, 0, `{"user_id":"9","text":"ask dana@whitfield.example"}`, Untouched},
		{999, 0, `{"user_id":"9","text":"ask dana@whitfield.example"}`, Mentions},
		{1999, 0, `{"user_id":"bob-0001"}`, Belongs},
		{1999, 0, `{"user_id":"bob-0001","text":"ask dana@whitfield.example"}`, Belongs},
		{2000, 0, `{"user_id":"bob-0001"}`, Untouched},
		{2000, 7, `{"user_id":"bob-0001"}`, Belongs},
		{2000, 7, `{"user_id":"136"}`, Untouched}, // the record is on his stone
		{999, 0, `{"user_id":"137"}`, Untouched},
	} {
		got := Untouched
		if m := l.Of(test.ms, [16]byte{test.id}); m != nil {
			got = m.Judge(parse(t, test.record))
		}
		if got != test.want {
			t.Errorf("%d %d %s: %v, want %v", test.ms, test.id, test.record, got, test.want)
		}
	}
	if l.Of(2000, [16]byte{8}) != nil || l.Of(1999, [16]byte{8}) == nil {
		t.Error("the time of the list is wrong")
	}
	other := Key{2}
	if Hashes(&key, dana(t, ""))[0] == Hashes(&other, dana(t, ""))[0] {
		t.Error("the hash does not depend on the key")
	}
}

// An id of two roles on the list is not that of a third one.
func TestListRoles(t *testing.T) {
	key := Key{1}
	l := NewList(&key)
	for _, role := range []string{"contractor", "partner"} {
		l.Add(Stone{Until: 1000, Role: role, Hashes: Hashes(&key, named(t, role, "7"))})
	}
	judge := func(record string) Verdict { return l.Of(0, [16]byte{}).Judge(parse(t, record)) }
	for record, want := range map[string]Verdict{
		`{"user_id":"7","user_type":"contractor"}`: Belongs,
		`{"user_id":"7","user_type":"partner"}`:    Belongs,
		`{"user_id":"7","user_type":"admin"}`:      Untouched,
		`{"user_id":"7","user_type":"unknown"}`:    Belongs,
		`{"user_id":"9","contractor_id":"7"}`:      Mentions,
		`{"user_id":"9","admin_id":"7"}`:           Untouched,
	} {
		if got := judge(record); got != want {
			t.Errorf("%s: %v, want %v", record, got, want)
		}
	}
	l.Add(Stone{Until: 1000, Hashes: Hashes(&key, named(t, "", "7"))})
	if got := judge(`{"user_id":"7","user_type":"admin"}`); got != Belongs {
		t.Errorf("of any role: %v", got)
	}
}

// What the person does during an erasure is left out when that is asked for.
func TestBefore(t *testing.T) {
	p := dana(t, "")
	p.Before = 1_700_000_000_000
	m := NewMatcher(p)
	for record, want := range map[string]Verdict{
		`{"user_id":"136","timestamp":"2023-11-14T22:13:19.999Z"}`: Belongs,
		`{"user_id":"136","timestamp":"2023-11-14T22:13:20.000Z"}`: Untouched,
		`{"user_id":"136","timestamp":"soon"}`:                     Belongs,
		`{"user_id":"136"}`:                                        Belongs,
	} {
		if got := m.Judge(parse(t, record)); got != want {
			t.Errorf("%s: %v", record, got)
		}
	}
}

// Whatever the record, it stays JSON, and the person is gone from it.
func FuzzWithout(f *testing.F) {
	f.Add(`{"user_id":"9","text":"ask dana@whitfield.example"}`)
	f.Add(`{"a":"dana@whitfield.exampledana@whitfield.example","b":"555 200 1000 1000"}`)
	f.Add(`["555\u00a0200\u20131000 555\u2013200 1000\u00a0"]`)
	f.Add(`["(555) 200-1000 555-200-1000", 5552001000, "user_id: 136"]`)
	f.Add(`{"x":"a'=dana%40whitfield.example.-é","contractors/136":"users/136/u-7f3a9c21"}`)
	f.Add(`{"a":"{\"b\":\"dana\\u0040whitfield.example\\\\u002B15552001000\\/contractors\\/136\\ud83d\""}`)
	f.Fuzz(func(t *testing.T, s string) {
		tp := new(tape.Tape)
		if tp.Parse([]byte(s)) != nil {
			t.Skip()
		}
		m := NewMatcher(dana(t, ""))
		verdict := m.Judge(tp)
		out := m.AppendWithout(nil, tp)
		again := new(tape.Tape)
		if err := again.Parse(out); err != nil {
			t.Fatalf("%v: %s became %s", err, s, out)
		}
		if got := m.Judge(again); got != Untouched {
			t.Fatalf("%v: %s became %s", got, s, out)
		}
		if verdict == Untouched && again.ContentHash() != tp.ContentHash() {
			t.Fatalf("untouched %s became %s", s, out)
		}
		text := m.AppendTextWithout(nil, []byte(s))
		if m.Text(text) || bytes.Contains(text, []byte(" dana@whitfield.example ")) {
			t.Fatalf("%q became %q", s, text)
		}
	})
}

// Long texts cost time in proportion to their length: this would take hours
// if it were the square.
func TestLongText(t *testing.T) {
	m := NewMatcher(dana(t, ""))
	for _, s := range []string{"a.b=", "@", "1 ", "%40", "a@b.", "55-", "contractors/", `\\`, `\u0040`, `a\u0040b.`} {
		if m.Text([]byte(strings.Repeat(s, 1<<17))) {
			t.Errorf("%q has an id", s)
		}
	}
}
