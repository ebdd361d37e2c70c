package lake

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// Whatever bytes a crash leaves in an open segment, each line of them is
// either a record or in quarantine afterwards.
func FuzzRecovery(f *testing.F) {
	good := rec{id: "5f0c7e0a-8f27-4f0e-9c36-3c8b8a2b1a11"}.json() + "\n"
	f.Add([]byte(good))
	f.Add([]byte(good[:40]))
	f.Add([]byte("\n\r\n{}\n" + good + "\x00\x00\x00"))
	f.Add([]byte(good + good[:len(good)-1]))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := openLake(t, Options{Dir: memoryDir(t), disk: newFaultDisk(t, -1)})
		name := newNamer().next(noon)
		write(t, l.Dir(), "raw/"+DayOf(noon).Folder()+"/"+name+openEnding, string(b))
		w, err := l.newWriter()
		if err != nil {
			t.Fatal(err)
		}
		o, err := w.lockOrphan(DayOf(noon), name, l.rawPath(DayOf(noon), name, openEnding))
		if err != nil {
			t.Fatal(err)
		}
		s := &sealer{w: w}
		if err := s.reread(o); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for range bytes.Lines(b) {
			lines++
		}
		if len(o.table.entries)+len(o.cuts) != lines {
			t.Errorf("%d lines have become %d records and %d cuts", lines, len(o.table.entries), len(o.cuts))
		}
		counts, err := l.countQuarantine(context.Background())
		if err != nil || counts[DayOf(noon)][""] != uint64(len(o.cuts)) {
			t.Errorf("%d cuts, in quarantine %v, %v", len(o.cuts), counts, err)
		}
		var kept bytes.Buffer
		if err := o.copyLines(&kept); err != nil || int64(kept.Len()) != o.size-o.cutBytes() {
			t.Errorf("%d bytes are kept of %d, %v", kept.Len(), o.size, err)
		}
		if err := errors.Join(o.f.Close(), w.release()); err != nil {
			t.Error(err)
		}
	})
}

// Lines come out as they went in, whatever the size of the pieces that are
// read.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nbb\n\nccc"))
	f.Add([]byte(strings.Repeat("x", 3000) + "\ny\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got []byte
		at := int64(0)
		err := linesOf(bytes.NewReader(b), int64(len(b)), func(from int64, n int, line []byte) error {
			if from != at || bytes.IndexByte(line[:len(line)-1], '\n') >= 0 {
				t.Errorf("line %d at %d", n, from)
			}
			at += int64(len(line))
			got = append(got, line...)
			return nil
		})
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%q, %v", got, err)
		}
	})
}
