package lake

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// row is one entry of an index: an entry and where its record lies.
type row struct {
	entry
	file uint32 // number of the file in the index; 0 in a segment's own
	line uint32 // how many records lie before it in the file
}

// rowSize is the length of a row in an index.
const rowSize = 44

// compareRows orders rows by key, content, file and line.
func compareRows(a, b row) int {
	if c := compareKeys(&a.key, &b.key); c != 0 {
		return c
	}
	if c := cmp.Compare(a.hash, b.hash); c != 0 {
		return c
	}
	if c := cmp.Compare(a.file, b.file); c != 0 {
		return c
	}
	return cmp.Compare(a.line, b.line)
}

// sortRows brings rows into the order of an index.
func sortRows(rows []row) { slices.SortFunc(rows, compareRows) }

func compareKeys(a, b *key) int {
	if c := cmp.Compare(a.prefix(), b.prefix()); c != 0 {
		return c
	}
	return cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]))
}

// prefix returns the first 8 bytes of the key, in their order.
func (k *key) prefix() uint64 { return binary.BigEndian.Uint64(k[:8]) }

// put writes the row into b, which holds rowSize bytes.
func (r *row) put(b []byte) {
	_ = b[rowSize-1]
	copy(b, r.key[:])
	le := binary.LittleEndian
	le.PutUint64(b[16:], r.hash)
	le.PutUint64(b[24:], uint64(r.ms))
	le.PutUint32(b[32:], r.line)
	le.PutUint32(b[36:], r.file)
	le.PutUint32(b[40:], r.typ<<8|uint32(r.flags))
}

// get reads the row from b.
func (r *row) get(b []byte) {
	_ = b[rowSize-1]
	copy(r.key[:], b)
	le := binary.LittleEndian
	r.hash = le.Uint64(b[16:])
	r.ms = int64(le.Uint64(b[24:]))
	r.line = le.Uint32(b[32:])
	r.file = le.Uint32(b[36:])
	tf := le.Uint32(b[40:])
	r.typ, r.flags = tf>>8, uint8(tf)
}
