package compact

import "github.com/power100/tpe/internal/tape"

// batch is a few records that take each step one after the other, before any
// of them takes the next step. So the code and the tables of a step are in the
// nearest cache for all but the first one.
type batch struct {
	records []record
	size    int // bytes of the records
	tapes   [batchRecords]tape.Tape
	copies  [batchRecords][]byte // of records that the sorter does not hold
	latest  int                  // the tape that was read last
}

// Bounds of a batch. A record that is larger than all of it comes alone.
const (
	batchRecords = 24
	batchBytes   = 48 << 10
)

// record is one record of a day. It is valid until the next one.
type record struct {
	key
	tape   *tape.Tape
	hash   uint64 // tape.ContentHash
	origin int    // number of the input
}

// full reports whether a record of so many bytes belongs into the next batch.
func (b *batch) full(size int) bool {
	return len(b.records) == batchRecords || len(b.records) > 0 && b.size+size > batchBytes
}

// add parses a record into the batch, which must not be full. It is copied
// unless it stays where it is.
func (b *batch) add(it *sorted, stays bool) error {
	n, k, text := len(b.records), it.key, it.record
	if !stays {
		own := append(append(append(b.copies[n][:0], k.typ...), k.id...), text...)
		b.copies[n] = own
		k.typ, own = own[:len(k.typ)], own[len(k.typ):]
		k.id, text = own[:len(k.id)], own[len(k.id):]
	}
	t := &b.tapes[n]
	if n != b.latest {
		t.Share(&b.tapes[b.latest])
		b.latest = n
	}
	if err := parse(t, text); err != nil {
		return err
	}
	b.records = append(b.records, record{key: k, tape: t, origin: it.origin})
	b.size += it.size
	return nil
}

// clear begins a new batch.
func (b *batch) clear() {
	b.records, b.size = b.records[:0], 0
	if cap(b.copies[0]) > blockBytes {
		b.copies[0] = nil // it was for one enormous record
	}
}
