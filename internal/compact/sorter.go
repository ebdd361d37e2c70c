package compact

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"slices"
)

// sorter sorts any number of records by their keys. It holds a bounded
// amount of them in memory; what is more goes to temporary files, sorted.
// Of a record that can be read once more it holds but the place.
// Records with the same key come in the order in which they were added.
//
// A sorter is used for one day after the other: reset keeps its memory.
type sorter struct {
	dir   string // for temporary files
	limit int    // bytes of records in memory
	used  int
	spilt bool // something went to temporary files, on any day

	blocks  [][]byte // what the records in memory lie in
	begun   int      // how many of them hold something
	block   int      // the one that is being filled by types with few records, or -1
	buckets map[string]*sameType
	runs    []*run
}

// sameType holds the records of one type. Within a type records mostly come in
// the order of their time, so that sorting finds little to do. A type with many
// records has blocks of its own: in their order they lie one behind the other
// then, as a processor expects it.
type sameType struct {
	typ   []byte
	items []item
	bytes int // of the records and their ids
	block int // its own that is being filled, or -1
}

// item is a record in memory.
type item struct {
	ms     int64
	prefix uint64 // of the id
	at     int64  // of the record in its input, or inBlock
	block  int32
	start  int32 // of the id in the block; the record, if it is there, comes before it
	size   int32
	idSize int32
	origin int32
}

// inBlock is the place of a record that the sorter holds itself.
const inBlock = -1

// Memory of a sorter.
const (
	blockBytes = 256 << 10
	ownBytes   = 4 * blockBytes // with so much a type gets blocks of its own
	itemBytes  = 48
)

func newSorter(limit int) *sorter {
	return &sorter{limit: limit, block: -1, buckets: map[string]*sameType{}}
}

// reset begins with other records, whose temporary files go to dir.
func (s *sorter) reset(dir string) {
	s.dir = dir
	s.clear()
	s.dropRuns()
}

// clear forgets the records in memory.
func (s *sorter) clear() {
	s.used, s.begun, s.block = 0, 0, -1
	for i, b := range s.blocks {
		if cap(b) > blockBytes {
			s.blocks[i] = nil // it was for one enormous record
			continue
		}
		s.blocks[i] = b[:0]
	}
	s.blocks = slices.DeleteFunc(s.blocks, func(b []byte) bool { return b == nil })
	for _, b := range s.buckets {
		b.items, b.bytes, b.block = b.items[:0], 0, -1
	}
	if len(s.buckets) > maxBuckets {
		clear(s.buckets)
	}
}

// maxBuckets is how many types are remembered from one day to the next.
const maxBuckets = 256

// add adds a record with its key, both of which are copied. origin is kept
// beside it.
func (s *sorter) add(k key, record []byte, origin int) error {
	return s.put(k, record, item{at: inBlock, size: int32(len(record)), origin: int32(origin)})
}

// refer adds a record of which only the key is copied: it is size bytes long
// and lies at a place of its origin.
func (s *sorter) refer(k key, at int64, size, origin int) error {
	return s.put(k, nil, item{at: at, size: int32(size), origin: int32(origin)})
}

// put adds an item; the record, if it is to be held, and the key are copied.
func (s *sorter) put(k key, record []byte, it item) error {
	need, limit := len(record)+len(k.id)+itemBytes, s.limit
	if it.at != inBlock {
		limit /= 2 // keys alone are cheap to write and to merge
	}
	if s.used > 0 && s.used+need > limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.used += need
	it.ms, it.prefix, it.idSize = k.ms, prefix(k.id), int32(len(k.id))
	b := s.buckets[string(k.typ)]
	if b == nil {
		b = &sameType{typ: bytes.Clone(k.typ), block: -1}
		s.buckets[string(k.typ)] = b
	}
	it.block, it.start = s.store(b, record, k.id)
	b.items = append(b.items, it)
	return nil
}

// store copies a record of type b and its id into a block, and returns where
// the id is. Of two records of a type the later one lies in a later block, or
// behind the other.
func (s *sorter) store(b *sameType, record, id []byte) (block, start int32) {
	need := len(record) + len(id)
	at := &s.block
	if b.bytes >= ownBytes {
		at = &b.block
	}
	b.bytes += need
	if *at < 0 || cap(s.blocks[*at])-len(s.blocks[*at]) < need {
		*at = s.begin(need)
	}
	into := &s.blocks[*at]
	start = int32(len(*into) + len(record))
	*into = append(append(*into, record...), id...)
	return int32(*at), start
}

// begin returns the number of an empty block for need bytes and more.
func (s *sorter) begin(need int) int {
	n := s.begun
	s.begun++
	switch {
	case n == len(s.blocks):
		s.blocks = append(s.blocks, make([]byte, 0, max(blockBytes, need)))
	case cap(s.blocks[n]) < need:
		s.blocks[n] = make([]byte, 0, need)
	}
	return n
}

// record returns a record that the sorter holds.
func (s *sorter) record(it *item) []byte {
	if it.at != inBlock {
		return nil
	}
	return s.blocks[it.block][it.start-it.size : it.start]
}

func (s *sorter) id(it *item) []byte {
	return s.blocks[it.block][it.start : it.start+it.idSize]
}

// sorted is a record as a sorter gives it back. It is valid until the next
// one.
type sorted struct {
	key
	record []byte // when at is inBlock
	origin int
	at     int64 // of the record in its origin, or inBlock
	size   int
}

// inMemory yields the records in memory in their order.
func (s *sorter) inMemory() iter.Seq[sorted] {
	return func(yield func(sorted) bool) {
		for _, name := range slices.Sorted(maps.Keys(s.buckets)) {
			b := s.buckets[name]
			slices.SortFunc(b.items, s.compare)
			for i := range b.items {
				it := &b.items[i]
				out := sorted{key{b.typ, it.ms, s.id(it)}, s.record(it), int(it.origin), it.at, int(it.size)}
				if !yield(out) {
					return
				}
			}
		}
	}
}

// compare orders records of one type; those with the same key by where they
// lie, which is the order in which they were added.
func (s *sorter) compare(x, y item) int {
	if c := cmp.Compare(x.ms, y.ms); c != 0 {
		return c
	}
	if c := cmp.Compare(x.prefix, y.prefix); c != 0 {
		return c
	}
	if c := bytes.Compare(s.id(&x), s.id(&y)); c != 0 {
		return c
	}
	if c := cmp.Compare(x.block, y.block); c != 0 {
		return c
	}
	if c := cmp.Compare(x.start, y.start); c != 0 {
		return c
	}
	// Neither is held, and there is no id.
	return cmp.Or(cmp.Compare(x.origin, y.origin), cmp.Compare(x.at, y.at))
}

// stays reports whether what all yields is valid until reset.
func (s *sorter) stays() bool { return len(s.runs) == 0 }

// all yields every record that was added, in the order of the keys.
func (s *sorter) all() iter.Seq2[sorted, error] {
	return func(yield func(sorted, error) bool) {
		if len(s.runs) == 0 {
			for out := range s.inMemory() {
				if !yield(out, nil) {
					return
				}
			}
			return
		}
		if err := s.spill(); err != nil {
			yield(sorted{}, err)
			return
		}
		s.blocks, s.begun, s.block = nil, 0, -1 // the next thing that is done needs the memory
		clear(s.buckets)
		merge(s.runs, yield)
	}
}
