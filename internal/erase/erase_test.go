package erase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

var began = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func now() time.Time { return began }

func dana(t testing.TB) person.Person {
	t.Helper()
	user, err := person.ParseID(person.User, "136")
	if err != nil {
		t.Fatal(err)
	}
	mail, err := person.ParseID(person.Email, "dana@whitfield.example")
	if err != nil {
		t.Fatal(err)
	}
	return person.New(tpe.UserContractor, user, mail)
}

// fill makes a lake of three days.
func fill(t testing.TB, dir string) *lake.Lake {
	t.Helper()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Options{Dir: dir, Now: now, SealBytes: 4000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w, err := l.NewWriter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	gate := redact.New(redact.Options{})
	for i := range 90 {
		user, note := fmt.Sprint(1000+i), "nothing"
		switch i % 4 {
		case 0:
			user = "136"
		case 1:
			note = "ask Dana@Whitfield.example"
		}
		text := fmt.Sprintf(`{"interaction_id":%q,"timestamp":%q,"interaction_type":"page_view","user_id":%q,"user_type":"contractor","note":%q,"metadata":{"app_version":"1","environment":"t","user_agent":"t","ip_address":"::1"}}`,
			tpe.NewID().String(), tpe.FormatTime(began.Add(-time.Duration(i%3*24+1)*time.Hour)), user, note)
		tp := new(tape.Tape)
		if err := tp.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
		clean, _ := gate.Record(tp)
		if _, err := w.Append(ctx, lake.Buffered, clean); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return l
}

func options(t testing.TB, l *lake.Lake) Options {
	return Options{
		Lake: l, Person: dana(t), Version: "test", Now: now, Wait: 10 * time.Second,
		Places: []Place{copyOf(t, l)},
	}
}

// shelf is a place in memory. It is kept by the name of the lake's folder, as
// a real one outlives a process.
type shelf struct{ records []string }

var shelves = map[string]*shelf{}

// copyOf returns a place with a copy of the lake's records.
func copyOf(t testing.TB, l *lake.Lake) Place {
	if s := shelves[l.Dir()]; s != nil {
		return s
	}
	s := &shelf{}
	shelves[l.Dir()] = s
	for r, err := range l.Records(context.Background(), lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		s.records = append(s.records, string(r.JSON()))
	}
	return s
}

func (s *shelf) Name() string { return "shelf" }

func (s *shelf) Look(_ context.Context, p person.Person, each func(string)) (found person.Found, err error) {
	return s.run(p, each, false)
}

func (s *shelf) Erase(_ context.Context, p person.Person, each func(string)) (found person.Found, err error) {
	return s.run(p, each, true)
}

func (s *shelf) run(p person.Person, each func(string), change bool) (found person.Found, err error) {
	m := person.NewMatcher(p)
	var left []string
	for _, r := range s.records {
		var t tape.Tape
		if err := t.Parse([]byte(r)); err != nil {
			return found, err
		}
		switch m.Judge(&t) {
		case person.Belongs:
			found.Records++
			continue
		case person.Mentions:
			found.Redacted++
			r = string(m.AppendWithout(nil, &t))
		case person.Untouched:
		}
		left = append(left, r)
	}
	if found.Records+found.Redacted > 0 {
		found.Files = 1
		each("all")
	}
	if change {
		s.records = left
	}
	return found, nil
}

// adds fails when the lake does not add up.
func adds(t testing.TB, l *lake.Lake) lake.Report {
	t.Helper()
	report, err := l.Verify(context.Background(), func(f lake.Fault) { t.Error(f) })
	if err != nil || !report.OK {
		t.Fatalf("%+v, %v", report, err)
	}
	return report
}

func TestRun(t *testing.T) {
	ctx := context.Background()
	l := fill(t, t.TempDir())
	before := adds(t, l)
	plan, err := Look(ctx, options(t, l))
	if err != nil || plan.Empty() || len(plan.Places) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	r, err := Run(ctx, options(t, l))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range plan.Places {
		got := r.Places[i]
		if got.Place != p.Place || got.Records != p.Records || got.Redacted != p.Redacted || got.Files != p.Files || got.Records == 0 || got.Records != 23 || got.Redacted != 23 {
			t.Errorf("planned %+v, done %+v", p, got)
		}
	}
	after := adds(t, l)
	if after.Total.Received != before.Total.Received || after.Total.Erased != 23 || after.Total.Stored != 67 {
		t.Errorf("before %+v, after %+v", before.Total, after.Total)
	}
	p := dana(t)
	if err := Check(l, r, &p); err != nil {
		t.Error(err)
	}
	if left, err := Unfinished(l); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	again, err := Run(ctx, options(t, l))
	if err != nil || again.ID == r.ID || again.Places[0].Records != 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

// Every byte of a receipt counts.
func TestReceipt(t *testing.T) {
	l := fill(t, t.TempDir())
	r, err := Run(context.Background(), options(t, l))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	same, err := ReadReceipt(text)
	if err != nil || Check(l, same, nil) != nil {
		t.Fatalf("%v, %v", err, Check(l, same, nil))
	}
	for i := range text {
		forged := append([]byte(nil), text...)
		forged[i] ^= 1
		got, err := ReadReceipt(forged)
		if err != nil {
			continue
		}
		if b, _ := json.Marshal(got); string(b) == string(text) {
			continue // the name of a member in the other case of letters, or the like
		}
		if Check(l, got, nil) == nil {
			t.Fatalf("byte %d changed: %s", i, forged)
		}
	}
	if strings.Contains(string(text), "dana") || strings.Contains(string(text), `"136"`) {
		t.Errorf("%s", text)
	}
	other := fill(t, t.TempDir())
	if err := Check(other, r, nil); tpe.CodeOf(err) != tpe.NotFound {
		t.Errorf("a lake without erasures says %v", err)
	}
}

func FuzzReadReceipt(f *testing.F) {
	f.Add([]byte(`{"version":1,"id":"x","places":[{"place":"lake","records":1,"redacted":0}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadReceipt(b)
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
	})
}

var errStop = errors.New("stopped")

// stopping is a place that stops before or after its work, a number of times.
type stopping struct {
	Place
	left *int
}

func (s stopping) stop() error {
	if *s.left--; *s.left < 0 {
		return errStop
	}
	return nil
}

func (s stopping) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	if err := s.stop(); err != nil {
		return person.Found{}, err
	}
	return s.Place.Look(ctx, p, each)
}

func (s stopping) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	if err := s.stop(); err != nil {
		return person.Found{}, err
	}
	found, err := s.Place.Erase(ctx, p, each)
	if err == nil {
		err = s.stop()
	}
	return found, err
}

// Stopped between any two steps, the same call goes on, and the one receipt
// tells of all.
func TestResume(t *testing.T) {
	for steps := 0; ; steps++ {
		l := fill(t, t.TempDir())
		left := steps
		opts := options(t, l)
		opts.Places[0] = stopping{opts.Places[0], &left}
		first, err := Run(context.Background(), opts)
		if err == nil {
			if steps < 4 {
				t.Errorf("there are %d steps only", steps)
			}
			if first.Places[1].Records != 23 {
				t.Errorf("%+v", first)
			}
			return
		}
		if !errors.Is(err, errStop) {
			t.Fatal(err)
		}
		if ids, err := Unfinished(l); err != nil || len(ids) != 1 {
			t.Fatalf("%v, %v", ids, err)
		}
		r, err := Run(context.Background(), options(t, l))
		if err != nil {
			t.Fatal(err)
		}
		if r.Places[0].Records != 23 || r.Places[1].Records != 23 {
			t.Errorf("stopped after %d steps: %+v", steps, r.Places)
		}
		adds(t, l)
	}
}

// moved is a place of which there can be several.
type moved struct {
	Place
	where string
}

func (m moved) Where() string { return m.where }

// An erasure that was stopped ends with all its places or not at all.
func TestPlacesStay(t *testing.T) {
	l := fill(t, t.TempDir())
	opts := options(t, l)
	own := opts.Places[0]
	left := 0
	opts.Places = []Place{moved{stopping{own, &left}, "a"}}
	if _, err := Run(t.Context(), opts); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	for _, places := range [][]Place{nil, {moved{own, "b"}}} {
		opts.Places = places
		if _, err := Run(t.Context(), opts); tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), "shelf a") {
			t.Errorf("%v", err)
		}
		if ids, err := Unfinished(l); err != nil || len(ids) != 1 {
			t.Fatalf("%v, %v", ids, err)
		}
	}
	// Another place may come to it, and then belongs to it.
	left = 0
	opts.Places = []Place{moved{own, "a"}, moved{stopping{&shelf{}, &left}, "c"}}
	if _, err := Run(t.Context(), opts); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	opts.Places = []Place{moved{own, "a"}}
	if _, err := Run(t.Context(), opts); tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), "shelf c") {
		t.Errorf("%v", err)
	}
	opts.Places = []Place{moved{own, "a"}, moved{&shelf{}, "c"}}
	if r, err := Run(t.Context(), opts); err != nil || r.Places[1].Records != 23 {
		t.Errorf("%+v, %v", r, err)
	}
	if len(own.(*shelf).records) != 67 { //nolint:forcetypeassert // it is one
		t.Error("the person is still there")
	}
}

// A journal of an earlier version tells its places by what was found in them.
func TestPlacesOfOlderJournal(t *testing.T) {
	l := fill(t, t.TempDir())
	opts := options(t, l)
	left := 1
	opts.Places[0] = stopping{opts.Places[0], &left}
	if _, err := Run(t.Context(), opts); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	all, err := pending(l)
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	all[0].Places, all[0].opts.Lake = nil, l
	if err := all[0].save(); err != nil {
		t.Fatal(err)
	}
	opts.Places = nil
	if _, err := Run(t.Context(), opts); tpe.CodeOf(err) != tpe.Misuse {
		t.Errorf("%v", err)
	}
	if _, err := Run(t.Context(), options(t, l)); err != nil {
		t.Error(err)
	}
}

// What killed erasures have left is gone after the next one, in the lake and
// among the temporary files of the system.
func TestLeftovers(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	l := fill(t, t.TempDir())
	indexes, err := filepath.Glob(filepath.Join(l.Dir(), "index", "*", "*", "*", "*.idx"))
	if err != nil || len(indexes) == 0 {
		t.Fatal(indexes, err)
	}
	left := []string{
		l.ErasurePath("key.0123456789ab.tmp"), l.ErasurePath("x.pending.json.0123456789ab.tmp"), indexes[0] + ".0123456789ab.tmp",
		filepath.Join(os.TempDir(), "tpe-verify-1", "x.ndjson"), filepath.Join(os.TempDir(), "tpe-erase-1", "object"),
	}
	for _, path := range left {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("dana"), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(path, os.TempDir()) {
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".lock"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := Run(t.Context(), options(t, l)); err != nil {
		t.Fatal(err)
	}
	for _, path := range left {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Two erasures at once: the second one says so.
func TestOneAtATime(t *testing.T) {
	l := fill(t, t.TempDir())
	release, err := l.LockErasures()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), options(t, l)); tpe.CodeOf(err) != tpe.Unavailable {
		t.Errorf("%v", err)
	}
	release()
	if _, err := Run(context.Background(), options(t, l)); err != nil {
		t.Error(err)
	}
}

// The secret is for the owner alone.
func TestSecretIsPrivate(t *testing.T) {
	l := fill(t, t.TempDir())
	if _, err := Run(context.Background(), options(t, l)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(l.Dir(), "erasures", "key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	err = filepath.WalkDir(filepath.Join(l.Dir(), "erasures"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			b, _ := os.ReadFile(path)
			if strings.Contains(strings.ToLower(string(b)), "dana") {
				t.Errorf("%s names the person", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// lively is a place in which the person goes on during the erasure.
type lively struct{ *shelf }

func (l lively) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	found, err := l.shelf.Erase(ctx, p, each)
	l.records = append(l.records, `{"user_id":"136","timestamp":"`+tpe.FormatTime(began.Add(time.Second))+`"}`)
	return found, err
}

// does has the person do something, in the lake.
func does(t testing.TB, l *lake.Lake, at time.Time) string {
	t.Helper()
	text := fmt.Sprintf(`{"interaction_id":%q,"timestamp":%q,"interaction_type":"page_view","user_id":"136","user_type":"contractor"}`, tpe.NewID().String(), tpe.FormatTime(at))
	tp := new(tape.Tape)
	if err := tp.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	w, err := l.NewWriter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	clean, _ := redact.New(redact.Options{}).Record(tp)
	if out, err := w.Append(t.Context(), lake.Disk, clean); err != nil || out[0] != lake.New {
		t.Fatalf("%v, %v", out, err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return text
}

// acting is a place in which the person does something before each step.
type acting struct {
	*shelf
	act func() string
}

func (a acting) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	a.records = append(a.records, a.act())
	return a.shelf.Look(ctx, p, each)
}

func (a acting) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	a.records = append(a.records, a.act())
	return a.shelf.Erase(ctx, p, each)
}

// What the person does during an erasure stays in every place, also when the
// erasure was stopped, and is not counted.
func TestReturn(t *testing.T) {
	l := fill(t, t.TempDir())
	opts := options(t, l)
	opts.Now = time.Now
	own := opts.Places[0].(*shelf) //nolint:forcetypeassert // it is one
	left := 2
	opts.Places = []Place{stopping{acting{own, func() string { return does(t, l, time.Now()) }}, &left}}
	if _, err := Run(t.Context(), opts); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	own.records = append(own.records, does(t, l, time.Now()))
	left = 10
	r, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Places {
		if p.Records != 23 || p.Redacted != 23 {
			t.Errorf("%+v", p)
		}
	}
	report := adds(t, l)
	if stored := int(report.Total.Stored); report.Total.Erased != 23 || stored != len(own.records) || stored < 67+4 {
		t.Errorf("%+v, %d in the copy", report.Total, len(own.records))
	}
}

// late is a place to which a record of before comes after it was looked at.
type late struct {
	*shelf
	come func()
}

func (l late) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	found, err := l.shelf.Look(ctx, p, each)
	l.come()
	return found, err
}

// The receipt counts what was erased, also what came after the look.
func TestReceiptCounts(t *testing.T) {
	l := fill(t, t.TempDir())
	opts := options(t, l)
	own := opts.Places[0].(*shelf) //nolint:forcetypeassert // it is one
	once := sync.OnceFunc(func() { own.records = append(own.records, `{"user_id":"136"}`) })
	opts.Places = []Place{late{own, once}}
	r, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if r.Places[0].Records != 23 || r.Places[1].Records != 24 {
		t.Errorf("%+v", r.Places)
	}
}

// What an erasure that was stopped has not seen, and the next run erases, is
// in the receipt.
func TestReceiptCountsAgain(t *testing.T) {
	l := fill(t, t.TempDir())
	opts := options(t, l)
	// As if the process was killed after it had looked at the lake, and before
	// the stone was set: an old record comes.
	secret, err := l.MakeErasureSecret()
	if err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(opts.withDefaults(), secret)
	if err != nil {
		t.Fatal(err)
	}
	files := j.places()[0]
	found, err := files.Look(t.Context(), opts.Person, func(string) {})
	if err == nil {
		err = j.looked(files.Name(), found)
	}
	if err != nil {
		t.Fatal(err)
	}
	does(t, l, began.Add(-time.Hour))
	r, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != j.ID || r.Places[0].Records != 24 || adds(t, l).Total.Erased != 24 {
		t.Errorf("%+v", r.Places)
	}
}

// remote is a place to which records are sent.
type remote struct{ Place }

func (remote) IsCopy() {}

// Copies that are under way are waited for where they go to, and nowhere else.
func TestAwaitCopies(t *testing.T) {
	l := fill(t, t.TempDir())
	end, err := l.BeginCopy()
	if err != nil {
		t.Fatal(err)
	}
	opts := options(t, l)
	opts.Wait = time.Second
	if _, err := Run(t.Context(), opts); err != nil {
		t.Error(err)
	}
	opts.Places = append(opts.Places, remote{opts.Places[0]})
	if _, err := Run(t.Context(), opts); tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "on their way") {
		t.Errorf("%v", err)
	}
	end()
	if _, err := Run(t.Context(), opts); err != nil {
		t.Error(err)
	}
}

// What the person does during the erasure does not keep it from ending.
func TestActivePerson(t *testing.T) {
	l := fill(t, t.TempDir())
	opts := options(t, l)
	s, ok := opts.Places[0].(*shelf)
	if !ok {
		t.Fatal("there is no shelf")
	}
	opts.Places[0] = lively{s}
	if _, err := Run(context.Background(), opts); err != nil {
		t.Error(err)
	}
	if len(s.records) != 68 {
		t.Errorf("%d records", len(s.records))
	}
}
