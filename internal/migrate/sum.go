package migrate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
)

// Sum is the content of a set of rows: how many there are, and the sum modulo
// 2^256 of the SHA-256 of each row's canonical texts. It does not depend on
// the order of the rows, and sums of parts add up.
type Sum struct {
	Rows int64
	hash [4]uint64
}

// row adds a row, given as its canonical texts with their lengths.
func (s *Sum) row(canon []byte) {
	h := sha256.Sum256(canon)
	s.Rows++
	s.addHash([4]uint64{binary.LittleEndian.Uint64(h[0:]), binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:]), binary.LittleEndian.Uint64(h[24:])})
}

func (s *Sum) addHash(h [4]uint64) {
	var carry uint64
	for i := range s.hash {
		s.hash[i], carry = bits.Add64(s.hash[i], h[i], carry)
	}
}

// add adds the rows of t.
func (s *Sum) add(t Sum) {
	s.Rows += t.Rows
	s.addHash(t.hash)
}

// Hash returns the sum of the hashes in hexadecimal.
func (s *Sum) Hash() string { return hex.EncodeToString(s.appendHash(nil)) }

func (s *Sum) appendHash(dst []byte) []byte {
	for i := len(s.hash) - 1; i >= 0; i-- {
		dst = binary.BigEndian.AppendUint64(dst, s.hash[i])
	}
	return dst
}

// sumSize is the length of a Sum that is kept in the target.
const sumSize = 40

// packSums writes sums as the bookmark of a chunk keeps them.
func packSums(sums []Sum) []byte {
	out := make([]byte, 0, len(sums)*sumSize)
	for i := range sums {
		out = binary.BigEndian.AppendUint64(out, uint64(sums[i].Rows))
		out = sums[i].appendHash(out)
	}
	return out
}

// unpackSums reads what packSums wrote.
func unpackSums(b []byte) ([]Sum, error) {
	if len(b)%sumSize != 0 {
		return nil, fmt.Errorf("the sums of a chunk have %d bytes", len(b))
	}
	out := make([]Sum, len(b)/sumSize)
	for i := range out {
		part := b[i*sumSize:]
		out[i].Rows = int64(binary.BigEndian.Uint64(part))
		for k := range out[i].hash {
			out[i].hash[len(out[i].hash)-1-k] = binary.BigEndian.Uint64(part[8+8*k:])
		}
	}
	return out, nil
}
