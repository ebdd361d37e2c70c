package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// known is what a writer knows of one day: every id in its segments, those
// of other writers included. It belongs to the committer.
type known struct {
	day     Day
	live    *live
	sealing []*live
	others  map[string]*other // open segments of other writers, by name
	sealed  []*index
	names   map[string]bool // of sealed
	listed  bool            // the folder was read
	seen    uint64          // the count of segments begun, when it was
	used    uint64          // the commit that used it last

	last     int // where the last duplicate was found: the next one is likely there
	lastFile *os.File
}

// knownOf returns what is known of a day, reading its folder at first.
func (w *Writer) knownOf(day Day) (*known, error) {
	k := w.days[day]
	if k == nil {
		k = &known{day: day, others: map[string]*other{}, names: map[string]bool{}, last: -1}
		w.days[day] = k
	}
	k.used = w.commits
	if !k.listed {
		if err := w.list(k); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// refresh brings what is known up to date with other writers. The turn must
// be held, and its count be in w.begun.
func (w *Writer) refresh(k *known) error {
	if k.seen != w.begun || !k.listed {
		if err := w.list(k); err != nil {
			return err
		}
	}
	for _, o := range k.others {
		if err := o.follow(w.types); err != nil {
			return err
		}
		w.mu.Lock()
		o.tail.written = o.read
		w.mu.Unlock()
	}
	return nil
}

// list reads the folder of the day for segments that are not known yet.
func (w *Writer) list(k *known) error {
	folder := w.l.rawFolder(k.day)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list segments: %w", err)
	}
	for _, s := range segmentsIn(entries) {
		switch {
		case k.mine(s.name) || k.names[s.name]:
		case s.state == StateSealed:
			x, err := w.l.ensureIndex(context.Background(), k.day, s.name, filepath.Join(folder, s.file))
			if err != nil {
				return err
			}
			w.addSealed(k, s.name, x)
		case k.others[s.name] == nil:
			o, err := openOther(filepath.Join(folder, s.file))
			if errors.Is(err, fs.ErrNotExist) {
				// Sealed since the folder was read.
				return w.list(k)
			}
			if err != nil {
				return err
			}
			k.others[s.name] = o
		}
	}
	k.listed, k.seen = true, w.begun
	return nil
}

// mine says whether the writer itself holds the segment.
func (k *known) mine(name string) bool {
	if k.live != nil && k.live.name == name {
		return true
	}
	for _, s := range k.sealing {
		if s.name == name {
			return true
		}
	}
	return false
}

// addSealed takes a sealed segment's index in the place of the open one.
func (w *Writer) addSealed(k *known, name string, x *index) {
	k.names[name] = true
	k.sealed = append(k.sealed, x)
	w.heads += x.size()
	if o := k.others[name]; o != nil {
		w.leave(o)
		delete(k.others, name)
	}
}

// find looks for a record in all segments of the day. For an equal one in an
// open segment it returns the file that must be synced before the record
// counts as being on disk.
func (k *known) find(id *key, hash uint64) (match, *tail, error) {
	best := unknown
	if k.live != nil {
		if best = k.live.table.find(id, hash); best == equal {
			return equal, &k.live.tail, nil
		}
	}
	for _, s := range k.sealing {
		m := s.table.find(id, hash)
		if m == equal {
			return equal, &s.tail, nil
		}
		best = max(best, m)
	}
	for _, o := range k.others {
		m := o.table.find(id, hash)
		if m == equal {
			return equal, &o.tail, nil
		}
		best = max(best, m)
	}
	m, err := k.findSealed(id, hash)
	return max(best, m), nil, err
}

// findSealed looks for a record in the sealed segments.
func (k *known) findSealed(id *key, hash uint64) (match, error) {
	best := unknown
	if k.last >= 0 && k.sealed[k.last].bloom.has(id) {
		m, err := k.sealed[k.last].lookup(k.lastFile, id, hash)
		if err != nil || m == equal {
			return m, err
		}
		best = m
	}
	for i, x := range k.sealed {
		if i == k.last || !x.bloom.has(id) {
			continue
		}
		f, err := os.Open(x.path)
		if err != nil {
			return unknown, fmt.Errorf("open index: %w", err)
		}
		m, err := x.lookup(f, id, hash)
		if err == nil && m == equal {
			k.rest()
			k.last, k.lastFile = i, f
			return equal, nil
		}
		_ = f.Close() // only read from
		if err != nil {
			return unknown, err
		}
		best = max(best, m)
	}
	return best, nil
}

// rest closes the index that is kept open.
func (k *known) rest() {
	if k.lastFile != nil {
		_ = k.lastFile.Close() // only read from
	}
	k.last, k.lastFile = -1, nil
}

// forgetSealed drops what is known of sealed segments. It can be read again.
func (w *Writer) forgetSealed(k *known) {
	for _, x := range k.sealed {
		w.heads -= x.size()
	}
	k.rest()
	k.sealed, k.names, k.listed = nil, map[string]bool{}, false
}

// limitMemory keeps what the writer holds in memory within its limits: days
// that rested longest are sealed, or forgotten until they are needed.
func (w *Writer) limitMemory() {
	most := &w.l.opts.limits
	for w.openDays > most.openDays || w.entries > most.entries && w.openDays > 1 {
		var rested *known
		for _, k := range w.days {
			if k.live != nil && (rested == nil || k.live.used < rested.live.used) {
				rested = k
			}
		}
		if rested == nil || rested.used == w.commits {
			break // all of them are in use right now
		}
		w.retire(rested)
	}
	for w.heads > most.headBytes || len(w.days) > most.knownDays {
		var rested *known
		for _, k := range w.days {
			if k.listed && (rested == nil || k.used < rested.used) {
				rested = k
			}
		}
		if rested == nil || rested.used == w.commits {
			return
		}
		w.drop(rested)
	}
}

// drop forgets a day as far as nothing is open in it.
func (w *Writer) drop(k *known) {
	w.forgetSealed(k)
	if k.live == nil && len(k.sealing) == 0 {
		for _, o := range k.others {
			w.leave(o)
		}
		delete(w.days, k.day)
	}
}
