package compact

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// crashDisk is a disk on which the process dies after some steps: nothing
// that comes later happens. A write that is cut off leaves half of its bytes.
type crashDisk struct {
	osDisk
	left  int
	steps []string
}

var errCrash = errors.New("crash")

// step reports whether the process is still alive for one more step.
func (d *crashDisk) step(what, path string) error {
	if d.left == 0 {
		return errCrash
	}
	d.left--
	d.steps = append(d.steps, what+" "+filepath.Base(path))
	return nil
}

func (d *crashDisk) mkdir(path string) error {
	if err := d.step("mkdir", path); err != nil {
		return err
	}
	return d.osDisk.mkdir(path)
}

func (d *crashDisk) create(path string) (file, error) {
	if err := d.step("create", path); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	return &crashFile{f, d}, err
}

func (d *crashDisk) rename(from, to string) error {
	if err := d.step("rename", to); err != nil {
		return err
	}
	return d.osDisk.rename(from, to)
}

func (d *crashDisk) remove(path string) error {
	if err := d.step("remove", path); err != nil {
		return err
	}
	return d.osDisk.remove(path)
}

func (d *crashDisk) syncDir(path string) error {
	if err := d.step("sync", path); err != nil {
		return err
	}
	return d.osDisk.syncDir(path)
}

type crashFile struct {
	*os.File
	d *crashDisk
}

func (f *crashFile) Write(b []byte) (int, error) {
	if err := f.d.step("write", f.Name()); err != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, err
	}
	return f.File.Write(b)
}

func (f *crashFile) Sync() error {
	if err := f.d.step("fsync", f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

// Wherever the process dies, the old records or the new ones are in force,
// and the next run finishes.
func TestCrashTable(t *testing.T) {
	old, late := []string{"a", "b"}, []string{"a", "b", "c"}
	ctx := context.Background()
	for steps := 0; ; steps++ {
		l := newTestLake(t)
		l.seal(monday, call("a", monday, "08", "t", ""), call("b", monday, "09", "t", ""))
		l.run(Options{})
		l.seal(monday, call("c", monday, "10", "t", ""))
		disk := &crashDisk{left: steps}
		_, err := Run(ctx, l.Lake, Options{disk: disk})
		if err == nil {
			want := []string{
				"create .rows-0000.parquet.tmp", "write .rows-0000.parquet.tmp", "fsync .rows-0000.parquet.tmp",
				"create _manifest.json.tmp", "write _manifest.json.tmp", "fsync _manifest.json.tmp",
				"rename rows-0000-*.parquet", "sync day=23", "rename _manifest.json", "sync day=23",
				"remove rows-0000-*.parquet", "sync day=23",
			}
			if !slices.EqualFunc(disk.steps, want, func(step, pattern string) bool {
				ok, err := filepath.Match(pattern, step)
				return ok && err == nil
			}) {
				t.Errorf("the steps are %q", disk.steps)
			}
			return
		}
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		last := "nothing"
		if len(disk.steps) > 0 {
			last = disk.steps[len(disk.steps)-1]
		}
		if got := l.records(lake.Filter{}); !slices.Equal(got, old) && !slices.Equal(got, late) {
			t.Errorf("after %s: %v", last, got)
		}
		// What engines see that read the whole folder never lacks a record.
		seen, rows := map[string]bool{}, 0
		for _, name := range l.parquet(monday) {
			if !strings.HasSuffix(name, ".parquet") || strings.HasPrefix(name, ".") {
				continue
			}
			for r, err := range Read(ctx, filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday)), name)) {
				if err != nil {
					t.Fatal(err)
				}
				seen[string(r)] = true
				rows++
			}
		}
		// Nor does one see a record twice of which Verify does not tell.
		if v, err := Verify(ctx, l.Lake, Options{}); rows > len(seen) != (tpe.CodeOf(err) == tpe.Mismatch && v.Days[0].Doubled > 0) {
			t.Errorf("after %s %d rows of %d records are to be seen, and Verify says %+v, %v", last, rows, len(seen), v, err)
		}
		if len(seen) < 2 {
			t.Errorf("after %s only %d records are to be seen", last, len(seen))
		}
		r := l.run(Options{})
		if got := l.records(lake.Filter{}); !slices.Equal(got, late) {
			t.Errorf("after %s and another run: %v", last, got)
		}
		if got := l.parquet(monday); len(got) != 2 || len(r.Days[0].Files) != 1 || got[1] != r.Days[0].Files[0] {
			t.Errorf("after %s and another run: %v", last, got)
		}
		if v, err := Verify(ctx, l.Lake, Options{}); err != nil || v.Proven != 1 {
			t.Errorf("after %s: %+v, %v", last, v, err)
		}
	}
}

