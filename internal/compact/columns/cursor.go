package columns

import (
	"errors"
	"io"
)

// cursor goes through the entries of a column one by one.
type cursor struct {
	p     *pages
	entry int // in the page
	value int // in the page
	ended bool
}

// open goes to the first entry of the column.
func (f *File) cursor(g int, n *node) (*cursor, error) {
	c := &cursor{p: f.open(g, n)}
	return c, c.turn()
}

// turn goes to the next page that has an entry when the present one is done.
func (c *cursor) turn() error {
	for !c.ended && c.entry >= len(c.p.defs) {
		c.entry, c.value = 0, 0
		err := c.p.next()
		if c.ended = errors.Is(err, io.EOF); err != nil && !c.ended {
			return err
		}
	}
	return nil
}

// there reports whether the entry has a value.
func (c *cursor) there() bool { return c.level() == c.p.node.def }

// level returns the definition level of the entry, 0 after the last one.
func (c *cursor) level() byte {
	if c.ended {
		return 0
	}
	return c.p.defs[c.entry]
}

// goesOn reports whether the entry belongs to the same list as the one
// before it.
func (c *cursor) goesOn() bool { return !c.ended && c.p.reps[c.entry] != 0 }

// at returns where the entry's value is.
func (c *cursor) at() (*values, int) {
	if c.p.indexed {
		return &c.p.dictionary, int(c.p.indexes[c.value])
	}
	return &c.p.vals, c.value
}

// step goes to the next entry.
func (c *cursor) step() error {
	if c.ended {
		return errCorrupt
	}
	if c.there() {
		c.value++
	}
	c.entry++
	return c.turn()
}
