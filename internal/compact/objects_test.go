package compact

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	os.Exit(m.Run())
}

// bucketLake is a lake in a part of a bucket of its own.
type bucketLake struct {
	t      *testing.T
	s      *buckettest.Server
	prefix string
	b      *bucket.Bucket
	raw    *testLake // whose raw files the bucket gets
}

func newBucketLake(t *testing.T, s *buckettest.Server, prefix string) *bucketLake {
	t.Helper()
	l := &bucketLake{t: t, s: s, prefix: prefix, raw: newTestLake(t)}
	l.b = l.by(s.URL)
	return l
}

// by returns the bucket as it is reached at an address.
func (l *bucketLake) by(url string) *bucket.Bucket {
	return l.s.Open(func(o *bucket.Options) { o.Prefix, o.Endpoint, o.MaxBackoff = l.prefix, url, 10*time.Millisecond })
}

// seal puts a sealed segment into the lake and into the bucket.
func (l *bucketLake) seal(day string, records ...string) string {
	l.t.Helper()
	name := l.raw.seal(day, records...)
	text, err := os.ReadFile(filepath.Join(l.raw.Dir(), "raw", filepath.FromSlash(name)))
	if err != nil {
		l.t.Fatal(err)
	}
	l.put("raw/"+name, string(text))
	return "raw/" + name
}

func (l *bucketLake) put(key, text string) {
	l.t.Helper()
	if _, _, err := l.b.Put(l.t.Context(), key, []byte(text), bucket.Condition{}); err != nil {
		l.t.Fatal(err)
	}
}

// run compacts, which must succeed.
func (l *bucketLake) run(opts Options) Report {
	l.t.Helper()
	r, err := RunBucket(l.t.Context(), l.b, opts)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// files lists the names of a day's Parquet folder, sorted.
func (l *bucketLake) files(day string) (names []string) {
	l.t.Helper()
	prefix := "parquet/" + folder(l.t, day) + "/"
	for o, err := range l.b.List(l.t.Context(), prefix) {
		if err != nil {
			l.t.Fatal(err)
		}
		names = append(names, strings.TrimPrefix(o.Key, prefix))
	}
	return names
}

// inForce returns the ids of the records that a day's manifest names.
func (l *bucketLake) inForce(day string) (ids []string) {
	l.t.Helper()
	d, err := lake.ParseDay(day)
	if err != nil {
		l.t.Fatal(err)
	}
	o := &objects{bucket: l.b}
	m, _, err := o.manifest(l.t.Context(), o.day(d))
	if tpe.CodeOf(err) == tpe.NotFound {
		return nil
	}
	if err != nil {
		l.t.Fatal(err)
	}
	for _, f := range m.Files {
		path := l.s.Path(l.prefix + "/parquet/" + folder(l.t, day) + "/" + f.Name)
		for r, err := range Read(l.t.Context(), path) {
			if err != nil {
				l.t.Fatal(err)
			}
			_, id, _ := strings.Cut(string(r), `"interaction_id":"`)
			id, _, _ = strings.Cut(id, `"`)
			ids = append(ids, id)
		}
	}
	return ids
}

// whole fails when the bucket is not as a compaction leaves it, and when it
// does not hold what the lake holds.
func (l *bucketLake) whole(days ...string) {
	l.t.Helper()
	for _, day := range days {
		d, err := lake.ParseDay(day)
		if err != nil {
			l.t.Fatal(err)
		}
		o := &objects{bucket: l.b}
		m, _, err := o.manifest(l.t.Context(), o.day(d))
		if err != nil {
			l.t.Fatal(err)
		}
		if names := l.files(day); len(names) != 1+len(m.Files) || names[0] != manifestName {
			l.t.Errorf("%s: %v", day, names)
		}
	}
	v, err := VerifyCopy(l.t.Context(), l.raw.Lake, copied{l.b, l.s, l.prefix}, Options{})
	if err != nil || v.Proven != len(days) {
		l.t.Errorf("%+v, %v", v, err)
	}
}

// copied is the bucket as VerifyCopy looks at it.
type copied struct {
	*bucket.Bucket
	s      *buckettest.Server
	prefix string
}

func (c copied) Files(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for o, err := range c.List(ctx, prefix) {
			if !yield(o.Key, err) {
				return
			}
		}
	}
}

