package compact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// tapes yields records as a stream of the lake does.
func tapes(records []string, end error) func(func(*tape.Tape, error) bool) {
	return func(yield func(*tape.Tape, error) bool) {
		var t tape.Tape
		for _, r := range records {
			if err := t.Parse([]byte(r)); !yield(&t, err) {
				return
			}
		}
		if end != nil {
			yield(nil, end)
		}
	}
}

func TestExportAndRead(t *testing.T) {
	ctx := context.Background()
	records := []string{call("b", tuesday, "10", "t", ""), call("a", monday, "10", "t", `,"x":{"y":[null]}`), call("c", monday, "10", "s", "")}
	path := filepath.Join(t.TempDir(), "x.parquet")
	var out bytes.Buffer
	if err := Export(ctx, &out, tapes(records, nil)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []uint64
	for r, err := range Read(ctx, path) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, content(t, string(r)))
	}
	if want := []uint64{content(t, records[2]), content(t, records[1]), content(t, records[0])}; !slices.Equal(got, want) {
		t.Error(got, want)
	}
	broken := errors.New("broken")
	if err := Export(ctx, &out, tapes(records, broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := Export(ctx, &out, tapes([]string{`[]`}, nil)); tpe.CodeOf(err) != tpe.Invalid {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := Export(cancelled, &out, tapes(records, nil)); tpe.CodeOf(err) != tpe.Interrupted {
		t.Error(err)
	}
	for _, err := range Read(cancelled, path) {
		if tpe.CodeOf(err) != tpe.Interrupted {
			t.Error(err)
		}
	}
	for _, err := range Read(ctx, path+"none") {
		if !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
	out.Reset()
	if err := Export(ctx, &out, tapes(nil, nil)); err != nil || out.Len() == 0 {
		t.Error("a file without records", err)
	}
}

func content(t *testing.T, s string) uint64 {
	t.Helper()
	var tp tape.Tape
	if err := tp.Parse([]byte(s)); err != nil {
		t.Fatal(fmt.Errorf("%w in %s", err, s))
	}
	return tp.ContentHash()
}

// Days that are compacted again while others are read come as they are then.
func TestRecordsBesideACompaction(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.seal(tuesday, call("b", tuesday, "08", "t", ""))
	l.run(Options{})
	n := 0
	for _, err := range Records(t.Context(), l.Lake, lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			l.seal(monday, call("c", monday, "09", "t", ""))
			l.seal(tuesday, call("d", tuesday, "09", "t", ""))
			if days, err := Lacking(t.Context(), l.Lake, lake.Filter{}); err != nil || len(days) != 2 {
				t.Errorf("%v, %v", days, err)
			}
			l.run(Options{})
		}
	}
	if n != 3 {
		t.Errorf("%d records", n)
	}
	if days, err := Lacking(t.Context(), l.Lake, lake.Filter{}); err != nil || len(days) != 0 {
		t.Errorf("%v, %v", days, err)
	}
	// A file that is gone for good is an error.
	if err := os.Remove(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, tuesday)), l.parquet(tuesday)[0])); err != nil {
		t.Fatal(err)
	}
	for _, err := range Records(t.Context(), l.Lake, lake.Filter{}) {
		if n--; n == 0 && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
}
