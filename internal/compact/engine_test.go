package compact

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// copier is an engine that writes the records it is given, whatever the
// segments hold.
type copier struct {
	t       *testing.T
	records map[string][]string // by day
	fail    error
	asked   []EngineDay
}

func (c *copier) Statements(days []EngineDay) []string { return []string{"COPY"} }

func (c *copier) Compact(ctx context.Context, days []EngineDay) error {
	c.asked = append(c.asked, days...)
	for _, d := range days {
		if err := os.MkdirAll(d.Folder, 0o755); err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(d.Folder, "part-00000.parquet"))
		if err != nil {
			return err
		}
		if err := Export(ctx, f, parsed(c.records[d.Day.String()])); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(d.Folder, "_SUCCESS"), nil, 0o600); err != nil {
			return err
		}
	}
	return c.fail
}

func (c *copier) Forget(context.Context, []EngineDay) error { return nil }

func parsed(records []string) iter.Seq2[*tape.Tape, error] {
	return func(yield func(*tape.Tape, error) bool) {
		var t tape.Tape
		for _, r := range records {
			if err := t.Parse([]byte(r)); !yield(&t, err) {
				return
			}
		}
	}
}

func TestEngine(t *testing.T) {
	a, b, late := call("a", monday, "10", "t", ""), call("b", monday, "11", "t", ""), call("c", monday, "09", "t", "")
	l := newTestLake(t)
	l.seal(monday, b, a)
	l.seal(tuesday, call("d", tuesday, "10", "t", ""))
	e := &copier{t: t, records: map[string][]string{monday: {a, b}, tuesday: {call("d", tuesday, "10", "t", "")}}}

	plan := l.run(Options{Engine: e, DryRun: true})
	if plan.Planned != 2 || !slices.Equal(plan.Statements, []string{"COPY"}) || len(e.asked) > 0 || l.parquet(monday) != nil {
		t.Errorf("%+v %v", plan, e.asked)
	}
	first := l.run(Options{Engine: e})
	if first.Written != 2 || first.Rows != 3 || len(e.asked) != 2 || e.asked[0].Files != 1 {
		t.Errorf("%+v %+v", first, e.asked)
	}
	if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"a", "b", "d"}) {
		t.Error(got)
	}
	if again := l.run(Options{Engine: e}); again.Unchanged != 2 || len(e.asked) != 2 || again.Statements != nil {
		t.Errorf("%+v", again)
	}

	// Of a late segment the engine forgets a record, or makes one up: the old
	// files stay in force, and nothing of the new ones is left.
	l.seal(monday, late)
	before := l.parquet(monday)
	for name, records := range map[string][]string{
		"missing": {a, b}, "changed": {a, b, call("c", monday, "09", "u", "")}, "doubled": {a, b, late, late}, "nothing": nil,
	} {
		e.records[monday] = records
		r, err := Run(context.Background(), l.Lake, Options{Engine: e})
		if tpe.CodeOf(err) != tpe.Mismatch || r.Failed != 1 || r.Unchanged != 1 {
			t.Errorf("%s: %+v %v", name, r, err)
		}
		if got := l.parquet(monday); !slices.Equal(got, before) {
			t.Errorf("%s: %v, want %v", name, got, before)
		}
	}
	// An engine that fails changes nothing either.
	e.records[monday], e.fail = []string{a, b, late}, errors.New("no cluster")
	if _, err := Run(context.Background(), l.Lake, Options{Engine: e}); !errors.Is(err, e.fail) || !slices.Equal(l.parquet(monday), before) {
		t.Error(err, l.parquet(monday))
	}
	e.fail = nil
	if r := l.run(Options{Engine: e}); r.Written != 1 || r.Unchanged != 1 || r.Days[0].Rows != 3 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(scratchFolder(l.Lake)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Verify(context.Background(), l.Lake, Options{}); err != nil {
		t.Error(err)
	}
}

// Files that no writer of the lake made must pass its door first.
func TestEngineTakesSegmentsOnly(t *testing.T) {
	l := newTestLake(t)
	l.put("2026/11/23/a.json", call("a", monday, "10", "t", ""))
	e := &copier{t: t}
	r, err := Run(context.Background(), l.Lake, Options{Engine: e})
	if tpe.CodeOf(err) != tpe.Invalid || r.Failed != 1 || len(e.asked) > 0 {
		t.Errorf("%+v %v", r, err)
	}
}

// A crash after any step leaves the old files of a day in force or the new
// ones, and the next run cleans up.
func TestEngineCrash(t *testing.T) {
	a, late := call("a", monday, "10", "t", ""), call("b", monday, "09", "t", "")
	for step := 0; ; step++ {
		l := newTestLake(t)
		l.seal(monday, a)
		e := &copier{t: t, records: map[string][]string{monday: {a}}}
		l.run(Options{Engine: e})
		l.seal(monday, late)
		e.records[monday] = []string{a, late}
		d := &crashDisk{left: step}
		_, err := Run(context.Background(), l.Lake, Options{Engine: e, disk: d})
		if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"a"}) && !slices.Equal(got, []string{"b", "a"}) {
			t.Fatalf("step %d: %v", step, got)
		}
		l.run(Options{Engine: e})
		if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"b", "a"}) {
			t.Fatalf("step %d, after: %v", step, got)
		}
		if got := l.parquet(monday); len(got) != 2 {
			t.Fatalf("step %d, after: %v", step, got)
		}
		if err == nil {
			if step < 5 {
				t.Errorf("only %d steps", step)
			}
			return
		}
	}
}
