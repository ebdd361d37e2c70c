package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is a file system that can be filled.
type smallDisk struct {
	t    *testing.T
	dir  string
	full string // the file that takes the room
}

func newSmallDisk(t *testing.T) *smallDisk {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return &smallDisk{t, dir, filepath.Join(dir, "filler")}
}

// leave fills the disk but for some bytes.
func (d *smallDisk) leave(room int64) {
	d.t.Helper()
	d.empty()
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &st); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.full, make([]byte, max(0, int64(st.Bavail)*st.Bsize-room)), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *smallDisk) empty() {
	if err := os.Remove(d.full); err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
}

// left lists what commands write before it counts, and should not leave.
func (d *smallDisk) left() (names []string) {
	d.t.Helper()
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tmp") || strings.HasPrefix(e.Name(), "tpe-") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return names
}

// The disk is full when a compaction, a sync, a compaction in a bucket, or an
// erasure begins, or becomes full on the way: they say so, the lake still adds
// up, and with more room the same command finishes.
func TestFullDisk(t *testing.T) {
	d := newSmallDisk(t)
	tmp := filepath.Join(d.dir, "tmp")
	t.Setenv("TMPDIR", tmp)
	c := newCommand(t, "TPE_ENV=test", "DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "none.db"))
	c.dir = d.dir
	var text strings.Builder
	for i := range 900 {
		text.WriteString(strings.Replace(record(i, fmt.Sprintf("2026-11-%d", 20+i%3)), `"user_id":"u`, fmt.Sprintf(`"note":"%x","user_id":"u`, i*i*7919), 1) + "\n")
	}
	in := filepath.Join(d.dir, "in.ndjson")
	if err := os.WriteFile(in, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	c.must(0, "replay", in, "--to", "lake")
	lake := filepath.Join(c.dir, "lake")
	for i := range 100 { // for a ledger of some size
		if err := os.MkdirAll(filepath.Join(lake, "receipts"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(lake, "receipts", fmt.Sprintf("%d.csv", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"lake", "sync", "--lake", lake},
		{"lake", "compact", "s3://lake"},
		{"lake", "compact", "--lake", lake},
		{"lake", "erase", "--user", "u5", "--lake", lake},
	} {
		refused := 0
		for room := int64(0); ; room = max(4<<10, 2*room) {
			d.leave(room)
			status, out, errs := c.run(t.Context(), args...)
			d.empty()
			if status == 0 {
				break
			}
			refused++
			if status != 1 || !strings.Contains(errs, "the disk is full") || !strings.Contains(errs, "hint: make room and run") {
				t.Fatalf("tpe %v with room for %d: status %d\n%s%s", args, room, status, out, errs)
			}
			if args[1] == "erase" {
				continue // verify says that it was stopped
			}
			c.must(0, "lake", "verify")
			if left := d.left(); len(left) > 0 {
				t.Errorf("tpe %v with room for %d leaves %v", args, room, left)
			}
		}
		if refused < 2 {
			t.Errorf("tpe %v was refused %d times", args, refused)
		}
		c.must(0, "lake", "verify")
		if left := d.left(); len(left) > 0 {
			t.Errorf("tpe %v leaves %v", args, left)
		}
	}
	c.must(0, "lake", "sync")
	c.must(0, "lake", "verify", "--s3")
}
