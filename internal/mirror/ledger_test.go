package mirror

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func sample(i int) entry {
	return entry{key: fmt.Sprintf("raw/%05d", i), stamp: stamp{int64(i), 2, 3, 4}, sum: "sha256:x=", etag: fmt.Sprint("e", i)}
}

func keys(t *testing.T, l *ledger, prefix string) []string {
	t.Helper()
	var out []string
	for e, err := range l.entries(prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.key+" "+e.etag)
	}
	return out
}

func TestEntriesOfAPrefix(t *testing.T) {
	dir := t.TempDir()
	l, err := openLedger(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.create(nextFile)
	if err != nil {
		t.Fatal(err)
	}
	const n = 3000
	for i := 0; i < n; i += 2 {
		w.add(sample(i))
	}
	if err := l.replace(w); err != nil {
		t.Fatal(err)
	}
	if err := l.note(sample(1), entry{key: sample(2).key}, sample(4), sample(n+1)); err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	if l, err = openLedger(dir, "x"); err != nil {
		t.Fatal(err)
	}
	defer l.close()
	all := keys(t, l, "")
	if !slices.IsSorted(all) || len(all) != n/2-1+2 || slices.Contains(all, "raw/00002 e2") || !slices.Contains(all, "raw/00001 e1") {
		t.Errorf("%d entries", len(all))
	}
	for range 200 {
		prefix := fmt.Sprintf("raw/%05d", rand.IntN(n+10))[:5+rand.IntN(5)] //nolint:gosec // any will do
		want := slices.DeleteFunc(slices.Clone(all), func(k string) bool { return !strings.HasPrefix(k, prefix) })
		if got := keys(t, l, prefix); !slices.Equal(got, want) {
			t.Fatalf("%s: %d entries, want %d", prefix, len(got), len(want))
		}
	}
	other, err := openLedger(dir, "x")
	if err != nil || other.writable() {
		t.Errorf("two write: %v", err)
	}
	if got := keys(t, other, ""); !slices.Equal(got, all) {
		t.Errorf("a reader sees %d entries", len(got))
	}
	if err := other.close(); err != nil {
		t.Error(err)
	}
}

// TestTornLedgers cuts the files of the ledger at every byte, as a crash may:
// what is read is always a part of what was written, each as it was.
func TestTornLedgers(t *testing.T) {
	var next []byte
	for i := range 5 {
		e := sample(i)
		e.etag = "new"
		next = e.appendTo(next)
	}
	for cut := range len(next) + 1 {
		dir := t.TempDir()
		l, err := openLedger(dir, "x")
		if err != nil {
			t.Fatal(err)
		}
		w, err := l.create("first")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			w.add(sample(i))
		}
		if err := l.replace(w); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(l.path(nextFile), next[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		if l, err = openLedger(dir, "x"); err != nil {
			t.Fatal(err)
		}
		whole := bytes.Count(next[:cut], []byte{'\n'})
		for i, got := range keys(t, l, "") {
			want := sample(i)
			if i < whole {
				want.etag = "new"
			}
			if got != want.key+" "+want.etag {
				t.Errorf("cut at %d: %s", cut, got)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(l.dir, "*")); len(left) != 2 { // lock, objects
			t.Errorf("left: %v", left)
		}
		if err := l.close(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzEntry(f *testing.F) {
	e := sample(1)
	f.Add(string(e.appendTo(nil)))
	f.Add("a\t1\t2\t3\t4\t\t\n")
	f.Add("a%09b\t-1\t2\t3\t4\tx\ty\n")
	f.Fuzz(func(t *testing.T, line string) {
		line = strings.TrimSuffix(line, "\n")
		e, err := parseEntry([]byte(line))
		if err != nil || strings.ContainsAny(line, "\n") {
			return
		}
		again, err := parseEntry(bytes.TrimSuffix(e.appendTo(nil), []byte{'\n'}))
		if err != nil || again != e {
			t.Errorf("%q: %+v became %+v, %v", line, e, again, err)
		}
	})
}

// The walk has the order in which S3 lists: that of the bytes of whole keys.
func TestWalkHasTheOrderOfKeys(t *testing.T) {
	l := newTestLake(t)
	want := []string{"parquet/x", "raw/a-b", "raw/a.c/x", "raw/a/b-c", "raw/a/b/c", "raw/a0", "raw/z", "raw/ä", "raw/é/x", "receipts/x"}
	for _, key := range want {
		l.put(key, "x")
	}
	slices.Sort(want)
	var got []string
	for f, err := range walk(t.Context(), l.Dir()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
