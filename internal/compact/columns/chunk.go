package columns

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// chunk holds the finished pages of one column in one row group, and what
// the file's indexes say of them.
type chunk struct {
	pages   []byte // the pages with their headers
	raw     int64  // bytes before compression
	entries int64
	nulls   int64

	stats     []format.PageEncodingStats
	locations []format.PageLocation // offsets count from the first page
	index     format.ColumnIndex
	unbounded bool // the index is not written
}

// maxBound is the length in bytes of the longest text that is written as a
// bound.
const maxBound = 64

func (c *chunk) reset() {
	c.pages = shrunk(c.pages)
	c.raw, c.entries, c.nulls, c.unbounded = 0, 0, 0, false
	c.stats, c.locations = nil, nil
	c.index = format.ColumnIndex{}
}

// countPage notes that there is one more page of a type and encoding.
func (c *chunk) countPage(t format.PageType, enc format.Encoding) {
	for i := range c.stats {
		if s := &c.stats[i]; s.PageType == t && s.Encoding == enc {
			s.Count++
			return
		}
	}
	c.stats = append(c.stats, format.PageEncodingStats{PageType: t, Encoding: enc, Count: 1})
}

// addPage notes the page of l, which was appended to pages at start.
func (c *chunk) addPage(l *leaf, enc format.Encoding, start int) {
	c.countPage(format.DataPage, enc)
	count := l.count()
	nulls := int64(len(l.levels) - count)
	c.entries += int64(len(l.levels))
	c.nulls += nulls
	c.locations = append(c.locations, format.PageLocation{
		Offset:             int64(start),
		CompressedPageSize: int32(len(c.pages) - start),
		FirstRowIndex:      int64(l.row),
	})
	if l.node.traits&bounded == 0 || c.unbounded {
		c.unbounded = true
		return
	}
	var least, greatest []byte
	if count > 0 {
		if least, greatest = l.bounds(); len(least) > maxBound || len(greatest) > maxBound {
			c.unbounded = true
			return
		}
	}
	c.index.NullPages = append(c.index.NullPages, count == 0)
	c.index.MinValues = append(c.index.MinValues, least)
	c.index.MaxValues = append(c.index.MaxValues, greatest)
	c.index.NullCounts = append(c.index.NullCounts, nulls)
}

// bounds returns the least and the greatest value of the page, which has
// one.
func (l *leaf) bounds() (least, greatest []byte) {
	v := &l.plain
	if l.mode != plainMode {
		v = &l.dict.values
	}
	lo, hi := -1, -1
	look := func(n int) {
		switch {
		case lo < 0:
			lo, hi = n, n
		case v.less(n, lo):
			lo = n
		case v.less(hi, n):
			hi = n
		}
	}
	if l.mode == plainMode {
		for n := range v.len() {
			look(n)
		}
	} else {
		used := make([]bool, v.len())
		for _, n := range l.indexes {
			used[n] = true
		}
		for n, there := range used {
			if there {
				look(n)
			}
		}
	}
	return v.bound(lo, false), v.bound(hi, true)
}

// less compares two values by the order that Parquet defines for their type.
func (v *values) less(a, b int) bool {
	switch v.kind {
	case instant, integer:
		return v.bits[a] < v.bits[b]
	case double:
		return math.Float64frombits(uint64(v.bits[a])) < math.Float64frombits(uint64(v.bits[b]))
	case boolean:
		return v.data[a] < v.data[b]
	default:
		return bytes.Compare(v.text(a), v.text(b)) < 0
	}
}

// bound returns value n as the indexes hold it. The two zeros of a double are
// equal to a reader, so the lower bound is the negative one.
func (v *values) bound(n int, upper bool) []byte {
	switch v.kind {
	case double:
		if math.Float64frombits(uint64(v.bits[n])) == 0 {
			zero := 0.0
			if !upper {
				zero = math.Copysign(0, -1)
			}
			return binary.LittleEndian.AppendUint64(nil, math.Float64bits(zero))
		}
		fallthrough
	case instant, integer:
		return binary.LittleEndian.AppendUint64(nil, uint64(v.bits[n]))
	case boolean:
		return []byte{v.data[n]}
	default:
		return append([]byte{}, v.text(n)...) // never nil, not even for no text
	}
}

// total returns the bounds of all pages; nil when they are not known or not
// to be shown.
func (c *chunk) total(k kind) (least, greatest []byte) {
	if c.unbounded {
		return nil, nil
	}
	for i, null := range c.index.NullPages {
		if null {
			continue
		}
		if lo := c.index.MinValues[i]; least == nil || boundLess(k, lo, least) {
			least = lo
		}
		if hi := c.index.MaxValues[i]; greatest == nil || boundLess(k, greatest, hi) {
			greatest = hi
		}
	}
	return least, greatest
}

// boundLess compares two bounds of columns of kind k.
func boundLess(k kind, a, b []byte) bool {
	switch k {
	case instant, integer:
		return int64(binary.LittleEndian.Uint64(a)) < int64(binary.LittleEndian.Uint64(b))
	case double:
		return math.Float64frombits(binary.LittleEndian.Uint64(a)) < math.Float64frombits(binary.LittleEndian.Uint64(b))
	default:
		return bytes.Compare(a, b) < 0
	}
}

// order says how the bounds of the pages follow each other, so that readers
// can search them.
func (c *chunk) order(k kind) format.BoundaryOrder {
	up, down := true, true
	last := -1
	for i, null := range c.index.NullPages {
		if null {
			continue
		}
		if last >= 0 {
			lo, hi := c.index.MinValues, c.index.MaxValues
			if boundLess(k, lo[i], lo[last]) || boundLess(k, hi[i], hi[last]) {
				up = false
			}
			if boundLess(k, lo[last], lo[i]) || boundLess(k, hi[last], hi[i]) {
				down = false
			}
		}
		last = i
	}
	switch {
	case up:
		return format.Ascending
	case down:
		return format.Descending
	default:
		return format.Unordered
	}
}
