package demo

import (
	"bytes"
	"testing"
	"time"

	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tape"
)

func TestRecordsAreValidAndRepeatable(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 123456789, time.UTC)
	set, err := schema.Default()
	if err != nil {
		t.Fatal(err)
	}
	first, again := Records(now), Records(now)
	if len(first) < 120 || len(first) != len(again) {
		t.Fatalf("%d and %d records", len(first), len(again))
	}
	ids, types := map[string]bool{}, map[string]int{}
	var tp tape.Tape
	last := ""
	for i, rec := range first {
		if !bytes.Equal(rec, again[i]) {
			t.Fatalf("record %d differs the second time", i)
		}
		if err := tp.Parse(rec); err != nil {
			t.Fatal(err)
		}
		if found := set.Check(&tp, schema.Check{Strict: true}); len(found) > 0 {
			t.Errorf("%s: %+v", rec, found)
		}
		get := func(name string) string {
			n, _ := tp.Find(name)
			return tp.Text(n)
		}
		if ids[get("interaction_id")] {
			t.Errorf("twice: %s", get("interaction_id"))
		}
		ids[get("interaction_id")] = true
		types[get("interaction_type")]++
		if at := get("timestamp"); at < last || at > now.Format("2006-01-02T15:04:05.000Z") {
			t.Errorf("record %d at %s, after %s and before now", i, at, last)
		} else {
			last = at
		}
	}
	if len(types) < 10 {
		t.Errorf("only these types: %v", types)
	}
}
