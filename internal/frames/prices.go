package frames

import "math"

// prices says how many bits parts of sequences take, in parts of a bit.
type prices struct {
	letter   uint32 // a literal
	literals [64]uint32
	length   [256]uint32 // of lengths less leastLength
	offset   [offsetCodes]uint32
}

const bit = 64

// reset sets prices for a text of which nothing is known.
func (p *prices) reset() {
	p.letter = 5 * bit
	for n := range p.literals {
		code := literalsCode(uint32(n))
		p.literals[n] = bit * (1 + min(uint32(code), 4) + uint32(literalsBits[code]))
	}
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
	for n := range p.literals {
		code := literalsCode(uint32(n))
		p.literals[n] = price(&s.literals, code, literalsBits[code])
	}
	for n := range p.length {
		code := lengthCode(uint32(n))
		p.length[n] = price(&s.lengths, code, lengthBits[code])
	}
	for code := range p.offset {
		p.offset[code] = price(&s.offsets, uint8(code), uint8(code))
	}
}
