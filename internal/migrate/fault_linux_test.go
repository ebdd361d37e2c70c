package migrate_test

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/tpe"
)

// smallDisk mounts a file system of the given size, and returns its folder
// and what gives it another size.
func smallDisk(t *testing.T, size string) (dir string, resize func(string)) {
	t.Helper()
	dir, err := os.MkdirTemp("", "small")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) }) // empty once it is unmounted
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir, func(size string) {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size="+size); err != nil {
			t.Fatal(err)
		}
	}
}

// The disk of the target fills while rows are copied.
func TestTargetDiskFull(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, many))
	o.ChunkRows = 25
	dir, resize := smallDisk(t, "300k")
	postgres, err := user.Lookup("postgres")
	if err != nil {
		t.Skip(err)
	}
	uid, err := strconv.Atoi(postgres.Uid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	query(t, o.To, "CREATE TABLESPACE small LOCATION '"+dir+"'")
	t.Cleanup(func() {
		query(t, o.To, "DROP SCHEMA IF EXISTS public, tpe_migrate CASCADE")
		query(t, o.To, "DROP TABLESPACE small")
	})
	query(t, o.To, "ALTER DATABASE "+o.To[strings.LastIndex(o.To, "/")+1:strings.Index(o.To, "?")]+" SET default_tablespace = small")

	_, err = migrate.Run(context.Background(), o)
	if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "the disk of the target is full") || !strings.Contains(tpe.HintOf(err), "--resume") {
		t.Fatalf("%v (hint: %s)", err, tpe.HintOf(err))
	}
	check(t, "to be seen", query(t, o.To, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0")
	o.Resume = true
	if _, err = migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Unavailable { // it is still full
		t.Fatal(err)
	}
	resize("64m")
	move(t, o)
	check(t, "rows", query(t, o.To, "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM log)"), "1000|750|750")
}

// The folder for the copy of the source fills.
func TestSourceDiskFull(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, many))
	var resize func(string)
	o.WorkDir, resize = smallDisk(t, "40k")
	_, err := migrate.Run(context.Background(), o)
	if tpe.CodeOf(err) != tpe.Unavailable || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(tpe.HintOf(err), "--work-dir") {
		t.Fatalf("%v (hint: %s)", err, tpe.HintOf(err))
	}
	if left, err := filepath.Glob(filepath.Join(o.WorkDir, "*")); err != nil || len(left) > 0 {
		t.Errorf("%v stays behind, %v", left, err)
	}
	resize("4m")
	o.Resume = true
	move(t, o)
	if left, err := filepath.Glob(filepath.Join(o.WorkDir, "*")); err != nil || len(left) > 0 {
		t.Errorf("%v stays behind, %v", left, err)
	}
}