func (c copied) Fetch(_ context.Context, name string) (lake.Fetched, error) {
	return lake.Fetched{Path: c.s.Path(c.prefix + "/" + name), Release: func() {}}, nil
}

// A lake in a bucket is compacted where it is, a day at a time, and a late
// segment rewrites its day alone.
func TestBucket(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	l := newBucketLake(t, buckettest.Start(t, buckettest.Options{}), "a/b")
	l.seal(monday, call("b", monday, "09", "t", ""), call("a", monday, "08", "t", ""))
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.seal(tuesday, call("d", tuesday, "10", "t", ""))
	l.put("raw/"+folder(t, monday)+"/20260101T000000Z-0123abcd-000009.ndjson.open", "{") // still being written
	l.put("receipts/x", "y")

	plan := l.run(Options{DryRun: true})
	if plan.Planned != 2 || plan.Days[0].Inputs != 2 || l.files(monday) != nil {
		t.Errorf("%+v %v", plan, l.files(monday))
	}
	first := l.run(Options{})
	if first.Written != 2 || first.Rows != 3 || first.Duplicates != 1 || !slices.Equal(l.inForce(monday), []string{"a", "b"}) {
		t.Errorf("%+v %v", first, l.inForce(monday))
	}
	l.whole(monday, tuesday)
	if again := l.run(Options{}); again.Unchanged != 2 {
		t.Errorf("%+v", again)
	}
	before := l.files(tuesday)
	l.seal(monday, call("c", monday, "10", "t", ""))
	if plan := l.run(Options{DryRun: true}); plan.Planned != 1 || len(plan.Days[0].New) != 1 || len(plan.Days[0].Removes) != 1 {
		t.Errorf("%+v", plan)
	}
	if late := l.run(Options{}); late.Written != 1 || late.Unchanged != 1 || !slices.Equal(l.inForce(monday), []string{"a", "b", "c"}) || !slices.Equal(l.files(tuesday), before) {
		t.Errorf("%+v", late)
	}
	l.whole(monday, tuesday)

	// The same records again: the file keeps its name.
	name := l.files(monday)[1]
	l.seal(monday, call("c", monday, "10", "t", ""))
	if r := l.run(Options{}); r.Written != 1 || l.files(monday)[1] != name {
		t.Errorf("%+v", r)
	}
	// A Parquet object that is gone is made again, a raw one is missed.
	if err := l.b.Delete(t.Context(), "parquet/"+folder(t, monday)+"/"+name); err != nil {
		t.Fatal(err)
	}
	if r := l.run(Options{}); r.Written != 1 {
		t.Errorf("%+v", r)
	}
	l.whole(monday, tuesday)
	last := l.seal(tuesday, call("e", tuesday, "11", "t", ""))
	l.s.Flip(l.prefix+"/"+last, 30)
	before = l.files(tuesday)
	if _, err := RunBucket(t.Context(), l.b, Options{}); tpe.CodeOf(err) != tpe.Mismatch || !slices.Equal(l.files(tuesday), before) {
		t.Errorf("a flipped byte: %v, %v", err, l.files(tuesday))
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v %v", left, err)
	}
}

