package lake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

const danaMail = "dana@whitfield.example"

func dana(t testing.TB) person.Person {
	t.Helper()
	var ids []person.ID
	for kind, text := range map[person.Kind]string{person.User: "d-9031xz77", person.Email: danaMail, person.Phone: "555-200-1000"} {
		id, err := person.ParseID(kind, text)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return person.New(tpe.UserContractor, ids...)
}

// The texts by which the person is found in files.
var danaTraces = []string{"d-9031xz77", danaMail, "555-200-1000", "5552001000", "whitfield"}

// cast is the records of a test: some of the person, some of others who
// mention the person, the rest of others.
type cast struct {
	all, own, mention []string // as JSON
}

func newCast(n int) *cast {
	c := &cast{}
	for i := range n {
		at := noon.Add(time.Duration(i%2) * 24 * time.Hour).Add(time.Duration(i) * time.Second)
		user, text := fmt.Sprintf("u-%d", i), "nothing"
		switch i % 5 {
		case 0:
			user = "d-9031xz77"
		case 1:
			user, text = "anonymous", "I am Dana@Whitfield.example"
		case 2:
			text = "ask dana@whitfield.example or (555) 200-1000"
		}
		r := fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"%s","user_id":"%s","note":"%s"}`,
			tpe.NewID(), tpe.FormatTime(at), []string{"page_view", "feedback", "cta_click"}[i%3], user, text)
		c.all = append(c.all, r)
		switch i % 5 {
		case 0, 1:
			c.own = append(c.own, r)
		case 2:
			c.mention = append(c.mention, r)
		}
	}
	return c
}

func appendTexts(t testing.TB, w *Writer, d Durability, texts []string) []Outcome {
	t.Helper()
	out, err := tryTexts(t, w, d, texts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tryTexts(t testing.TB, w *Writer, d Durability, texts []string) ([]Outcome, error) {
	t.Helper()
	cleans := make([]redact.Clean, len(texts))
	for i, text := range texts {
		cleans[i] = clean(t, text)
	}
	return w.Append(context.Background(), d, cleans...)
}

// fillCast writes everything that a lake can hold of a person.
func fillCast(t testing.TB, opts Options, c *cast) {
	t.Helper()
	opts.disk = nil
	l := openLake(t, opts)
	w := openWriter(t, l)
	half := len(c.all) / 2
	appendTexts(t, w, Disk, c.all[:half])
	appendTexts(t, w, Disk, c.all[:3]) // duplicates
	for _, q := range []Quarantined{
		{Reason: "broken", Source: "t", Body: clean(t, c.own[0])},
		{Reason: "broken", Source: "t", Body: clean(t, c.mention[0]), Findings: []string{"not " + danaMail}},
		{Reason: "torn", Source: "t", Body: gate().Text([]byte(`{"user_id":"9","note":"` + danaMail))},
		{Reason: "other", Source: "t", Body: clean(t, `{"user_id":"9","interaction_type":"feedback"}`)},
	} {
		if err := w.Quarantine(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	}
	closeWriter(t, w)
	// The older layouts, in each packing.
	legacy := filepath.Join(opts.Dir, "raw", "2026", "11", "22")
	if err := os.MkdirAll(legacy, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(legacy, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rest := c.all[half:]
	lines := []byte(strings.Join(rest, "\n") + "\n")
	write("daily_summary.jsonl", lines)
	for i, r := range rest[:6] {
		write(fmt.Sprintf("one-%d.json", i), []byte(strings.ReplaceAll(r, `,"`, ",\n \"")))
	}
	write("array.json", []byte("["+strings.Join(rest[:7], ",\n")+"]"))
	var zipped bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	_, _ = gz.Write(lines)
	_ = gz.Close()
	write("copy.ndjson.gz", zipped.Bytes())
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	write("copy.ndjson.zst", enc.EncodeAll(lines, nil))
	write("torn.ndjson", []byte(rest[3]+"\n"+`{"note":"`+danaMail))
	if err := os.WriteFile(filepath.Join(opts.Dir, "raw", "year=2026", "month=11", "day=23", "old.ndjson.tmp"), lines, 0o644); err != nil {
		t.Fatal(err)
	}
}

// traces returns the files below dir in which a trace of the person is,
// looking into those that are packed.
func traces(t testing.TB, dir string) (out []string) {
	t.Helper()
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
			b, err = dec.DecodeAll(b, nil)
		case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
			var r *gzip.Reader
			if r, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
				b, err = io.ReadAll(r)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, trace := range danaTraces {
			if bytes.Contains(bytes.ToLower(b), []byte(trace)) {
				out = append(out, path+": "+trace)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var until = noon.Add(30 * 24 * time.Hour)

func eraseDana(t testing.TB, l *Lake, change func(*EraseOptions)) (EraseReport, error) {
	t.Helper()
	o := EraseOptions{Erasure: "e1", Person: dana(t), Until: until, Wait: 20 * time.Second}
	if change != nil {
		change(&o)
	}
	return l.Erase(context.Background(), o)
}

func mustErase(t testing.TB, l *Lake) EraseReport {
	t.Helper()
	r, err := eraseDana(t, l, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Nothing of the person is left in any file, everything else is, and the
// accounts add up: as many were received as before.
func TestErase(t *testing.T) {
	for _, compression := range []string{CompressZstd, CompressNone} {
		t.Run(compression, func(t *testing.T) {
			opts := Options{Dir: t.TempDir(), Compression: compression, SealBytes: 2000}
			c := newCast(60)
			fillCast(t, opts, c)
			l := openLake(t, opts)
			before, _ := verify(t, l) // the torn file is damaged
			dry, err := eraseDana(t, l, func(o *EraseOptions) { o.DryRun = true })
			if err != nil || dry.Records == 0 || dry.Files == 0 {
				t.Fatalf("%+v, %v", dry, err)
			}
			if len(traces(t, opts.Dir)) < dry.Files {
				t.Fatal("a dry run has erased")
			}
			if dry.Roles[""] == 0 {
				t.Errorf("%v", dry.Roles)
			}
			done := mustErase(t, l)
			if done.Files != dry.Files || done.Records != dry.Records || done.Redacted != dry.Redacted || done.Leftovers != 1 {
				t.Errorf("done %+v, announced %+v", done, dry)
			}
			if left := traces(t, opts.Dir); len(left) > 0 {
				t.Fatal(strings.Join(left, "\n"))
			}
			after, faults := verify(t, l)
			if len(faults) != 1 || faults[0].Kind != Damaged {
				t.Errorf("%v", faults)
			}
			if after.Total.Received != before.Total.Received || !after.Total.Balanced() || after.Total.Erased == 0 {
				t.Errorf("before %+v, after %+v", before.Total, after.Total)
			}
			if want := before.Total.Stored - uint64(len(c.own)); after.Total.Stored != want {
				t.Errorf("stored %d, want %d", after.Total.Stored, want)
			}
			total, err := l.Erased(context.Background(), "e1")
			if err != nil {
				t.Fatal(err)
			}
			sum := total[ErasedSegments].Records + total[ErasedForeign].Records + total[ErasedQuarantine].Records
			if sum != done.Records {
				t.Errorf("the receipts tell of %d records, not %d: %v", sum, done.Records, total)
			}
			// A second time there is nothing to do.
			if again := mustErase(t, l); again.Files != 0 {
				t.Errorf("%+v", again)
			}
			// What is derived can be made again, and says the same.
			if err := os.RemoveAll(filepath.Join(opts.Dir, "index")); err != nil {
				t.Fatal(err)
			}
			if err := l.Rebuild(context.Background()); err != nil {
				t.Fatal(err)
			}
			rebuilt, _ := verify(t, l)
			if rebuilt.Total != after.Total {
				t.Errorf("rebuilt %+v, was %+v", rebuilt.Total, after.Total)
			}
		})
	}
}

// A later copy of old records does not bring the person back; what the person
// does later is stored.
func TestErasedStayAway(t *testing.T) {
	opts := Options{Dir: t.TempDir(), SealBytes: 2000}
	c := newCast(60)
	fillCast(t, opts, c)
	l := openLake(t, opts)
	mustErase(t, l)
	w := openWriter(t, l)
	out := appendTexts(t, w, Disk, c.all)
	erased, duplicates := 0, 0
	for _, o := range out {
		switch o {
		case Erased:
			erased++
		case Duplicate:
			duplicates++
		case New, Conflict, NotStored:
		}
	}
	if erased != len(c.own) || duplicates < 10 {
		t.Errorf("%d erased, %d duplicates: %v", erased, duplicates, out)
	}
	if err := w.Quarantine(context.Background(), Quarantined{Reason: "r", Source: "s", Body: clean(t, c.own[0])}); err != nil {
		t.Fatal(err)
	}
	mention := Quarantined{Reason: "about " + danaMail, Source: danaMail, Findings: []string{danaMail}, Body: clean(t, c.mention[1])}
	if err := w.Quarantine(context.Background(), mention); err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := traces(t, opts.Dir); len(left) > 0 {
		t.Error(strings.Join(left, "\n"))
	}
	later := fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"page_view","user_id":"d-9031xz77"}`, tpe.NewID(), tpe.FormatTime(until))
	if out := appendTexts(t, w, Disk, []string{later}); out[0] != New {
		t.Errorf("a later record is %v", out[0])
	}
	closeWriter(t, w)
	report, faults := verify(t, l)
	if !report.Total.Balanced() || len(faults) != 1 { // the torn file
		t.Errorf("%+v %v", report.Total, faults)
	}
}

// Records of a time that is yet to come do not come back either, nor what they
// mentioned; other records of that time are stored.
func TestErasedStayAwayFromTheFuture(t *testing.T) {
	opts := Options{Dir: t.TempDir(), SealBytes: 2000}
	var old []string
	for i, who := range []string{`"user_id":"d-9031xz77"`, `"user_id":"u-1","note":"ask dana@whitfield.example"`, `"user_id":"u-2"`} {
		old = append(old, fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"page_view",%s}`,
			tpe.NewID(), tpe.FormatTime(until.Add(time.Duration(i)*24*time.Hour)), who))
	}
	l := openLake(t, opts)
	w := openWriter(t, l)
	appendTexts(t, w, Disk, old)
	bad := strings.Replace(old[0], "page_view", "Page View", 1)
	if err := w.Quarantine(t.Context(), Quarantined{Reason: "r", Source: "s", Body: clean(t, bad)}); err != nil {
		t.Fatal(err)
	}
	closeWriter(t, w)
	mustErase(t, l)
	mustErase(t, l) // it goes on, and finds nothing any more
	w = openWriter(t, l)
	fresh := fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"page_view","user_id":"d-9031xz77"}`, tpe.NewID(), tpe.FormatTime(until))
	out := appendTexts(t, w, Disk, append(old, fresh))
	if out[0] != Erased || out[1] != Duplicate || out[2] != Duplicate || out[3] != New {
		t.Errorf("%v", out)
	}
	if err := w.Quarantine(t.Context(), Quarantined{Reason: "r", Source: "s", Body: clean(t, bad)}); err != nil {
		t.Fatal(err)
	}
	closeWriter(t, w)
	if report, faults := verify(t, l); !report.OK {
		t.Errorf("%+v %v", report.Total, faults)
	}
	for _, line := range traces(t, opts.Dir) {
		if !strings.Contains(line, "d-9031xz77") {
			t.Error(line)
		}
	}
	own := 0
	for r, err := range l.Records(t.Context(), Filter{}) {
		if err != nil || strings.Contains(string(r.JSON()), "d-9031xz77") {
			own++
		}
	}
	if own != 1 {
		t.Errorf("%d records of the person", own)
	}
}

// An erasure that goes on may know less of the person than it did before: what
// it knew is still kept out.
func TestErasedStayAwayWhenLessIsKnown(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	c := newCast(10)
	l := openLake(t, opts)
	mustErase(t, l)
	if _, err := eraseDana(t, l, func(o *EraseOptions) {
		phone, err := person.ParseID(person.Phone, "555-200-1000")
		if err != nil {
			t.Fatal(err)
		}
		o.Person = person.New("", phone)
	}); err != nil {
		t.Fatal(err)
	}
	if lines, err := l.readStones(); err != nil || len(lines) != 1 || lines[0].Role != tpe.UserContractor || len(lines[0].Hashes) != 3 {
		t.Errorf("%+v, %v", lines, err)
	}
	w := openWriter(t, l)
	for i, o := range appendTexts(t, w, Disk, c.all) {
		if i%5 < 2 && o != Erased {
			t.Errorf("record %d is %v", i, o)
		}
	}
	closeWriter(t, w)
}

// Who was erased and came back stays, also when somebody else is erased later.
func TestErasedComeBack(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	l := openLake(t, opts)
	mustErase(t, l)
	bob, err := person.ParseID(person.User, "bob-0001")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eraseDana(t, l, func(o *EraseOptions) {
		o.Erasure, o.Person, o.Until = "e2", person.New("", bob), until.Add(time.Hour)
	}); err != nil {
		t.Fatal(err)
	}
	var records []string
	for _, who := range []string{`"user_id":"d-9031xz77"`, `"user_id":"u-1","note":"ask dana@whitfield.example"`, `"user_id":"bob-0001"`} {
		records = append(records, fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"page_view",%s}`, tpe.NewID(), tpe.FormatTime(until), who))
	}
	gone, err := l.OpenForgotten(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []person.Verdict{person.Untouched, person.Untouched, person.Belongs} {
		if got, err := gone.Judge(clean(t, records[i]).Tape()); err != nil || got != want {
			t.Errorf("record %d: %v, %v", i, got, err)
		}
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	w := openWriter(t, l)
	if out := appendTexts(t, w, Disk, records); out[0] != New || out[1] != New || out[2] != Erased {
		t.Errorf("%v", out)
	}
	back := clean(t, strings.Replace(records[0], "page_view", "Page View", 1))
	if err := w.Quarantine(t.Context(), Quarantined{Reason: "of " + danaMail, Source: "s", Body: back}); err != nil {
		t.Fatal(err)
	}
	closeWriter(t, w)
	mustAddUp(t, l)
	left := strings.Join(traces(t, opts.Dir), "\n")
	if strings.Count(left, "d-9031xz77") != 2 || strings.Count(left, danaMail) != 2 { // raw and quarantine
		t.Error(left)
	}
}

// The key and the stones of earlier versions count as they did.
func TestOlderStones(t *testing.T) {
	l := openLake(t, Options{Dir: t.TempDir()})
	var secret ErasureSecret
	key := secret.IDKey()
	mail, err := person.ParseID(person.Email, danaMail)
	if err != nil {
		t.Fatal(err)
	}
	stones := fmt.Sprintf(`{"erasure":"e0","until":%d,"role":"contractor","hashes":[%q]}`+"\n"+`{"erasure":"e1","until":5,"hashes":[],"later":[]}`+"\n"+`{"erasure":"e2","unt`,
		until.UnixMilli(), key.Hash(mail))
	for name, text := range map[string]string{erasureKeyFile: strings.Repeat("0", 64) + "\n", stonesFile: stones} {
		path := l.ErasurePath(name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := newCast(5)
	w := openWriter(t, l)
	if out := appendTexts(t, w, Disk, c.all); out[1] != Erased || out[0] != New || out[2] != New {
		t.Errorf("%v", out)
	}
	closeWriter(t, w)
	if left := strings.Join(traces(t, l.Dir()), "\n"); strings.Contains(left, danaMail) {
		t.Error(left)
	}
}

// What the person does during an erasure stays; what was there under a time yet
// to come goes, and copies of it are known.
func TestEraseKeepsWhatComes(t *testing.T) {
	now := time.Now()
	var clock atomic.Int64 // of the writer, from now on
	clock.Store(int64(-2 * time.Second))
	opts := Options{Dir: t.TempDir(), Now: func() time.Time { return now.Add(time.Duration(clock.Load())) }}
	did := func(at time.Time) string {
		return fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"page_view","user_id":"d-9031xz77"}`, tpe.NewID(), tpe.FormatTime(at))
	}
	old, during, ahead := did(now.Add(-time.Hour)), did(now.Add(time.Second)), did(now.Add(48*time.Hour))
	w := openWriter(t, openLake(t, opts))
	appendTexts(t, w, Disk, []string{old, during, ahead})
	for _, text := range []string{old, during, ahead} {
		bad := strings.Replace(text, "page_view", "Page View", 1)
		if err := w.Quarantine(t.Context(), Quarantined{Reason: "r", Source: "s", Body: clean(t, bad)}); err != nil {
			t.Fatal(err)
		}
	}
	l := openLake(t, opts)
	erase := func() EraseReport {
		t.Helper()
		r, err := eraseDana(t, l, func(o *EraseOptions) { o.Until, o.Person.Before = now, now.UnixMilli() })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := erase(); r.Records != 4 {
		t.Errorf("%+v", r)
	}
	more := did(now.Add(time.Hour)) // of a clock that is fast, in a file that was begun later
	clock.Store(int64(2 * time.Second))
	later, err := l.LaterOf("e1")
	if err != nil {
		t.Fatal(err)
	}
	out := appendTexts(t, w, Disk, []string{old, during, ahead, more})
	for i, want := range []Outcome{Erased, Duplicate, Erased, New} {
		text := []string{old, during, ahead, more}[i]
		item := clean(t, `{"at":"2026-11-23T10:00:00.000Z","body":`+text+`}`)
		if known := i == 2; out[i] != want || later(clean(t, text).Tape()) != known || later(item.Tape()) != known {
			t.Errorf("record %d is %v, want %v", i, out[i], want)
		}
	}
	closeWriter(t, w)
	if r := erase(); r.Records != 0 {
		t.Errorf("again: %+v", r)
	}
	mustAddUp(t, l)
}

// A writer of another process has segments open while the person is erased:
// it seals them, forgets what it knew, and keeps old records out.
func TestEraseBesideWriter(t *testing.T) {
	opts := Options{Dir: t.TempDir(), SealBytes: 1 << 20}
	c := newCast(200)
	other := openLake(t, opts)
	w := openWriter(t, other)
	appendTexts(t, w, Disk, c.all[:100])
	if err := w.Quarantine(context.Background(), Quarantined{Reason: "r", Source: "s", Body: clean(t, c.own[0])}); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // it goes on all the time, with old records of the person
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			at := 100 + i%100
			if _, err := tryTexts(t, w, System, c.all[at:at+1]); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	l := openLake(t, opts)
	if _, err := eraseDana(t, l, nil); err != nil {
		t.Error(err)
	}
	close(stop)
	<-stopped
	if left := traces(t, opts.Dir); len(left) > 0 {
		t.Error(strings.Join(left, "\n"))
	}
	out := appendTexts(t, w, Disk, c.all)
	for i, o := range out {
		switch {
		case i%5 < 2 && o != Erased, i%5 > 2 && i < 100 && o != Duplicate, i%5 == 2 && i < 100 && o != Duplicate:
			t.Errorf("record %d is %v", i, o)
		}
	}
	closeWriter(t, w)
	mustAddUp(t, l)
	if left := traces(t, opts.Dir); len(left) > 0 {
		t.Error(strings.Join(left, "\n"))
	}
}

// A file that a writer began after it had seen the stone, and before the
// erasure noted what is open, does not stop the erasure.
func TestEraseAsksAgain(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	w := openWriter(t, openLake(t, opts))
	appendTexts(t, w, Disk, newCast(10).all)
	l := openLake(t, opts)
	secret, err := l.makeErasureSecret()
	if err != nil {
		t.Fatal(err)
	}
	key, other := secret.IDKey(), openWriter(t, l)
	e := &eraser{l: l, w: other, tmps: map[string]bool{}, opts: EraseOptions{Wait: 8 * time.Second},
		stone: stoneLine{"e1", person.Stone{Until: until.UnixMilli(), Hashes: person.Hashes(&key, dana(t))}}}
	if err := e.ask(); err != nil {
		t.Fatal(err)
	}
	appendTexts(t, w, Disk, newCast(10).all) // it sees the stone, and seals its files
	appendTexts(t, w, Disk, newCast(10).all) // and begins others
	if err := e.awaitSeals(context.Background()); err != nil {
		t.Error(err)
	}
	closeWriter(t, w)
	closeWriter(t, other)
}

// A process that does not seal what it has open stops the erasure, and the
// error says which file.
func TestEraseWaits(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	other := openLake(t, opts)
	w := openWriter(t, other)
	c := newCast(10)
	appendTexts(t, w, Disk, c.all)
	// As a process that hangs: its committer waits for a lock.
	w.mu.Lock()
	_, err := eraseDana(t, openLake(t, opts), func(o *EraseOptions) { o.Wait = 50 * time.Millisecond })
	if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "still writes to raw/") {
		t.Errorf("%v", err)
	}
	w.mu.Unlock()
	closeWriter(t, w)
	l := openLake(t, opts)
	mustErase(t, l)
	if left := traces(t, opts.Dir); len(left) > 0 {
		t.Error(strings.Join(left, "\n"))
	}
	mustAddUp(t, l)
}

// Stop the erasure after every step that changes the disk, then do it again:
// nothing of the person is left, nothing else is lost, the accounts add up.
func TestEraseCrashTable(t *testing.T) {
	for _, mode := range []struct {
		name string
		lose func(nameStep) bool
	}{
		{"the process is killed", nil},
		{"the power is cut", func(nameStep) bool { return true }},
		{"the power is cut but removals stay", func(n nameStep) bool { return !n.removal }},
	} {
		t.Run(mode.name, func(t *testing.T) {
			c := newCast(20)
			for step := 0; ; step++ {
				opts := Options{Dir: memoryDir(t), SealBytes: 1500, SyncEvery: time.Millisecond}
				fillCast(t, opts, c)
				before, _ := verify(t, openLake(t, opts))
				d := newFaultDisk(t, step)
				broken := opts
				broken.disk = d
				_, err := eraseDana(t, openLake(t, broken), nil)
				whole := d.last == ""
				if whole && err != nil {
					t.Fatal(err)
				}
				d.stop()
				if mode.lose != nil {
					d.cutPower(mode.lose)
				}
				l := openLake(t, opts)
				mustErase(t, l)
				left := traces(t, opts.Dir)
				after, faults := verify(t, l)
				if len(left) > 0 || !after.Total.Balanced() || len(faults) != 1 ||
					after.Total.Received != before.Total.Received || after.Total.Stored != before.Total.Stored-uint64(len(c.own)) {
					t.Fatalf("stopped before step %d, %s: %v\nbefore %+v, after %+v\n%v", step, d.last, left, before.Total, after.Total, faults)
				}
				w := openWriter(t, l)
				for i, o := range appendTexts(t, w, Disk, c.all) {
					if i%5 < 2 && o != Erased {
						t.Fatalf("stopped before step %d: record %d comes back as %v", step, i, o)
					}
				}
				closeWriter(t, w)
				if whole {
					if step < 60 {
						t.Errorf("an erasure has only %d steps", step)
					}
					return
				}
			}
		})
	}
}

// Stopped after any step, an erasure that goes on keeps what the person did
// since it was begun, and nothing else comes back.
func TestEraseCrashKeepsWhatComes(t *testing.T) {
	now := time.Now()
	did := func(at time.Time) string {
		return fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"page_view","user_id":"d-9031xz77"}`, tpe.NewID(), tpe.FormatTime(at))
	}
	all := []string{did(now.Add(-time.Hour)), did(now.Add(time.Second)), did(now.Add(48 * time.Hour)), did(now.Add(2 * time.Second))}
	begun := func(o *EraseOptions) { o.Until, o.Person.Before = now, now.UnixMilli() }
	for _, lose := range []func(nameStep) bool{nil, func(nameStep) bool { return true }} {
		for step, whole := 0, false; !whole; step++ {
			opts := Options{Dir: memoryDir(t), Now: func() time.Time { return now.Add(-2 * time.Second) }}
			w := openWriter(t, openLake(t, opts))
			appendTexts(t, w, Disk, all[:3])
			closeWriter(t, w)
			d := newFaultDisk(t, step)
			broken := opts
			broken.disk = d
			_, err := eraseDana(t, openLake(t, broken), begun)
			if whole = d.last == ""; whole && err != nil {
				t.Fatal(err)
			}
			d.stop()
			if lose != nil {
				d.cutPower(lose)
			}
			l := openLake(t, opts)
			w = openWriter(t, l)
			appendTexts(t, w, Disk, all[3:]) // the person goes on
			closeWriter(t, w)
			if _, err := eraseDana(t, l, begun); err != nil {
				t.Fatal(err)
			}
			w = openWriter(t, l)
			for i, o := range appendTexts(t, w, Disk, all) {
				if want := []Outcome{Erased, Duplicate, Erased, Duplicate}[i]; o != want {
					t.Fatalf("stopped before step %d, %s: record %d is %v, want %v", step, d.last, i, o, want)
				}
			}
			closeWriter(t, w)
			mustAddUp(t, l)
			if whole && step < 15 {
				t.Errorf("an erasure has only %d steps", step)
			}
		}
	}
}
