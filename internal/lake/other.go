package lake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/power100/tpe/internal/tape"
)

// other follows an open segment of another writer, so that an id is new only
// once among several processes.
type other struct {
	f     *os.File
	read  int64 // bytes of whole lines that are in the table
	table table
	tail  tail
	tape  tape.Tape
}

func openOther(path string) (*other, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &other{f: f, tail: tail{file: osFile{f}}}, nil
}

// leave ends following a segment, which was sealed.
func (w *Writer) leave(o *other) {
	w.mu.Lock()
	o.tail.closed = true
	delete(w.tails, &o.tail)
	w.mu.Unlock()
	_ = o.f.Close() // only read from
}

// follow reads the lines that were written since the last time.
func (o *other) follow(names typeNames) error {
	info, err := o.f.Stat()
	if err != nil {
		return fmt.Errorf("follow segment: %w", err)
	}
	if info.Size() < o.read {
		o.read, o.table = 0, table{} // it was cut back
	}
	const most = 4 << 20
	for more := info.Size() - o.read; more > 0; more = info.Size() - o.read {
		buf := make([]byte, min(more, most))
		if _, err := io.ReadFull(io.NewSectionReader(o.f, o.read, more), buf); err != nil {
			return fmt.Errorf("follow segment: %w", err)
		}
		end := bytes.LastIndexByte(buf, '\n') + 1
		if end == 0 && more > most {
			// A line longer than the buffer; no record is longer than this.
			buf = make([]byte, more)
			if _, err := o.f.ReadAt(buf, o.read); err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("follow segment: %w", err)
			}
			end = bytes.LastIndexByte(buf, '\n') + 1
		}
		if end == 0 {
			break // torn: its writer died
		}
		for line := range bytes.Lines(buf[:end]) {
			if o.tape.Parse(line) == nil {
				id, _ := identify(&o.tape, names)
				o.table.add(id.entry, id.typeName)
			}
		}
		o.read += int64(end)
	}
	return nil
}
