package frames

import (
	"errors"

	"github.com/klauspost/compress/huff0"
)

// letters writes the literals of a block.
type letters struct {
	huff huff0.Scratch
	kept bool // the decoder has the codes of the block before
	size int  // bytes that the last section took
}

// Kinds of a section of literals (RFC 8878, section 3.1.1.3.1.1).
const (
	lettersRaw = iota
	lettersRLE
	lettersPacked
	lettersLast // by the codes of the block before
)

// append appends the section of the literals of a block: each letter has a
// code by how often it comes.
func (l *letters) append(dst, b []byte) []byte {
	start := len(dst)
	dst = l.section(dst, b)
	l.size = len(dst) - start
	return dst
}

func (l *letters) section(dst, b []byte) []byte {
	var packed []byte
	var reused bool
	err := huff0.ErrIncompressible
	streams := 1
	l.huff.Reuse = huff0.ReusePolicyNone
	if l.kept {
		l.huff.Reuse = huff0.ReusePolicyAllow
	}
	switch {
	case len(b) < 32:
	case len(b) < 1024:
		packed, reused, err = huff0.Compress1X(b, &l.huff)
	default:
		streams = 4
		packed, reused, err = huff0.Compress4X(b, &l.huff)
	}
	const header = 5
	switch {
	case errors.Is(err, huff0.ErrUseRLE):
		return append(lettersSize(dst, lettersRLE, len(b)), b[0])
	case err != nil || len(packed)+header > len(b):
		if err == nil {
			l.kept = false
		}
		return append(lettersSize(dst, lettersRaw, len(b)), b...)
	}
	l.kept = true
	kind := uint64(lettersPacked)
	if reused {
		kind = lettersLast
	}
	size, n := uint64(len(b)), uint64(len(packed))
	switch {
	case streams == 1:
		h := kind | size<<4 | n<<14
		dst = append(dst, byte(h), byte(h>>8), byte(h>>16))
	case size < 1<<14:
		h := kind | 2<<2 | size<<4 | n<<18
		dst = append(dst, byte(h), byte(h>>8), byte(h>>16), byte(h>>24))
	default:
		h := kind | 3<<2 | size<<4 | n<<22
		dst = append(dst, byte(h), byte(h>>8), byte(h>>16), byte(h>>24), byte(h>>32))
	}
	return append(dst, packed...)
}

// lettersSize appends the header of literals without codes.
func lettersSize(dst []byte, kind, n int) []byte {
	switch {
	case n < 1<<5:
		return append(dst, byte(kind|n<<3))
	case n < 1<<12:
		return append(dst, byte(kind|1<<2|n<<4), byte(n>>4))
	default:
		return append(dst, byte(kind|3<<2|n<<4), byte(n>>4), byte(n>>12))
	}
}
