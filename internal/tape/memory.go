package tape

import (
	"bytes"
	"encoding/binary"
)

// Memory is what a tape knows of the names that it has read.
//
// Records of one type have the same names in the same order. The memory holds
// each name with the one that came after it. Where a name is expected, the
// parser compares the bytes at hand with the name that came there the last
// time; when they are equal, its length, its hash and its number are known
// and nothing is scanned. Any other name is read in full.
//
// A name is remembered for the place where it stands, that is below the names
// of the objects around it; lists do not count. A place has a number, which
// readers of the tape may use to remember what they found out about the name:
// it is good as long as [Tape.Memory] returns the same Memory.
type Memory struct {
	places []place  // 0 is none, rootPlace the text itself
	slots  []uint16 // a hash table of places by parent and name
	full   bool
}

// place is a name that was read, in 64 bytes.
type place struct {
	hash   uint64          // of the name
	path   uint64          // of the value when no list is around it
	text   [placeText]byte // the name as it was written, with quotes and colon
	size   uint8           // of text
	parent uint16
	first  uint16 // what its object began with, or 0
	next   uint16 // what came after it, or 0
}

// Bounds of a memory. When it is full, the tape begins a new one.
const (
	placeText = 40      // longer names are not remembered
	maxPlaces = 4 << 10 // 256 kB
	rootPlace = 1
)

func newMemory() *Memory {
	m := &Memory{places: make([]place, rootPlace+1, 64), slots: make([]uint16, 256)}
	m.places[rootPlace].path = RootPath
	return m
}

// Places returns the number of places: each is less than it.
func (m *Memory) Places() int { return len(m.places) }

// Memory returns the memory that the numbers in [Node.Place] belong to, nil
// for the first text of a tape. Many tapes read but one text, and that one is
// not worth remembering.
func (t *Tape) Memory() *Memory { return t.memory }

// remember prepares the memory for one more text and returns the place of its
// root.
func (t *Tape) remember() uint16 {
	switch {
	case !t.used:
		t.used = true
		return 0
	case t.memory == nil || t.memory.full:
		t.memory = newMemory()
	}
	return rootPlace
}

// stands reports whether the place's name, its quotes and its colon stand at p.
func (k *place) stands(src []byte, p int) bool {
	n := int(k.size)
	if p < 0 || p > len(src)-placeText {
		return len(src)-p >= n && string(src[p:p+n]) == string(k.text[:n])
	}
	b := (*[placeText]byte)(src[p : p+placeText : p+placeText])
	x := binary.LittleEndian.Uint64(b[:]) ^ binary.LittleEndian.Uint64(k.text[:])
	y := binary.LittleEndian.Uint64(b[8:]) ^ binary.LittleEndian.Uint64(k.text[8:])
	if n <= 16 {
		// What lies behind the name is shifted out.
		return x<<(64-8*min(n, 8))|y<<(128-8*n) == 0
	}
	if x|y != 0 {
		return false
	}
	i := 16
	for ; i+8 <= n; i += 8 {
		if binary.LittleEndian.Uint64(b[i:]) != binary.LittleEndian.Uint64(k.text[i:]) {
			return false
		}
	}
	return (binary.LittleEndian.Uint64(b[i:])^binary.LittleEndian.Uint64(k.text[i:]))<<(64-8*(n-i)) == 0
}

// find returns the place of a name that was read in full, which came after
// last in an object at parent. A name that is new gets a place when there is
// room; written is how it was spelt.
func (m *Memory) find(parent, last uint16, hash uint64, written []byte) uint16 {
	if parent == 0 || len(written)+len(`:`) >= placeText {
		return 0
	}
	slot := m.slot(parent, hash)
	for ; m.slots[slot] != 0; slot = (slot + 1) & (len(m.slots) - 1) {
		k := &m.places[m.slots[slot]]
		if k.hash == hash && k.parent == parent && bytes.Equal(k.text[:k.size-1], written) {
			break
		}
	}
	id := m.slots[slot]
	if id == 0 {
		if m.full = m.full || len(m.places) == maxPlaces; m.full {
			return 0
		}
		id = uint16(len(m.places))
		k := place{hash: hash, path: PathHash(m.places[parent].path, hash), size: uint8(len(written) + 1), parent: parent}
		k.text[copy(k.text[:], written)] = ':'
		m.places = append(m.places, k)
		if m.slots[slot] = id; 2*len(m.places) > len(m.slots) {
			m.grow()
		}
	}
	if last == 0 {
		m.places[parent].first = id
	} else {
		m.places[last].next = id
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
