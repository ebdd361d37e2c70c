package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
)

// oldTmp is the age from which a temporary file is taken for a leftover.
// Those of a segment that is adopted go at once.
const oldTmp = time.Hour

// recover adopts the open segments whose writers are gone: a torn last line
// is cut into quarantine, the rest is sealed. It removes old leftovers of
// temporary files on the way.
func (w *Writer) recover(ctx context.Context, s *sealer) error {
	for _, name := range []string{rawFolder, indexFolder, quarantineFolder} {
		for f, err := range w.l.dayFolders(ctx, name) {
			if err != nil {
				return err
			}
			if err := w.removeLeftovers(f); err != nil {
				return err
			}
			if err := w.recoverFolder(name, f, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// recoverFolder adopts what lies open in one folder.
func (w *Writer) recoverFolder(name string, f dayFolder, s *sealer) error {
	for _, e := range f.entries {
		seg, state, ok := splitName(e.Name())
		if !ok || state != StateOpen || w.names.made(seg) {
			continue
		}
		o, err := w.lockOrphan(f.day, seg, filepath.Join(f.path, e.Name()))
		if err == nil && o != nil {
			if name == quarantineFolder {
				err = w.quarantine.adopt(o)
			} else {
				err = w.adopt(o, s)
			}
		}
		if err != nil {
			return fmt.Errorf("recover %s/%s: %w", name, seg, err)
		}
	}
	return nil
}

// lockOrphan locks an open segment; nil when its writer lives. The turn sees
// to it that the file has not just been created and is about to be locked.
func (w *Writer) lockOrphan(day Day, name, path string) (*live, error) {
	if _, err := w.turn.take(); err != nil {
		return nil, err
	}
	defer w.turn.give()
	f, err := w.l.disk.open(path, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open orphan: %w", err)
	}
	ok, err := f.tryLock()
	if err == nil && ok {
		// Its writer may have sealed and removed it since it was opened.
		_, err = os.Stat(path)
		if err == nil {
			o := &live{day: day, name: name, path: path, f: f, born: w.l.opts.Now()}
			o.digest.Reset()
			o.tail = tail{file: f, live: o}
			return o, nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	return nil, errors.Join(err, f.Close())
}

// removeLeftovers removes old temporary files from a folder.
func (w *Writer) removeLeftovers(f dayFolder) error {
	for _, e := range f.entries {
		if !strings.HasSuffix(e.Name(), tmpEnding) {
			continue
		}
		info, err := e.Info()
		if err != nil || w.l.opts.Now().Sub(info.ModTime()) < oldTmp {
			continue // gone, or perhaps in use
		}
		if err := removeIfThere(w.l.disk, filepath.Join(f.path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// adopt takes an orphan over.
func (w *Writer) adopt(o *live, s *sealer) error {
	if err := w.removeTemps(o); err != nil {
		return errors.Join(err, o.f.Close())
	}
	if w.l.sealedWhole(o.day, o.name) {
		return s.discard(o)
	}
	if err := s.reread(o); err != nil {
		return errors.Join(err, o.f.Close())
	}
	_, err := s.seal(o)
	if err != nil {
		return errors.Join(err, o.f.Close())
	}
	w.l.opts.Log.Info("recovered a segment", "segment", o.name, "day", o.day.String(),
		"records", len(o.table.entries), "torn", len(o.cuts))
	return nil
}

// removeTemps removes what the sealing of the orphan had begun.
func (w *Writer) removeTemps(o *live) error {
	for _, base := range []string{
		w.l.rawPath(o.day, o.name, zstdEnding), w.l.rawPath(o.day, o.name, rawEnding),
		w.l.indexPath(o.day, o.name), w.l.quarantinePath(o.day, o.name, rawEnding),
	} {
		left, err := filepath.Glob(globEscape(base) + ".*" + tmpEnding)
		if err != nil {
			return err
		}
		for _, path := range left {
			if err := removeIfThere(w.l.disk, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// globEscape makes a path safe to stand in a pattern of filepath.Glob.
func globEscape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// sealedWhole says whether a sealed file of the segment is there and can be
// read to its end. It then wins over the open one, whose bytes need not have
// reached the disk before the rename.
func (l *Lake) sealedWhole(day Day, name string) bool {
	for _, ending := range []string{zstdEnding, rawEnding} {
		path := l.rawPath(day, name, ending)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		found, err := l.scan(context.Background(), path)
		if err != nil || found.damaged > 0 {
			return false
		}
		x, err := openIndex(l.indexPath(day, name))
		return err != nil || x.Digest == found.digest.Sum64()
	}
	return false
}

// reread reads the lines of a segment's file again: its entries, its size
// and its digest. Lines that are no records are cut, into quarantine.
func (s *sealer) reread(o *live) error {
	o.digest.Reset()
	size, err := o.f.size()
	if err != nil {
		return err
	}
	o.size = size
	cut := s.w.quarantine.cutting(o.day, o.name)
	gate := redact.New(redact.Options{})
	var t tape.Tape
	err = linesOf(o.f, size, func(at int64, n int, line []byte) error {
		why := o.take(&t, line, s.w.types)
		if why == "" {
			return nil
		}
		o.cuts = append(o.cuts, span{at, at + int64(len(line))})
		item := Quarantined{
			Reason: "cut from a segment that a crash left open: " + why,
			Source: rawFolder + "/" + o.day.Folder() + "/" + o.name + openEnding,
			Line:   n,
		}
		text := bytes.TrimRight(line, "\n")
		if len(text) > maxCut {
			item.Findings = []string{fmt.Sprintf("the first %d of %d bytes", maxCut, len(text))}
			text = text[:maxCut]
		}
		item.Body = gate.Text(text)
		return cut.add(&item)
	})
	if err != nil {
		return errors.Join(err, cut.drop())
	}
	return cut.finish()
}

// maxCut is how many bytes of one cut line are kept: a power cut may leave
// megabytes of zeros.
const maxCut = 1 << 20

// take adds a line that was read again, or says why it is no record.
func (s *live) take(t *tape.Tape, line []byte, names typeNames) (why string) {
	if line[len(line)-1] != '\n' {
		return "a torn line"
	}
	if t.Parse(line) != nil {
		return "a line that is no JSON"
	}
	id, flaws := identify(t, names)
	if flaws != 0 || dayOfMillis(id.ms) != s.day {
		return "a record that does not belong to the segment's day"
	}
	s.table.add(id.entry, id.typeName)
	_, _ = s.digest.Write(line)
	return ""
}