// A manifest of many inputs is not kept while the bucket is listed.
func TestBucketOfManySegments(t *testing.T) {
	l := newBucketLake(t, buckettest.Start(t, buckettest.Options{}), "")
	var last string
	for i := range manyInputs + 2 {
		last = l.seal(monday, call(fmt.Sprintf("%03d", i), monday, "08", "t", ""))
	}
	l.seal(tuesday, call("x", tuesday, "08", "t", ""))
	if r := l.run(Options{}); r.Written != 2 || r.Rows != manyInputs+3 {
		t.Errorf("%+v", r)
	}
	if r := l.run(Options{}); r.Unchanged != 2 || r.Days[0].Inputs != manyInputs+2 || r.Days[0].Records != manyInputs+2 {
		t.Errorf("%+v", r)
	}
	late := l.seal(monday, call("late", monday, "09", "t", ""))
	if r := l.run(Options{DryRun: true}); r.Planned != 1 || !slices.Equal(r.Days[0].New, []string{strings.TrimPrefix(late, "raw/")}) || r.Days[0].Inputs != manyInputs+3 {
		t.Errorf("%+v", r)
	}
	if r := l.run(Options{}); r.Written != 1 || r.Unchanged != 1 {
		t.Errorf("%+v", r)
	}
	l.whole(monday, tuesday)
	if err := l.b.Delete(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	l.seal(monday, call("later", monday, "10", "t", ""))
	if _, err := RunBucket(t.Context(), l.b, Options{}); tpe.CodeOf(err) != tpe.Mismatch || !strings.Contains(fmt.Sprint(err), last+" is gone") {
		t.Error(err)
	}
}

// Objects of other layouts are read to find their days, once.
func TestBucketOfOldLayout(t *testing.T) {
	l := newBucketLake(t, buckettest.Start(t, buckettest.Options{}), "")
	l.put("raw/2026/11/23/x.json", "["+call("a", monday, "10", "t", "")+","+call("b", tuesday, "10", "t", "")+"]")
	l.put("raw/notes.txt", "no records")
	for i := range 40 {
		l.put(fmt.Sprintf("raw/2026/11/23/%02d.json", i), call(fmt.Sprint("c", i), monday, "11", "t", ""))
	}
	if r := l.run(Options{}); r.Written != 2 || r.Rows != 42 {
		t.Errorf("%+v", r)
	}
	p := buckettest.StartProxy(t, l.s)
	var reads atomic.Int64
	p.Refuse = func(r *http.Request) (int, string) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, ".json") && !strings.HasSuffix(r.URL.Path, manifestName) {
			reads.Add(1)
		}
		return 0, ""
	}
	if r, err := RunBucket(t.Context(), l.by(p.URL), Options{}); err != nil || r.Unchanged != 2 || reads.Load() > 0 {
		t.Errorf("%+v %v, %d objects read", r, err, reads.Load())
	}
}

// Whatever request is the last that reaches the server, and whether its
// answer comes back or not: the old files are in force or the new ones, and
// the next run finishes.
func TestBucketCrash(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	p := buckettest.StartProxy(t, s)
	var left atomic.Int64
	var lost atomic.Bool
	p.Refuse = func(*http.Request) (int, string) {
		if left.Load() < 0 {
			return http.StatusForbidden, "AccessDenied"
		}
		return 0, ""
	}
	p.CutAnswer = func(*http.Request) bool { return left.Add(-1) == -1 && lost.Load() }
	for step, done := int64(0), 0; done < 2; step++ {
		done = 0
		for _, l := range []*bucketLake{newBucketLake(t, s, fmt.Sprint("kept", step)), newBucketLake(t, s, fmt.Sprint("lost", step))} {
			l.seal(monday, call("a", monday, "08", "t", ""))
			l.run(Options{})
			l.seal(monday, call("b", monday, "09", "t", ""))
			lost.Store(strings.HasPrefix(l.prefix, "lost"))
			left.Store(step)
			if lost.Load() {
				left.Store(step - 1)
			}
			_, err := RunBucket(t.Context(), l.by(p.URL), Options{})
			if err == nil {
				done++
			}
			if got := l.inForce(monday); !slices.Equal(got, []string{"a"}) && !slices.Equal(got, []string{"a", "b"}) {
				t.Errorf("%s: %v in force after %v", l.prefix, got, err)
			}
			l.run(Options{})
			if got := l.inForce(monday); !slices.Equal(got, []string{"a", "b"}) {
				t.Errorf("%s: %v in force at the end", l.prefix, got)
			}
			l.whole(monday)
		}
		if done == 2 && step < 8 {
			t.Errorf("only %d requests", step)
		}
	}
}

// Two compactions of the same day at the same time: when they have read the
// same segments both are right; else one wins, the other says so, and nothing
// of it is left.
func TestBucketTwoAtOnce(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	p := buckettest.StartProxy(t, s)
	for _, more := range []bool{false, true} {
		l := newBucketLake(t, s, fmt.Sprint(more))
		l.seal(monday, call("a", monday, "08", "t", ""))
		l.run(Options{})
		l.seal(monday, call("b", monday, "09", "t", ""))
		var once atomic.Bool
		p.Refuse = func(r *http.Request) (int, string) {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, manifestName) && once.CompareAndSwap(false, true) {
				if more {
					l.seal(monday, call("c", monday, "10", "t", ""))
				}
				l.run(Options{})
			}
			return 0, ""
		}
		r, err := RunBucket(t.Context(), l.by(p.URL), Options{})
		if more != (tpe.CodeOf(err) == tpe.Unavailable && r.Failed == 1) || !more && err != nil {
			t.Errorf("%+v %v", r, err)
		}
		l.whole(monday)
		if r := l.run(Options{}); r.Unchanged != 1 {
			t.Errorf("%+v", r)
		}
	}
}

