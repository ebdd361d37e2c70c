package source

import (
	"bytes"
	"iter"
	"slices"
)

// Chunk is a piece of an input that holds whole records, and at the end of
// the input perhaps a torn one.
type Chunk struct {
	File string // the name that the reader was given

	line   int    // line on which buf starts
	offset int64  // byte at which buf starts
	items  []Item // the records when they were found already; nil for plain lines
	max    int    // limit of one record in plain lines
	rd     *Reader
	buf    []byte // whole lines, or what items point into; goes back to rd
}

// Size returns the number of bytes that the chunk was cut from.
func (c *Chunk) Size() int { return len(c.buf) }

// Release gives the chunk's memory back. Its items are not valid any more.
func (c *Chunk) Release() {
	if c.rd != nil {
		c.rd.release(c.buf)
		c.rd, c.buf, c.items = nil, nil, nil
	}
}

// Items yields the records of the chunk. Their Data is valid until the chunk
// is released.
func (c *Chunk) Items() iter.Seq[Item] {
	if c.items != nil {
		return slices.Values(c.items)
	}
	return c.lines
}

// lines yields the lines of the chunk that are not blank.
func (c *Chunk) lines(yield func(Item) bool) {
	line, start := c.line, 0
	for start < len(c.buf) {
		it := Item{File: c.File, Line: line, Offset: c.offset + int64(start)}
		end := bytes.IndexByte(c.buf[start:], '\n')
		last := end < 0
		if last {
			end = len(c.buf) - start
		}
		data := c.buf[start : start+end]
		start += end + 1
		line++
		if n := len(data); n > 0 && data[n-1] == '\r' {
			data = data[:n-1]
		}
		switch {
		case len(data) > c.max:
			it.Err = tooLarge(int64(len(data)), c.max)
		case len(data) == 0, data[0] <= ' ' && len(bytes.Trim(data, space)) == 0:
			continue
		default:
			it.Data = data
			if last && !new(valueScan).complete(data) {
				it.Err = torn(len(data))
			}
		}
		if !yield(it) {
			return
		}
	}
}