// fullDisk takes some bytes of a Parquet file and then no more.
type fullDisk struct {
	osDisk
	room int
}

func (d fullDisk) create(path string) (file, error) {
	f, err := os.Create(path)
	return &fullFile{f, d.room}, err
}

type fullFile struct {
	*os.File
	room int
}

func (f *fullFile) Write(b []byte) (int, error) {
	if len(b) <= f.room {
		f.room -= len(b)
		return f.File.Write(b)
	}
	n, _ := f.File.Write(b[:f.room])
	f.room = 0
	return n, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
}

func TestFullDisk(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.run(Options{})
	l.seal(monday, call("b", monday, "09", "t", ""))
	before := l.parquet(monday)
	for _, room := range []int{0, 100, 5000} {
		_, err := Run(context.Background(), l.Lake, Options{disk: fullDisk{room: room}})
		if tpe.CodeOf(err) != tpe.Unavailable || !errors.Is(err, syscall.ENOSPC) || tpe.HintOf(err) == "" {
			t.Error(room, err)
		}
		if got := l.parquet(monday); !slices.Equal(got, before) {
			t.Error(room, got)
		}
	}
	if r := l.run(Options{}); r.Rows != 2 {
		t.Errorf("%+v", r)
	}
}

// badDisk changes one byte of each Parquet file on its way to the disk.
type badDisk struct{ osDisk }

func (badDisk) create(path string) (file, error) {
	f, err := os.Create(path)
	return &badFile{f}, err
}

type badFile struct{ *os.File }

func (f *badFile) Write(b []byte) (int, error) {
	if strings.HasSuffix(f.Name(), ".parquet"+tmpEnding) {
		b = slices.Clone(b)
		b[len(b)/4] ^= 4
	}
	return f.File.Write(b)
}

// lossyDisk silently keeps an older file.
type lossyDisk struct {
	osDisk
	other string
}

func (d lossyDisk) create(path string) (file, error) {
	f, err := os.Create(path)
	return &lossyFile{f, d.other}, err
}

type lossyFile struct {
	*os.File
	other string
}

func (f *lossyFile) Sync() error {
	if !strings.HasSuffix(f.Name(), ".parquet"+tmpEnding) {
		return f.File.Sync()
	}
	b, err := os.ReadFile(f.other)
	if err == nil {
		err = os.WriteFile(f.Name(), b, 0o600)
	}
	return err
}

// A disk that does not keep what was written is found out before anything is
// replaced.
func TestProof(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "08", "t", ""))
	first := l.run(Options{}).Days[0].Files[0]
	l.seal(monday, call("b", monday, "09", "t", ""))
	for name, disk := range map[string]disk{
		"changes a byte":    badDisk{},
		"keeps an old file": lossyDisk{other: filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, monday)), first)},
	} {
		r, err := Run(context.Background(), l.Lake, Options{disk: disk})
		if tpe.CodeOf(err) != tpe.Mismatch || r.Failed != 1 || !strings.Contains(err.Error(), monday) {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
		if got := l.parquet(monday); !slices.Equal(got, []string{manifestName, first}) {
			t.Errorf("%s: %v", name, got)
		}
		if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
