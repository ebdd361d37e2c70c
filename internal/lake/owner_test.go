package lake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

const somebody = 65534

// sharedDir returns a lake's folder of somebody else, who can get to it.
func sharedDir(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can act for others")
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, somebody, somebody); err != nil {
		t.Fatal(err)
	}
	return dir
}

// as does something as another user.
func as(t *testing.T, uid int, do func()) {
	t.Helper()
	if err := syscall.Seteuid(uid); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Seteuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}

// What root makes in somebody's lake belongs to that one, who goes on with it.
func TestRootGivesAway(t *testing.T) {
	opts := Options{Dir: sharedDir(t), SealBytes: 2000}
	c := newCast(20)
	write := func() {
		t.Helper()
		w := openWriter(t, openLake(t, opts))
		appendTexts(t, w, Disk, c.all)
		closeWriter(t, w)
	}
	write()
	l := openLake(t, opts)
	end, err := l.BeginCopy()
	if err != nil {
		t.Fatal(err)
	}
	end()
	before, _ := verify(t, l)
	release, err := l.LockErasures()
	if err != nil {
		t.Fatal(err)
	}
	mustErase(t, l)
	release()
	err = filepath.WalkDir(opts.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if is, ok := owners(info); !ok || is.Uid != somebody {
			t.Errorf("%s belongs to %d", path, is.Uid)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	as(t, somebody, func() {
		write()
		if after, _ := verify(t, openLake(t, opts)); after.Total.Stored != before.Total.Stored-uint64(len(c.own)) || !after.Total.Balanced() {
			t.Errorf("before %+v, after %+v", before.Total, after.Total)
		}
	})
}

// A link in the lake's folder does not make root give away what it leads to.
func TestRootKeepsItsOwn(t *testing.T) {
	dir := sharedDir(t)
	own := filepath.Join(t.TempDir(), "own")
	if err := os.WriteFile(own, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, copyLock)
	if err := os.Symlink(own, link); err != nil {
		t.Fatal(err)
	}
	end, err := openLake(t, Options{Dir: dir}).BeginCopy()
	if err != nil {
		t.Fatal(err)
	}
	end()
	info, err := os.Stat(own)
	if err != nil {
		t.Fatal(err)
	}
	if is, ok := owners(info); !ok || is.Uid != 0 {
		t.Errorf("it belongs to %d", is.Uid)
	}
}

// Whose key the others could not read erases nothing, and is told why.
func TestEraseByAnotherUser(t *testing.T) {
	opts := Options{Dir: sharedDir(t)}
	l := openLake(t, opts)
	as(t, somebody, func() { closeWriter(t, openWriter(t, l)) })
	if err := os.Chmod(opts.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	as(t, somebody-1, func() {
		if _, err := l.LockErasures(); tpe.CodeOf(err) != tpe.Forbidden || !strings.Contains(tpe.HintOf(err), "65534") {
			t.Errorf("%v, hint %s", err, tpe.HintOf(err))
		}
	})
	if _, err := os.Stat(filepath.Join(opts.Dir, erasuresFolder)); !os.IsNotExist(err) {
		t.Errorf("something was changed: %v", err)
	}
	// A key of root's, as earlier versions made it, is named.
	if _, err := l.MakeErasureSecret(); err != nil {
		t.Fatal(err)
	}
	key := l.ErasurePath(erasureKeyFile)
	if err := os.Chown(key, 0, 0); err != nil {
		t.Fatal(err)
	}
	as(t, somebody, func() {
		if _, err := l.ErasureSecret(); tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(tpe.HintOf(err), key+" is that of the user 0") {
			t.Errorf("%v, hint %s", err, tpe.HintOf(err))
		}
	})
}

// Who may only read a lake copies from it, and an erasure waits for that one,
// too.
func TestCopyByReader(t *testing.T) {
	dir := sharedDir(t)
	l := openLake(t, Options{Dir: dir})
	closeWriter(t, openWriter(t, l))
	readable := func() {
		t.Helper()
		if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Chmod(path, 0o755))
		}); err != nil {
			t.Fatal(err)
		}
	}
	readable()
	begin := func(uid int) (end func()) {
		t.Helper()
		as(t, uid, func() {
			var err error
			if end, err = openLake(t, Options{Dir: dir}).BeginCopy(); err != nil {
				t.Fatal(err)
			}
		})
		return end
	}
	await := func(want tpe.Code) {
		t.Helper()
		if err := l.AwaitCopies(t.Context(), time.Second/10); tpe.CodeOf(err) != want {
			t.Fatalf("%v, want the code %q", err, want)
		}
	}
	for range 2 { // without the lock's file, then with it
		end := begin(somebody - 1)
		await(tpe.Unavailable)
		later := begin(somebody - 1)
		end()
		await(tpe.Unavailable)
		later()
		await("")
	}
	// A file of root's, as earlier versions made it, does for the lake's user.
	if err := os.Chown(filepath.Join(dir, copyLock), 0, 0); err != nil {
		t.Fatal(err)
	}
	begin(somebody)()
	as(t, somebody-1, func() {
		gone, err := openLake(t, Options{Dir: dir}).OpenForgotten(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := gone.Close(); err != nil {
			t.Error(err)
		}
	})
}
