package lake

// table holds the entries of a segment that is being written, in the order
// of its lines, and finds them by key. The zero value is ready.
type table struct {
	entries []entry
	slots   []uint32 // 1 + index into entries; 0 is free; a power of two long
	types   typeList
}

// typeList numbers the types of records in the order in which they come.
type typeList struct {
	names   []string
	numbers map[string]uint32
}

// number returns the number of a type, a new one for a new type.
func (l *typeList) number(name string) uint32 {
	n, ok := l.numbers[name]
	if !ok {
		if l.numbers == nil {
			l.numbers = map[string]uint32{}
		}
		n = uint32(len(l.names))
		l.names = append(l.names, name)
		l.numbers[name] = n
	}
	return n
}

// match says how a record relates to what is known.
type match uint8

const (
	unknown match = iota // no record has the key
	differs              // a record with the key has other content
	equal                // a record with the key has the same content
)

// find looks a record up by key and content.
func (t *table) find(k *key, hash uint64) match {
	if len(t.slots) == 0 {
		return unknown
	}
	mask := uint64(len(t.slots) - 1)
	found := unknown
	for i := k.spread() & mask; t.slots[i] != 0; i = (i + 1) & mask {
		if e := &t.entries[t.slots[i]-1]; e.key == *k {
			if e.hash == hash {
				return equal
			}
			found = differs
		}
	}
	return found
}

// add appends an entry whose type is called typeName.
func (t *table) add(e entry, typeName string) {
	e.typ = t.types.number(typeName)
	t.entries = append(t.entries, e)
	if 2*len(t.entries) > len(t.slots) {
		t.grow()
		return
	}
	t.place(len(t.entries) - 1)
}

func (t *table) grow() {
	t.slots = make([]uint32, max(64, 2*len(t.slots)))
	for i := range t.entries {
		t.place(i)
	}
}

func (t *table) place(i int) {
	mask := uint64(len(t.slots) - 1)
	at := t.entries[i].key.spread() & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = uint32(i + 1)
}

// cut forgets all but the first n entries. Entries are placed in their order
// and leave in the reverse order, so that no chain of slots is broken.
func (t *table) cut(n int) {
	mask := uint64(len(t.slots) - 1)
	for i := len(t.entries) - 1; i >= n; i-- {
		at := t.entries[i].key.spread() & mask
		for t.slots[at] != uint32(i+1) {
			at = (at + 1) & mask
		}
		t.slots[at] = 0
	}
	t.entries = t.entries[:n]
}

// rows returns what an index keeps of the entries, in the order of lines.
func (t *table) rows() []row {
	rows := make([]row, len(t.entries))
	for i, e := range t.entries {
		rows[i] = row{entry: e, line: uint32(i)}
	}
	return rows
}
