package lake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// sortRowsInMemory is how many rows a sorter holds before it writes them to
// a temporary file.
const sortRowsInMemory = 400_000

// sorter sorts any number of rows in bounded memory.
type sorter struct {
	dir   string // for temporary files
	limit int
	rows  []row
	count int
	runs  []*os.File // sorted, removed already
}

func newSorter(dir string) *sorter { return &sorter{dir: dir, limit: sortRowsInMemory} }

func (s *sorter) add(r *row) error {
	if len(s.rows) == s.limit {
		if err := s.spill(); err != nil {
			return fmt.Errorf("sort: %w", err)
		}
	}
	s.rows = append(s.rows, *r)
	s.count++
	return nil
}

// spill writes the rows in memory to a file that has no name any more, so
// that nothing is left behind whatever happens.
func (s *sorter) spill() (err error) {
	f, err := os.CreateTemp(s.dir, "sort-*"+tmpEnding)
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, f.Close())
	}
	sortRows(s.rows)
	out := bufio.NewWriterSize(f, 256<<10)
	var buf [rowSize]byte
	for i := range s.rows {
		s.rows[i].put(buf[:])
		_, _ = out.Write(buf[:]) // a bufio.Writer keeps its first error
	}
	if err := out.Flush(); err != nil {
		return errors.Join(err, f.Close())
	}
	s.runs = append(s.runs, f)
	s.rows = s.rows[:0]
	return nil
}

// cursors returns the sorted rows. The sorter is spent; closing the cursors
// releases what it held.
func (s *sorter) cursors() []cursor {
	sortRows(s.rows)
	out := []cursor{&sliceCursor{s.rows}}
	for _, f := range s.runs {
		in := bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 64<<10)
		out = append(out, &runCursor{f: f, in: in})
	}
	s.rows, s.runs = nil, nil
	return out
}

// drop releases a sorter that is not read.
func (s *sorter) drop() {
	for _, c := range s.cursors() {
		c.close()
	}
}

// runCursor yields the rows of a temporary file.
type runCursor struct {
	f   *os.File
	in  *bufio.Reader
	buf [rowSize]byte
}

func (c *runCursor) next(r *row) (bool, error) {
	_, err := io.ReadFull(c.in, c.buf[:])
	switch {
	case errors.Is(err, io.EOF):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("sort: %w", err)
	}
	r.get(c.buf[:])
	return true, nil
}

func (c *runCursor) close() { _ = c.f.Close() } // only read from
