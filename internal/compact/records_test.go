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
