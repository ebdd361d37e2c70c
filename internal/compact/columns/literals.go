package columns

import (
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/huff0"
)

// literals writes zstd frames without matches: each letter has a code by how
// often it comes (RFC 8878, section 3.1.1). For ids, addresses and numbers in
// which nothing but letters repeats, the few matches that a compressor finds
// cost more than they save.
type literals struct{ huff huff0.Scratch }

// Parts of a frame.
const (
	frameMagic     = 0xfd2fb528
	frameSize4     = 2<<6 | 1<<5 // the size of the content in 4 bytes; one segment
	literalsBlock  = 128 << 10   // the greatest size of a block
	blockRaw       = 0
	blockRLE       = 1
	blockPacked    = 2
	packedLiterals = 2 | 3<<2 // with a table, in 4 streams, both sizes in 18 bits
)

// append appends a frame of body, which is not empty, to dst. No block lies on
// both sides of the cut, so that what comes before it has codes of its own.
func (l *literals) append(dst, body []byte, cut int) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, frameMagic)
	dst = binary.LittleEndian.AppendUint32(append(dst, frameSize4), uint32(len(body)))
	for len(body) > 0 {
		n := min(len(body), literalsBlock)
		if cut > 0 {
			n = min(n, cut)
			cut -= n
		}
		dst = l.block(dst, body[:n], n == len(body))
		body = body[n:]
	}
	return dst
}

// block appends a block.
func (l *literals) block(dst, b []byte, last bool) []byte {
	header := func(kind, size int) {
		h := kind<<1 | size<<3
		if last {
			h |= 1
		}
		dst = append(dst, byte(h), byte(h>>8), byte(h>>16))
	}
	l.huff.Reuse = huff0.ReusePolicyNone
	packed, _, err := huff0.Compress4X(b, &l.huff)
	const around = 5 + 1 // the header of the literals, and the number of sequences
	switch {
	case errors.Is(err, huff0.ErrUseRLE):
		header(blockRLE, len(b))
		return append(dst, b[0])
	case err != nil || len(packed)+around >= len(b):
		header(blockRaw, len(b))
		return append(dst, b...)
	}
	header(blockPacked, len(packed)+around)
	sizes := packedLiterals | uint64(len(b))<<4 | uint64(len(packed))<<22
	dst = append(dst, byte(sizes), byte(sizes>>8), byte(sizes>>16), byte(sizes>>24), byte(sizes>>32))
	return append(append(dst, packed...), 0)
}
