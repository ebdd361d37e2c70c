package tape

import "bytes"

// Memory is what a tape knows of the names that it has read, and of what lies
// between two values, see passage.
//
// A name is remembered for the place where it stands, that is below the names
// of the objects around it; lists do not count. A place has a number, which
// readers of the tape may use to remember what they found out about the name:
// it is good as long as [Tape.Memory] returns the same Memory.
type Memory struct {
	places []place  // 0 is none, rootPlace the text itself
	slots  []uint16 // a hash table of places by parent and name
	full   bool

	start   passage               // leads to the first value of a text
	known   map[uint64]*passage   // by their hashes
	sights  [passageSights]uint64 // hashes of passages that are not known
	unknown uint                  // how often one came
	stacks  map[stack]uint16
}

// place is a name that was read.
type place struct {
	hash   uint64          // of the name
	path   uint64          // of the value when no list is around it
	text   [placeText]byte // the name as it was written, with quotes
	size   uint8           // of text
	parent uint16
}

// Bounds of a memory. When it is full, the tape begins a new one.
const (
	placeText = 40      // longer names are not remembered
	maxPlaces = 4 << 10 // 300 kB
	rootPlace = 1
)

func newMemory() *Memory {
	m := &Memory{
		places: make([]place, rootPlace+1, 64), slots: make([]uint16, 256),
		known: map[uint64]*passage{}, stacks: map[stack]uint16{},
	}
	m.places[rootPlace].path = RootPath
	return m
}

// Places returns the number of places: each is less than it.
func (m *Memory) Places() int { return len(m.places) }

// Memory returns the memory that the numbers in [Node.Place] belong to, nil
// for the first text of a tape. Many tapes read but one text, and that one is
// not worth remembering.
func (t *Tape) Memory() *Memory { return t.memory }

// Share lets t read on with the memory of o, as if both were one tape. Neither
// may be used while the other one parses.
func (t *Tape) Share(o *Tape) { t.memory, t.used = o.memory, o.used }

// remember prepares the memory for one more text.
func (t *Tape) remember() {
	switch {
	case !t.used:
		t.used = true
		return
	case t.memory == nil || t.memory.full:
		t.memory = newMemory()
	}
	t.way.last = &t.memory.start
}

// find returns the place of a name in an object at parent, whose hash is
// known. A name that is new gets a place when there is room; written is how it
// was spelt.
func (m *Memory) find(parent uint16, hash uint64, written []byte) uint16 {
	if len(written) > placeText {
		return 0
	}
	slot := m.slot(parent, hash)
	for ; m.slots[slot] != 0; slot = (slot + 1) & (len(m.slots) - 1) {
		k := &m.places[m.slots[slot]]
		if k.hash == hash && k.parent == parent && bytes.Equal(k.text[:k.size], written) {
			return m.slots[slot]
		}
	}
	if m.full = m.full || len(m.places) == maxPlaces; m.full {
		return 0
	}
	id := uint16(len(m.places))
	k := place{hash: hash, path: PathHash(m.places[parent].path, hash), size: uint8(len(written)), parent: parent}
	copy(k.text[:], written)
	m.places = append(m.places, k)
	if m.slots[slot] = id; 2*len(m.places) > len(m.slots) {
		m.grow()
	}
	return id
}

// slot returns where in the table to look first.
func (m *Memory) slot(parent uint16, hash uint64) int {
	return int((hash^uint64(parent)*mulA)>>32) & (len(m.slots) - 1)
}

func (m *Memory) grow() {
	m.slots = make([]uint16, 2*len(m.slots))
	for id := rootPlace + 1; id < len(m.places); id++ {
		slot := m.slot(m.places[id].parent, m.places[id].hash)
		for m.slots[slot] != 0 {
			slot = (slot + 1) & (len(m.slots) - 1)
		}
		m.slots[slot] = uint16(id)
	}
}

// Notes are what a reader of tapes has found out about the places of one
// memory.
type Notes[T any] struct {
	memory *Memory
	notes  []T
}

// Of returns the notes on the places of t's names, by [Node.Place], to read
// and to write. Those on the places of another memory are gone. Number 0 is
// for the names that have no place: nothing must be written there.
func (n *Notes[T]) Of(t *Tape) []T {
	places := 1
	if t.memory != nil {
		places = len(t.memory.places)
	}
	if t.memory != n.memory {
		clear(n.notes)
		n.memory = t.memory
	}
	if more := places - len(n.notes); more > 0 {
		n.notes = append(n.notes, make([]T, more)...)
	}
	return n.notes
}
