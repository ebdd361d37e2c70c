package columns

// span is the run of levels that the leaves of one group or list have in
// common: one definition level for each entry of the row group that is being
// built. An entry is a row, or an element of a list.
//
// Levels are filled in late. Most groups are missing from most rows, and a
// run of missing ones is then one copy of the parent's levels.
type span struct {
	node   *node
	parent *span  // nil for the root, which has every row
	rows   int    // rows that have entries
	levels []byte // definition levels
	reps   []byte // repetition levels; only a list has them
}

// fill gives entries to all rows before row in which the value is missing.
func (s *span) fill(row int) {
	if row <= s.rows {
		return
	}
	s.parent.fill(row)
	s.levels = append(s.levels, s.parent.levels[s.rows:row]...)
	if s.node.rep > 0 {
		s.reps = appendZeros(s.reps, row-s.rows)
	}
	s.rows = row
}

// put notes that the group is there in row.
func (s *span) put(row int) {
	s.fill(row)
	s.levels = append(s.levels, s.node.def)
	s.rows = row + 1
}

// putEmpty notes that the list is there in row and has no element.
func (s *span) putEmpty(row int) {
	s.fill(row)
	s.levels = append(s.levels, s.node.def-1)
	s.reps = append(s.reps, 0)
	s.rows = row + 1
}

// putElement adds an element to the list in row and returns its entry.
func (s *span) putElement(row int) int {
	if s.rows <= row {
		s.fill(row)
		s.reps = append(s.reps, 0)
		s.rows = row + 1
	} else {
		s.reps = append(s.reps, 1)
	}
	s.levels = append(s.levels, s.node.def)
	return len(s.levels) - 1
}

// reset begins a new row group.
func (s *span) reset() {
	s.rows, s.levels, s.reps = 0, s.levels[:0], s.reps[:0]
}

// appendZeros appends n zero bytes.
func appendZeros(b []byte, n int) []byte {
	for ; n > len(zeros); n -= len(zeros) {
		b = append(b, zeros[:]...)
	}
	return append(b, zeros[:n]...)
}

// zeros is never written to.
var zeros [4096]byte
