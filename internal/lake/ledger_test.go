package lake

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Receipts that a crash or a hand has spoilt are passed by, and what is not
// finished is taken in later.
func TestLedgerReadsOn(t *testing.T) {
	ctx := context.Background()
	l := openLake(t, Options{})
	folder := l.path(receiptsFolder)
	seal := `{"kind":"seal","at":"x","day":"2026-11-23","segment":"s","records":1,"bytes":2,"hash":"0","types":{"a":{"records":1}}}` + "\n"
	twice := `{"kind":"duplicate","day":"2026-11-23","records":2,"types":{"a":{"records":2}}}` + "\n"
	spoilt := "{\n\x00\x00\n[]\n" + `{"kind":"seal","day":"tomorrow"}` + "\n" + `{"kind":"of the future","day":"2026-11-23"}` + "\n"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	g, err := l.openLedgerAt(ctx, l.path(ledgerFile))
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, part := range []string{seal + twice[:20], twice[20:], spoilt, twice, seal} {
		text += part
		if err := os.WriteFile(filepath.Join(folder, "r"+rawEnding), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := g.update(ctx, folder); err != nil {
			t.Fatal(err)
		}
		got, err := g.duplicates(ctx, DayOf(noon))
		if want := 2 * uint64(strings.Count(text, twice)); err != nil || got["a"] != want {
			t.Errorf("after part %d: %v duplicates, want %d, %v", i, got, want, err)
		}
		segments, err := g.segments(ctx, receiptSeal, DayOf(noon))
		if err != nil || len(segments) != 1 || segments["s"].records != 1 || segments["s"].types["a"] != 1 {
			t.Errorf("after part %d: %+v, %v", i, segments, err)
		}
	}
	if err := g.close(); err != nil {
		t.Fatal(err)
	}
}
