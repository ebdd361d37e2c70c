package source

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

// plant writes files of two bytes below a new folder and returns the folder.
func plant(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// rels returns the relative names that Find yields.
func rels(t *testing.T, paths ...string) []string {
	t.Helper()
	files, err := Find(paths)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for f, err := range files {
		if err != nil {
			t.Errorf("%s: %v", f.Path, err)
			continue
		}
		if f.Size != 2 {
			t.Errorf("%s: size %d", f.Path, f.Size)
		}
		names = append(names, f.Rel)
	}
	return names
}

func TestFindInEveryLayout(t *testing.T) {
	dir := plant(t,
		"raw/year=2026/month=11/day=23/b.ndjson.zst",
		"raw/year=2026/month=11/day=23/c.ndjson.open",
		"raw/year=2026/month=11/day=23/d.ndjson",
		"raw/year=2026/month=11/day=23/d.ndjson.open", // its sealed self is d.ndjson
		"raw/year=2026/month=11/day=23/b.ndjson.open", // and b.ndjson.zst
		"raw/year=2026/month=11/day=23/e.ndjson.zst.tmp",
		"raw/year=2026/month=11/day=23/.f.ndjson",
		"raw/year=2025/month=08/day=02/49d4547f.json",
		"raw/year=2025/month=08/day=02/daily_summary.jsonl",
		"raw/year=2025/month=08/day=02/hour=07/1.json.gz",
		"2025/08/02/1.json",
		"index/a.ndjson",
		"parquet/a.json",
		"quarantine/a.ndjson",
		"receipts/a.ndjson",
		"ledger.db", "ledger.db-wal", "README.md", ".git/x.json",
		"A.JSONL.gz",
	)
	want := []string{
		"2025/08/02/1.json",
		"A.JSONL.gz",
		"raw/year=2025/month=08/day=02/49d4547f.json",
		"raw/year=2025/month=08/day=02/daily_summary.jsonl",
		"raw/year=2025/month=08/day=02/hour=07/1.json.gz",
		"raw/year=2026/month=11/day=23/b.ndjson.zst",
		"raw/year=2026/month=11/day=23/c.ndjson.open",
		"raw/year=2026/month=11/day=23/d.ndjson",
	}
	if got := rels(t, dir); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	// What is asked for by name is read, whatever it is called.
	got := rels(t, filepath.Join(dir, "quarantine"), filepath.Join(dir, "README.md"))
	if want := []string{"a.ndjson", "README.md"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindReadsAnIndexFolderOutsideALake(t *testing.T) {
	dir := plant(t, "index/a.json", "parquet/b.ndjson")
	if got, want := rels(t, dir), []string{"index/a.json", "parquet/b.ndjson"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindStops(t *testing.T) {
	files, err := Find([]string{plant(t, "a.json", "b/c.json", "d.json")})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range files {
		if n++; n == 2 {
			break
		}
	}
}

func TestFindLinks(t *testing.T) {
	dir := plant(t, "a/1.json")
	for link, target := range map[string]string{"2.json": "a/1.json", "linked": "a", "loop": ".", "dead.json": "nowhere"} {
		if err := os.Symlink(filepath.Join(dir, target), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	var names, broken []string
	for f, err := range files {
		if err != nil {
			broken = append(broken, f.Rel)
			for it := range Missed(f, err).Items() {
				if it.Err.Kind != Unreadable || it.File != f.Path || !errors.Is(it.Err, os.ErrNotExist) && tpe.CodeOf(it.Err) != tpe.Misuse {
					t.Errorf("%+v", it)
				}
			}
			continue
		}
		names = append(names, f.Rel)
	}
	if want := []string{"2.json", "a/1.json"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if want := []string{"dead.json", "linked", "loop"}; !slices.Equal(broken, want) {
		t.Errorf("errors for %q, want %q", broken, want)
	}
}

// The folder raw of a lake may lie on another disk.
func TestFindLinkedRaw(t *testing.T) {
	disk, lake := plant(t, "day/1.json"), t.TempDir()
	for link, target := range map[string]string{"raw": disk, "parquet": disk} {
		if err := os.Symlink(target, filepath.Join(lake, link)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Find([]string{lake})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for f, err := range files {
		if err != nil {
			t.Error(err)
		}
		names = append(names, f.Rel)
	}
	if want := []string{"raw/day/1.json"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestFindNamesWhatIsMissing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "nowhere")
	_, err := Find([]string{t.TempDir(), missing})
	if tpe.CodeOf(err) != tpe.NotFound {
		t.Fatalf("got %v", err)
	}
	if want := "no such file or folder: " + missing; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
