package compact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/tpe"
)

// maker is an engine that puts the records it is given into a bucket, in
// files of one list each, whatever the segments hold.
type maker struct {
	b      *bucket.Bucket
	files  map[string][][]string // by day
	fail   error
	asked  []EngineDay
	listed string
	forgot []string
}

func (m *maker) Statements([]EngineDay) []string { return []string{"UNLOAD"} }

func (m *maker) Compact(ctx context.Context, days []EngineDay) error {
	m.asked = append(m.asked, days...)
	for _, d := range days {
		key := func(folder, name string) string { return strings.TrimPrefix(folder, m.b.String()+"/") + name }
		list, _, err := m.b.Get(ctx, key(d.Segments, "list"))
		if err != nil {
			return err
		}
		var text bytes.Buffer
		_, err = text.ReadFrom(list)
		m.listed = text.String()
		if err = errors.Join(err, list.Close()); err != nil {
			return err
		}
		for i, records := range m.files[d.Day.String()] {
			var b bytes.Buffer
			if err := Export(ctx, &b, parsed(records)); err != nil {
				return err
			}
			if _, _, err := m.b.Put(ctx, key(d.Folder, fmt.Sprint(i)), b.Bytes(), bucket.Condition{Absent: true}); err != nil {
				return err
			}
		}
		if _, _, err := m.b.Put(ctx, key(d.Other, "result.csv"), []byte("x"), bucket.Condition{}); err != nil {
			return err
		}
	}
	return m.fail
}

func (m *maker) Forget(_ context.Context, days []EngineDay) error {
	for _, d := range days {
		m.forgot = append(m.forgot, d.Name)
	}
	return nil
}

// scratched lists what engines have left in the bucket, older versions too.
func (l *bucketLake) scratched() (keys []string) {
	for v, err := range l.b.Versions(l.t.Context(), scratchPrefix) {
		if err != nil {
			l.t.Fatal(err)
		}
		keys = append(keys, v.Key)
	}
	return keys
}

// An engine makes the files of a bucket's days. They count when they are
// sorted and hold what the segments hold, each in itself, even where one does
// not follow on the other.
func TestBucketEngine(t *testing.T) {
	l := newBucketLake(t, buckettest.Start(t, buckettest.Options{Versions: true}), "a b")
	a, b, c := call("a", monday, "08", "t", ""), call("b", monday, "09", "t", ""), call("c", monday, "10", "t", "")
	name := l.seal(monday, c, a)
	l.seal(monday, b)
	l.put("raw/"+folder(t, monday)+"/20260101T000000Z-0123abcd-000009.ndjson.open", "{")
	m := &maker{b: l.b, files: map[string][][]string{monday: {{b}, {a, c}, {}}}}
	if plan := l.run(Options{Engine: m, DryRun: true}); plan.Planned != 1 || !slices.Equal(plan.Statements, []string{"UNLOAD"}) || len(m.asked) > 0 || l.scratched() != nil {
		t.Errorf("%+v %v", plan, l.scratched())
	}
	r := l.run(Options{Engine: m})
	if r.Written != 1 || r.Rows != 3 || len(r.Days[0].Files) != 2 || !slices.Equal(l.inForce(monday), []string{"a", "c", "b"}) || l.scratched() != nil {
		t.Errorf("%+v %v %v", r, l.inForce(monday), l.scratched())
	}
	if lines := strings.Fields(strings.ReplaceAll(m.listed, "a b", "a_b")); len(lines) != 2 || !slices.Contains(lines, "s3://lake/a_b/"+name) {
		t.Errorf("the list of segments: %s", m.listed)
	}
	l.whole(monday)

	// The rest of what may come out changes nothing.
	l.seal(monday, call("d", monday, "11", "t", ""))
	before := l.files(monday)
	for what, files := range map[string][][]string{"missing": {{a, b, c}}, "doubled": {{a, b, c}, {a, call("d", monday, "11", "t", "")}}, "nothing": nil} {
		m.files[monday] = files
		if r, err := RunBucket(t.Context(), l.b, Options{Engine: m}); tpe.CodeOf(err) != tpe.Mismatch || r.Failed != 1 {
			t.Errorf("%s: %v %v", what, r, err)
		}
		if got := l.files(monday); !slices.Equal(got, before) || l.scratched() != nil {
			t.Errorf("%s: %v %v", what, got, l.scratched())
		}
	}
	m.fail = errors.New("no query")
	if _, err := RunBucket(t.Context(), l.b, Options{Engine: m}); !errors.Is(err, m.fail) || !slices.Equal(l.files(monday), before) || l.scratched() != nil {
		t.Errorf("%v %v", err, l.scratched())
	}
}

// Whatever request is the last that reaches the server: the old files are in
// force or the new ones, and the next run finishes. What was left for the
// engine goes when nobody can be at work on it any more.
func TestBucketEngineCrash(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	p := buckettest.StartProxy(t, s)
	var left atomic.Int64
	p.Refuse = func(*http.Request) (int, string) {
		if left.Add(-1) < 0 {
			return http.StatusForbidden, "AccessDenied"
		}
		return 0, ""
	}
	a, b := call("a", monday, "08", "t", ""), call("b", monday, "09", "t", "")
	dirty := 0
	for step := int64(0); ; step += 2 {
		l := newBucketLake(t, s, fmt.Sprint(step))
		l.seal(monday, a)
		l.run(Options{})
		l.seal(monday, b)
		left.Store(step)
		through := l.by(p.URL)
		_, err := RunBucket(t.Context(), through, Options{Engine: &maker{b: through, files: map[string][][]string{monday: {{a}, {b}}}}})
		if got := l.inForce(monday); !slices.Equal(got, []string{"a"}) && !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("step %d: %v in force after %v", step, got, err)
		}
		rest := l.scratched()
		m := &maker{b: l.b, files: map[string][][]string{monday: {{a, b}}}}
		l.run(Options{Engine: m})
		if got := l.inForce(monday); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("step %d: %v in force at the end", step, got)
		}
		l.whole(monday)
		if got := l.scratched(); !slices.Equal(got, rest) || len(m.forgot) > 0 {
			t.Errorf("step %d: %v, not %v: another's are not to be touched", step, got, rest)
		}
		l.run(Options{Engine: m, Now: func() time.Time { return time.Now().Add(25 * time.Hour) }})
		if got := l.scratched(); got != nil || (len(rest) > 0) != (len(m.forgot) == 1 && strings.HasPrefix(m.forgot[0], "tpe_compact_2")) {
			t.Errorf("step %d: left %v, forgot %v, was %v", step, got, m.forgot, rest)
		}
		if len(rest) > 0 {
			dirty++
		}
		if err == nil {
			if step < 12 || dirty < 3 {
				t.Errorf("only %d requests, and %d times something was left", step, dirty)
			}
			return
		}
	}
}
