package bucket

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
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
var crcTable = crc64.MakeTable(0x9a6c9329ac4bc9b5)

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

// sumRange returns the CRC of a piece of a file.
func sumRange(r io.ReaderAt, at, n int64, buf []byte) (uint64, error) {
	sum := newCRC()
	got, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{io.NewSectionReader(r, at, n)}, buf)
	if err == nil && got != n {
		err = fmt.Errorf("%w: the file is shorter than it was", io.ErrUnexpectedEOF)
	}
	return sum.Sum64(), err
}
