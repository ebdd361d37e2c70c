package compact

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// verify verifies the lake and returns the report of its first day.
func (l *testLake) verify() (VerifyDay, error) {
	l.t.Helper()
	r, err := Verify(context.Background(), l.Lake, Options{Jobs: 1})
	if len(r.Days) == 0 {
		l.t.Fatal("no day was verified: ", err)
	}
	return r.Days[0], err
}

// replace writes other records into the Parquet of a day, as they come, and a
// manifest that believes them.
func (l *testLake) replace(day string, records ...string) {
	l.t.Helper()
	dir := filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(l.t, day)))
	m, err := readManifest(dir)
	if err != nil {
		l.t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, m.Files[0].Name))
	if err != nil {
		l.t.Fatal(err)
	}
	w, err := columns.NewWriter(columns.Options{})
	if err == nil {
		err = w.Reset(f)
	}
	var p columns.Proof
	for _, r := range records {
		var t tape.Tape
		if err == nil {
			err = t.Parse([]byte(r))
		}
		if err == nil {
			p.Add(t.ContentHash())
			err = w.Append(&t)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Close()
	}
	info, statErr := os.Stat(f.Name())
	if err != nil || statErr != nil {
		l.t.Fatal(err, statErr)
	}
	m.Rows, m.Hash = p.Rows, hash(p.Hash)
	m.Files[0] = manifestFile{Name: m.Files[0].Name, Rows: p.Rows, Bytes: info.Size(), Hash: hash(p.Hash)}
	if err := writeManifest(osDisk{}, filepath.Join(dir, manifestName), m); err != nil {
		l.t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	a, b, c := call("a", monday, "08", "t", ""), call("b", monday, "09", "t", ""), call("c", monday, "10", "u", `,"x":1`)
	changed, moved, other := call("b", monday, "09", "t", `,"x":1`), call("b", monday, "11", "u", ""), call("z", monday, "09", "t", "")
	for _, test := range []struct {
		name string
		rows []string
		want []string // findings
	}{
		{"equal", []string{a, b, c}, nil},
		{"missing", []string{a, c}, []string{"missing t b of 2026-11-23T09:00:00.000Z in raw/SEGMENT"}},
		{"all missing", nil, []string{"missing t a of 2026-11-23T08:00:00.000Z in raw/SEGMENT", "missing t b of 2026-11-23T09:00:00.000Z in raw/SEGMENT", "missing u c of 2026-11-23T10:00:00.000Z in raw/SEGMENT"}},
		{"doubled", []string{a, b, b, c}, []string{"doubled t b of 2026-11-23T09:00:00.000Z in FILE"}},
		{"changed", []string{a, changed, c}, []string{"changed t b of 2026-11-23T09:00:00.000Z in raw/SEGMENT"}},
		{"moved", []string{a, c, moved}, []string{"changed t b of 2026-11-23T09:00:00.000Z in raw/SEGMENT"}},
		{"unexpected", []string{a, b, other, c}, []string{"unexpected t z of 2026-11-23T09:00:00.000Z in FILE"}},
		{"last unexpected", []string{a, b, c, call("z", monday, "10", "u", "")}, []string{"unexpected u z of 2026-11-23T10:00:00.000Z in FILE"}},
		{"swapped for another", []string{a, other, c}, []string{"missing t b of 2026-11-23T09:00:00.000Z in raw/SEGMENT", "unexpected t z of 2026-11-23T09:00:00.000Z in FILE"}},
		{"changed and doubled", []string{a, changed, changed, c}, []string{"changed t b of 2026-11-23T09:00:00.000Z in raw/SEGMENT", "unexpected t b of 2026-11-23T09:00:00.000Z in FILE"}},
		{"out of order", []string{b, a, c}, []string{"missing t a of 2026-11-23T08:00:00.000Z in raw/SEGMENT", "unreadable: the rows are not in their order"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTestLake(t)
			segment := l.seal(monday, b, a, a, c) // one duplicate
			l.run(Options{})
			l.replace(monday, test.rows...)
			d, err := l.verify()
			var got []string
			for _, f := range d.Findings {
				s := strings.ReplaceAll(f.String(), segment, "SEGMENT")
				if strings.HasPrefix(f.File, "rows-") {
					s = strings.ReplaceAll(s, f.File, "FILE")
				}
				got = append(got, s)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			switch {
			case test.want == nil && (err != nil || d.State != Proven):
				t.Error(d.State, err)
			case test.want != nil && (tpe.CodeOf(err) != tpe.Mismatch || d.State != Differs):
				t.Error(d.State, err)
			}
			if test.name != "out of order" && (d.Records != 3 || d.Rows != int64(len(test.rows))) {
				t.Errorf("%d records, %d rows", d.Records, d.Rows)
			}
		})
	}
}

// One flipped byte anywhere in the data of a Parquet file, in the manifest or
// in a raw file is found.
func TestVerifyFindsFlippedBytes(t *testing.T) {
	l := newTestLake(t)
	segment := filepath.Join(l.Dir(), "raw", filepath.FromSlash(l.seal(monday, call("a", monday, "08", "t", `,"text":"some words"`), call("b", monday, "09", "t", ""))))
	file := l.run(Options{}).Days[0].Files[0]
	dir := filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday)))
	flip := func(path string, from, to, step int) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := from; i < min(to, len(data)); i += step {
			bad := slices.Clone(data)
			bad[i] ^= 1
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if d, err := l.verify(); tpe.CodeOf(err) != tpe.Mismatch || len(d.Findings) == 0 {
				t.Errorf("byte %d of %s (%q): %+v, %v", i, filepath.Base(path), data[max(i-20, 0):i+1], d, err)
			}
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flip(segment, 0, 400, 3)
	// The pages come first; among the headers are parts that say nothing.
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "ua") // in the dictionary of user_id, or its page
	if at < 0 {
		t.Fatal("the user id is not to be found")
	}
	flip(filepath.Join(dir, file), at, at+4, 1)
	manifestText, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	at = strings.Index(string(manifestText), `"hash":"`) + len(`"hash":"`)
	flip(filepath.Join(dir, manifestName), at, at+1, 1)
	if d, err := l.verify(); err != nil || d.State != Proven {
		t.Error(d, err)
	}
}

