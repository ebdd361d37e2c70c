package compact

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a process has left that was killed is removed by the next one; what
// belongs to one that lives, or may be about to, is not.
func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	made := func(name string) string {
		dir := filepath.Join(os.TempDir(), name)
		if err := os.MkdirAll(filepath.Join(dir, "2026-11-23"), 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	locked := func(dir string) func() error {
		release, err := lock(osDisk{}, dir)
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	old := func(path string) {
		then := time.Now().Add(-time.Minute)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	there := func(dir string) bool {
		_, err := os.Stat(dir)
		return !errors.Is(err, os.ErrNotExist)
	}
	killed, bare, young, other := made(spoolName+"1"), made(spoolName+"2"), made(spoolName+"3"), made("tpe-spark-1")
	if err := locked(killed)(); err != nil {
		t.Fatal(err)
	}
	old(filepath.Join(killed, lockName))
	old(bare)
	old(other)
	dir, end, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	if there(killed) || there(bare) || !there(young) || !there(other) || !there(dir) {
		t.Error(there(killed), there(bare), there(young), there(other), there(dir))
	}
	old(filepath.Join(dir, lockName)) // it has been at work for long
	_, second, err := newSpool()
	if err != nil || !there(dir) {
		t.Error(err, there(dir))
	}
	if err := errors.Join(second(), end()); err != nil || there(dir) {
		t.Error(err)
	}
}
