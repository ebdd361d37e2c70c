package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/power100/tpe/internal/tpe"
)

// The kinds of receipts.
const (
	receiptSeal       = "seal"       // a segment was sealed
	receiptQuarantine = "quarantine" // a file of quarantine was sealed
	receiptDuplicate  = "duplicate"  // records were not stored again
	receiptErased     = "erased"     // records were not stored: they belong to somebody who was erased
	receiptErase      = "erase"      // records were taken out of a file by an erasure
)

// receipt is one line of a file in receipts: what the files of records
// cannot tell, or could only tell while they are whole.
type receipt struct {
	Kind    string            `json:"kind"`
	At      string            `json:"at"`
	Day     Day               `json:"day"`
	Segment string            `json:"segment,omitempty"`
	Records uint64            `json:"records"`
	Bytes   uint64            `json:"bytes,omitempty"` // before compression
	Hash    string            `json:"hash,omitempty"`  // sum of the content hashes, hexadecimal
	Types   map[string]typeOf `json:"types"`

	// Of an erasure: which one, of what kind the file is, and what was taken
	// out. Records to Types say what the file holds now.
	Erasure  string            `json:"erasure,omitempty"`
	Of       string            `json:"of,omitempty"`
	Files    uint64            `json:"files,omitempty"`
	Copies   uint64            `json:"copies,omitempty"`   // records taken out, those that lie in several files each time
	Redacted uint64            `json:"redacted,omitempty"` // records that stay without the person
	Erased   map[string]uint64 `json:"erased,omitempty"`   // by type
	Removed  []string          `json:"removed,omitempty"`  // files that are gone, relative to raw
}

// typeOf is what a receipt says of one type of records.
type typeOf struct {
	Records uint64 `json:"records"`
	Marked  uint64 `json:"marked,omitempty"`
}

// receipts is the file of receipts of one writer. It is only appended to.
type receipts struct {
	w    *Writer
	mu   sync.Mutex
	f    file
	at   int64
	tail tail
	// Duplicates and the like that no line accounts for yet.
	pending map[pendingKey]map[string]uint64
}

// pendingKey is what a line counts.
type pendingKey struct {
	kind string
	day  Day
}

func newReceipts(w *Writer) *receipts {
	return &receipts{w: w, pending: map[pendingKey]map[string]uint64{}}
}

// unstored counts the records of a chunk that came and were not stored.
func (r *receipts) unstored(c *chunk) {
	for i := range c.recs {
		switch c.outcomes[i] {
		case Duplicate:
			r.count(receiptDuplicate, c.day, c.recs[i].typeName)
		case Erased:
			r.count(receiptErased, c.day, c.recs[i].typeName)
		case New, Conflict, NotStored:
		}
	}
}

func (r *receipts) count(kind string, day Day, typeName string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := pendingKey{kind, day}
	types := r.pending[at]
	if types == nil {
		types = map[string]uint64{}
		r.pending[at] = types
	}
	types[typeName]++
}

// flush hands the counted duplicates to the operating system. What cannot be
// written now stays in memory until the next time.
func (r *receipts) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for at, types := range r.pending {
		line := receipt{Kind: at.kind, Day: at.day, Types: map[string]typeOf{}}
		for name, n := range types {
			line.Records += n
			line.Types[name] = typeOf{Records: n}
		}
		if err := r.write(&line); err != nil {
			r.w.trouble(troubleReceipts, err)
			return
		}
		delete(r.pending, at)
		r.w.relief(troubleReceipts)
	}
}

// sealed brings the receipt of a segment to the disk.
func (r *receipts) sealed(s *live, x *index) error {
	line := receipt{
		Kind: receiptSeal, Day: s.day, Segment: s.name,
		Records: x.Count, Bytes: x.Bytes, Hash: hexHash(x.Hash), Types: map[string]typeOf{},
	}
	for i, name := range x.Types {
		line.Types[name] = typeOf(x.Tallies[i])
	}
	return r.writeSynced(&line)
}

func (r *receipts) writeSynced(line *receipt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.write(line); err != nil {
		return err
	}
	if err := r.f.datasync(); err != nil {
		return fmt.Errorf("sync receipts: %w", err)
	}
	return nil
}

// write appends a line. r.mu must be held.
func (r *receipts) write(line *receipt) error {
	line.At = tpe.FormatTime(r.w.l.opts.Now())
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	if r.f == nil {
		if err := r.create(); err != nil {
			return fmt.Errorf("create receipts: %w", err)
		}
	}
	b = append(b, '\n')
	if _, err := r.f.WriteAt(b, r.at); err != nil {
		return errors.Join(fmt.Errorf("write receipt: %w", err), r.f.Truncate(r.at))
	}
	r.at += int64(len(b))
	r.w.dirty(&r.tail, r.at)
	return nil
}

func (r *receipts) create() error {
	l := r.w.l
	path := l.path(receiptsFolder, r.w.names.next(l.opts.Now())+rawEnding)
	f, err := l.disk.open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	if err := l.disk.syncDir(l.path(receiptsFolder)); err != nil {
		return errors.Join(err, f.Close(), removeIfThere(l.disk, path))
	}
	r.f, r.tail.file = f, f
	return nil
}

// close writes what is pending and closes the file.
func (r *receipts) close() error {
	r.flush()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.f == nil {
		return nil
	}
	r.w.mu.Lock()
	r.tail.closed = true
	r.w.mu.Unlock()
	return errors.Join(r.f.datasync(), r.f.Close())
}

// hexHash writes a hash as receipts and reports show it.
func hexHash(h uint64) string { return fmt.Sprintf("%016x", h) }

// dirty notes that a file has bytes which are to be on disk soon.
func (w *Writer) dirty(t *tail, written int64) {
	w.mu.Lock()
	t.written = written
	w.tails[t] = true
	kick := !w.armed
	w.mu.Unlock()
	if kick {
		signal(w.syncKick)
	}
}
