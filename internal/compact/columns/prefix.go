package columns

import (
	"encoding/binary"
	"math/bits"
)

// maxPrefix is the longest beginning of a text in bytes that is looked at.
const maxPrefix = 64

// prefixes cuts off what texts have in common with the one before them. A
// text loses as many bytes as most of them can, or none: with one length the
// lengths cost next to nothing, and what is left keeps its form. It packs
// better than texts of which each loses all that it can.
type prefixes struct {
	lengths  []int32 // of what is cut off
	suffixes []int32 // lengths of what is left
}

// find returns how many bytes it saves most to cut off; 0 when it saves less
// than one byte a text.
func (p *prefixes) find(v *values) int {
	var counts [maxPrefix + 1]int
	p.lengths = p.lengths[:0]
	for n := range v.len() {
		k := 0
		if n > 0 {
			k = common(v.text(n-1), v.text(n))
		}
		p.lengths = append(p.lengths, int32(k))
		counts[k]++
	}
	length, saved, texts := 0, v.len()-1, 0
	for k := maxPrefix; k > 0; k-- {
		if texts += counts[k]; k*texts > saved {
			length, saved = k, k*texts
		}
	}
	return length
}

// cut sets the lengths for what find returned.
func (p *prefixes) cut(v *values, length int) {
	p.suffixes = p.suffixes[:0]
	for n, shared := range p.lengths {
		if int(shared) < length {
			p.lengths[n] = 0
		} else {
			p.lengths[n] = int32(length)
		}
		p.suffixes = append(p.suffixes, int32(len(v.text(n)))-p.lengths[n])
	}
}

// common returns how many bytes begin both texts, at most maxPrefix.
func common(a, b []byte) int {
	n := min(len(a), len(b), maxPrefix)
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)>>3
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
