package columns

// values holds values of one kind, without levels and without nulls.
type values struct {
	kind kind
	data []byte   // texts one after the other; or booleans, one byte each
	ends []uint32 // offset of each text, and the end of the last; empty when there is none
	bits []int64  // numbers and times; the bits of a double
}

func (v *values) addText(b []byte) {
	if len(v.ends) == 0 {
		v.ends = append(v.ends, 0)
	}
	v.data = append(v.data, b...)
	v.ends = append(v.ends, uint32(len(v.data)))
}

func (v *values) addBits(n uint64) { v.bits = append(v.bits, int64(n)) }

func (v *values) addBool(b bool) {
	var c byte
	if b {
		c = 1
	}
	v.data = append(v.data, c)
}

// addFrom adds value n of others, which are no booleans.
func (v *values) addFrom(others *values, n int) {
	if len(others.bits) > 0 {
		v.bits = append(v.bits, others.bits[n])
		return
	}
	v.addText(others.text(n))
}

// text returns text n.
func (v *values) text(n int) []byte { return v.data[v.ends[n]:v.ends[n+1]] }

// len returns the number of values.
func (v *values) len() int {
	switch v.kind {
	case instant, integer, double:
		return len(v.bits)
	case boolean:
		return len(v.data)
	default:
		return max(len(v.ends)-1, 0)
	}
}

// size returns the bytes that the values take in memory, and about as many
// in a page.
func (v *values) size() int { return len(v.data) + 4*len(v.ends) + 8*len(v.bits) }

// shrinkAbove is the capacity in bytes from which a buffer is not kept: one
// record that is enormous must not hold its memory for ever.
const shrinkAbove = 8 << 20

func (v *values) reset() {
	if cap(v.data) > shrinkAbove {
		v.data = nil
	}
	v.data, v.ends, v.bits = v.data[:0], v.ends[:0], v.bits[:0]
}
