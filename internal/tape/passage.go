package tape

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// passage is what stands between one value and the next: brackets that close,
// a comma, brackets that open, names. Records of one type have the same ones
// in the same order. Behind a value, the parser compares the bytes at hand
// with the passages that came there before; of the one that stands there the
// nodes are known, but for where they are in the text.
//
// The quote before a string belongs to the passage, and so does a value that
// is neither a string nor a number with something in it: true, false, null,
// {} and [].
type passage struct {
	words, masks [passageWords]uint64  // the first bytes of text, and which of them there are
	size         int                   // of text
	more         bool                  // words do not say it all
	named        bool                  // it has a name in a container that was open
	ends         Kind                  // KindString or KindNumber when such a value follows
	closes       []uint8               // for each container that it closes, the offset behind the bracket
	name         Node                  // the span counts from the passage
	nodes        []Node                // the others; Next counts from the first one
	opens        []container           // which have something in them; node and last count from the first one
	next         [passageNext]*passage // what came after it, and after the value
	spaces       int                   // runs of white space in it
	before       uint16                // the stack before it: what a closing bracket ends, and where names are
	text         string
}

// stack is what is open at a place of a text: a container, and the stack
// around it.
type stack struct {
	around uint16
	place  uint16 // see container
	end    byte
}

// way is how the parser came to where it is, so that it can remember the
// passage that it reads.
type way struct {
	last   *passage // behind whose value it begins, or nil
	before uint16   // number of the stack
	start  int
	node   int   // the first one of the passage
	closes []int // places behind the brackets that it closes
	spaces int   // runs of white space before it
}

// Bounds of passages. When there are too many, the memory is full.
const (
	passageWords  = 4
	passageText   = 64 // longer ones are not remembered
	passageNext   = 6  // more are not tried
	passageSights = 256
	maxPassages   = 1 << 10 // 400 kB
)

// emptyStack is the number of the stack that has nothing.
const emptyStack = 1

// stack returns the number of a stack, 0 when it is not to be remembered.
func (m *Memory) stack(s stack) uint16 {
	if s.around == 0 || s.place == 0 {
		return 0
	}
	id := m.stacks[s]
	if id == 0 && len(m.stacks) < maxPassages {
		id = uint16(emptyStack + 1 + len(m.stacks))
		m.stacks[s] = id
	}
	return id
}

// stands reports whether the passage stands at p.
func (q *passage) stands(src []byte, p int) bool {
	end := p + q.size
	if end > len(src) || string(src[p:end]) != q.text {
		return false
	}
	return q.ends != KindNumber || end < len(src) && (src[end]-'0' <= 9 || src[end] == '-')
}

// other looks among the other passages that came after q for the one that
// stands at p, and moves it forward.
func (q *passage) other(src []byte, p int) *passage {
	for i := 1; i < passageNext; i++ {
		k := q.next[i]
		if k == nil {
			return nil
		}
		if k.stands(src, p) {
			q.next[i-1], q.next[i] = k, q.next[i-1]
			return k
		}
	}
	return nil
}

// follow reads on at p, where a value ended or the text begins, as long as it
// knows the passages. It returns the place where it does not, behind a value.
func (t *Tape) follow(p int) (int, error) {
	if t.memory == nil {
		return p, nil
	}
	src, nodes, last := t.Src, t.Nodes, t.way.last
	var top *container // the innermost one that is open
	if len(t.open) > 0 {
		top = &t.open[len(t.open)-1]
	}
	for last != nil {
		q := last.next[0]
		if q == nil {
			break
		}
		if p >= 0 && p <= len(src)-8*passageWords {
			b := (*[8 * passageWords]byte)(src[p : p+8*passageWords : p+8*passageWords])
			if (binary.LittleEndian.Uint64(b[0:8])^q.words[0])&q.masks[0]|(binary.LittleEndian.Uint64(b[8:16])^q.words[1])&q.masks[1]|
				(binary.LittleEndian.Uint64(b[16:24])^q.words[2])&q.masks[2]|(binary.LittleEndian.Uint64(b[24:32])^q.words[3])&q.masks[3] != 0 ||
				q.more && !q.stands(src, p) {
				q = last.other(src, p)
			}
		} else if !q.stands(src, p) {
			q = last.other(src, p)
		}
		if q == nil {
			break
		}
		last = q
		if len(q.closes) > 0 {
			t.Nodes = nodes
			for _, end := range q.closes {
				t.closeContainer(p + int(end))
			}
			if len(t.open) > 0 {
				top = &t.open[len(t.open)-1]
			}
		}
		if cap(nodes)-len(nodes) < len(q.nodes)+2 {
			nodes = slices.Grow(nodes, len(q.nodes)+2)
		}
		if q.named {
			n := len(nodes)
			nodes = nodes[:n+1]
			w, nd := &q.name, &nodes[n]
			nd.Hash, nd.Start, nd.End, nd.Next = w.Hash, uint32(p)+w.Start, uint32(p)+w.End, uint32(n+2)
			nd.Kind, nd.Flags, nd.Place = KindString, Name, w.Place
			top.last = uint32(n)
			if bit := uint64(1) << (w.Place & 63); top.seen&bit == 0 {
				top.seen |= bit
			} else {
				t.Nodes = nodes
				if err := t.once(top, n); err != nil {
					return p, err
				}
			}
		}
		if len(q.nodes) > 0 {
			t.Nodes = nodes
			top = t.unfold(q, p)
			nodes = t.Nodes
		}
		t.spaces += q.spaces
		p += q.size
		switch q.ends {
		case KindString:
			start, flags := p, Flag(0)
			for p >= 0 && p <= len(src)-8 {
				if m := special(binary.LittleEndian.Uint64(src[p : p+8 : p+8])); m != 0 {
					p += bits.TrailingZeros64(m) >> 3
					break
				}
				p += 8
			}
			if p >= len(src) || src[p] != '"' {
				var err error
				if p, flags, err = t.strTail(start, p, 0); err != nil {
					return p, err
				}
			}
			n := len(nodes)
			nodes = nodes[:n+1]
			nd := &nodes[n]
			nd.Hash, nd.Start, nd.End, nd.Next, nd.Kind, nd.Flags, nd.Place = 0, uint32(start), uint32(p), uint32(n+1), KindString, flags, 0
			p++
		case KindNumber:
			var err error
			t.Nodes = nodes
			if p, err = t.number(p); err != nil {
				return p, err
			}
			nodes = t.Nodes
		default: // the value is in the passage, or the text is over
		}
	}
	t.Nodes = nodes
	w := &t.way
	w.last, w.before, w.start, w.node, w.closes, w.spaces = last, emptyStack, p, len(t.Nodes), w.closes[:0], t.spaces
	if len(t.open) > 0 {
		w.before = t.open[len(t.open)-1].stack
	}
	return p, nil
}

