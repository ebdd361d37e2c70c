package compact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// testLake is a lake whose raw files are written by hand.
type testLake struct {
	*lake.Lake
	t   *testing.T
	seq int
}

func newTestLake(t *testing.T) *testLake {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return &testLake{Lake: l, t: t}
}

// seal writes a sealed segment and returns its name.
func (l *testLake) seal(day string, records ...string) string {
	l.t.Helper()
	l.seq++
	name := fmt.Sprintf("%s/20260101T000000Z-0123abcd-%06d.ndjson", folder(l.t, day), l.seq)
	l.put(name, strings.Join(records, "\n")+"\n")
	return name
}

// put writes any raw file.
func (l *testLake) put(name, text string) {
	l.t.Helper()
	path := filepath.Join(l.Dir(), "raw", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func folder(t *testing.T, day string) string {
	t.Helper()
	d, err := lake.ParseDay(day)
	if err != nil {
		t.Fatal(err)
	}
	return d.Folder()
}

// run compacts and must not fail.
func (l *testLake) run(opts Options) Report {
	l.t.Helper()
	r, err := Run(context.Background(), l.Lake, opts)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// parquet lists the Parquet folder of a day.
func (l *testLake) parquet(day string) []string {
	l.t.Helper()
	entries, err := os.ReadDir(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(l.t, day))))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// records returns the ids in the Parquet files, in their order.
func (l *testLake) records(filter lake.Filter) []string {
	l.t.Helper()
	var ids []string
	for t, err := range Records(context.Background(), l.Lake, filter) {
		if err != nil {
			l.t.Fatal(err)
		}
		n, _ := t.Find(idName)
		ids = append(ids, t.Text(n))
	}
	return ids
}

// call makes a record of a day. Hours are two digits.
func call(id, day, hour, typ, more string) string {
	return fmt.Sprintf(`{"interaction_id":%q,"timestamp":"%sT%s:00:00.000Z","interaction_type":%q,"user_id":"u%s"%s}`, id, day, hour, typ, id, more)
}

const (
	monday  = "2026-11-23"
	tuesday = "2026-11-24"
)

func TestCompact(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("c", monday, "10", "b", ""), call("b", monday, "09", "b", ""), call("a", monday, "11", "a", ""))
	l.seal(monday, call("d", monday, "09", "b", ""), call("a", monday, "11", "a", ""), call("b", monday, "09", "b", `,"other":1`))
	l.seal(tuesday, call("e", tuesday, "00", "a", ""))

	plan := l.run(Options{DryRun: true})
	if plan.Planned != 2 || len(plan.Days[0].New) != 2 || l.parquet(monday) != nil {
		t.Errorf("%+v %v", plan, l.parquet(monday))
	}
	var done, total int64
	r := l.run(Options{Version: "1.2.3", Progress: func(d, t int64) { done, total = d, t }})
	if done != total || total != r.BytesIn {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	if r.Written != 2 || r.Records != 7 || r.Duplicates != 1 || r.Rows != 6 {
		t.Errorf("%+v", r)
	}
	day := r.Days[0]
	if day.Action != Written || day.Inputs != 2 || day.Records != 6 || day.Duplicates != 1 || day.Rows != 5 || len(day.Files) != 1 || len(day.Proof) != 16 {
		t.Errorf("%+v", day)
	}
	if got := l.parquet(monday); !slices.Equal(got, []string{manifestName, day.Files[0]}) {
		t.Error(got)
	}
	if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"a", "b", "b", "d", "c", "e"}) {
		t.Error(got)
	}
	m, err := readManifest(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday))))
	if err != nil || m.Tool != "1.2.3" || m.Rows != 5 || m.Duplicates != 1 || len(m.Inputs) != 2 || m.Inputs[0].Records != 3 || m.Inputs[1].Records != 3 || m.Hash.String() != day.Proof {
		t.Error(m, err)
	}
	// The proof is that of the distinct raw records.
	var want columns.Proof
	var tp tape.Tape
	for _, text := range []string{call("c", monday, "10", "b", ""), call("b", monday, "09", "b", ""), call("a", monday, "11", "a", ""), call("d", monday, "09", "b", ""), call("b", monday, "09", "b", `,"other":1`)} {
		if err := tp.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
		want.Add(tp.ContentHash())
	}
	if m.proof() != want {
		t.Errorf("%v, want %v", m.proof(), want)
	}
}

