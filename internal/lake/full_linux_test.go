package lake

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

// smallDisk mounts a file system of the given size, or fills in for it.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// The disk fills while records come in, is refused loudly, and writing goes
// on by itself when there is room again.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "2m")
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	c := newClock()
	l := openLake(t, Options{Dir: filepath.Join(dir, "lake"), Now: c.now})
	w := openWriter(t, l)
	ctx := context.Background()
	var stored []rec
	note := strings.Repeat("x", 1000)
	send := func(d Durability, r rec) error {
		out, err := w.Append(ctx, d, clean(t, r.json()))
		if (err == nil) != (out[0] == New) {
			t.Fatalf("%v with %v", out, err)
		}
		if err == nil {
			stored = append(stored, r)
		}
		return err
	}
	next := func() rec { r := newRecs(1, noon)[0]; r.note = note; return r }
	var err error
	for err == nil {
		err = send([]Durability{System, Disk}[len(stored)%2], next())
	}
	if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(tpe.HintOf(err), "full") || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v, hint %q", err, tpe.HintOf(err))
	}
	before := w.Health()
	if before.OK || before.Since.IsZero() || before.Reason == "" {
		t.Errorf("health %+v", before)
	}
	if _, ended := w.Gap(); ended {
		t.Error("the gap has ended while the disk is full")
	}
	refused := next()
	for range 3 {
		if err := send(System, refused); err == nil {
			t.Fatal("stored on a full disk")
		}
	}
	lost := w.Health().Lost
	if lost < 3 || lost > 4 {
		t.Errorf("%d lost", lost)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	// The clock of the writer finds it out, without a record being sent.
	for w.tick(); !w.Health().OK; w.tick() {
		if err := w.Sync(ctx); err != nil {
			t.Fatal(err)
		}
	}
	gap, ended := w.Gap()
	if !ended || gap.Lost != lost || gap.Until.IsZero() || gap.Reason == "" {
		t.Errorf("gap %+v, %v", gap, ended)
	}
	w.GapRecorded(gap)
	if _, ended := w.Gap(); ended {
		t.Error("the gap is told twice")
	}
	if err := send(Disk, refused); err != nil {
		t.Fatal(err)
	}
	closeWriter(t, w)
	report := mustAddUp(t, l)
	if report.Total.Stored != uint64(len(stored)) || report.Total.Quarantined != 0 {
		t.Errorf("%d records were answered: %+v", len(stored), report.Total)
	}
}

// Closing on a full disk leaves the open segments to the next writer.
func TestCloseOnAFullDisk(t *testing.T) {
	dir := smallDisk(t, "1m")
	l := openLake(t, Options{Dir: filepath.Join(dir, "lake")})
	w := openWriter(t, l)
	recs := newRecs(5, noon)
	put(t, w, Disk, repeat(New, 5), recs...)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 2<<20), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := w.Close(context.Background()); tpe.CodeOf(err) != tpe.Unavailable {
		t.Fatal(err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w = openWriter(t, l)
	put(t, w, Disk, repeat(Duplicate, 5), recs...)
	closeWriter(t, w)
	if report := mustAddUp(t, l); report.Total.Stored != 5 {
		t.Errorf("%+v", report)
	}
}

// A lake on a full disk can be read: the ledger and the indexes are made
// elsewhere.
func TestFullDiskIsRead(t *testing.T) {
	dir := smallDisk(t, "4m")
	l := openLake(t, Options{Dir: filepath.Join(dir, "lake")})
	w := openWriter(t, l)
	for _, r := range newRecs(20, noon) {
		if _, err := w.Append(t.Context(), Disk, clean(t, r.json())); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"nothing", ledgerFile, indexFolder + "/year=2026"} {
		if err := os.RemoveAll(l.path(gone)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4<<20), 0o644); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk is not full: %v", err)
		}
		l := openLake(t, Options{Dir: l.Dir()})
		if report, err := l.Verify(t.Context(), nil); err != nil || !report.OK || report.Records != 20 {
			t.Errorf("without %s: %+v, %v", gone, report, err)
		}
		if st, err := l.Status(t.Context()); err != nil || st.Total.Records != 20 {
			t.Errorf("without %s: %+v, %v", gone, st, err)
		}
		if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
			t.Fatal(err)
		}
	}
}
