package lake

import (
	"bytes"

	"github.com/power100/tpe/internal/redact"
)

// group is the set of records that share one write and one sync.
type group struct {
	chunks map[Day]*chunk
	last   *chunk
	spare  []buffers // of earlier groups
	bytes  int
	disk   bool // someone waits until it is on disk
	soon   bool // someone was promised that it is on disk soon
	all    bool // sync everything that was ever written

	written chan struct{} // closed when its lines are with the system, or refused
	synced  chan struct{} // closed when they are on disk, or that failed
	allErr  error         // of all; read after synced
}

// buffers hold the records of a chunk until they are committed; then the
// next group takes them.
type buffers struct {
	lines []byte
	recs  []pending
}

// chunk is the part of a group that goes to one day.
type chunk struct {
	day Day
	buffers
	outcomes []Outcome // one for each record; read after group.written
	// tails are the files that must be synced for the chunk to be on disk:
	// that of its lines, and those that hold the originals of duplicates.
	tails []*tail

	wrote   bool  // it had new lines
	err     error // of the write; read after group.written
	syncErr error // of the sync; read after group.synced
}

// pending is a record that waits to be committed.
type pending struct {
	identity
	start, end int    // its line in lines
	judged     bool   // it was looked at for those who were erased
	before     uint64 // its content hash before mentions were taken out; 0 when there were none
	erased     bool   // it belongs to somebody who was erased
}

func newGroup() *group {
	return &group{
		chunks:  map[Day]*chunk{},
		written: make(chan struct{}),
		synced:  make(chan struct{}),
	}
}

// add copies a record's line and says where it waits.
func (g *group) add(id *identity, rec redact.Clean) (*chunk, int) {
	day := dayOfMillis(id.ms)
	c := g.last
	if c == nil || c.day != day {
		if c = g.chunks[day]; c == nil {
			c = &chunk{day: day}
			if last := len(g.spare) - 1; last >= 0 {
				c.buffers, g.spare = g.spare[last], g.spare[:last]
			}
			g.chunks[day] = c
		}
		g.last = c
	}
	start := len(c.lines)
	c.lines = appendLine(c.lines, rec)
	c.recs = append(c.recs, pending{identity: *id, start: start, end: len(c.lines)})
	c.outcomes = append(c.outcomes, NotStored)
	g.bytes += len(c.lines) - start
	return c, len(c.recs) - 1
}

// maxSpare is how many bytes of buffers are kept for later groups.
const maxSpare = 24 << 20

// takeBuffers returns the buffers of a group that was committed, for the
// next one.
func (g *group) takeBuffers() []buffers {
	spare := g.spare
	g.spare = nil
	size := 0
	for _, b := range spare {
		size += b.size()
	}
	for _, c := range g.chunks {
		if size += c.size(); size <= maxSpare {
			clear(c.recs) // the names of types stay alive no longer
			spare = append(spare, buffers{c.lines[:0], c.recs[:0]})
		}
		c.buffers = buffers{}
	}
	return spare
}

// size is about how many bytes the buffers take in memory.
func (b *buffers) size() int { return cap(b.lines) + 96*cap(b.recs) }

// appendLine appends a record as one line. A record that spans lines loses
// the white space between its tokens.
func appendLine(dst []byte, rec redact.Clean) []byte {
	start := len(dst)
	dst = append(dst, rec.JSON()...)
	if bytes.IndexByte(dst[start:], '\n') >= 0 {
		dst = rec.Tape().AppendCompact(dst[:start], 0)
	}
	return append(dst, '\n')
}

// newLines moves the lines that are to be stored together and returns them.
func (c *chunk) newLines() []byte {
	n := 0
	for i := range c.recs {
		if o := c.outcomes[i]; o == New || o == Conflict {
			n += copy(c.lines[n:], c.lines[c.recs[i].start:c.recs[i].end])
		}
	}
	return c.lines[:n]
}

// failure returns why the chunk is not as durable as was asked.
func (c *chunk) failure(d Durability) error {
	if c.err != nil || d != Disk {
		return c.err
	}
	return c.syncErr
}
