// Package source finds records in files and reads them one by one, whatever
// the layout: lines, one pretty document, documents one after the other, an
// array, each of them plain, gzip or zstd.
//
// It keeps memory bounded, whatever the input holds, and it never drops
// anything: what cannot be read comes out as an Item with a Fault that says
// where and why. It must never judge a record: JSON that is wrong inside goes
// to the caller as it came.
package source

import "fmt"

// Limits that hold when Options leaves them at zero.
const (
	DefaultMaxRecord   = 16 << 20  // bytes of one record
	DefaultMaxExpanded = 256 << 30 // bytes that one compressed file may hold
	DefaultMaxRatio    = 500       // bytes out for one compressed byte in
)

// ratioFrom is the size in bytes from which MaxRatio is looked at. Below it
// a bomb does no harm, and a small file of equal lines may shrink a lot.
const ratioFrom = 256 << 20

// maxWindow is the largest zstd window in bytes that is decoded: what the
// zstd tool itself accepts without being asked for more.
const maxWindow = 128 << 20

// Options sets the limits of a Reader. The zero value holds the defaults.
type Options struct {
	MaxRecord   int   // bytes of one record; a larger one becomes a TooLarge fault
	MaxExpanded int64 // bytes out of one compressed file; more is a Bomb fault
	MaxRatio    int64 // bytes out for one byte in; more is a Bomb fault
}

func (o Options) withDefaults() Options {
	if o.MaxRecord <= 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	if o.MaxExpanded <= 0 {
		o.MaxExpanded = DefaultMaxExpanded
	}
	if o.MaxRatio <= 0 {
		o.MaxRatio = DefaultMaxRatio
	}
	return o
}

// Item is one record as it lies in a file, or the place where one should be.
type Item struct {
	File   string // the name that the reader was given
	Line   int    // line on which the record starts, from 1
	Offset int64  // byte at which it starts, from 0, after decompression
	Data   []byte // the record without the line end; valid until the next item
	Err    *Fault // nil when the record was read whole
}

// FaultKind says what kind of thing is wrong with an item.
type FaultKind uint8

// The kinds of Fault.
const (
	TooLarge   FaultKind = iota + 1 // larger than Options.MaxRecord; not held in memory
	Torn                            // the input ends inside the record; Item.Data holds what is there
	Misplaced                       // a comma missing or too many between the records of an array
	Corrupt                         // the compressed stream cannot be decoded from here on
	Bomb                            // the compressed stream expands beyond the limits
	Unreadable                      // the file cannot be opened or read; Err holds the cause
)

// String returns the kind in the words that reports use.
func (k FaultKind) String() string {
	switch k {
	case TooLarge:
		return "too large"
	case Torn:
		return "torn"
	case Misplaced:
		return "misplaced comma"
	case Corrupt:
		return "corrupt"
	case Bomb:
		return "expands too much"
	case Unreadable:
		return "unreadable"
	}
	return fmt.Sprintf("fault %d", uint8(k))
}

// Fault says why an item is not a whole record. Reason is a sentence for a
// person. Size is the number of bytes concerned when it is known, else 0.
type Fault struct {
	Kind   FaultKind
	Size   int64
	Reason string
	Err    error // the cause from below, or nil
}

// Error returns the reason and, when there is one, the cause.
func (f *Fault) Error() string {
	if f.Err != nil {
		return f.Reason + ": " + f.Err.Error()
	}
	return f.Reason
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }
