package lake

// cursor yields rows in the order of an index.
type cursor interface {
	// next fills the row, or returns false at the end.
	next(*row) (bool, error)
	close()
}

// merge calls visit for the rows of all cursors in one order. again is true
// for a row whose key and content a row before it had; other is true for the
// first row of a content when a row before it had the same key and other
// content. It closes the cursors.
func merge(cursors []cursor, visit func(r *row, again, other bool) error) (err error) {
	defer func() {
		for _, c := range cursors {
			c.close()
		}
	}()
	h := make(rowHeap, 0, len(cursors))
	for _, c := range cursors {
		head := &rowHead{c: c}
		more, err := c.next(&head.row)
		if err != nil {
			return err
		}
		if more {
			h = append(h, head)
			h.up(len(h) - 1)
		}
	}
	var last row
	seen := false
	for len(h) > 0 {
		r := &h[0].row
		sameKey := seen && r.key == last.key
		again := sameKey && r.hash == last.hash
		if err := visit(r, again, sameKey && !again); err != nil {
			return err
		}
		last, seen = *r, true
		more, err := h[0].c.next(r)
		if err != nil {
			return err
		}
		if !more {
			h[0] = h[len(h)-1]
			h = h[:len(h)-1]
		}
		h.down()
	}
	return nil
}

// rowHead is a cursor with its next row.
type rowHead struct {
	row row
	c   cursor
}

// rowHeap is a heap whose first element has the smallest row.
type rowHeap []*rowHead

func (h rowHeap) less(i, j int) bool { return compareRows(h[i].row, h[j].row) < 0 }

func (h rowHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (h rowHeap) down() {
	for i := 0; ; {
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

// sliceCursor yields sorted rows from memory.
type sliceCursor struct{ rows []row }

func (c *sliceCursor) next(r *row) (bool, error) {
	if len(c.rows) == 0 {
		return false, nil
	}
	*r, c.rows = c.rows[0], c.rows[1:]
	return true, nil
}

func (c *sliceCursor) close() {}
