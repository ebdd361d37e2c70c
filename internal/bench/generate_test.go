package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tape"
)

func records(n int) [][]byte {
	g := newGenerator(seed, n, 30)
	var all [][]byte
	for range n {
		b, _ := g.next(nil)
		all = append(all, b)
	}
	return all
}

func TestGeneratorIsDeterministic(t *testing.T) {
	if a, b := records(500), records(500); !bytes.Equal(bytes.Join(a, nil), bytes.Join(b, nil)) {
		t.Error("the same seed made other records")
	}
}

func TestGeneratedRecords(t *testing.T) {
	const n = 20_000
	types, ids := map[string]int{}, map[string]bool{}
	var size int
	var last string
	var tp tape.Tape
	for i, b := range records(n) {
		if err := tp.Parse(b); err != nil {
			t.Fatalf("record %d: %v\n%s", i, err, b)
		}
		var r struct {
			ID   string `json:"interaction_id"`
			Time string `json:"timestamp"`
			Type string `json:"interaction_type"`
		}
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if r.Time < last {
			t.Fatalf("record %d: %s comes after %s", i, r.Time, last)
		}
		if ids[r.ID] {
			t.Fatalf("record %d: the id %s comes twice", i, r.ID)
		}
		last, ids[r.ID] = r.Time, true
		types[r.Type]++
		size += len(b) + 1
	}
	if mean := size / n; mean < 850 || mean > 950 {
		t.Errorf("records are %d bytes long on average, want about 900", mean)
	}
	if len(types) != 12 {
		t.Errorf("%d types, want 12: %v", len(types), types)
	}
	for name, want := range map[string]float64{"api_call": 0.64, "ai_concierge": 0.08, "deal_closed": 0.01} {
		if got := float64(types[name]) / n; got < 0.8*want || got > 1.2*want {
			t.Errorf("%.3f of the records are %s, want about %.3f", got, name, want)
		}
	}
}

func TestLakeHoldsTheSameRecords(t *testing.T) {
	dir := t.TempDir()
	size, err := writeFile(filepath.Join(dir, "flat.ndjson"), 3000, 30)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := os.ReadFile(filepath.Join(dir, "flat.ndjson"))
	if err != nil || int64(len(flat)) != size {
		t.Fatalf("%d bytes, said %d: %v", len(flat), size, err)
	}
	if err := writeLake(filepath.Join(dir, "lake"), 3000, 30); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "lake/raw/year=*/month=*/day=*/*.ndjson"))
	if err != nil || len(files) != 30 {
		t.Fatalf("%d files, want one a day: %v", len(files), err)
	}
	var lake []byte
	for _, f := range files { // sorted by day
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			day, _ := time.Parse("2006-01-02", string(line[bytes.Index(line, []byte(`"timestamp":"`))+13:][:10]))
			if !strings.Contains(filepath.ToSlash(f), day.Format("year=2006/month=01/day=02")) {
				t.Fatalf("%s lies in %s", day, f)
			}
		}
		lake = append(lake, b...)
	}
	if !bytes.Equal(lake, flat) {
		t.Error("the lake's records are not those of the file")
	}
}
