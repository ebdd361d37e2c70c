package columns

import (
	"context"
	"iter"
)

// Entry says of one row what it is sorted by, and what its content is. It is
// valid until the next one.
type Entry struct {
	Type  []byte // nil when the row has none
	Time  int64  // milliseconds since 1970
	Dated bool   // the row has a time
	ID    []byte // nil when the row has none
	Hash  uint64 // tape.ContentHash of the record
}

// Entries yields the entries of all rows in their order, reading every
// column.
func (f *File) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var s summer
		stopped := false
		err := f.each(func(g, rows int) error {
			if stopped {
				return nil
			}
			if err := s.group(ctx, f, g, rows); err != nil {
				return err
			}
			var k keyReader
			defer k.close()
			if err := k.open(f, g); err != nil {
				return err
			}
			for _, sum := range s.sums {
				e, err := k.entry()
				if err != nil {
					return err
				}
				e.Hash = sum
				if stopped = !yield(e, nil); stopped {
					return nil
				}
				if err := k.step(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(Entry{}, err)
		}
	}
}

// keyReader goes through the columns that the rows are sorted by.
type keyReader struct{ typ, time, id *cursor }

func (k *keyReader) all() []*cursor { return []*cursor{k.typ, k.time, k.id} }

func (k *keyReader) open(f *File, g int) error {
	for _, n := range f.layout.root.children {
		at := map[string]**cursor{typeColumn: &k.typ, timeColumn: &k.time, idColumn: &k.id}[n.name]
		if at == nil {
			continue
		}
		var err error
		if *at, err = f.cursor(g, n); err != nil {
			return err
		}
	}
	return nil
}

func (k *keyReader) close() {
	for _, c := range k.all() {
		if c != nil {
			c.p.close()
		}
	}
}

// entry returns the key of the row at hand.
func (k *keyReader) entry() (e Entry, err error) {
	text := func(c *cursor) []byte {
		if !c.there() {
			return nil
		}
		v, n := c.at()
		return v.text(n)
	}
	for _, c := range k.all() {
		if c.ended {
			return e, errCorrupt
		}
	}
	e.Type, e.ID = text(k.typ), text(k.id)
	if k.time.there() {
		v, n := k.time.at()
		e.Time, e.Dated = v.bits[n], true
	}
	return e, nil
}

// step goes to the next row.
func (k *keyReader) step() error {
	for _, c := range k.all() {
		if err := c.step(); err != nil {
			return err
		}
	}
	return nil
}
