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
	both := []string{CompressZstd, CompressNone}
	for _, mode := range []struct {
		name         string
		compressions []string
		lose         func(nameStep) bool // nil: no power is cut
	}{
		{"the process is killed", both, nil},
		{"the power is cut", both[:1], func(nameStep) bool { return true }},
		{"the power is cut but names stay", both[:1], func(nameStep) bool { return false }},
		{"the power is cut but removals stay", both, func(n nameStep) bool { return !n.removal }},
	} {
		for _, compression := range mode.compressions {
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

// The recovery of a killed writer's work is stopped after every step, too.
func TestCrashTableOfRecovery(t *testing.T) {
	recs := newRecs(50, noon)
	torn := []Quarantined{{Reason: "r", Source: "s", Body: clean(t, `{"interaction_type":"feedback"}`)}}
	for _, lose := range []func(nameStep) bool{nil, func(nameStep) bool { return true }, func(n nameStep) bool { return !n.removal }} {
		for step := 0; ; step++ {
			opts := Options{Dir: memoryDir(t), SealBytes: 3000, SyncEvery: time.Millisecond}
			// A writer is killed with open segments, one of them torn, and
			// with an open file of quarantine.
			first := opts
			d := newFaultDisk(t, -1)
			first.disk = d
			w := openWriter(t, openLake(t, first))
			if _, err := w.Append(context.Background(), Disk, cleanAll(t, recs[:30])...); err != nil {
				t.Fatal(err)
			}
			if err := w.Quarantine(context.Background(), torn[0]); err != nil {
				t.Fatal(err)
			}
			if err := w.Sync(context.Background()); err != nil {
				t.Fatal(err)
			}
			d.mu.Lock()
			d.fail = func(step, _ string) error {
				if step == "write" || step == "truncate" {
					return errStopped // half a line is written, and stays
				}
				return nil
			}
			d.mu.Unlock()
			if _, err := w.Append(context.Background(), Disk, cleanAll(t, recs[30:31])...); err == nil {
				t.Fatal("stored")
			}
			d.stop()
			_ = w.Close(context.Background())

			second := opts
			d = newFaultDisk(t, step)
			second.disk = d
			if w, err := openLake(t, second).NewWriter(context.Background()); err == nil {
				_ = w.Close(context.Background())
			}
			whole := d.last == ""
			d.stop()
			if lose != nil {
				d.cutPower(lose)
			}
			if !checkAfterCrash(t, opts, recs, recs[:30]) {
				t.Fatalf("stopped before step %d of recovery: %s", step, d.last)
			}
			if n, err := openLake(t, opts).countQuarantine(context.Background()); err != nil || n[DayOf(noon)][""] != 1 {
				t.Fatalf("stopped before step %d of recovery: %v in quarantine, %v", step, n, err)
			}
			if whole {
				if step < 15 {
					t.Errorf("recovery has only %d steps", step)
				}
				break
			}
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
