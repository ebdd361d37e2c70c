package columns

import "github.com/power100/tpe/internal/tape"

// dictionary numbers the distinct values of one column in one row group, in
// the order in which they come.
type dictionary struct {
	values values   // the distinct values
	hashes []uint64 // of the values
	slots  []dictSlot
}

// dictSlot is a place of the hash table. The upper half of a hash says where
// to look, the lower half is kept to compare.
type dictSlot struct {
	hash uint32
	next uint32 // the number after that of the value; 0 when the slot is free
}

// Bounds of a dictionary.
const (
	dictionaryTrial = 8 << 10 // so many values are added before the look at whether it pays
	dictionaryBytes = 1 << 20 // a larger one is not added to
)

// pays reports whether a dictionary is worth it that has so many values out of
// count: half of them or more were there already.
func pays(values, count int) bool { return values <= count/2 }

// areDistinct reports whether hardly any of count values were there already.
func areDistinct(values, count int) bool { return values >= count-count/32 }

// full reports whether nothing should be added any more.
func (d *dictionary) full() bool { return d.values.size() > dictionaryBytes }

// addText returns the number of b, whose tape.StringHash is h.
func (d *dictionary) addText(b []byte, h uint64) int32 {
	mask := len(d.slots) - 1
	for i := int(h>>32) & mask; uint(i) < uint(len(d.slots)); i = (i + 1) & mask {
		s := d.slots[i]
		if s.next == 0 {
			break
		}
		if s.hash == uint32(h) && string(d.values.text(int(s.next-1))) == string(b) {
			return int32(s.next - 1)
		}
	}
	d.values.addText(b)
	return d.insert(h)
}

// addBits returns the number of v.
func (d *dictionary) addBits(v uint64) int32 {
	h := tape.PathHash(v, 0)
	mask := len(d.slots) - 1
	for i := int(h>>32) & mask; uint(i) < uint(len(d.slots)); i = (i + 1) & mask {
		s := d.slots[i]
		if s.next == 0 {
			break
		}
		if s.hash == uint32(h) && d.values.bits[s.next-1] == int64(v) {
			return int32(s.next - 1)
		}
	}
	d.values.addBits(v)
	return d.insert(h)
}

// insert numbers the value that was added last. Half of the slots or more are
// free.
func (d *dictionary) insert(hash uint64) int32 {
	d.hashes = append(d.hashes, hash)
	if 2*len(d.hashes) > len(d.slots) {
		d.grow()
	} else {
		d.place(len(d.hashes)-1, hash)
	}
	return int32(len(d.hashes) - 1)
}

// place puts value n into a free slot.
func (d *dictionary) place(n int, hash uint64) {
	i := int(hash>>32) & (len(d.slots) - 1)
	for d.slots[i].next != 0 {
		i = (i + 1) & (len(d.slots) - 1)
	}
	d.slots[i] = dictSlot{hash: uint32(hash), next: uint32(n) + 1}
}

// grow begins with few slots: most columns have few values, and all of their
// tables are looked into for each record.
func (d *dictionary) grow() {
	d.slots = make([]dictSlot, max(16, 2*len(d.slots)))
	for n, h := range d.hashes {
		d.place(n, h)
	}
}

// reset begins a new row group.
func (d *dictionary) reset() {
	if len(d.hashes) > 0 {
		clear(d.slots)
	}
	d.hashes = d.hashes[:0]
	d.values.reset()
}
