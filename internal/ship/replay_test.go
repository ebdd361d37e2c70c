package ship

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// legacyLake lays the samples out as the old service did: one file a record
// and one line a record.
func legacyLake(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for i, record := range sampleLines(t) {
		write(t, dir, fmt.Sprintf("raw/year=2025/month=07/day=28/%03d.json", 100-i), record)
	}
	write(t, dir, "raw/year=2025/month=07/day=28/daily_summary.jsonl", strings.Join(sampleLines(t), "\n")+"\n")
	return dir
}

func TestReplayIntoALake(t *testing.T) {
	l, w := openLake(t)
	o := options(t, LakeSink{w}, legacyLake(t))
	o.Into = l.Dir()
	n := int64(len(sampleLines(t)))

	rep := replayed(t, o)
	if rep.Read != 2*n || rep.New != n || rep.Duplicate != n || rep.Upcast != 2*n || rep.Err() != nil {
		t.Errorf("%+v, %v", rep, rep.Err())
	}
	golden, err := os.ReadFile(filepath.Join(filepath.Dir(samples), "upcast.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	var marked int64
	for line := range strings.Lines(string(golden)) {
		line = strings.TrimSpace(line)
		want[field(t, line, "/interaction_id")] = line
		if field(t, line, "/metadata/duplicate_of") != "" {
			marked++
		}
	}
	if marked == 0 || rep.Marked != marked {
		t.Errorf("%d twins were marked, want %d", rep.Marked, marked)
	}
	stored := map[string]string{}
	for r, err := range l.Records(t.Context(), lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		line := string(r.Tape.AppendCompact(nil, 0))
		stored[field(t, line, "/interaction_id")] = line
	}
	if !maps.Equal(stored, want) {
		for id := range want {
			if stored[id] != want[id] {
				t.Errorf("stored %s\nwant   %s", stored[id], want[id])
			}
		}
	}

	again := replayed(t, o)
	if again.New != 0 || again.Duplicate != again.Read || again.Marked != marked {
		t.Errorf("the second time: %+v", again)
	}
	count := again.Types["api_call"]
	if count == nil || count.Read != count.Duplicate || count.Sent != count.Read {
		t.Errorf("the calls of the second time: %+v", count)
	}
}

// TestMarksDoNotDependOnTheOrder lays the samples out in many ways; the same
// records must be marked.
func TestMarksDoNotDependOnTheOrder(t *testing.T) {
	records := sampleLines(t)
	var want []string
	for round := range 12 {
		dir := t.TempDir()
		rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		o := options(t, new(memory), dir)
		switch round % 3 {
		case 0: // one file a record
			for i, record := range records {
				write(t, dir, fmt.Sprintf("day/%03d.json", i), record)
			}
		case 1: // two files of lines
			write(t, dir, "a.jsonl", strings.Join(records[:30], "\n"))
			write(t, dir, "b.ndjson", strings.Join(records[30:], "\n"))
		case 2: // a stream
			o.Paths, o.Stream, o.Name = nil, strings.NewReader(strings.Join(records, "\n")), "stdin"
		}
		replayed(t, o)
		got := slices.Sorted(slices.Values(o.Sink.(*memory).records))
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: other records were sent", round)
		}
	}
}

func TestNothingIsDropped(t *testing.T) {
	dir := t.TempDir()
	secret := "zq81-Wx7-canary-k2"
	write(t, dir, "a.ndjson", strings.Join([]string{
		view(1, "2026-11-23T00:00:00.000Z"),
		`{"password":"` + secret + `","broken`,
		`[1,2]`,
		`"` + "text\xff" + `"`,
		strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		`{"padding":"` + strings.Repeat("x", 100_000) + `"}`,
		`{"app_version":"1","environment":"test","interaction_type":"feedback"}`,
		`{"interaction_type":"page_view","authorization":"Bearer ` + secret + `"}`,
		view(2, "2026-11-23T00:00:01.000Z"),
		`{"torn":"`,
	}, "\n"))
	var gz bytes.Buffer
	zip := gzip.NewWriter(&gz)
	if _, err := zip.Write(bytes.Repeat([]byte("0"), 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "b.ndjson.gz", gz.String())
	write(t, dir, "c.ndjson.gz", gz.String()[:15])
	write(t, dir, "d.ndjson.open", view(3, "2026-11-23T00:00:02.000Z")+"\n"+`{"interaction_id":"unf`)
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "e.json")); err != nil {
		t.Fatal(err)
	}

	l, w := openLake(t)
	o := options(t, LakeSink{w}, dir)
	o.Limits = source.Options{MaxRecord: 80_000, MaxExpanded: 500_000}
	rep := replayed(t, o)
	if rep.Read != 14 || rep.New != 3 || rep.Quarantined != 11 || rep.Unfinished != 1 || rep.Unreadable != 1 {
		t.Errorf("%+v", rep)
	}
	reasons := map[string]int64{
		"the record is no JSON":                                    3,
		"the record is no object":                                  1,
		"the input is broken: too large":                           2,
		"the input is broken: torn":                                1,
		"the input is broken: corrupt":                             1,
		"the input is broken: expands too much":                    1,
		"the record cannot be upcast: the record has no timestamp": 1,
		"the record is against the contract: required at the top":  1,
	}
	if !maps.Equal(rep.Reasons, reasons) {
		t.Errorf("reasons %v", rep.Reasons)
	}
	codeOf(t, rep.Err(), tpe.Unavailable)

	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept int
	for q, err := range l.Quarantine(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if q.Reason == "" || q.Source == "" || q.Line == 0 {
			t.Errorf("kept without its place: %+v", q)
		}
		kept++
	}
	if kept != 11 {
		t.Errorf("%d are in quarantine, want 11", kept)
	}
	err := filepath.WalkDir(l.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprintf("%+v", rep), secret) {
		t.Error("the secret is in the report")
	}
}

