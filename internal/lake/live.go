package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cespare/xxhash/v2"
)

// live is an open segment of this writer. Its fields belong to the committer
// until it retires, then to the sealer; the tail belongs to Writer.mu.
type live struct {
	day    Day
	name   string
	path   string
	f      file
	born   time.Time
	used   uint64 // the commit that touched it last
	table  table
	size   int64         // bytes of whole lines
	digest xxhash.Digest // of those bytes
	cuts   []span        // bytes of a recovered segment that are no records
	tail   tail

	// What a failed sync needs: the digest up to the synced bytes, and
	// whether one has failed since.
	safe       int64
	safeDigest xxhash.Digest
	suspect    bool
}

// span is a piece of a file.
type span struct{ from, to int64 }

// openLive begins a segment: a new file, locked, whose name is durable. The
// turn must be held.
func (w *Writer) openLive(day Day) (*live, error) {
	now := w.l.opts.Now()
	s := &live{day: day, name: w.names.next(now), born: now}
	s.path = w.l.rawPath(day, s.name, openEnding)
	s.digest.Reset()
	s.safeDigest.Reset()
	if err := makeDir(w.l.disk, filepath.Dir(s.path)); err != nil {
		return nil, err
	}
	f, err := w.l.disk.open(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("begin segment: %w", err)
	}
	s.f = f
	if err := s.establish(w); err != nil {
		return nil, errors.Join(fmt.Errorf("begin segment %s: %w", s.name, err), f.Close(), removeIfThere(w.l.disk, s.path))
	}
	s.tail = tail{file: f, live: s}
	return s, nil
}

// establish locks the new file, makes its name durable and tells the other
// writers.
func (s *live) establish(w *Writer) error {
	if ok, err := s.f.tryLock(); err != nil || !ok {
		return errors.Join(errors.New("the file cannot be locked"), err)
	}
	if err := w.l.disk.syncDir(filepath.Dir(s.path)); err != nil {
		return err
	}
	return w.turn.begun()
}

// write appends whole lines. After an error the file is as before.
func (s *live) write(lines []byte) error {
	if _, err := s.f.WriteAt(lines, s.size); err != nil {
		// Cut back what was written, so that nothing is torn. Should this
		// fail as well, the next write starts at the same place, and
		// recovery cuts what is torn.
		return errors.Join(fmt.Errorf("write segment %s: %w", s.name, err), s.f.Truncate(s.size))
	}
	s.size += int64(len(lines))
	_, _ = s.digest.Write(lines)
	return nil
}
