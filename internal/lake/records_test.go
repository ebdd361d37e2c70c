package lake

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tpe"
)

// read returns the ids of the records that a filter chooses, in their order.
func read(t testing.TB, l *Lake, f Filter) (ids []string) {
	t.Helper()
	for r, err := range l.Records(context.Background(), f) {
		if err != nil {
			t.Fatal(err)
		}
		n, _ := r.Tape.Find("interaction_id")
		ids = append(ids, r.Tape.Text(n))
	}
	return ids
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func newRecs(n int, at time.Time) []rec {
	out := make([]rec, n)
	for i := range out {
		out[i] = rec{id: uuid.NewString(), at: at.Add(time.Duration(i) * time.Second), note: strings.Repeat("x", i%7)}
	}
	return out
}

func idsOf(recs ...[]rec) (out []string) {
	for _, part := range recs {
		for _, r := range part {
			out = append(out, r.id)
		}
	}
	slices.Sort(out)
	return out
}

// All layouts of the old service in one lake, in folders of its local day.
func TestForeignLayouts(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2025, 8, 15, 1, 0, 0, 0, time.UTC) // the evening before in New York
	files, summary, plain, hours, other := newRecs(5, day), newRecs(4, day.Add(20*time.Hour)), newRecs(3, day), newRecs(2, day), newRecs(2, day.Add(48*time.Hour))
	for i, r := range files {
		text := r.json()
		if i%2 == 0 {
			text = strings.ReplaceAll(text, ",", ",\n  ")
		}
		write(t, dir, "raw/year=2025/month=08/day=14/"+r.id+".json", text)
	}
	lines := ""
	for _, r := range append(slices.Clone(files), summary...) {
		lines += r.json() + "\n"
	}
	write(t, dir, "raw/year=2025/month=08/day=14/daily_summary.jsonl", lines)
	for _, r := range plain {
		write(t, dir, "raw/2025/08/15/"+r.id+".json", r.json())
	}
	for _, r := range hours {
		write(t, dir, "raw/year=2025/month=08/day=15/hour=01/"+r.id+".json", r.json())
	}
	write(t, dir, "raw/export.ndjson", other[0].json()+"\n"+other[1].json()+"\n"+files[0].json()+"\n")
	conflict := files[1]
	conflict.note = "changed"
	write(t, dir, "raw/year=2025/month=08/day=15/again.json", conflict.json())

	l := openLake(t, Options{Dir: dir})
	got := read(t, l, Filter{})
	slices.Sort(got)
	want := idsOf(files, summary, plain, hours, other, []rec{conflict})
	if !slices.Equal(got, want) {
		t.Errorf("got %d records, want %d:\n%v\n%v", len(got), len(want), got, want)
	}
	days, err := l.Days(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := []Day{DayOf(day), DayOf(day.Add(48 * time.Hour))}; !slices.Equal(days, want) {
		t.Errorf("days %v, want %v", days, want)
	}
	if _, err := os.Stat(filepath.Join(dir, indexFolder)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a lake that is only read has got an index: %v", err)
	}
}

func TestFilter(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	recs := newRecs(10, noon)
	late := newRecs(5, noon.Add(24*time.Hour))
	for i := range late {
		late[i].typ = tpe.TypeFeedback
	}
	all := append(slices.Clone(recs), late...)
	put(t, w, Disk, slices.Repeat([]Outcome{New}, len(all)), all...)
	for _, sealed := range []bool{false, true} {
		if sealed {
			closeWriter(t, w)
		}
		for _, tc := range []struct {
			name string
			f    Filter
			want []string
		}{
			{"all", Filter{}, idsOf(recs, late)},
			{"type", Filter{Type: tpe.TypeFeedback}, idsOf(late)},
			{"no such type", Filter{Type: "nothing"}, nil},
			{"since", Filter{Since: noon.Add(5 * time.Second)}, idsOf(recs[5:], late)},
			{"until", Filter{Until: noon.Add(5 * time.Second)}, idsOf(recs[:5])},
			{"between", Filter{Since: noon.Add(time.Second), Until: noon.Add(1500 * time.Millisecond)}, idsOf(recs[1:2])},
			{"id", Filter{ID: late[2].id}, idsOf(late[2:3])},
			{"id in capitals", Filter{ID: strings.ToUpper(late[2].id)}, idsOf(late[2:3])},
			{"user", Filter{User: "u1"}, idsOf(recs, late)},
			{"other user", Filter{User: "u2"}, nil},
			{"partner", Filter{Partner: "p"}, nil},
		} {
			got := read(t, l, tc.f)
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s, sealed %v: got %d records, want %d", tc.name, sealed, len(got), len(tc.want))
			}
		}
	}
}

// What cannot be read is told once, and does not hide the rest.
func TestDamageIsTold(t *testing.T) {
	dir := t.TempDir()
	recs := newRecs(3, noon)
	write(t, dir, "raw/year=2026/month=11/day=23/a.jsonl", recs[0].json()+"\n{broken\n"+recs[1].json()+"\n")
	write(t, dir, "raw/year=2026/month=11/day=24/b.json", `{"torn": "`)
	write(t, dir, "raw/year=2026/month=11/day=24/c.json", recs[2].json())
	write(t, dir, "raw/year=2026/month=11/day=27/d.json", "nothing")
	l := openLake(t, Options{Dir: dir})
	n, damage := 0, []string{}
	for _, err := range l.Records(context.Background(), Filter{}) {
		var d *Damage
		switch {
		case errors.As(err, &d):
			damage = append(damage, filepath.Base(d.File))
		case err != nil:
			t.Fatal(err)
		default:
			n++
		}
	}
	slices.Sort(damage)
	if n != 3 || !slices.Equal(damage, []string{"a.jsonl", "b.json", "d.json"}) {
		t.Errorf("%d records, damage in %v", n, damage)
	}
	report, faults := verify(t, l)
	if report.OK || report.Faults[Damaged] != 3 || len(faults) != 3 {
		t.Errorf("%+v, %v", report, faults)
	}
}

func repeat(o Outcome, n int) []Outcome { return slices.Repeat([]Outcome{o}, n) }

func seq(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
