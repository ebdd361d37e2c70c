package compact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// reread reads records a second time, by their places in large files. A day
// that does not fit into memory is sorted by its keys alone, and its records
// come from the files: the system mostly still holds what was just read.
type reread struct {
	inputs []input
	files  []original // by input; empty when the day fits into memory
	least  int64      // bytes of a file that is large
	opened int

	last   int // the input whose record was read last
	window piece
	single piece
}

// original is a file that is read a second time.
type original struct {
	file *os.File // nil: it is not
	info fs.FileInfo
	end  int64 // of the record that was read last
}

// piece is a part of a file.
type piece struct {
	origin int
	at     int64
	data   []byte
}

// What is read a second time.
const (
	rereadBytes = 4 << 30 // bytes of the largest day, which the system can hold
	rereadFiles = 256     // files of a day, which are open at once
	rereadShare = 64      // a large file has this share of what is sorted in memory

	rereadGap    = 4 << 10  // bytes between two records that cost less than another read
	rereadWindow = 64 << 10 // bytes that are read at once when the records lie near each other
)

// begin begins with the inputs of a day, of which limit bytes are sorted in
// memory.
func (r *reread) begin(inputs []input, limit int) {
	r.close()
	size := int64(0)
	for i := range inputs {
		size += inputs[i].bytes
	}
	if size > int64(limit) && size <= rereadBytes {
		r.inputs, r.files, r.least = inputs, make([]original, len(inputs)), int64(limit/rereadShare)
	}
}

// close lets go of the files.
func (r *reread) close() {
	for _, f := range r.files {
		if f.file != nil {
			_ = f.file.Close() // only read from
		}
	}
	r.inputs, r.files, r.opened = nil, nil, 0
	for _, p := range []*piece{&r.window, &r.single} {
		p.data = p.data[:0]
		if cap(p.data) > blockBytes {
			p.data = nil // it was for one enormous record
		}
	}
}

// open opens input i, which lies at path, when its records are to be read a
// second time; else it returns nil.
func (r *reread) open(i int, path string) *os.File {
	if len(r.files) == 0 || r.opened == rereadFiles {
		return nil
	}
	if in := &r.inputs[i]; in.bytes < r.least || in.from.remote != nil || in.kept() != nil {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // whoever reads it says why
	}
	info, err := f.Stat()
	if err != nil || !source.Plain(f) {
		_ = f.Close() // only read from
		return nil
	}
	r.files[i] = original{file: f, info: info}
	r.opened++
	return f
}

// has reports whether the records of input i are read a second time.
func (r *reread) has(i int) bool { return len(r.files) > 0 && r.files[i].file != nil }

// record reads a record. It is valid until the next one.
//
// Those of one type lie in a file in their order, with others between. When
// there are few others, much is read at once.
func (r *reread) record(at *sorted) ([]byte, error) {
	o, end := &r.files[at.origin], at.at+int64(at.size)
	near := at.at >= o.end && at.at < o.end+rereadGap && r.last == at.origin
	o.end, r.last = end, at.origin
	w := &r.window
	if w.origin == at.origin && at.at >= w.at && end <= w.at+int64(len(w.data)) {
		return w.data[at.at-w.at : end-w.at], nil
	}
	into := &r.single
	if near {
		into = w
	}
	into.origin, into.at = at.origin, at.at
	size := at.size
	if near {
		size = max(size, rereadWindow)
	}
	into.data = slices.Grow(into.data[:0], size)[:size]
	n, err := o.file.ReadAt(into.data, at.at)
	into.data = into.data[:n]
	switch {
	case n >= at.size:
		return into.data[:at.size], nil
	case errors.Is(err, io.EOF):
		return nil, r.changed(at.origin)
	default:
		return nil, fmt.Errorf("read raw/%s once more: %w", r.inputs[at.origin].name, err)
	}
}

// check looks whether a file has changed since it was read for the first
// time: its records may not be those of their keys.
func (r *reread) check() error {
	for i, f := range r.files {
		if f.file == nil {
			continue
		}
		info, err := f.file.Stat()
		if err != nil {
			return fmt.Errorf("look at raw/%s: %w", r.inputs[i].name, err)
		}
		if info.Size() != f.info.Size() || !info.ModTime().Equal(f.info.ModTime()) {
			return r.changed(i)
		}
	}
	return nil
}

func (r *reread) changed(i int) error {
	return &tpe.Error{Code: tpe.Unavailable, Message: fmt.Sprintf("raw/%s changed while it was read", r.inputs[i].name),
		Hint: "run it again when nobody writes to it"}
}