// What the lake cannot take goes to quarantine with its place. The records
// around it are stored, and a leap second is one of them.
func TestOneRecordKeepsNoOtherOut(t *testing.T) {
	dir := t.TempDir()
	at := "2026-11-23T00:00:00.000Z"
	// The upcaster adds a few bytes, which are too many here.
	grows := strings.Replace(view(2, at), `"user_id":"7"`, `"user_id":7,"note":"`, 1)
	grows = strings.Replace(grows, `"note":"`, `"note":"`+strings.Repeat("x", source.DefaultMaxRecord-len(grows)-len(`"`))+`"`, 1)
	path := write(t, dir, "a.ndjson", view(1, at)+"\n"+grows+"\n"+view(3, "2026-06-30T23:59:60.000Z")+"\n"+view(4, at)+"\n")
	l, w := openLake(t)
	rep := replayed(t, options(t, LakeSink{w}, path))
	if rep.New != 3 || rep.Quarantined != 1 || rep.Upcast != 0 || len(rep.Samples) != 1 {
		t.Fatalf("%+v", rep)
	}
	if s := rep.Samples[0]; s.File != path || s.Line != 2 || s.Reason != "the lake cannot take the record" || !strings.Contains(s.Findings[0], "more than the 16777216") {
		t.Errorf("%+v", s)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for q, err := range l.Quarantine(t.Context()) {
		if err != nil || q.Line != 2 {
			t.Errorf("%d, %v", q.Line, err)
		}
		kept++
	}
	if kept != 1 {
		t.Errorf("%d in quarantine", kept)
	}
	june := lake.Filter{Since: time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}
	for r, err := range l.Records(t.Context(), june) {
		if err != nil || string(r.JSON()) != view(3, "2026-06-30T23:59:60.000Z") {
			t.Errorf("%s, %v", r.JSON(), err)
		}
		kept++
	}
	if kept != 2 {
		t.Error("the leap second is not on its day")
	}
}

func TestConflict(t *testing.T) {
	dir := t.TempDir()
	a := view(1, "2026-11-23T00:00:00.000Z")
	write(t, dir, "a.ndjson", a+"\n"+strings.Replace(a, `"/1"`, `"/2"`, 1)+"\n")
	_, w := openLake(t)
	o := options(t, LakeSink{w}, dir)
	rep := replayed(t, o)
	if rep.New != 1 || rep.Conflict != 1 {
		t.Errorf("%+v", rep)
	}
	codeOf(t, rep.Err(), tpe.Mismatch)
	if again := replayed(t, o); again.New != 0 || again.Duplicate != 2 {
		t.Errorf("the second time: %+v", again)
	}
}

func TestFilter(t *testing.T) {
	all := int64(len(sampleLines(t)))
	for _, tt := range []struct {
		name   string
		filter Filter
		keep   func(record string) bool
	}{
		{"type", Filter{Type: "deal_closed"}, func(r string) bool { return field(t, r, "/interaction_type") == `"deal_closed"` }},
		{"type of the old service", Filter{Type: "business_outcome"}, func(r string) bool { return field(t, r, "/metadata/original_type") == `"business_outcome"` }},
		{"user", Filter{User: "136"}, func(r string) bool { return field(t, r, "/user_id") == `"136"` }},
		{"time", Filter{Since: at(t, "2025-07-28T09:00:00.124Z"), Until: at(t, "2025-07-28T09:00:03.000Z")}, func(r string) bool {
			stamp := field(t, r, "/timestamp")
			return stamp >= `"2025-07-28T09:00:00.124Z"` && stamp < `"2025-07-28T09:00:03.000Z"`
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sink, everything := new(memory), new(memory)
			replayed(t, options(t, everything, samples))
			o := options(t, sink, samples)
			o.Filter = tt.filter
			rep := replayed(t, o)
			want := slices.DeleteFunc(everything.records, func(r string) bool { return !tt.keep(r) })
			if len(want) == 0 || !slices.Equal(sink.records, want) || rep.Filtered != all-int64(len(want)) {
				t.Errorf("%d records were sent and %d filtered, want %d sent", len(sink.records), rep.Filtered, len(want))
			}
		})
	}
}

func TestStopAndResume(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		write(t, dir, fmt.Sprintf("%d/a.ndjson", i), strings.ReplaceAll(views(2000), "00000000-0000-4000", fmt.Sprintf("%08d-0000-4000", i)))
	}
	sink := new(memory)
	o := options(t, sink, dir)
	o.Bookmark = filepath.Join(t.TempDir(), "bookmark.json")
	away := &tpe.Error{Code: tpe.Unavailable, Message: "away"}
	for round := 1; ; round++ {
		if round > 20 {
			t.Fatal("the replay does not get on")
		}
		sink.sends = nil
		sink.fail = func(send int) error {
			if send == 4 {
				return away
			}
			return nil
		}
		rep, err := Replay(context.Background(), o)
		if !rep.AddsUp() {
			t.Errorf("the accounts do not add up: %+v", rep)
		}
		o.Resume = true
		if err == nil {
			break
		}
		codeOf(t, err, tpe.Unavailable)
		if rep.Failed == 0 {
			t.Errorf("round %d: nothing failed: %+v", round, rep)
		}
		if rep.Duplicate > 0 {
			t.Errorf("round %d sent %d records again", round, rep.Duplicate)
		}
	}
	if len(sink.records) != 8000 {
		t.Errorf("%d records arrived, want 8000", len(sink.records))
	}
	if _, err := os.Stat(o.Bookmark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the bookmark is still there: %v", err)
	}
}

