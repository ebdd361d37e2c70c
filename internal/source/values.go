package source

import "bytes"

// list says where in an array of records the input stands.
type list uint8

const (
	noList     list = iota // not inside an array
	listStart              // after the bracket that opens it
	listRecord             // after a record: a comma or the end comes next
	listComma              // after a comma: a record comes next
)

// valueCut cuts a stream of values that may span lines: documents one after
// the other, or the elements of an array.
type valueCut struct {
	*stream
	yield func(*Chunk) bool

	pos   int // the value or space at hand starts here in the buffer
	at    int // line of pos
	scan  valueScan
	fed   int // bytes from pos that the scan has seen
	list  list
	items []Item // found in the buffer before pos
}

// values cuts the input into chunks of whole values. It returns false when
// the caller wants no more.
func (s *stream) values(yield func(*Chunk) bool) bool {
	c := &valueCut{stream: s, yield: yield, at: s.line}
	for {
		if c.fed == 0 {
			c.between()
		}
		if c.pos == c.n {
			if !c.flush() {
				return false
			}
			if c.err != nil {
				return c.finish()
			}
			c.fill()
			continue
		}
		if c.fed == 0 {
			c.scan.reset(c.list != noList)
		}
		n, v := c.scan.feed(c.buf[c.pos+c.fed : c.n])
		c.fed += n
		if c.ctx.Err() != nil {
			return false
		}
		if v == more && c.err == nil {
			if !c.makeRoom() {
				return false
			}
			c.fill()
			continue
		}
		c.take(v)
	}
}

// between passes over what lies between two values: space, and in an array
// its brackets and commas.
func (c *valueCut) between() {
	for ; c.pos < c.n; c.pos++ {
		b := c.buf[c.pos]
		switch {
		case b == '\n':
			c.at++
		case b == ' ' || b == '\t' || b == '\r':
		case b == '[' && c.list == noList:
			c.list = listStart
		case b == ']' && c.list != noList:
			if c.list == listComma {
				c.misplaced("a comma with no record after it")
			}
			c.list = noList
		case b == ',' && c.list != noList:
			if c.list != listRecord {
				c.misplaced("a comma with no record before it")
			}
			c.list = listComma
		default:
			return
		}
	}
}

// take makes an item of the value that ends after the bytes fed.
func (c *valueCut) take(v verdict) {
	value := c.buf[c.pos : c.pos+c.fed]
	it := c.item()
	if len(value) > c.rd.opts.MaxRecord {
		it.Err = tooLarge(int64(len(value)), c.rd.opts.MaxRecord)
	} else {
		it.Data = bytes.TrimRight(value, space)
		if v == more && c.scan.mode != modeLost && c.scan.mode != modeLine {
			it.Err = torn(len(it.Data))
		}
	}
	c.items = append(c.items, it)
	c.next(value)
}

// item starts the item of the value at hand.
func (c *valueCut) item() Item {
	if c.list == listRecord {
		c.misplaced("no comma between two records")
	}
	return Item{File: c.name, Line: c.at, Offset: c.off + int64(c.pos)}
}

// next steps over a value.
func (c *valueCut) next(value []byte) {
	c.at += bytes.Count(value, []byte{'\n'})
	c.pos += len(value)
	c.fed = 0
	if c.list != noList {
		c.list = listRecord
	}
}

// misplaced adds the fault of a comma that is missing or too many.
func (c *valueCut) misplaced(reason string) {
	c.items = append(c.items, Item{
		File: c.name, Line: c.at, Offset: c.off + int64(c.pos),
		Err: &Fault{Kind: Misplaced, Reason: reason},
	})
}

// makeRoom readies the buffer to read more of a value that is not complete.
func (c *valueCut) makeRoom() bool {
	if !c.flush() {
		return false
	}
	if c.fed > c.rd.opts.MaxRecord {
		return c.skip()
	}
	c.room()
	return true
}

// skip goes to the end of a value that is too large, holding none of it.
func (c *valueCut) skip() bool {
	it := c.item()
	size := int64(c.fed)
	c.at += bytes.Count(c.buf[c.pos:c.pos+c.fed], []byte{'\n'})
	c.drop(c.n)
	c.shrink()
	for c.err == nil {
		c.fill()
		n, v := c.scan.feed(c.buf[:c.n])
		size += int64(n)
		c.at += bytes.Count(c.buf[:n], []byte{'\n'})
		c.drop(n)
		if v != more {
			break
		}
	}
	c.line = c.at
	it.Err = tooLarge(size, c.rd.opts.MaxRecord)
	c.items = append(c.items, it)
	c.next(nil)
	return c.flush()
}

// flush yields the items that were found and moves what follows them to the
// start of the buffer.
func (c *valueCut) flush() bool {
	if len(c.items) == 0 {
		c.drop(c.pos)
		c.pos, c.line = 0, c.at
		return true
	}
	chunk := &Chunk{File: c.name, items: c.items, rd: c.rd}
	start := c.off
	chunk.buf = c.detach(c.pos)
	for i := range chunk.items { // they may have moved
		if it := &chunk.items[i]; it.Data != nil {
			at := int(it.Offset - start)
			it.Data = chunk.buf[at : at+len(it.Data)]
		}
	}
	c.pos, c.line, c.items = 0, c.at, nil
	return c.yield(chunk)
}

// finish reports an array that the input does not close.
func (c *valueCut) finish() bool {
	if c.list == noList || c.fault() != nil {
		return true
	}
	return c.yield(faultChunk(c.name, c.at, c.off, &Fault{Kind: Torn, Reason: "the input ends inside an array of records"}))
}
