package ship

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	when, err := tpe.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// clock is a time that passes only while somebody sleeps.
type clock struct {
	now   time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// TestSpeedKeepsTheGaps replays files whose names are not in the order of
// time: the records come in that order, ten times as fast as they happened.
func TestSpeedKeepsTheGaps(t *testing.T) {
	dir := t.TempDir()
	for i, second := range []int{7, 0, 30, 1} {
		write(t, dir, fmt.Sprintf("day/%d.json", i), view(i, fmt.Sprintf("2026-11-23T00:00:%02d.000Z", second)))
	}
	write(t, dir, "next/0.json", view(9, "2026-11-23T00:01:30.000Z"))
	c := &clock{now: at(t, "2027-01-01T00:00:00Z")}
	sink := new(memory)
	o := options(t, sink, dir)
	o.Speed, o.Now, o.Sleep = 10, c.Now, c.Sleep
	replayed(t, o)
	var order []string
	for _, record := range sink.records {
		order = append(order, field(t, record, "/page/path"))
	}
	if want := []string{`"/1"`, `"/3"`, `"/0"`, `"/2"`, `"/9"`}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	want := []time.Duration{100 * time.Millisecond, 600 * time.Millisecond, 2300 * time.Millisecond, 6 * time.Second}
	if !slices.Equal(c.slept, want) {
		t.Errorf("slept %v, want %v", c.slept, want)
	}
}

func TestRate(t *testing.T) {
	c := &clock{now: at(t, "2027-01-01T00:00:00Z")}
	sink := new(memory)
	o := options(t, sink, write(t, t.TempDir(), "a.ndjson", views(100)))
	o.Rate, o.Now, o.Sleep = 50, c.Now, c.Sleep
	if rep := replayed(t, o); rep.New != 100 {
		t.Errorf("%+v", rep)
	}
	if took := c.now.Sub(at(t, "2027-01-01T00:00:00Z")); took != 1980*time.Millisecond {
		t.Errorf("took %v, want 1.98s", took)
	}
}

func TestWindowIsBounded(t *testing.T) {
	w := new(window)
	for i := 0; !w.full(); i++ {
		if i > windowRecords {
			t.Fatal("the window does not fill up")
		}
		w.push(&refined{ms: int64(-i)})
	}
	last := int64(-windowRecords)
	for len(w.heap) > 0 {
		if it := w.pop(); it.ms <= last {
			t.Fatalf("%d after %d", it.ms, last)
		} else {
			last = it.ms
		}
	}
}
