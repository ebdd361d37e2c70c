package columns

import "github.com/power100/tpe/internal/tape"

// remainder builds the JSON object of the members that no column holds. The
// objects around them are written when the first one comes.
type remainder struct {
	t       *tape.Tape
	out     []byte
	groups  []int // names of the objects that are open in the record
	written int   // how many of them are open in out
	comma   bool  // a member comes before the next one
}

// reset begins a new object for a record.
func (r *remainder) reset(t *tape.Tape) {
	r.t, r.out, r.groups, r.written, r.comma = t, r.out[:0], r.groups[:0], 0, false
}

// open notes that the object that member m holds begins.
func (r *remainder) open(m int) { r.groups = append(r.groups, m) }

// close ends the object that was opened last.
func (r *remainder) close() {
	r.groups = r.groups[:len(r.groups)-1]
	if r.written > len(r.groups) {
		r.out = append(r.out, '}')
		r.written--
		r.comma = true
	}
}

// add adds member m of the innermost object.
func (r *remainder) add(m int) {
	if len(r.out) == 0 {
		r.out = append(r.out, '{')
	}
	for ; r.written < len(r.groups); r.written++ {
		r.name(r.groups[r.written])
		r.out = append(r.out, '{')
		r.comma = false
	}
	r.name(m)
	r.out = r.t.AppendCompact(r.out, m+1)
	r.comma = true
}

// name begins member m.
func (r *remainder) name(m int) {
	if r.comma {
		r.out = append(r.out, ',')
	}
	r.out = append(append(r.out, r.t.Raw(m)...), ':')
}

// end returns the whole object, or nothing when no member was added.
func (r *remainder) end() []byte {
	if len(r.out) > 0 {
		r.out = append(r.out, '}')
	}
	return r.out
}
