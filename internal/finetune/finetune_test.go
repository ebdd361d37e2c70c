package finetune

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// rec makes a record; m is merged over what every record has.
func rec(n int, kind, user, conversation string, m map[string]any) string {
	r := map[string]any{
		"interaction_id": fmt.Sprintf("00000000-0000-7000-8000-%012d", n), "timestamp": fmt.Sprintf("2026-11-%02dT10:%02d:00.000Z", 1+n/60, n%60), "interaction_type": kind,
		"user_id": user, "user_type": "contractor", "metadata": map[string]any{"app_version": "1"},
	}
	if conversation != "" {
		r["conversation_id"] = conversation
	}
	for k, v := range m {
		r[k] = v
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func id(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }

type obj = map[string]any

// says makes an ai_conversation: user and assistant by turns.
func says(finish string, texts ...string) obj {
	messages := []obj{}
	for i, s := range texts {
		messages = append(messages, obj{"role": []string{"user", "assistant"}[i%2], "content": s, "tokens": 3})
	}
	c := obj{"messages": messages}
	if finish != "" {
		c["finish_reason"] = finish
	}
	return obj{"ai_conversation": c}
}

func with(m obj, more obj) obj {
	for k, v := range more {
		m[k] = v
	}
	return m
}

var agreed = obj{"metadata": obj{"training_consent": true}}

func stream(lines []string) iter.Seq2[*tape.Tape, error] {
	return func(yield func(*tape.Tape, error) bool) {
		var t tape.Tape
		for _, l := range lines {
			if !yield(&t, t.Parse([]byte(l))) {
				return
			}
		}
	}
}

type files struct{ train, validation, refused, lineage bytes.Buffer }

func run(t *testing.T, lines []string, o Options) (*files, Report) {
	t.Helper()
	o.TempDir = t.TempDir()
	f := &files{}
	r, err := Write(t.Context(), stream(lines), Output{&f.train, &f.validation, &f.refused, &f.lineage}, o)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(o.TempDir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	return f, r
}

// reasonsOf reads the refused lines.
func reasonsOf(t *testing.T, f *files) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(f.refused.String()) {
		var r refusal
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Detail == "" {
			t.Fatal(line, err)
		}
		out[r.ConversationID] = r.Reason
	}
	return out
}

func TestChoose(t *testing.T) {
	lines := []string{
		rec(1, "ai_concierge", "7", "c-good", with(says("stop", "How?", "So."), agreed)),
		rec(2, "feedback", "7", "c-good", obj{"parent_interaction_id": id(1), "feedback": obj{"rating": 9}}),
		rec(3, "ai_concierge", "8", "c-no-consent", says("stop", "Q1", "A1")),
		rec(4, "ai_concierge", "9", "c-withdrawn", with(says("stop", "Q2", "A2"), agreed)),
		rec(5, "page_view", "9", "", obj{"metadata": obj{"training_consent": false}}),
		rec(6, "ai_concierge", "7", "c-low", says("stop", "Q3", "A3")),
		rec(7, "ai_concierge_response", "7", "c-low", with(says("stop"), obj{"parent_interaction_id": id(6), "feedback": obj{"helpful": false}})),
		rec(8, "ai_concierge", "7", "c-unrated", says("stop", "Q4", "A4")),
		rec(9, "ai_concierge", "7", "c-twin", says("", "how? ", "SO.")),
		rec(10, "feedback", "7", "c-twin", obj{"feedback": obj{"rating": 10}}),
		rec(11, "ai_concierge", "7", "c-cut", says("length", "Q5", "half an ans")),
		rec(12, "feedback", "7", "c-cut", obj{"feedback": obj{"rating": 10}}),
		rec(13, "ai_concierge", "7", "c-open", says("", "Q6")),
		rec(14, "feedback", "7", "c-open", obj{"feedback": obj{"rating": 10}}),
		rec(15, "ai_concierge", "7", "c-two", says("", "Q7", "A7")),
		rec(16, "ai_concierge", "8", "c-two", says("", "Q8", "A8")),
		rec(17, "ai_concierge", "7", "c-tool", obj{"ai_conversation": obj{"messages": []obj{{"role": "user", "content": "x"}, {"role": "tool", "content": "y"}, {"role": "assistant", "content": "z"}}}}),
		rec(18, "feedback", "7", "c-tool", obj{"feedback": obj{"rating": 10}}),
		rec(19, "ai_concierge", "7", "c-long", says("", strings.Repeat("long ", 100), "A9")),
		rec(20, "feedback", "7", "c-long", obj{"feedback": obj{"rating": 10}}),
		rec(21, "ai_concierge", "7", "c-copy", with(says("", "Q10", "A10"), obj{"metadata": obj{"duplicate_of": id(1)}})),
		rec(22, "ai_concierge", "11", "c-list", says("stop", "From the list", "Yes")),
		rec(23, "ai_concierge_response", "11", "c-list", with(says("stop"), obj{"parent_interaction_id": id(22), "feedback": obj{"helpful": true}})),
	}
	f, r := run(t, lines, Options{MinRating: 8, Consent: map[string]bool{"contractor:11": true, "contractor:9": true}, MaxBytes: 300})
	want := map[string]string{"c-no-consent": "no_consent", "c-withdrawn": "withdrawn", "c-low": "rated_low", "c-unrated": "unrated", "c-twin": "duplicate",
		"c-cut": "no_answer", "c-open": "no_answer", "c-two": "several", "c-tool": "tool_calls", "c-long": "too_long"}
	if got := reasonsOf(t, f); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if f.train.String() != `{"messages":[{"role":"user","content":"How?"},{"role":"assistant","content":"So."}]}`+"\n"+`{"messages":[{"role":"user","content":"From the list"},{"role":"assistant","content":"Yes"}]}`+"\n" {
		t.Errorf("%s", f.train.String())
	}
	if r.Conversations != 12 || r.Train != 2 || r.Refused != 10 || r.Records != 22 || f.validation.Len() != 0 {
		t.Errorf("%+v", r)
	}
	for reason := range r.Reasons {
		if reasons[reason] == "" {
			t.Errorf("%s has no words", reason)
		}
	}
	var text strings.Builder
	if r.Text(&text) != nil || !strings.Contains(text.String(), "12 conversations: 2 to train, 0 to validate, 10 refused\n") || !strings.Contains(text.String(), "10 examples at least") {
		t.Error(text.String())
	}
}

// Each role has its own ids: what one user agrees to, takes back, books or is
// listed for says nothing of another with the same number.
func TestRoles(t *testing.T) {
	partner := func(m obj) obj { return with(obj{"user_type": "partner"}, m) }
	lines := []string{
		rec(1, "ai_concierge", "88", "contractor", says("", "q1", "a1")),
		rec(2, "page_view", "88", "", partner(agreed)),
		rec(3, "ai_concierge", "88", "partner", partner(says("", "q2", "a2"))),
		rec(4, "ai_concierge", "9", "kept", with(says("", "q3", "a3"), agreed)),
		rec(5, "page_view", "9", "", partner(obj{"metadata": obj{"training_consent": false}})),
		rec(6, "ai_concierge", "5", "five", says("", "q4", "a4")),
		rec(7, "ai_concierge", "5", "partner five", partner(says("", "q5", "a5"))),
		rec(8, "demo_booking", "9", "", partner(obj{"outcomes": obj{"demo_booked": true}})),
		rec(9, "ai_concierge", "4", "both", with(says("", "q6", "a6"), agreed)),
		rec(10, "ai_concierge", "4", "both", partner(with(says("", "q7", "a7"), agreed))),
	}
	f, _ := run(t, lines, Options{Consent: map[string]bool{"partner:5": true}})
	if got, want := reasonsOf(t, f), (map[string]string{"contractor": "no_consent", "five": "no_consent", "both": "several"}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if f, _ := run(t, lines, Options{Outcome: "demo_booked"}); reasonsOf(t, f)["kept"] != "no_outcome" {
		t.Error(f.refused.String())
	}
}

func TestParseUser(t *testing.T) {
	for in, want := range map[string]string{"88": "contractor:88", "partner:88": "partner:88", "admin:1": "admin:1", "tenant:88": "", "partner:": "", ":8": ""} {
		got, err := ParseUser(in)
		if got != want || (want == "") != (tpe.CodeOf(err) == tpe.Misuse) {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

func TestOutcomes(t *testing.T) {
	lines := []string{
		rec(1, "ai_concierge", "1", "a", with(says("", "q1", "a1"), agreed)),
		rec(2, "demo_booking", "1", "", obj{"outcomes": obj{"demo_booked": true}}),
		rec(3, "demo_booking", "2", "", obj{"outcomes": obj{"demo_booked": true}}), // before the conversation
		rec(4, "ai_concierge", "2", "b", with(says("", "q2", "a2"), agreed)),
		rec(5, "ai_concierge", "3", "c", with(says("", "q3", "a3"), obj{"metadata": obj{"training_consent": true}, "outcomes": obj{"question_answered": true, "demo_booked": true}})),
		rec(6, "demo_booking", "2", "", obj{"outcomes": obj{"demo_booked": false}}),
		rec(600, "demo_booking", "2", "", obj{"outcomes": obj{"demo_booked": true}}), // ten days later
	}
	for _, c := range []struct {
		o    Options
		want map[string]string
	}{
		{Options{Outcome: "demo_booked"}, map[string]string{}},
		{Options{Outcome: "demo_booked", Within: 24 * 3600e9}, map[string]string{"b": "no_outcome"}},
		{Options{Outcome: "question_answered"}, map[string]string{"a": "no_outcome", "b": "no_outcome"}},
		{Options{Outcome: "deal_closed"}, map[string]string{"a": "no_outcome", "b": "no_outcome", "c": "no_outcome"}},
	} {
		f, _ := run(t, lines, c.o)
		if got := reasonsOf(t, f); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %v", c.o, got)
		}
	}
	f, _ := run(t, lines, Options{Outcome: "demo_booked", Within: 24 * 3600e9})
	if !strings.Contains(f.lineage.String(), `"outcome_interaction_id":"`+id(2)+`"`) {
		t.Error(f.lineage.String())
	}
}

func TestAssemble(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string // roles and texts
		left  int
	}{
		{"turn by turn", []string{rec(1, "ai_concierge", "1", "c", says("stop", "a", "b")), rec(2, "ai_concierge", "1", "c", says("stop", "c", "d"))}, "u:a|a:b|u:c|a:d", 0},
		{"each record has all before it", []string{rec(1, "ai_concierge", "1", "c", says("stop", "a", "b")), rec(2, "ai_concierge", "1", "c", says("stop", "a", "b", "c", "d"))}, "u:a|a:b|u:c|a:d", 0},
		{"the answer stands in the response", []string{rec(1, "ai_concierge", "1", "c", says("", "a")),
			rec(2, "ai_concierge_response", "1", "c", with(obj{"ai_conversation": obj{"finish_reason": "stop", "messages": []obj{{"role": "assistant", "content": "b"}}}}, obj{"parent_interaction_id": id(1)}))}, "u:a|a:b", 0},
		{"the answer stands in both", []string{rec(1, "ai_concierge", "1", "c", says("stop", "a", "b")),
			rec(2, "ai_concierge_response", "1", "c", with(obj{"ai_conversation": obj{"messages": []obj{{"role": "assistant", "content": "b"}}}}, obj{"parent_interaction_id": id(1)}))}, "u:a|a:b", 0},
		{"a question without an answer goes with the next", []string{rec(1, "ai_concierge", "1", "c", says("", "a")), rec(2, "ai_concierge", "1", "c", says("stop", "b", "c"))}, "u:a\n\nb|a:c", 0},
		{"the last question has no answer", []string{rec(1, "ai_concierge", "1", "c", says("stop", "a", "b", "c"))}, "u:a|a:b", 1},
		{"a cut answer ends it", []string{rec(1, "ai_concierge", "1", "c", says("stop", "a", "b")), rec(2, "ai_concierge", "1", "c", says("client_closed", "c", "d")), rec(3, "ai_concierge", "1", "c", says("stop", "e", "f"))}, "u:a|a:b", 1},
		{"system messages and empty ones go", []string{rec(1, "ai_concierge", "1", "c", obj{"ai_conversation": obj{"messages": []obj{{"role": "system", "content": "s"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": " a "}, {"role": "user", "content": " "}, {"role": "assistant", "content": "b"}, {"role": "assistant", "content": "c"}}}})}, "u:a|a:b\n\nc", 0},
		{"the same record twice", []string{rec(1, "ai_concierge", "1", "c", says("stop", "a", "b")), rec(1, "ai_concierge", "1", "c", says("stop", "a", "b"))}, "u:a|a:b", 0},
		{"no conversation id", []string{rec(1, "ai_concierge", "1", "", says("", "a")),
			rec(2, "ai_concierge_response", "1", "", with(obj{"ai_conversation": obj{"messages": []obj{{"role": "assistant", "content": "b"}}}}, obj{"parent_interaction_id": id(1)}))}, "u:a|a:b", 0},
	} {
		f, r := run(t, c.lines, Options{Consent: map[string]bool{"contractor:1": true}})
		var line struct{ Messages []message }
		if err := json.Unmarshal(f.train.Bytes(), &line); err != nil {
			t.Errorf("%s: %v: %s", c.name, err, f.refused.String())
			continue
		}
		var got []string
		for _, m := range line.Messages {
			got = append(got, m.Role[:1]+":"+m.Content)
		}
		if s := strings.Join(got, "|"); s != c.want || r.Train != 1 || r.Conversations != 1 {
			t.Errorf("%s: %q", c.name, s)
		}
		if left := fmt.Sprintf(`"turns_left_out":%d`, c.left); strings.Contains(f.lineage.String(), left) != (c.left > 0) {
			t.Errorf("%s: %s", c.name, f.lineage.String())
		}
	}
}

func TestKnownNames(t *testing.T) {
	p := newPeople([]string{"Robin Vale", "Robin Vale Smith", "Rose", "José O’Neil-Park", "undefined", "A. B. Cole", ""})
	for in, want := range map[string]string{
		"Ask Robin Vale, not Rose.":              "Ask [name], not Rose.",
		"robin  vale smith's roof":               "[name] roof",
		"ROBIN VALE's roof and josé o’neil-park": "[name] roof and [name]",
		"Robin, Vale and Robins Vale":            "Robin, Vale and Robins Vale",
		"a.b. cole":                              "[name]",
		"Robin":                                  "Robin",
		"":                                       "",
	} {
		if got, _ := p.without(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got, n := people(nil).without("x y"); got != "x y" || n != 0 {
		t.Error(got, n)
	}
}

func TestMask(t *testing.T) {
	lines := []string{rec(1, "ai_concierge", "1", "c", says("stop",
		"My name is Dana Whitfield of Whitfield Exteriors, dana@whitfield.example, (555) 201-3344, +442079460958, 212 N Elm Street, number 123-45-6789, from 203.0.113.9; key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD",
		"Hi Dana, call 555-201-3345 about Danas and the $12,500 in Q3 2026. Whitfield exteriors is fine."))}
	f, r := run(t, lines, Options{Consent: map[string]bool{"contractor:1": true}, System: "You are a coach.", Names: func(user string) []string {
		if user != "1" {
			t.Error(user)
		}
		return []string{"Dana Whitfield", "Dana", "Whitfield", "Whitfield Exteriors", "a", ""}
	}})
	got := f.train.String()
	for _, gone := range []string{"Dana ", "Whitfield", "dana@", "201-334", "4420794", "Elm", "123-45", "203.0", "sk-proj"} {
		if strings.Contains(got, gone) {
			t.Errorf("%q is in %s", gone, got)
		}
	}
	for _, kept := range []string{`{"role":"system","content":"You are a coach."}`, "Hi [name], call [phone] about Danas and the $12,500 in Q3 2026. [name] is fine.", "[email]", "[address]", "[ssn]", "[ip]", "[redacted]"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is not in %s", kept, got)
		}
	}
	if r.Redacted < 9 || !r.NamesWereRedacted {
		t.Errorf("%+v", r)
	}
}

// many makes conversations of several people, some of them refused.
func many() []string {
	var lines []string
	for i := range 300 {
		user := fmt.Sprint(i % 40)
		c := fmt.Sprintf("c%03d", i)
		lines = append(lines, rec(3*i, "ai_concierge", user, c, with(says("stop", fmt.Sprint("question ", i%250), "answer"), obj{"metadata": obj{"training_consent": i%40 != 3}})))
		lines = append(lines, rec(3*i+1, "feedback", user, c, obj{"feedback": obj{"rating": i % 11}}))
	}
	return lines
}

func TestSameBytes(t *testing.T) {
	lines := many()
	o := Options{Validation: .25, MinRating: 5, Seed: "x"}
	first, r := run(t, lines, o)
	if r.Train == 0 || r.Validation == 0 || r.Refused == 0 {
		t.Fatalf("%+v", r)
	}
	for seed := range uint64(3) {
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		again, r2 := run(t, lines, o)
		if again.train.String() != first.train.String() || again.validation.String() != first.validation.String() || again.refused.String() != first.refused.String() || again.lineage.String() != first.lineage.String() || !reflect.DeepEqual(r, r2) {
			t.Fatal("other bytes for the same records")
		}
	}
	if other, _ := run(t, append(lines, rec(5000, "ai_concierge", "1", "c000", says("stop", "more", "words"))), o); other.lineage.String() == first.lineage.String() {
		t.Error("the lineage does not show other input")
	}
}

// No person is in both sets, and every conversation is accounted for once.
func TestSplitByPerson(t *testing.T) {
	f, r := run(t, many(), Options{Validation: .3})
	sets := map[string]string{}
	count := map[string]int64{}
	var summary Report
	for line := range strings.Lines(f.lineage.String()) {
		var e example
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "summary" {
			if err := json.Unmarshal([]byte(line), &summary); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if s, ok := sets[e.Person]; ok && s != e.Set {
			t.Errorf("%s is in both sets", e.Person)
		}
		sets[e.Person] = e.Set
		if count[e.Set]++; count[e.Set] != e.Line {
			t.Errorf("line %d of %s is the %d-th", e.Line, e.Set, count[e.Set])
		}
	}
	if !reflect.DeepEqual(summary, r) || count["train"] != r.Train || count["validation"] != r.Validation || r.Train+r.Validation+r.Refused != 300 {
		t.Errorf("%+v %v", r, count)
	}
	share := float64(strings.Count(fmt.Sprint(sets), "validation")) / float64(len(sets))
	if share < .1 || share > .55 {
		t.Errorf("%v of the people validate", share)
	}
	if f, _ := run(t, many(), Options{Validation: .3, Seed: "other"}); strings.Contains(f.lineage.String(), `"person":"`+firstKey(sets)+`"`) {
		t.Error("the seed does not change the hashes")
	}
}

func firstKey(m map[string]string) string {
	for k := range m {
		return k
	}
	return ""
}

func TestErrors(t *testing.T) {
	for _, o := range []Options{{Outcome: "love"}, {MinRating: 11}, {Validation: .6}, {Validation: -1}} {
		if _, err := Write(t.Context(), stream(nil), Output{}, o); tpe.CodeOf(err) != tpe.Misuse {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := Write(t.Context(), stream([]string{"{broken"}), Output{}, Options{TempDir: t.TempDir()}); err == nil {
		t.Error("a broken stream is no error")
	}
	full := errors.New("full")
	lines := []string{rec(1, "ai_concierge", "1", "c", with(says("", "a", strings.Repeat("b", 150_000)), agreed))}
	if _, err := Write(t.Context(), stream(lines), Output{Train: failing{full}}, Options{TempDir: t.TempDir()}); !errors.Is(err, full) {
		t.Error(err)
	}
	if _, err := Write(t.Context(), stream(nil), Output{}, Options{TempDir: filepath.Join(os.TempDir(), "does", "not", "exist")}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if r, err := Write(t.Context(), stream(nil), Output{}, Options{TempDir: t.TempDir()}); err != nil || r.Conversations != 0 {
		t.Error(r, err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func FuzzMask(f *testing.F) {
	f.Add("Dana, mail me at x@y.example or 555 201 3344, this is Bob")
	m := newMask(redactGate, []string{"Dana (the boss)", "[name]"}, nil)
	f.Fuzz(func(t *testing.T, s string) {
		once, n := m.text(s)
		if n < 0 || n == 0 && once != s {
			t.Fatalf("%q became %q, and %d places are counted", s, once, n)
		}
	})
}