func TestVerifyStates(t *testing.T) {
	l := newTestLake(t)
	first := l.seal(monday, call("a", monday, "08", "t", ""))
	if d, err := l.verify(); err != nil || d.State != NotCompacted || len(d.Pending) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	l.run(Options{})
	l.seal(monday, call("b", monday, "08", "t", ""))
	if d, err := l.verify(); err != nil || d.State != Pending || len(d.Pending) != 1 || d.Records != 1 || d.Rows != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	l.run(Options{})
	if err := os.Remove(filepath.Join(l.Dir(), "raw", filepath.FromSlash(first))); err != nil {
		t.Fatal(err)
	}
	if d, err := l.verify(); tpe.CodeOf(err) != tpe.Mismatch || d.Rows != 2 || len(d.Findings) != 1 || d.Findings[0].File != "raw/"+first {
		t.Errorf("%+v, %v", d, err)
	}
	l.put(first, call("a", monday, "08", "t", "")+"\n")
	if d, err := l.verify(); err != nil || d.State != Proven {
		t.Errorf("%+v, %v", d, err)
	}
	// A Parquet file that is gone.
	names := l.parquet(monday)
	if err := os.Remove(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday)), names[1])); err != nil {
		t.Fatal(err)
	}
	if d, err := l.verify(); tpe.CodeOf(err) != tpe.Mismatch || len(d.Findings) != 1 || d.Findings[0].Kind != Unreadable {
		t.Errorf("%+v, %v", d, err)
	}
}

// damage writes a manifest of a day that cannot be understood.
func (l *testLake) damage(day, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(l.t, day)), manifestName), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// What cannot be read on one day is that day's trouble: it is named, nothing
// of the day is touched, and the other days go on.
func TestOneBadDay(t *testing.T) {
	for name, harm := range map[string]func(l *testLake){
		"an empty manifest":    func(l *testLake) { l.damage(monday, "{}") },
		"a manifest of null":   func(l *testLake) { l.damage(monday, "null") },
		"a manifest cut short": func(l *testLake) { l.damage(monday, `{"version":1,"day":"2026-`) },
		"a dangling link": func(l *testLake) {
			if err := os.Symlink("nowhere", filepath.Join(l.Dir(), "raw", filepath.FromSlash(folder(l.t, monday)), "x.ndjson")); err != nil {
				l.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLake(t)
			l.seal(monday, call("a", monday, "08", "t", ""))
			l.seal(tuesday, call("b", tuesday, "08", "t", ""))
			l.run(Options{})
			l.seal(tuesday, call("c", tuesday, "09", "t", ""))
			harm(l)
			before := l.parquet(monday)
			for _, dry := range []bool{true, false} {
				r, err := Run(t.Context(), l.Lake, Options{DryRun: dry})
				if tpe.CodeOf(err) != tpe.Invalid || r.Failed != 1 || r.Written+r.Planned != 1 || !strings.Contains(r.Days[0].Error, folder(t, monday)) {
					t.Errorf("%+v, %v", r, err)
				}
			}
			v, err := Verify(t.Context(), l.Lake, Options{})
			if tpe.CodeOf(err) != tpe.Mismatch || v.Differing != 1 || v.Proven != 1 || v.Days[0].Findings[0].Kind != Unreadable ||
				!strings.Contains(v.Days[0].Findings[0].Reason, folder(t, monday)) {
				t.Errorf("%+v, %v", v, err)
			}
			if got := l.parquet(monday); !slices.Equal(got, before) {
				t.Errorf("%q, before %q", got, before)
			}
		})
	}
}

