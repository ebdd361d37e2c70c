package frames

import "encoding/binary"

// bitWriter appends numbers of some bits each to bytes, the least significant
// bit first.
type bitWriter struct {
	out  []byte
	bits uint64 // not yet in out
	n    uint   // how many they are
}

// reserve makes room for size more bytes, and for what put writes beyond
// them.
func (w *bitWriter) reserve(size int) {
	if free := cap(w.out) - len(w.out); free < size+8 {
		grown := make([]byte, len(w.out), len(w.out)+size+size/4+64)
		copy(grown, w.out)
		w.out = grown
	}
}

// add appends the lowest n bits of v, which has no others. No more than 64
// come together between two calls of put.
func (w *bitWriter) add(v uint64, n uint) {
	w.bits |= v << (w.n & 63)
	w.n += n
}

// put writes all whole bytes, for which there is room.
func (w *bitWriter) put() {
	at := len(w.out)
	binary.LittleEndian.PutUint64(w.out[at : at+8 : cap(w.out)][:8], w.bits)
	whole := w.n >> 3
	w.out = w.out[:at+int(whole)]
	w.bits >>= whole << 3
	w.n &= 7
}

// close writes the last bits, filled up with zeros to a whole byte.
func (w *bitWriter) close() {
	w.put()
	if w.n > 0 {
		w.out = append(w.out, byte(w.bits))
		w.bits, w.n = 0, 0
	}
}
