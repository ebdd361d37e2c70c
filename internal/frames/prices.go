package frames

import (
	"math"
	"math/bits"
)

// prices says how many bits parts of sequences take, in parts of a bit.
type prices struct {
	letter uint32      // a literal
	length [256]uint32 // of lengths less leastLength
	offset [offsetCodes]uint32
}

const bit = 64

// match returns what a match takes.
func (p *prices) match(length, offset uint32) uint32 {
	return p.offset[(bits.Len32(offset+3)-1)&31] + p.length[min(length-leastLength, 255)]
}

// reset sets prices for a text of which nothing is known.
func (p *prices) reset() {
	p.letter = 5 * bit
	for n := range p.length {
		code := lengthCode(uint32(n))
		p.length[n] = bit * (4 + uint32(lengthBits[code]))
	}
	for code := range p.offset {
		p.offset[code] = bit * uint32(code+3)
	}
}

// learn sets prices by what a block took: letters that took so many bytes,
// and the sequences.
func (p *prices) learn(s *sequencer, letters, bytes, sequences int) {
	if letters > 256 {
		p.letter = min(8*bit, max(2*bit, uint32(8*bit*bytes/letters)))
	}
	if sequences < 256 {
		return
	}
	price := func(c *coder, code uint8, more uint8) uint32 {
		return uint32(bit * (math.Log2(float64(sequences+32)/(float64(c.counts[code])+0.5)) + float64(more)))
	}
	for n := range p.length {
		code := lengthCode(uint32(n))
		p.length[n] = price(&s.lengths, code, lengthBits[code])
	}
	for code := range p.offset {
		p.offset[code] = price(&s.offsets, uint8(code), uint8(code))
	}
}