func TestLateSegmentsRewriteOnlyTheirDay(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "10", "t", ""))
	l.seal(tuesday, call("b", tuesday, "10", "t", ""))
	first := l.run(Options{})
	again := l.run(Options{})
	if again.Unchanged != 2 || again.Written != 0 || again.Days[0].Rows != 1 || again.Days[0].Proof != first.Days[0].Proof {
		t.Errorf("%+v", again)
	}
	late := l.seal(tuesday, call("c", tuesday, "09", "t", ""))
	plan := l.run(Options{DryRun: true})
	if d := plan.Days[1]; plan.Planned != 1 || !slices.Equal(d.New, []string{late}) || !slices.Equal(d.Removes, first.Days[1].Files) {
		t.Errorf("%+v", d)
	}
	third := l.run(Options{})
	if third.Unchanged != 1 || third.Written != 1 || third.Days[1].Rows != 2 || !slices.Equal(third.Days[1].Removes, first.Days[1].Files) {
		t.Errorf("%+v", third)
	}
	if got := l.parquet(tuesday); !slices.Equal(got, []string{manifestName, third.Days[1].Files[0]}) {
		t.Error(got)
	}
	// A segment that was compressed later is the same segment.
	path := filepath.Join(l.Dir(), "raw", filepath.FromSlash(late))
	if err := os.Rename(path, path+".zst"); err != nil {
		t.Fatal(err)
	}
	if r := l.run(Options{}); r.Unchanged != 2 {
		t.Errorf("%+v", r)
	}
	if err := os.Rename(path+".zst", path); err != nil {
		t.Fatal(err)
	}
	// A Parquet file that is gone is made again.
	if err := os.Remove(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, tuesday)), third.Days[1].Files[0])); err != nil {
		t.Fatal(err)
	}
	if r := l.run(Options{}); r.Written != 1 || r.Days[1].Proof != third.Days[1].Proof {
		t.Errorf("%+v", r)
	}
}

