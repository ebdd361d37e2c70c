package ship

import (
	"bytes"
	"container/heap"
	"time"

	"github.com/power100/tpe/internal/redact"
)

// pacer says when records are due.
type pacer struct {
	rate  float64 // records a second; 0 is no limit
	speed float64 // so many times as fast as it happened; 0 is without gaps
	now   func() time.Time

	start time.Time
	first int64 // timestamp of the first record
	count int64
}

// wait returns how long to wait before the next record, whose timestamp is
// ms. Records are due in the order of the calls; one that is older than the
// first is due at once.
func (p *pacer) wait(ms int64) time.Duration {
	if p.count == 0 {
		p.start, p.first = p.now(), ms
	}
	var due time.Duration
	if p.rate > 0 {
		due = time.Duration(float64(p.count) / p.rate * float64(time.Second))
	}
	if p.speed > 0 {
		due = max(due, time.Duration(float64(ms-p.first)/p.speed*float64(time.Millisecond)))
	}
	p.count++
	return due - p.now().Sub(p.start)
}

// Limits of a window.
const (
	windowRecords = 20_000
	windowBytes   = 64 << 20
)

// window puts records into the order of their timestamps, as far as it
// reaches: files of one record each come in the order of their names.
type window struct {
	heap  windowHeap
	bytes int
	next  int64
}

// late is a record in a window.
type late struct {
	*refined
	seq int64
}

// full says whether a record must leave before another one enters.
func (w *window) full() bool { return len(w.heap) >= windowRecords || w.bytes >= windowBytes }

// push takes a copy of a record.
func (w *window) push(it *refined) {
	own := *it
	own.clean, own.json = redact.Clean{}, bytes.Clone(it.clean.JSON())
	heap.Push(&w.heap, late{&own, w.next})
	w.next++
	w.bytes += len(own.json)
}

// pop returns the earliest record; of several at the same time the one that
// came first.
func (w *window) pop() *refined {
	l := heap.Pop(&w.heap).(late)
	w.bytes -= len(l.json)
	return l.refined
}

// windowHeap is a heap.Interface: the earliest record is on top.
type windowHeap []late

// Len returns the number of records.
func (h windowHeap) Len() int { return len(h) }

// Less orders by time, then by arrival.
func (h windowHeap) Less(i, j int) bool {
	return h[i].ms < h[j].ms || h[i].ms == h[j].ms && h[i].seq < h[j].seq
}

// Swap swaps two records.
func (h windowHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds a record at the end.
func (h *windowHeap) Push(x any) { *h = append(*h, x.(late)) }

// Pop takes the record at the end.
func (h *windowHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = late{}
	*h = (*h)[:last]
	return x
}
