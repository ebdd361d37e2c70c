package compact

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/s2"
)

// run is a temporary file with sorted records. Its name is removed as soon
// as it is made, so that nothing is left behind whatever happens.
type run struct {
	file  *os.File
	level int // how many merges made it
}

// fanIn is how many runs of a level are merged into one of the next. It
// bounds the files that are open, and the memory to read them: 200 kB each.
const fanIn = 64

// runBuffer is how many bytes of a run are compressed together.
const runBuffer = 64 << 10

// spill writes the records in memory to a run.
func (s *sorter) spill() error {
	r, err := newRun(s.dir, 0, func(yield func(sorted, error) bool) {
		for out := range s.inMemory() {
			if !yield(out, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	s.clear()
	s.spilt = true
	s.runs = append(s.runs, r)
	for {
		n := len(s.runs)
		level := s.runs[n-1].level
		if n < fanIn || s.runs[n-fanIn].level != level {
			return nil
		}
		merged, err := newRun(s.dir, level+1, func(yield func(sorted, error) bool) { merge(s.runs[n-fanIn:], yield) })
		if err != nil {
			return err
		}
		for _, old := range s.runs[n-fanIn:] {
			old.drop()
		}
		s.runs = append(s.runs[:n-fanIn], merged)
	}
}

func (s *sorter) dropRuns() {
	for _, r := range s.runs {
		r.drop()
	}
	s.runs = nil
}

func (r *run) drop() { _ = r.file.Close() } // nobody else knows the file

// newRun writes sorted records to a new run.
func newRun(dir string, level int, records func(func(sorted, error) bool)) (_ *run, err error) {
	f, err := os.CreateTemp(dir, "sort-*"+tmpEnding)
	if err != nil {
		return nil, fmt.Errorf("sort: %w", err)
	}
	r := &run{file: f, level: level}
	defer func() {
		if err != nil {
			r.drop()
			err = fmt.Errorf("sort: %w", err)
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	out := s2.NewWriter(f, s2.WriterConcurrency(1), s2.WriterBlockSize(runBuffer))
	var head []byte
	for rec, e := range records {
		if e != nil {
			return nil, e
		}
		head = binary.AppendUvarint(head[:0], uint64(rec.origin))
		head = binary.AppendVarint(head, rec.ms)
		head = binary.AppendVarint(head, rec.at)
		for _, size := range []int{len(rec.typ), len(rec.id), rec.size} {
			head = binary.AppendUvarint(head, uint64(size))
		}
		for _, part := range [][]byte{head, rec.typ, rec.id, rec.record} {
			if _, err := out.Write(part); err != nil {
				return nil, err
			}
		}
	}
	return r, out.Close()
}

// runReader reads a run from its start.
type runReader struct {
	in   *bufio.Reader
	buf  []byte
	head sorted // points into buf
}

func (r *run) reader() *runReader {
	in := s2.NewReader(io.NewSectionReader(r.file, 0, 1<<62), s2.ReaderMaxBlockSize(runBuffer))
	return &runReader{in: bufio.NewReaderSize(in, runBuffer)}
}

// next reads a record; false at the end.
func (r *runReader) next() (bool, error) {
	origin, err := binary.ReadUvarint(r.in)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sort: %w", err)
	}
	ms, err := binary.ReadVarint(r.in)
	var at int64
	if err == nil {
		at, err = binary.ReadVarint(r.in)
	}
	var sizes [3]uint64
	for i := range sizes {
		if err == nil {
			sizes[i], err = binary.ReadUvarint(r.in)
		}
	}
	keys := sizes[0] + sizes[1]
	all := keys
	if at == inBlock {
		all += sizes[2]
	}
	if err == nil {
		r.buf = slices.Grow(r.buf[:0], int(all))[:all]
		_, err = io.ReadFull(r.in, r.buf)
	}
	if err != nil {
		return false, fmt.Errorf("sort: %w", err)
	}
	r.head = sorted{key{r.buf[:sizes[0]], ms, r.buf[sizes[0]:keys]}, r.buf[keys:], int(origin), at, int(sizes[2])}
	return true, nil
}

// merge yields the records of sorted runs in one order. Of equal keys those
// of the earlier run come first.
func merge(runs []*run, yield func(sorted, error) bool) {
	var heap runHeap
	for i, r := range runs {
		rd := r.reader()
		more, err := rd.next()
		if err != nil {
			yield(sorted{}, err)
			return
		}
		if more {
			heap = append(heap, runHead{rd, i})
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		heap.down(i)
	}
	for len(heap) > 0 {
		top := heap[0].rd
		if !yield(top.head, nil) {
			return
		}
		more, err := top.next()
		if err != nil {
			yield(sorted{}, err)
			return
		}
		if !more {
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		heap.down(0)
	}
}

// runHeap is a heap whose first element has the first record.
type runHeap []runHead

type runHead struct {
	rd    *runReader
	order int
}

func (h runHeap) less(i, j int) bool {
	c := compareKeys(h[i].rd.head.key, h[j].rd.head.key)
	return c < 0 || c == 0 && h[i].order < h[j].order
}

func (h runHeap) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