// A raw object that changes before the day's manifest is in force, as by an
// erasure, takes the new files back with every version of them; what was in
// force stays, and the next run makes the day of what is there.
func TestBucketChangesBelow(t *testing.T) {
	for _, versions := range []bool{true, false} {
		s := buckettest.Start(t, buckettest.Options{Versions: versions})
		p := buckettest.StartProxy(t, s)
		for _, first := range []bool{true, false} {
			for _, many := range []int{0, manyObjects} {
				l := newBucketLake(t, s, fmt.Sprint(first, many))
				for i := range many {
					l.seal(monday, call(fmt.Sprint("m", i), monday, "07", "t", ""))
				}
				if !first {
					l.run(Options{})
				}
				own := l.seal(monday, call("own", monday, "08", "t", ""))
				before := l.inForce(monday)
				var once atomic.Bool
				p.Refuse = func(r *http.Request) (int, string) {
					if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, manifestName) && once.CompareAndSwap(false, true) {
						l.put(own, "")
					}
					return 0, ""
				}
				r, err := RunBucket(t.Context(), l.by(p.URL), Options{})
				if tpe.CodeOf(err) != tpe.Unavailable || r.Failed != 1 || !slices.Equal(l.inForce(monday), before) {
					t.Errorf("%s: %+v %v, %v in force", l.prefix, r, err, l.inForce(monday))
				}
				for v, err := range l.b.Versions(t.Context(), "parquet/") {
					if err != nil {
						t.Fatal(err)
					}
					if strings.HasSuffix(v.Key, ".parquet") && !v.Latest {
						t.Errorf("%s: a version of %s is left", l.prefix, v.Key)
					}
				}
				if r := l.run(Options{}); r.Written != 1 || slices.Contains(l.inForce(monday), "own") || len(l.inForce(monday)) != many {
					t.Errorf("%s: %+v %v", l.prefix, r, l.inForce(monday))
				}
			}
		}
	}
}

// A manifest that cannot be understood is the trouble of its day alone.
func TestBucketDamagedManifest(t *testing.T) {
	l := newBucketLake(t, buckettest.Start(t, buckettest.Options{}), "x")
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.run(Options{})
	l.put("parquet/"+folder(t, monday)+"/"+manifestName, "{}")
	l.seal(tuesday, call("b", tuesday, "08", "t", ""))
	before := l.files(monday)
	r, err := RunBucket(t.Context(), l.b, Options{Now: func() time.Time { return time.Now().Add(25 * time.Hour) }})
	if tpe.CodeOf(err) != tpe.Invalid || r.Failed != 1 || r.Written != 1 || !slices.Equal(l.files(monday), before) {
		t.Errorf("%+v, %v, %q", r, err, l.files(monday))
	}
	if got := l.inForce(tuesday); !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q", got)
	}
}

// What a compaction leaves that is at work is not removed; what one has left
// that was cut short long ago is.
func TestBucketLeftovers(t *testing.T) {
	l := newBucketLake(t, buckettest.Start(t, buckettest.Options{}), "x")
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.run(Options{})
	stray := "rows-0000-00000000000000aa.parquet"
	l.put("parquet/"+folder(t, monday)+"/"+stray, "somebody's")
	if r := l.run(Options{}); r.Unchanged != 1 || len(l.files(monday)) != 3 {
		t.Errorf("%+v %v", r, l.files(monday))
	}
	later := func() time.Time { return time.Now().Add(25 * time.Hour) }
	if r := l.run(Options{Now: later, DryRun: true}); len(r.Days[0].Removes) != 1 || len(l.files(monday)) != 3 {
		t.Errorf("%+v %v", r, l.files(monday))
	}
	l.run(Options{Now: later})
	l.whole(monday)
}
