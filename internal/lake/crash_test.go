package lake

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// script is what a process does to a lake until it stops. It returns which
// records it was promised to be on disk, and which to be with the system.
func script(l *Lake, t testing.TB, recs []rec) (disk, system []rec) {
	ctx := context.Background()
	w, err := l.NewWriter(ctx)
	if err != nil {
		return nil, nil
	}
	add := func(d Durability, part []rec) bool {
		out, err := w.Append(ctx, d, cleanAll(t, part)...)
		for i, o := range out {
			if o == NotStored {
				continue
			}
			if d == Disk && err == nil {
				disk = append(disk, part[i])
			}
			system = append(system, part[i])
		}
		return err == nil
	}
	bad := Quarantined{Reason: "broken", Source: "test", Body: clean(t, `{"interaction_type":"feedback"}`)}
	_ = add(Disk, recs[:10]) &&
		add(System, recs[10:20]) &&
		add(Disk, recs[5:25]) && // ten of them again
		w.Quarantine(ctx, bad) == nil &&
		add(Buffered, recs[25:40]) &&
		w.Sync(ctx) == nil &&
		add(Disk, recs[38:])
	_ = w.Close(ctx)
	return disk, system
}

// memoryDir is a temporary folder, in memory where the system has such a
// place: tests that make thousands of files do not wear a disk.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "tpe-lake-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Stop after every step that changes the disk, then open the lake again:
// what was promised is there, nothing is there twice, and the accounts add
// up. Then everything is sent again and nothing is lost.
func TestCrashTable(t *testing.T) {
	recs := newRecs(50, noon)
	for i := range recs {
		if i%3 == 0 {
			recs[i].at = noon.Add(24 * time.Hour)
		}
	}
	for _, mode := range []struct {
		name string
		lose func(nameStep) bool // nil: no power is cut
	}{
		{"the process is killed", nil},
		{"the power is cut", func(nameStep) bool { return true }},
		{"the power is cut but names stay", func(nameStep) bool { return false }},
		{"the power is cut but removals stay", func(n nameStep) bool { return !n.removal }},
	} {
		for _, compression := range []string{CompressZstd, CompressNone} {
			t.Run(mode.name+"/"+compression, func(t *testing.T) {
				for step := 0; ; step++ {
					dir := memoryDir(t)
					d := newFaultDisk(t, step)
					opts := Options{Dir: dir, Compression: compression, SealBytes: 3000, SyncEvery: time.Millisecond}
					broken := opts
					broken.disk = d
					disk, system := script(openLake(t, broken), t, recs)
					whole := d.last == ""
					d.stop()
					promised := system
					if mode.lose != nil {
						promised = disk
						d.cutPower(mode.lose)
					}
					if !checkAfterCrash(t, opts, recs, promised) {
						t.Fatalf("stopped before step %d: %s", step, d.last)
					}
					if whole {
						if step < 100 {
							t.Errorf("the script has only %d steps", step)
						}
						break
					}
				}
			})
		}
	}
}

// checkAfterCrash opens a lake after a crash and says whether all is well.
func checkAfterCrash(t *testing.T, opts Options, recs, promised []rec) bool {
	t.Helper()
	ctx := context.Background()
	opts.disk = newFaultDisk(t, -1)
	l := openLake(t, opts)
	w := openWriter(t, l)
	there := map[string]int{}
	for _, id := range read(t, l, Filter{}) {
		there[id]++
	}
	for _, r := range promised {
		if there[r.id] != 1 {
			t.Errorf("record %s is there %d times", r.id, there[r.id])
		}
	}
	out, err := w.Append(ctx, Disk, cleanAll(t, recs)...)
	if err != nil {
		t.Error(err)
	}
	for i, o := range out {
		want := New
		if there[recs[i].id] > 0 {
			want = Duplicate
		}
		if o != want {
			t.Errorf("record %d, which is there %d times: %v", i, there[recs[i].id], o)
		}
	}
	closeWriter(t, w)
	report, faults := verify(t, l)
	if !report.OK || report.Total.Stored != uint64(len(recs)) {
		t.Errorf("%+v\n%v", report, faults)
	}
	err = filepath.WalkDir(opts.Dir, func(path string, e fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".open") {
			return fmt.Errorf("%s is left", e.Name())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return !t.Failed()
}
