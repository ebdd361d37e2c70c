package mirror

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/tpe"
)

func TestShipperCatchesUp(t *testing.T) {
	s, p, seen := start(t)
	l := newTestLake(t)
	l.fill(10)
	l.compacted(1)
	o := options(l, s, p)
	now := time.Now()
	o.Now = func() time.Time { return now }
	sh := NewShipper(o)
	ctx := t.Context()

	// The bucket is away: what is pending is known all the same.
	s.Kill()
	if err := sh.Once(ctx); tpe.CodeOf(err) != tpe.Unavailable {
		t.Fatalf("away: %v", err)
	}
	now = now.Add(24 * time.Hour)
	if lag := sh.Lag(); lag.Pending != 12 || lag.Bytes == 0 || lag.Age < 23*time.Hour || !lag.Degraded() || !lag.Last.IsZero() {
		t.Errorf("away: %+v", lag)
	}
	s.Restart()
	if err := sh.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if lag := sh.Lag(); lag.Pending != 0 || lag.Degraded() || lag.Age != 0 || !lag.Last.Equal(now) {
		t.Errorf("back: %+v", lag)
	}
	equal(t, l, s)

	// Nothing new costs no request at all, but for one a minute.
	seen.take()
	now = now.Add(time.Minute - 1)
	if err := sh.Once(ctx); err != nil || len(seen.take()) != 0 {
		t.Errorf("nothing new: %v", err)
	}
	now = now.Add(1)
	if err := sh.Once(ctx); err != nil {
		t.Error(err)
	}
	if got := seen.take(); len(got) != 1 || count(got, "HEAD raw/") != 1 {
		t.Errorf("nothing new for a minute: %q", got)
	}

	// What comes is sent without a listing; receipts grow in their place.
	receipts := "receipts/20261123T000000Z-0123abcd-000001.ndjson"
	for i := range 3 {
		l.put(fmt.Sprintf("raw/%slate%d.json", day, i), "{}")
		l.put(receipts, string(make([]byte, 3*(i+1))))
		l.compacted(2 + i)
		now = now.Add(2 * growEvery)
		if err := sh.Once(ctx); err != nil {
			t.Fatal(err)
		}
		got := seen.take()
		if count(got, "PUT raw/") != 1 || count(got, "PUT receipts/") != 1 || count(got, "PUT parquet/") != 2 || count(got, "DELETE parquet/") != 1 || count(got, "GET") != 0 {
			t.Errorf("round %d: %q", i, got)
		}
		equal(t, l, s)
	}

	// An object that somebody else changed or removed is not a surprise.
	b := s.Open()
	if _, _, err := b.Put(ctx, receipts, []byte("else"), bucket.Condition{}); err != nil {
		t.Fatal(err)
	}
	l.put(receipts, "grown")
	now = now.Add(2 * growEvery)
	if err := sh.Once(ctx); err != nil {
		t.Fatal(err)
	}
	equal(t, l, s)
	if err := b.Delete(ctx, receipts); err != nil {
		t.Fatal(err)
	}
	l.put(receipts, "grown again")
	now = now.Add(2 * growEvery)
	if err := sh.Once(ctx); err != nil {
		t.Fatal(err)
	}
	equal(t, l, s)

	// The listing is read again after a while, and finds what was lost.
	if err := os.Remove(s.Path("raw/" + day + "005.json")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(fullEvery)
	if err := sh.Once(ctx); err != nil {
		t.Fatal(err)
	}
	equal(t, l, s)

	// Another sync has the ledger: nothing is done, and nothing is lost.
	other, err := openLedger(l.Dir(), o.Bucket.Target())
	if err != nil {
		t.Fatal(err)
	}
	l.put("raw/"+day+"wait.json", "{}")
	now = now.Add(time.Minute)
	if err := sh.Once(ctx); err != nil || sh.Lag().Pending != 1 {
		t.Errorf("beside another: %v, %+v", err, sh.Lag())
	}
	if err := other.close(); err != nil {
		t.Fatal(err)
	}
	if err := sh.Once(ctx); err != nil || sh.Lag().Pending != 0 {
		t.Errorf("after the other: %v, %+v", err, sh.Lag())
	}
	equal(t, l, s)
}

// A bucket that is gone, and one that was emptied or made again, is noticed
// with nothing to copy; then everything is copied again.
func TestShipperLosesItsBucket(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.fill(10)
	o := options(l, s, p)
	now := time.Now()
	o.Now = func() time.Time { return now }
	sh := NewShipper(o)
	for _, test := range []struct {
		name        string
		lose, mends func() error
	}{
		{"gone", func() error { return os.RemoveAll(s.Dir) }, func() error { return os.Mkdir(s.Dir, 0o755) }},
		{"emptied", func() error { return errors.Join(os.RemoveAll(s.Dir), os.Mkdir(s.Dir, 0o755)) }, func() error { return nil }},
	} {
		if err := sh.Once(t.Context()); err != nil || sh.Lag().Degraded() {
			t.Fatal(err)
		}
		if err := test.lose(); err != nil {
			t.Fatal(err)
		}
		whole := now
		now = now.Add(probeEvery)
		if err := sh.Once(t.Context()); err == nil || !sh.Lag().Degraded() || !sh.Lag().Last.Equal(whole) {
			t.Errorf("%s: %v, %+v", test.name, err, sh.Lag())
		}
		if test.name == "gone" {
			if err := sh.Once(t.Context()); err == nil || !sh.Lag().Degraded() {
				t.Errorf("%s: %v, %+v", test.name, err, sh.Lag())
			}
		}
		if err := test.mends(); err != nil {
			t.Fatal(err)
		}
		if err := sh.Once(t.Context()); err != nil || sh.Lag().Degraded() || !sh.Lag().Last.Equal(now) {
			t.Errorf("%s, there again: %v, %+v", test.name, err, sh.Lag())
		}
		equal(t, l, s)
	}
}

// Requests under way: more while it pays, half as many when the server asks.
func TestGate(t *testing.T) {
	g := NewGate(16)
	now := time.Unix(0, 0)
	window := func(rate float64) {
		n := max(4*g.limit, int(rate/5))
		for range n {
			if err := g.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Duration(float64(time.Second) / rate))
			g.leave(now)
		}
	}
	start := g.limit
	window(100)
	window(200)
	if g.limit <= start {
		t.Errorf("it pays, and the limit stays at %d", g.limit)
	}
	for range 20 {
		window(400)
	}
	if g.limit > 16 || g.limit < 4 {
		t.Errorf("the limit is %d", g.limit)
	}
	before := g.limit
	g.Slow()
	g.Slow()
	if g.limit != max(1, before/2) {
		t.Errorf("the limit is %d after %d", g.limit, before)
	}
}