func TestOnlySomeDays(t *testing.T) {
	l := newTestLake(t)
	days := []string{"2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"}
	for _, d := range days {
		l.seal(d, call(d, d, "12", "t", ""))
	}
	at := func(s string) time.Time {
		v, err := tpe.ParseTime(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	r := l.run(Options{Since: at("2026-11-22T00:00:00Z"), Until: at("2026-11-24T00:00:00Z")})
	if r.Written != 2 || r.Days[0].Day.String() != "2026-11-22" || r.Days[1].Day.String() != "2026-11-23" {
		t.Errorf("%+v", r)
	}
	l.run(Options{})
	for _, c := range []struct {
		filter lake.Filter
		want   []string
	}{
		{lake.Filter{}, days},
		{lake.Filter{Since: at("2026-11-22T12:00:00Z"), Until: at("2026-11-24T12:00:00Z")}, days[1:3]},
		{lake.Filter{Since: at("2026-11-22T12:00:01Z")}, days[2:]},
		{lake.Filter{ID: days[1]}, days[1:2]},
		{lake.Filter{User: "u" + days[3]}, days[3:]},
		{lake.Filter{Type: "other"}, nil},
		{lake.Filter{Partner: "p"}, nil},
	} {
		if got := l.records(c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.filter, got, c.want)
		}
	}
}

// A day that does not fit into memory, in several files, each with a writer of
// its own.
func TestLargeDay(t *testing.T) {
	l := newTestLake(t)
	var records []string
	for i := range 30_000 {
		records = append(records, call(fmt.Sprint(i*7919%30_011), monday, fmt.Sprintf("%02d", i%24), fmt.Sprint("t", i%3), ""))
	}
	l.seal(monday, records[:20_000]...)
	l.seal(monday, append(records[20_000:], records[:500]...)...)
	whole := l.run(Options{})
	if err := os.RemoveAll(filepath.Join(l.Dir(), "parquet")); err != nil {
		t.Fatal(err)
	}
	r := l.run(Options{Memory: 100_000, FileBytes: 50_000, keepRows: 1000})
	d := r.Days[0]
	if d.Rows != 30_000 || d.Duplicates != 500 || len(d.Files) < 2 || d.Proof != whole.Days[0].Proof {
		t.Errorf("%+v", d)
	}
	if got := l.parquet(monday); len(got) != 1+len(d.Files) {
		t.Error(got)
	}
	last := key{}
	n := 0
	for tp, err := range Records(context.Background(), l.Lake, lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		k := keyOf(tp)
		if n++; n > 1 && compareKeys(last, k) >= 0 {
			t.Fatal("out of order")
		}
		last = key{slices.Clone(k.typ), k.ms, slices.Clone(k.id)}
	}
	if n != 30_000 {
		t.Error(n)
	}
}

func TestNothingToDo(t *testing.T) {
	l := newTestLake(t)
	r := l.run(Options{})
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"days":[]`) {
		t.Errorf("%s, %v", text, err)
	}
	l.put(folder(t, monday)+"/20260101T000000Z-0123abcd-000001.ndjson.open", call("a", monday, "10", "t", "")+"\n")
	if r := l.run(Options{}); len(r.Days) != 0 {
		t.Errorf("an open segment was compacted: %+v", r)
	}
}

// What cannot be read stops its day and no other.
func TestDamagedRaw(t *testing.T) {
	for name, line := range map[string]string{
		"torn":           `{"interaction_id":"x","timest`,
		"not an object":  `["interaction_id"]`,
		"twice the name": `{"interaction_id":"x","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"t","a":1,"a":2}`,
		"bad UTF-8":      `{"interaction_id":"x","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"t","a":"` + "\xff" + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLake(t)
			segment := l.seal(monday, call("a", monday, "10", "t", ""), line, call("b", monday, "10", "t", ""))
			l.seal(tuesday, call("c", tuesday, "10", "t", ""))
			r, err := Run(context.Background(), l.Lake, Options{})
			if tpe.CodeOf(err) != tpe.Invalid || !strings.Contains(err.Error(), "raw/"+segment+":2: ") || tpe.HintOf(err) == "" {
				t.Error(err)
			}
			if r.Failed != 1 || r.Written != 1 || r.Days[0].Error == "" {
				t.Errorf("%+v", r)
			}
			if got := l.parquet(monday); len(got) != 0 {
				t.Error(got)
			}
		})
	}
}

// A raw file that the disk does not give is no fault of the data.
func TestUnreadableRaw(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no file of which every read fails")
	}
	l := newTestLake(t)
	segment := l.seal(monday, call("a", monday, "10", "t", ""))
	path := filepath.Join(l.Dir(), "raw", filepath.FromSlash(segment))
	if err := errors.Join(os.Remove(path), os.Symlink("/proc/self/mem", path)); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), l.Lake, Options{}); tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(fmt.Sprint(err), segment) {
		t.Error(err)
	}
}