// A replay that is slow goes on where it was stopped, not where its batch of
// records began.
func TestResumeWithinBatch(t *testing.T) {
	o := options(t, new(memory), write(t, t.TempDir(), "a.ndjson", views(10)))
	o.Rate, o.Bookmark = 1, filepath.Join(t.TempDir(), "bookmark.json")
	sink := new(memory)
	o.Sink, o.Now = sink, func() time.Time { return time.Unix(0, 0) }
	for run := range 3 {
		waits := 0
		o.Sleep = func(context.Context, time.Duration) error {
			if waits++; waits == 4 {
				return context.Canceled
			}
			return nil
		}
		rep, err := Replay(context.Background(), o)
		o.Resume = true
		if rep.Duplicate > 0 || run < 2 && tpe.CodeOf(err) != tpe.Interrupted {
			t.Errorf("run %d: %d records were sent again, %v", run, rep.Duplicate, err)
		}
	}
	if len(sink.records) != 10 {
		t.Errorf("%d records arrived, want 10", len(sink.records))
	}
}

func TestResumeOfAnother(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "a.ndjson", views(10))
	o := options(t, new(memory), dir)
	o.Bookmark, o.Resume = filepath.Join(t.TempDir(), "bookmark.json"), true

	for text, code := range map[string]tpe.Code{
		`{`:                              tpe.Misuse,
		`{"input":["other"],"file":"x"}`: tpe.Misuse,
		fmt.Sprintf(`{"input":[%q],"file":"x"}`, dir): tpe.NotFound,
	} {
		write(t, filepath.Dir(o.Bookmark), "bookmark.json", text)
		_, err := Replay(context.Background(), o)
		codeOf(t, err, code)
	}
	write(t, filepath.Dir(o.Bookmark), "bookmark.json", fmt.Sprintf(`{"input":[%q],"file":%q,"offset":%d}`, dir, file, 3*len(view(1, "2026-11-23T00:00:00.000Z"))))
	if rep := replayed(t, o); rep.Read != 7 || rep.Resumed != file {
		t.Errorf("%+v", rep)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	sink := new(memory)
	sink.fail = func(int) error { cancel(); return nil }
	silent, w := io.Pipe()
	defer w.Close()
	go io.WriteString(w, views(5)) //nolint:errcheck // the other end is left on purpose
	o := options(t, sink)
	o.Paths, o.Stream, o.Name = nil, silent, "stdin"
	o.Bookmark = filepath.Join(t.TempDir(), "bookmark.json")
	rep, err := Replay(ctx, o)
	codeOf(t, err, tpe.Interrupted)
	if rep.New == 0 || !rep.AddsUp() || sink.flushed == 0 {
		t.Errorf("%+v, flushed %d times", rep, sink.flushed)
	}
	if b, err := loadBookmark(o.Bookmark, []string{"stdin"}); err != nil || b.Offset == 0 {
		t.Errorf("bookmark %+v, %v", b, err)
	}
}

