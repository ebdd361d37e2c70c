package bucket

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"hash/crc64"
	"math/bits"
	"strings"
)

// Sum is the checksum of a whole object: the algorithm, a colon, and the value
// as S3 writes it. Objects that are sent in one piece have SHA-256, those in
// parts CRC-64/NVME, which S3 can add up over parts.
type Sum string

const (
	sha256Sum = "sha256:"
	crc64Sum  = "crc64nvme:"
)

// value returns the value of the checksum when it is of the algorithm.
func (s Sum) value(algorithm string) *string {
	if v, ok := strings.CutPrefix(string(s), algorithm); ok {
		return &v
	}
	return nil
}

// sumOf returns the checksum that S3 gave, preferring SHA-256. One over the
// checksums of parts says nothing of the whole.
func sumOf(sha, crc *string) Sum {
	switch {
	case sha != nil && !strings.Contains(*sha, "-"):
		return Sum(sha256Sum + *sha)
	case crc != nil && !strings.Contains(*crc, "-"):
		return Sum(crc64Sum + *crc)
	default:
		return ""
	}
}

// SHA256 returns the checksum of an object in one piece.
func SHA256(digest [sha256.Size]byte) Sum {
	return Sum(sha256Sum + base64.StdEncoding.EncodeToString(digest[:]))
}

// crcTable is that of CRC-64/NVME, in the form that Go's package wants.
var crcTable = crc64.MakeTable(crcPolynomial)

const crcPolynomial = 0x9a6c9329ac4bc9b5

func newCRC() hash.Hash64 { return crc64.New(crcTable) }

func crcText(v uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, v))
}

// NewSum returns what computes the checksum that an object of the size has
// when it is put.
func (b *Bucket) NewSum(size int64) *Summer {
	if size >= b.opts.PartSize {
		return &Summer{hash: newCRC(), name: crc64Sum}
	}
	return &Summer{hash: sha256.New(), name: sha256Sum}
}

// SummerLike returns what computes a checksum of the same algorithm as s;
// nil when it is not known.
func SummerLike(s Sum) *Summer {
	switch {
	case s.value(sha256Sum) != nil:
		return &Summer{hash: sha256.New(), name: sha256Sum}
	case s.value(crc64Sum) != nil:
		return &Summer{hash: newCRC(), name: crc64Sum}
	default:
		return nil
	}
}

// Summer computes a Sum of what is written to it.
type Summer struct {
	hash hash.Hash
	name string
}

// Write takes bytes in.
func (s *Summer) Write(b []byte) (int, error) { return s.hash.Write(b) }

// Sum returns the checksum so far.
func (s *Summer) Sum() Sum {
	return Sum(s.name + base64.StdEncoding.EncodeToString(s.hash.Sum(nil)))
}

// joinCRC returns the CRC of two pieces of data one after the other, of which
// the second has n bytes: that of the first, moved on by n bytes of zero, plus
// that of the second. Moving on is a linear map of bits, and squaring it
// doubles its length (the way of crc32_combine in zlib).
func joinCRC(first, second uint64, n int64) uint64 {
	var move, next [64]uint64 // by one bit
	move[0] = crcPolynomial
	for i := 1; i < len(move); i++ {
		move[i] = 1 << (i - 1)
	}
	for range 3 { // by one byte
		square(&next, &move)
		move, next = next, move
	}
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			first = times(&move, first)
		}
		square(&next, &move)
		move, next = next, move
	}
	return first ^ second
}

// times applies a linear map to bits: the images of its bits, added up.
func times(m *[64]uint64, v uint64) (sum uint64) {
	for ; v != 0; v &= v - 1 {
		sum ^= m[bits.TrailingZeros64(v)]
	}
	return sum
}

// square makes the map that does m twice.
func square(out, m *[64]uint64) {
	for i := range m {
		out[i] = times(m, m[i])
	}
}