// A name that no manifest can hold stops its day and no other.
func TestNamesOfRawFiles(t *testing.T) {
	l := newTestLake(t)
	l.put(folder(t, monday)+"/\xff.json", call("a", monday, "10", "t", ""))
	l.seal(tuesday, call("b", tuesday, "10", "t", ""))
	r, err := Run(t.Context(), l.Lake, Options{})
	if tpe.CodeOf(err) != tpe.Invalid || tpe.HintOf(err) != "rename the file" || r.Failed != 1 || r.Written != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRawFilesThatAreGone(t *testing.T) {
	l := newTestLake(t)
	name := l.seal(monday, call("a", monday, "10", "t", ""))
	l.run(Options{})
	if err := os.Remove(filepath.Join(l.Dir(), "raw", filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
	// Nothing new: the Parquet files stay as they are.
	if r := l.run(Options{}); r.Unchanged != 1 {
		t.Errorf("%+v", r)
	}
	l.seal(monday, call("b", monday, "10", "t", ""))
	r, err := Run(context.Background(), l.Lake, Options{})
	if tpe.CodeOf(err) != tpe.Mismatch || !strings.Contains(err.Error(), name) || r.Failed != 1 {
		t.Error(err, r)
	}
	if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"a"}) {
		t.Error(got)
	}
}

func TestManifestThatCannotBeRead(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "10", "t", ""))
	l.run(Options{})
	path := filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday)), manifestName)
	for _, text := range []string{"", "{", `{"version":99}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(context.Background(), l.Lake, Options{}); tpe.CodeOf(err) != tpe.Invalid || tpe.HintOf(err) == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestOneAtATime(t *testing.T) {
	l := newTestLake(t)
	release, err := lock(osDisk{}, parquetFolder(l.Lake))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), l.Lake, Options{}); tpe.CodeOf(err) != tpe.Unavailable {
		t.Error(err)
	}
	l.run(Options{DryRun: true})
	if err := release(); err != nil {
		t.Fatal(err)
	}
	l.run(Options{})
}

func TestInterrupted(t *testing.T) {
	l := newTestLake(t)
	for i := range 9 {
		day := fmt.Sprintf("2026-11-0%d", i+1)
		l.seal(day, call("a", day, "10", "t", ""))
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := Run(ctx, l.Lake, Options{Jobs: 1, Progress: func(int64, int64) { cancel() }})
	if tpe.CodeOf(err) != tpe.Interrupted || !errors.Is(err, context.Canceled) || len(r.Days) == 9 {
		t.Error(err, len(r.Days))
	}
	for _, d := range r.Days {
		if d.Action != Written {
			t.Errorf("%+v", d)
		}
	}
	if r := l.run(Options{}); r.Written+r.Unchanged != 9 {
		t.Errorf("%+v", r)
	}
}

// What the lake's own writer seals is taken for a segment.
func TestSegmentsOfTheWriter(t *testing.T) {
	ctx := context.Background()
	for _, compression := range []string{lake.CompressZstd, lake.CompressNone} {
		dir := t.TempDir()
		l, err := lake.Open(ctx, lake.Options{Dir: dir, Compression: compression})
		if err != nil {
			t.Fatal(err)
		}
		w, err := l.NewWriter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		gate := redact.New(redact.Options{})
		for i := range 100 {
			var tp tape.Tape
			if err := tp.Parse([]byte(call(fmt.Sprintf("0190f0e0-0000-7000-8000-%012d", i), monday, fmt.Sprintf("%02d", i%24), "t", ""))); err != nil {
				t.Fatal(err)
			}
			clean, _ := gate.Record(&tp)
			if _, err := w.Append(ctx, lake.Disk, clean); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(ctx); err != nil {
			t.Fatal(err)
		}
		tl := &testLake{Lake: l, t: t}
		r := tl.run(Options{})
		if r.Rows != 100 || len(r.Days) != 1 {
			t.Errorf("%s: %+v", compression, r)
		}
		m, err := readManifest(filepath.Join(dir, "parquet", filepath.FromSlash(folder(t, monday))))
		if err != nil || len(m.Inputs) != 1 || m.Inputs[0].Modified != 0 {
			t.Errorf("%s: %+v, %v", compression, m, err)
		}
		// Nothing in the lake's own folders confuses the lake.
		if st, err := l.Status(ctx); err != nil || st.Total.Records != 100 {
			t.Errorf("%+v, %v", st, err)
		}
	}
}

func TestReportText(t *testing.T) {
	l := newTestLake(t)
	segment := l.seal(monday, call("a", monday, "10", "t", ""), call("a", monday, "10", "t", ""))
	var text strings.Builder
	if err := l.run(Options{DryRun: true}).Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := l.run(Options{}).Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2026-11-23: would read raw/" + segment, "1 days would be written",
		"2026-11-23  written", "1 days written, 0 unchanged, 0 failed: 2 records, 1 of them duplicates, in 1 rows, proven by content",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}
