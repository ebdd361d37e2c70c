package redact

import (
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// clean passes a text through the gate and checks that a second pass changes
// nothing and that JSON stays JSON.
func clean(t *testing.T, g *Gate, in string) string {
	t.Helper()
	out := string(g.AppendText(nil, []byte(in)))
	if again := string(g.AppendText(nil, []byte(out))); again != out {
		t.Errorf("not idempotent\n in    %s\n once  %s\n twice %s", in, out, again)
	}
	var tp tape.Tape
	if tp.Parse([]byte(in)) == nil && tp.Kind(0) != tape.KindNumber {
		if err := tp.Parse([]byte(out)); err != nil {
			t.Errorf("valid JSON became invalid (%v)\n in  %s\n out %s", err, in, out)
		}
	}
	return out
}

func TestRules(t *testing.T) {
	g := New(Options{})
	named := map[string]bool{}
	for _, r := range Rules() {
		named[r.Name] = true
		if r.What == "" || r.Example == r.Result {
			t.Errorf("%s: says nothing", r.Name)
		}
		if got := clean(t, g, r.Example); got != r.Result {
			t.Errorf("%s (%s)\n example %s\n want    %s\n got     %s", r.Name, r.Kind, r.Example, r.Result, got)
		}
		if got := clean(t, g, r.Result); got != r.Result {
			t.Errorf("%s: its result is changed to %s", r.Name, got)
		}
	}
	for _, e := range terms() {
		if !named[e.rule] {
			t.Errorf("rule %s is not in the table", e.rule)
		}
	}
}
