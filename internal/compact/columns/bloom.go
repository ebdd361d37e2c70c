package columns

import (
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// bitsPerValue of a bloom filter: one value in a hundred that is not there
// seems to be.
const bitsPerValue = 10

// filter gathers the hashes of a column's values. The bloom filter is made
// when all are known, so that it has the right size.
type filter struct {
	hashes []uint64
}

// add adds texts.
func (f *filter) add(v *values) {
	for n := range v.len() {
		f.hashes = append(f.hashes, xxhash.Sum64(v.text(n)))
	}
}

func (f *filter) reset() { f.hashes = f.hashes[:0] }

// bytes returns the filter as a file holds it.
func (f *filter) bytes() ([]byte, error) {
	blocks := make(bloom.SplitBlockFilter, max(1, bloom.NumSplitBlocksOf(int64(len(f.hashes)), bitsPerValue)))
	blocks.InsertBulk(f.hashes)
	bits := blocks.Bytes()
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &format.BloomFilterHeader{
		NumBytes:    int32(len(bits)),
		Algorithm:   format.BloomFilterAlgorithm{Value: &format.SplitBlockAlgorithm{}},
		Hash:        format.BloomFilterHash{Value: &format.XxHash{}},
		Compression: format.BloomFilterCompression{Value: &format.BloomFilterUncompressed{}},
	})
	if err != nil {
		return nil, fmt.Errorf("encode bloom filter: %w", err)
	}
	return append(head, bits...), nil
}
