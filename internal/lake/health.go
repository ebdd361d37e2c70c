package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Health says whether records can be stored now.
type Health struct {
	OK     bool
	Reason string    // why not; empty when OK
	Since  time.Time // when it stopped; zero when OK
	// Lost counts the records of the durability System that could not be
	// stored since the writer was opened.
	Lost int64
}

// Gap is a time in which records of the durability System were lost.
type Gap struct {
	Since, Until time.Time
	Lost         int64
	Reason       string
}

// trouble is a part of the writer that can fail on its own.
type trouble int

const (
	troubleWrite trouble = iota
	troubleSync
	troubleSeal
	troubleReceipts
	troubles // how many there are
)

// health is what the writer knows of its disk. It belongs to Writer.mu.
type health struct {
	reasons [troubles]error
	since   time.Time
	lost    int64
	gap     Gap // the current or last one
	ended   bool
}

func (h *health) current() error {
	for _, err := range h.reasons {
		if err != nil {
			return err
		}
	}
	return nil
}

// Health returns whether records can be stored. A writer in trouble tries
// the disk again every second, so it recovers without being asked to.
func (w *Writer) Health() Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := Health{OK: true, Lost: w.health.lost}
	if err := w.health.current(); err != nil {
		h.OK, h.Reason, h.Since = false, err.Error(), w.health.since
	}
	return h
}

// Gap returns the time in which records were lost, once the disk is back,
// until GapRecorded is called with it. The caller writes it down as a record
// of its own.
func (w *Writer) Gap() (Gap, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.health.gap, w.health.ended && w.health.gap.Lost > 0
}

// GapRecorded says that a gap which Gap returned has been written down.
func (w *Writer) GapRecorded(g Gap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &w.health
	h.gap.Lost -= g.Lost
	if h.gap.Lost <= 0 {
		h.gap, h.ended = Gap{}, false
	}
}

// lose counts records that were not stored and that nobody sends again.
func (w *Writer) lose(outcomes []Outcome) {
	n := 0
	for _, o := range outcomes {
		if o == NotStored {
			n++
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.health.lost += int64(n)
	w.health.gap.Lost += int64(n)
	if w.health.gap.Since.IsZero() {
		w.health.gap.Since = w.l.opts.Now()
	}
}

// trouble notes that a part of the writer fails.
func (w *Writer) trouble(part trouble, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &w.health
	if h.current() == nil {
		h.since = w.l.opts.Now()
		if h.gap.Lost == 0 {
			h.gap = Gap{Since: h.since}
		}
		h.gap.Reason, h.ended = err.Error(), false
		w.l.opts.Log.Error("the lake cannot be written", "lake", w.l.opts.Dir, "error", err)
	}
	h.reasons[part] = err
}

// relief notes that a part of the writer works.
func (w *Writer) relief(part trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &w.health
	if h.reasons[part] == nil {
		return
	}
	h.reasons[part] = nil
	if h.current() == nil {
		h.gap.Until, h.ended = w.l.opts.Now(), true
		w.l.opts.Log.Info("the lake can be written again", "lake", w.l.opts.Dir, "since", h.since, "lost", h.gap.Lost)
	}
}

// probe writes and syncs a small file when writing is in trouble, so that
// health returns without a record that has to be risked.
func (w *Writer) probe() {
	w.mu.Lock()
	inTrouble := w.health.reasons[troubleWrite] != nil
	w.mu.Unlock()
	if !inTrouble {
		return
	}
	if err := w.tryDisk(); err == nil {
		w.relief(troubleWrite)
	}
}

func (w *Writer) tryDisk() error {
	const size = 64 << 10
	path := tmpName(w.l.path(rawFolder, "probe"))
	f, err := w.l.disk.open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, size), 0)
	if err == nil {
		err = f.datasync()
	}
	return errors.Join(err, f.Close(), removeIfThere(w.l.disk, path))
}

// hintFor says what helps against an error of the disk.
func hintFor(err error) string {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return "the disk is full: make room, and writing goes on by itself"
	case errors.Is(err, fs.ErrPermission):
		return permissionHint(err)
	case errors.Is(err, unix.EROFS):
		return "the folder of the lake must be writable"
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return "too many files are open, and the disk is well: raise the limit of open files (ulimit -n)"
	case errors.Is(err, unix.EIO):
		return "the disk reports errors: look at the system's log"
	}
	return fmt.Sprintf("try again in %v; nothing was half written", time.Second)
}
