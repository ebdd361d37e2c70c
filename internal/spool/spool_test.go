package spool

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a process has left that was killed is removed by the next one, at
// once; what belongs to one that lives, or may be about to, is not.
func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	made := func(name string) string {
		dir := filepath.Join(os.TempDir(), name)
		if err := os.MkdirAll(filepath.Join(dir, "2026-11-23"), 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
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
	killed, bare, young, other := made(Verify+"1"), made(Compact+"2"), made(Erase+"3"), made("tpe-spark-1")
	f, err := take(killed, os.O_CREATE)
	if err != nil || f == nil || f.Close() != nil {
		t.Fatal(f, err)
	}
	old(bare)
	old(other)
	dir, end, err := New(Erase)
	if err != nil {
		t.Fatal(err)
	}
	if there(killed) || there(bare) || !there(young) || !there(other) || !there(dir) {
		t.Error(there(killed), there(bare), there(young), there(other), there(dir))
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	old(filepath.Join(dir, lockName)) // it has been at work for long
	_, second, err := New(Compact)
	if err != nil || !there(dir) {
		t.Error(err, there(dir))
	}
	if err := errors.Join(second(), end()); err != nil || there(dir) {
		t.Error(err)
	}
}

// Many at once never take each other's folders away.
func TestTogether(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ended := make(chan error)
	for range 8 {
		go func() {
			var all error
			for range 40 {
				dir, end, err := New(Verify)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, "x"), nil, 0o600)
				}
				if err == nil {
					err = end()
				}
				all = errors.Join(all, err)
			}
			ended <- all
		}()
	}
	for range 8 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}
