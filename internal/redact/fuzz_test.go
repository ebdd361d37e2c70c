package redact

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/power100/tpe/internal/tape"
)

func addSeeds(f *testing.F) {
	for _, r := range Rules() {
		f.Add([]byte(r.Example))
	}
	for _, r := range benchRecords {
		f.Add([]byte(r))
	}
	for _, e := range append(entrances(), wordEntrances()...) {
		f.Add([]byte(e.make("new_password", "hunter2hunter2", "kept")))
	}
	for _, s := range []string{
		"code is 1234, 5678 and 9012 [redacted] 3456", "password=[redacted]x&y", `{"password":"[redacted]`, "%5Bredacted%5D", "a=%%3D%3",
		`"token":{"a":["b"`, "Bearer [redacted] abc123", "://a:b@c:d@e", "-----END PRIVATE KEY-----", `\\\"pin\\\":\\\"1\\\"`,
	} {
		f.Add([]byte(s))
	}
}

// FuzzText holds for every text: what is clean stays as it is, and what was
// valid stays valid.
func FuzzText(f *testing.F) {
	addSeeds(f)
	g := New(Options{})
	f.Fuzz(func(t *testing.T, in []byte) {
		out := g.AppendText(nil, in)
		if again := g.AppendText(nil, out); !bytes.Equal(again, out) {
			t.Errorf("not idempotent\n in    %q\n once  %q\n twice %q", in, out, again)
		}
		if utf8.Valid(in) && !utf8.Valid(out) {
			t.Errorf("valid UTF-8 became invalid\n in  %q\n out %q", in, out)
		}
		q := g.Query(string(in))
		if again := g.Query(q); again != q {
			t.Errorf("Query is not idempotent\n in    %q\n once  %q\n twice %q", in, q, again)
		}
		var tp tape.Tape
		if err := tp.Parse(g.Text(in).JSON()); err != nil || tp.Kind(0) != tape.KindString {
			t.Errorf("Text is not a JSON string: %v", err)
		}
	})
}

// FuzzRecord holds for every JSON text that it stays one, with the same
// members in the same order, and that the three ways through the gate agree.
func FuzzRecord(f *testing.F) {
	addSeeds(f)
	g := New(Options{})
	f.Fuzz(func(t *testing.T, in []byte) {
		var tp tape.Tape
		if tp.Parse(in) != nil {
			return
		}
		out, changed := g.AppendJSON(nil, &tp)
		if changed == bytes.Equal(out, in) {
			t.Errorf("changed is %v\n in  %q\n out %q", changed, in, out)
		}
		var before tape.Tape
		if err := before.Parse(in); err != nil {
			t.Fatal(err)
		}
		c, told := g.Record(&tp)
		if !bytes.Equal(c.JSON(), out) || c.Tape() != &tp || !bytes.Equal(tp.Src, out) {
			t.Errorf("Record and AppendJSON differ\n in     %q\n append %q\n record %q", in, out, c.JSON())
		}
		if changed != (len(told) > 0) {
			t.Errorf("changed is %v, but %d removals are told", changed, len(told))
		}
		if again, more := g.AppendJSON(nil, &tp); more {
			t.Errorf("not idempotent\n in    %q\n once  %q\n twice %q", in, out, again)
		}
		sameShape(t, &before, &tp, 0, 0)
		for range 3 { // with what the tape and the gate remember
			if before.Parse(in) != nil {
				t.Fatal("valid once, but not again")
			}
			if again, _ := g.AppendJSON(nil, &before); !bytes.Equal(again, out) {
				t.Errorf("what is remembered makes a difference\n in     %q\n before %q\n then   %q", in, out, again)
			}
		}
	})
}

// sameShape checks that b is a with some values replaced by the mark, and
// some names and texts changed.
func sameShape(t *testing.T, a, b *tape.Tape, i, j int) {
	t.Helper()
	x, y := &a.Nodes[i], &b.Nodes[j]
	if x.Kind != y.Kind {
		if x.Kind != tape.KindNumber || b.Text(j) != Mark {
			t.Fatalf("%s became %s", a.Raw(i), b.Raw(j))
		}
		return
	}
	switch x.Kind {
	case tape.KindObject, tape.KindArray:
		i, j = i+1, j+1
		for i < int(x.Next) && j < int(y.Next) {
			if x.Kind == tape.KindObject {
				i, j = i+1, j+1
			}
			sameShape(t, a, b, i, j)
			i, j = int(a.Nodes[i].Next), int(b.Nodes[j].Next)
		}
		if i != int(x.Next) || j != int(y.Next) {
			t.Fatalf("%s and %s differ in length", a.Src, b.Src)
		}
	case tape.KindString:
	default:
		if !bytes.Equal(a.Raw(i), b.Raw(j)) {
			t.Fatalf("%s became %s", a.Raw(i), b.Raw(j))
		}
	}
}