// unfold makes the nodes of passage q, which stands at p, but for the first
// name, and returns the innermost container.
func (t *Tape) unfold(q *passage, p int) *container {
	n := len(t.Nodes)
	nodes := t.Nodes[n : n+len(q.nodes)]
	t.Nodes = t.Nodes[:n+len(nodes)]
	for i := range q.nodes {
		w, nd := &q.nodes[i], &nodes[i]
		nd.Hash, nd.Start, nd.End, nd.Next = w.Hash, uint32(p)+w.Start, uint32(p)+w.End, uint32(n)+w.Next
		nd.Kind, nd.Flags, nd.Place = w.Kind, w.Flags, w.Place
	}
	for i := range q.opens {
		w := &q.opens[i]
		top := t.push(uint32(n)+w.node, w.place, w.stack, w.end)
		top.last, top.seen = uint32(n)+w.last, w.seen
	}
	return &t.open[len(t.open)-1]
}

// learn remembers the passage from where follow stopped to the value that
// ends at p.
func (t *Tape) learn(p int) {
	m, w := t.memory, &t.way
	last := w.last
	w.last = nil
	if m == nil || w.before == 0 || len(t.open) == 0 && len(w.closes) == 0 {
		return
	}
	nodes := t.Nodes[w.node:]
	ends := KindInvalid
	if len(t.open) > 0 {
		if v := &nodes[len(nodes)-1]; v.Kind == KindString || v.Kind == KindNumber {
			p, ends, nodes = int(v.Start), v.Kind, nodes[:len(nodes)-1]
		}
	}
	size := p - w.start
	if size < 1 || size > passageText {
		return
	}
	text := t.Src[w.start:p]
	hash := hashBytes(text) + uint64(w.before)*mulA
	q := m.known[hash]
	if q == nil {
		// What comes once need not come again. Of two that share a sight each
		// has its turn.
		if sight := &m.sights[hash%passageSights]; *sight != hash {
			if m.unknown++; *sight == 0 || m.unknown%2 == 0 {
				*sight = hash
			}
			return
		}
		if m.full = m.full || len(m.known) == maxPassages; m.full {
			return
		}
		if q = t.newPassage(string(text), nodes); q == nil {
			return
		}
		q.ends, q.more = ends, q.more || ends == KindNumber
		m.known[hash] = q
	} else if q.before != w.before || q.text != string(text) {
		return
	}
	w.last = q
	if last != nil {
		last.lead(q)
	}
}

// newPassage returns the passage that ends the way, or nil when not all of it
// is known.
func (t *Tape) newPassage(text string, nodes []Node) *passage {
	w := &t.way
	q := &passage{text: text, before: w.before, size: len(text), more: len(text) > 8*passageWords, spaces: t.spaces - w.spaces}
	var words, masks [8 * passageWords]byte
	for i := range copy(words[:], text) {
		masks[i] = 0xff
	}
	for i := range passageWords {
		q.words[i], q.masks[i] = binary.LittleEndian.Uint64(words[8*i:]), binary.LittleEndian.Uint64(masks[8*i:])
	}
	for _, end := range w.closes {
		q.closes = append(q.closes, uint8(end-w.start))
	}
	for _, k := range nodes {
		if k.Flags&Name != 0 && k.Place == 0 {
			return nil
		}
		k.Start, k.End, k.Next = k.Start-uint32(w.start), k.End-uint32(w.start), k.Next-uint32(w.node)
		q.nodes = append(q.nodes, k)
	}
	first := uint32(w.node)
	if q.named = len(q.nodes) > 0 && q.nodes[0].Flags&Name != 0; q.named {
		q.name, q.nodes = q.nodes[0], q.nodes[1:]
		for i := range q.nodes {
			q.nodes[i].Next--
		}
		first++
	}
	for _, c := range t.open {
		if int(c.node) < w.node {
			continue
		}
		if c.stack == 0 {
			return nil
		}
		c.node, c.last = c.node-first, c.last-first
		q.opens = append(q.opens, c)
	}
	return q
}

// lead notes that a passage came after q. The one that came least of late
// makes room for it.
func (q *passage) lead(k *passage) {
	i := slices.Index(q.next[:], nil)
	if i < 0 {
		i = passageNext - 1
	}
	q.next[i] = k
}
