package lake

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// rec is a record in a test.
type rec struct {
	id   string
	at   time.Time
	typ  string
	note string // the content, beside the rest
	dup  string // metadata.duplicate_of
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func (r rec) json() string {
	if r.id == "" {
		r.id = tpe.NewID().String()
	}
	if r.at.IsZero() {
		r.at = noon
	}
	if r.typ == "" {
		r.typ = tpe.TypePageView
	}
	mark := ""
	if r.dup != "" {
		mark = `,"duplicate_of":"` + r.dup + `"`
	}
	return fmt.Sprintf(`{"interaction_id":%q,"timestamp":%q,"interaction_type":%q,"user_id":"u1","user_type":"contractor","note":%q,"metadata":{"app_version":"1"%s}}`,
		r.id, tpe.FormatTime(r.at), r.typ, r.note, mark)
}

// clean passes a text through the gate, on a tape of its own.
func clean(t testing.TB, text string) redact.Clean {
	t.Helper()
	tp := new(tape.Tape)
	if err := tp.Parse([]byte(text)); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	c, _ := gate().Record(tp)
	return c
}

var gate = sync.OnceValue(func() *redact.Gate { return redact.New(redact.Options{}) })

func openLake(t testing.TB, opts Options) *Lake {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	l, err := Open(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// What the lake holds is read by its owner alone.
func TestOwnFilesAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	l := openLake(t, Options{Dir: dir})
	w := openWriter(t, l)
	put(t, w, Disk, []Outcome{New}, rec{id: tpe.NewID().String(), at: time.Now(), typ: "page_view", note: "x"})
	closeWriter(t, w)
	n := 0
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		n++
		return err
	}); err != nil || n < 8 {
		t.Error(n, err)
	}
}

func openWriter(t testing.TB, l *Lake) *Writer {
	t.Helper()
	w, err := l.NewWriter(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func closeWriter(t testing.TB, w *Writer) {
	t.Helper()
	if err := w.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// put appends records and wants the outcomes.
func put(t testing.TB, w *Writer, d Durability, want []Outcome, recs ...rec) {
	t.Helper()
	clean := cleanAll(t, recs)
	got, err := w.Append(context.Background(), d, clean...)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func cleanAll(t testing.TB, recs []rec) []redact.Clean {
	out := make([]redact.Clean, len(recs))
	for i, r := range recs {
		out[i] = clean(t, r.json())
	}
	return out
}

func TestAppendOnce(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	a := rec{id: uuid.NewString(), note: "a"}
	b := rec{id: uuid.NewString(), note: "b"}
	b2 := b
	b2.note = "other"
	odd := rec{id: "order 17", note: "an id that is no uuid"}
	put(t, w, Disk, []Outcome{New, New, Duplicate, Conflict, New, Duplicate}, a, b, a, b2, odd, odd)
	put(t, w, System, []Outcome{Duplicate, Duplicate, Duplicate}, a, b, b2)
	upper := a
	upper.id = strings.ToUpper(a.id)
	put(t, w, Buffered, []Outcome{Conflict}, upper)
	tomorrow := a
	tomorrow.at = noon.Add(24 * time.Hour)
	put(t, w, Buffered, []Outcome{New}, tomorrow)
	closeWriter(t, w)

	w = openWriter(t, l)
	put(t, w, Disk, []Outcome{Duplicate, Duplicate, Duplicate, Duplicate, Duplicate, Duplicate}, a, b, b2, odd, upper, tomorrow)
	closeWriter(t, w)
}

// A link to a day's folder would be read by some and not by others.
func TestLinkedFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "raw/year=2026/month=11/day=23/a.jsonl", newRecs(1, noon)[0].json())
	l := openLake(t, Options{Dir: dir})
	if err := os.Symlink("day=23", filepath.Join(dir, "raw/year=2026/month=11/day=24")); err != nil {
		t.Fatal(err)
	}
	for _, err := range l.Records(t.Context(), Filter{}) {
		if tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), "day=24 is a link") {
			t.Error(err)
		}
	}
	if _, err := l.Verify(t.Context(), nil); tpe.CodeOf(err) != tpe.Misuse {
		t.Error(err)
	}
}
