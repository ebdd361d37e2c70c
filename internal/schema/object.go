package schema

import (
	"math/bits"

	"github.com/power100/tpe/internal/tape"
)

// objectRule is what an object must fulfil.
type objectRule struct {
	min, max int      // members; max < 0: no limit
	others   *program // for members without a field here; nil: any
	required fieldSet
	branches []branch

	// The fields, and a hash table with open addressing: a slot holds a
	// field's place plus one, or 0. There are four slots a field at least,
	// so that most names are found or missed at first sight.
	fields []field
	slots  []uint32
}

// field is a member that some schema names.
type field struct {
	hash  uint64 // tape.NameHash(name)
	name  string
	value *program // nil: any
	bit   fieldSet // set when the presence of the member matters
	// The branches that depend on this member's value.
	tests []branchTest
}

// fieldSet is a set of fields whose presence matters.
type fieldSet uint64

// branch is an if with its then and else, where the if compares one member
// with strings.
type branch struct {
	member   fieldSet // the member that is compared
	absent   bool     // what the if says when the member is missing
	then, or outcome
}

// outcome is what a branch demands of the same object.
type outcome struct {
	required fieldSet
	more     *program // nil: nothing
}

// branchTest says that branch number index holds when the member is one of
// the values.
type branchTest struct {
	index  int
	values []string
}

// maxBranches is the number of branches for which one word has room.
const maxBranches = 64

func (r *objectRule) accepts(t *tape.Tape, n int) bool {
	var seen fieldSet
	var holds uint64 // one bit a branch
	count := 0
	for m, end := n+1, int(t.Nodes[n].Next); m < end; m = int(t.Nodes[m].Next) {
		count++
		f := r.find(t, m)
		if f == nil {
			if r.others != nil && !r.others.accepts(t, m+1) {
				return false
			}
			continue
		}
		seen |= f.bit
		if p := f.value; p != nil {
			// Most fields only have a kind, which is quickly seen.
			if ok := p.plain && p.kinds.has(t.Nodes[m+1].Kind); !ok && !p.accepts(t, m+1) {
				return false
			}
		}
		for i := range f.tests {
			if f.tests[i].holds(t, m+1) {
				holds |= 1 << f.tests[i].index
			}
		}
	}
	if seen&r.required != r.required || count < r.min || r.max >= 0 && count > r.max {
		return false
	}
	for i := range r.branches {
		b := &r.branches[i]
		yes := holds>>i&1 != 0
		if seen&b.member == 0 {
			yes = b.absent
		}
		o := &b.or
		if yes {
			o = &b.then
		}
		if seen&o.required != o.required || o.more != nil && !o.more.accepts(t, n) {
			return false
		}
	}
	return true
}

// find returns the field of the member whose name is node m, nil for others.
func (r *objectRule) find(t *tape.Tape, m int) *field {
	nd := &t.Nodes[m]
	mask := uint64(len(r.slots) - 1)
	for i := nd.Hash & mask; r.slots[i] != 0; i = (i + 1) & mask {
		f := &r.fields[r.slots[i]-1]
		if f.hash != nd.Hash {
			continue
		}
		if nd.Flags&tape.Escaped == 0 {
			if string(t.Src[nd.Start:nd.End]) == f.name {
				return f
			}
		} else if t.Text(m) == f.name {
			return f
		}
	}
	return nil
}

func (b *branchTest) holds(t *tape.Tape, n int) bool {
	return t.Kind(n) == tape.KindString && oneOf(t.Bytes(n), b.values)
}

// place builds the hash table of the fields.
func (r *objectRule) place() {
	r.slots = make([]uint32, 4<<bits.Len(uint(len(r.fields))))
	mask := uint64(len(r.slots) - 1)
	for at := range r.fields {
		i := r.fields[at].hash & mask
		for r.slots[i] != 0 {
			i = (i + 1) & mask
		}
		r.slots[i] = uint32(at + 1)
	}
}