func TestRefusesItself(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "lake/raw/a.ndjson", views(1))
	write(t, dir, "other/a.ndjson", views(1))
	for _, path := range []string{"", "lake", "lake/raw", "lake/raw/a.ndjson"} {
		o := options(t, new(memory), filepath.Join(dir, path))
		o.Into = filepath.Join(dir, "lake")
		_, err := Replay(context.Background(), o)
		codeOf(t, err, tpe.Misuse)
	}
	o := options(t, new(memory), filepath.Join(dir, "other"))
	o.Into = filepath.Join(dir, "lake")
	if rep := replayed(t, o); rep.New != 1 {
		t.Errorf("%+v", rep)
	}
}

func TestMissingAndEmptyInput(t *testing.T) {
	none := options(t, new(memory), samples)
	none.Filter.Type = "nosuch"
	codeOf(t, replayed(t, none).Err(), tpe.NotFound)
	_, err := Replay(context.Background(), options(t, new(memory), filepath.Join(t.TempDir(), "nowhere")))
	codeOf(t, err, tpe.NotFound)
	rep := replayed(t, options(t, new(memory), t.TempDir()))
	codeOf(t, rep.Err(), tpe.NotFound)
	o := options(t, new(memory), t.TempDir())
	o.Rate = -1
	_, err = Replay(context.Background(), o)
	codeOf(t, err, tpe.Misuse)
}

func TestDryRun(t *testing.T) {
	rep := replayed(t, options(t, Nowhere{}, samples))
	if n := int64(len(sampleLines(t))); !rep.DryRun || rep.Sent != n || rep.New != 0 {
		t.Errorf("%+v", rep)
	}
}

// FuzzReplay feeds anything through the whole of a replay: the accounts add
// up, what is sent follows the contract, and a second time brings nothing
// new.
func FuzzReplay(f *testing.F) {
	for _, record := range sampleLines(f)[:20] {
		f.Add([]byte(record))
	}
	f.Add([]byte(views(3) + "{\n[}" + views(1)))
	f.Add([]byte("[" + view(1, "2026-11-23T00:00:00Z") + ",,\x00]"))
	o := options(f, nil)
	o.Workers = 1
	f.Fuzz(func(t *testing.T, input []byte) {
		o, sink := o, new(memory)
		o.Sink = sink
		for round := range 2 {
			o.Stream, o.Name = bytes.NewReader(input), "stdin"
			rep, err := Replay(context.Background(), o)
			if err != nil || !rep.AddsUp() {
				t.Fatalf("%v, %+v", err, rep)
			}
			if round == 1 && rep.New > 0 {
				t.Fatalf("new the second time: %+v", rep)
			}
			if len(sink.refused) != (round+1)*int(rep.Quarantined) {
				t.Fatalf("%d were refused, %d are said to be", len(sink.refused), rep.Quarantined)
			}
		}
	})
}
