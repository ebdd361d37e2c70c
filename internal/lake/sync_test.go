package lake

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// failOnce lets the next sync of an open segment fail.
func failOnce(d *faultDisk, then func(path string)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = func(step, path string) error {
		if step != "sync" || !strings.HasSuffix(path, openEnding) {
			return nil
		}
		d.fail = nil
		if then != nil {
			then(path)
		}
		return syscall.EIO
	}
}

// After a failed sync the caller is told, and nothing counts as being on
// disk before a later sync has brought it there.
func TestFailedSync(t *testing.T) {
	d := newFaultDisk(t, -1)
	l := openLake(t, Options{Dir: memoryDir(t), disk: d})
	w := openWriter(t, l)
	ctx := context.Background()
	recs := newRecs(3, noon)
	put(t, w, Disk, []Outcome{New}, recs[0])
	failOnce(d, nil)
	out, err := w.Append(ctx, Disk, clean(t, recs[1].json()))
	if tpe.CodeOf(err) != tpe.Unavailable || out[0] != NotStored || w.Health().OK {
		t.Fatalf("%v, %v, %+v", out, err, w.Health())
	}
	d.mu.Lock()
	before := d.steps
	d.mu.Unlock()
	put(t, w, Disk, []Outcome{New}, recs[2])
	d.mu.Lock()
	// The line that was in doubt is written again, beside the new one.
	if took := d.steps - before; took != 3 {
		t.Errorf("%d steps, want a write, a write again and a sync", took)
	}
	d.mu.Unlock()
	if !w.Health().OK {
		t.Errorf("%+v", w.Health())
	}
	put(t, w, Disk, []Outcome{Duplicate}, recs[1])
	closeWriter(t, w)
	if report := mustAddUp(t, l); report.Total.Stored != 3 {
		t.Errorf("%+v", report)
	}
}

// A system that loses bytes after a failed sync is found out: what is left
// is sealed, what was lost can be sent again.
func TestSyncThatLosesBytes(t *testing.T) {
	d := newFaultDisk(t, -1)
	l := openLake(t, Options{Dir: memoryDir(t), disk: d, SealAge: time.Hour})
	w := openWriter(t, l)
	ctx := context.Background()
	recs := newRecs(3, noon)
	put(t, w, Disk, []Outcome{New}, recs[0])
	failOnce(d, func(path string) {
		f := d.files[path]
		size, _ := f.size()
		if _, err := f.osFile.WriteAt(make([]byte, size-f.safe), f.safe); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.Append(ctx, Disk, clean(t, recs[1].json())); err == nil {
		t.Fatal("stored")
	}
	// Sent again until the segment has been read again and sealed.
	var err error
	for out := []Outcome{NotStored}; out[0] == NotStored; {
		out, err = w.Append(ctx, Disk, clean(t, recs[1].json()))
		w.tick()
	}
	if err != nil {
		t.Fatal(err)
	}
	put(t, w, Disk, []Outcome{Duplicate, Duplicate, New}, recs...)
	closeWriter(t, w)
	report := mustAddUp(t, l)
	if report.Total.Stored != 3 || report.Total.Quarantined != 1 {
		t.Errorf("%+v", report.Total)
	}
}

// Nobody waits for the disk, and yet the records get there.
func TestSystemIsSyncedSoon(t *testing.T) {
	d := newFaultDisk(t, -1)
	synced := make(chan string, 100)
	l := openLake(t, Options{Dir: memoryDir(t), disk: d, SyncEvery: time.Millisecond})
	w := openWriter(t, l)
	d.mu.Lock()
	d.fail = func(step, path string) error {
		if step == "sync" {
			synced <- path
		}
		return nil
	}
	d.mu.Unlock()
	put(t, w, System, []Outcome{New}, newRecs(1, noon)...)
	if path := <-synced; !strings.HasSuffix(path, openEnding) {
		t.Errorf("synced %s", path)
	}
	closeWriter(t, w)
}