// Parquet files that no manifest names are read by engines all the same: they
// are named, with what to do. Compaction removes its own.
func TestVerifyStrays(t *testing.T) {
	const own, another = "rows-0007-0123456789abcdef.parquet", "export.parquet"
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.run(Options{})
	put := func(day, name string) {
		path := filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, day)), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("PAR1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{own, another, "copy/" + own, ".hidden.txt"} {
		put(monday, name)
	}
	put(tuesday, own) // a day without anything else
	v, err := Verify(t.Context(), l.Lake, Options{})
	var got []string
	for _, d := range v.Days {
		for _, f := range d.Findings {
			got = append(got, d.Day.String()+" "+f.String())
		}
	}
	want := []string{
		monday + " doubled in copy/" + own + ": " + unnamed + ": move it away",
		monday + " doubled in " + another + ": " + unnamed + ": move it away",
		monday + " doubled in " + own + ": " + unnamed + ": tpe lake compact removes it",
		tuesday + " doubled in " + own + ": " + unnamed + ": move it away",
	}
	if tpe.CodeOf(err) != tpe.Mismatch || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if r := l.run(Options{}); r.Unchanged != 1 || slices.Contains(l.parquet(monday), own) || !slices.Contains(l.parquet(monday), another) {
		t.Errorf("%+v, %q", r, l.parquet(monday))
	}
}

// Many differences are counted, and not all of them are named.
func TestVerifyManyDifferences(t *testing.T) {
	l := newTestLake(t)
	var records []string
	for i := range 3 * maxFindings {
		records = append(records, call(fmt.Sprintf("%05d", i), monday, "08", "t", ""))
	}
	l.seal(monday, records...)
	l.run(Options{Memory: 10_000})
	l.replace(monday, records[:100]...)
	d, err := l.verify()
	if tpe.CodeOf(err) != tpe.Mismatch || d.Missing != 3*maxFindings-100 || len(d.Findings) != maxFindings {
		t.Error(d.Missing, len(d.Findings), err)
	}
	var text strings.Builder
	r := VerifyReport{Days: []VerifyDay{d}}
	r.total()
	if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "2026-11-23: and 1900 more\n") ||
		!strings.Contains(text.String(), "2026-11-23: missing t 00100 of 2026-11-23T08:00:00.000Z in raw/") || !strings.Contains(text.String(), "0 days proven, 1 differ") {
		t.Errorf("%s %v", text.String(), err)
	}
	if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"findings":[{"kind":"missing"`) {
		t.Errorf("%.300s %v", b, err)
	}
}

// A compaction that replaces the files of a day between the plan and the look
// is no finding, and neither are files that have just got their names.
func TestVerifyBesideACompaction(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.run(Options{})
	r := dayRange(time.Time{}, time.Time{})
	plans, err := planDays(t.Context(), l.Lake, r, false)
	if err != nil {
		t.Fatal(err)
	}
	l.seal(monday, call("b", monday, "09", "t", ""))
	l.run(Options{})
	raw := newStream(redact.New(redact.Options{}), DefaultMemory)
	if d, err := judgeDay(t.Context(), l.Lake, raw, &plans[0]); err != nil || d.State != Proven || d.Rows != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	stray := filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday)), "rows-0001-0123456789abcdef.parquet")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if plans, err = planDays(t.Context(), l.Lake, r, false); err == nil {
		plans, err = withStrays(l.Lake, r, plans)
	}
	if err == nil {
		err = os.Remove(stray)
	}
	if err != nil {
		t.Fatal(err)
	}
	if d, err := judgeDay(t.Context(), l.Lake, raw, &plans[0]); err != nil || d.State != Proven {
		t.Errorf("%+v, %v", d, err)
	}
}
