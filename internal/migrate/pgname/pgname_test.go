package pgname

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRelation(t *testing.T) {
	long := strings.Repeat("é", 40)
	for in, want := range map[string]string{
		"plain": "plain", "Mixed Case": "Mixed Case", "": "unnamed", "_migrate_rejects": "_migrate_rejects_",
		strings.Repeat("x", 63): strings.Repeat("x", 63),
	} {
		if got := Relation(in); got != want {
			t.Errorf("%q is called %q, want %q", in, got, want)
		}
	}
	a, b := Relation(long+"a"), Relation(long+"b")
	if a == b || len(a) > Max || len(b) > Max || !utf8.ValidString(a) || !strings.HasPrefix(long, strings.TrimRight(a[:40], "_")) {
		t.Errorf("%q and %q", a, b)
	}
	if Column("ctid") != "ctid_" || Column("CTID") != "CTID" || Relation("ctid") != "ctid" {
		t.Error("system columns")
	}
}

func TestQuote(t *testing.T) {
	if got := List([]string{`a"b`, "C"}); got != `"a""b", "C"` {
		t.Error(got)
	}
	for in, want := range map[string]string{"it's": "'it''s'", `a\b'`: `E'a\\b'''`, "": "''"} {
		if got := Text(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]bool{"abc": false, "a_1": false, "1a": true, "Abc": true, "select": true, "ü": true, "": true, "name": false} {
		if MustQuote(in) != want {
			t.Errorf("%q must be quoted: %v", in, !want)
		}
	}
}

// A name is never longer than Postgres keeps it, and never an empty one or
// half a character.
func FuzzRelation(f *testing.F) {
	f.Add("a")
	f.Add(strings.Repeat("日", 30))
	f.Fuzz(func(t *testing.T, name string) {
		got := Relation(name)
		if got == "" || len(got) > Max {
			t.Errorf("%q is called %q", name, got)
		}
		if utf8.ValidString(name) && !utf8.ValidString(got) {
			t.Errorf("%q is cut within a character: %q", name, got)
		}
	})
}
