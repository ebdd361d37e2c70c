package frames

import "math/bits"

// sequence is some literals and then a match, which repeats what lies offset
// bytes before it.
type sequence struct {
	literals, length, offset uint32
}

// Codes of the three numbers of a sequence (RFC 8878, section
// 3.1.1.3.2.1): each stands for a range, and some bits say which of it is
// meant.
const (
	literalsCodes = 36
	lengthCodes   = 53
	offsetCodes   = 32
	leastLength   = 3
)

var (
	literalsBits = [literalsCodes]uint8{16: 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	lengthBits   = [lengthCodes]uint8{32: 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	literalsOf   = codesOf(literalsBits[:], 64)
	lengthOf     = codesOf(lengthBits[:], 128)
)

// codesOf returns the codes of numbers below n.
func codesOf(bits []uint8, n int) []uint8 {
	codes := make([]uint8, 0, n)
	for code, b := range bits {
		for range 1 << b {
			if len(codes) == n {
				return codes
			}
			codes = append(codes, uint8(code))
		}
	}
	return codes
}

func literalsCode(n uint32) uint8 {
	if n < 64 {
		return literalsOf[n]
	}
	return uint8(bits.Len32(n) + 18)
}

// lengthCode returns the code of a length less leastLength.
func lengthCode(n uint32) uint8 {
	if n < 128 {
		return lengthOf[n]
	}
	return uint8(bits.Len32(n) + 35)
}

// The shares of the codes when a block brings none of its own (RFC 8878,
// section 3.1.1.3.2.2).
var (
	literalsShares = []int16{4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1}
	lengthShares   = []int16{1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1}
	offsetShares   = []int16{1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1}
)

// sequencer writes the sequences of a block.
type sequencer struct {
	literals, offsets, lengths coder
	values                     []uint32 // offsets as they are written
	recent                     [3]uint32
}

// coder finds how the codes of one kind are written.
type coder struct {
	most   uint8 // the log of the greatest table
	counts [maxSymbols]uint32
	codes  []uint8
	table  *table // of this block
	usual  table  // when a block brings none
	own    [2]table
	last   int  // the newest one of own
	kept   bool // it is the table of the block before
}

func newSequencer() *sequencer {
	s := new(sequencer)
	s.literals.init(9, 6, literalsShares)
	s.offsets.init(8, 5, offsetShares)
	s.lengths.init(9, 6, lengthShares)
	return s
}

func (c *coder) init(most, log uint8, shares []int16) {
	c.most = most
	c.usual.log, c.usual.count = log, len(shares)
	copy(c.usual.shares[:], shares)
	c.usual.build()
}

// forget makes the next block independent of the tables before it.
func (s *sequencer) forget() {
	s.literals.kept, s.offsets.kept, s.lengths.kept = false, false, false
}

// reset begins a frame.
func (s *sequencer) reset() {
	s.forget()
	s.recent = [3]uint32{1, 4, 8}
}

// append appends the section of the sequences of a block (RFC 8878, section
// 3.1.1.3.2).
func (s *sequencer) append(dst []byte, list []sequence) []byte {
	switch n := len(list); {
	case n == 0:
		return append(dst, 0)
	case n < 128:
		dst = append(dst, byte(n))
	case n < 0x7f00:
		dst = append(dst, byte(n>>8)+128, byte(n))
	default:
		dst = append(dst, 255, byte(n-0x7f00), byte((n-0x7f00)>>8))
	}
	s.code(list)
	modes := len(dst)
	dst = append(dst, 0)
	var m [3]uint8
	dst, m[0] = s.literals.choose(dst, len(list))
	dst, m[1] = s.offsets.choose(dst, len(list))
	dst, m[2] = s.lengths.choose(dst, len(list))
	dst[modes] = m[0]<<6 | m[1]<<4 | m[2]<<2
	return s.stream(dst, list)
}

// code finds the codes of all sequences.
func (s *sequencer) code(list []sequence) {
	for _, c := range []*coder{&s.literals, &s.offsets, &s.lengths} {
		clear(c.counts[:])
		if cap(c.codes) < len(list) {
			c.codes = make([]uint8, len(list), len(list)+len(list)/4)
		}
		c.codes = c.codes[:len(list)]
	}
	if cap(s.values) < len(list) {
		s.values = make([]uint32, len(list), len(list)+len(list)/4)
	}
	s.values = s.values[:len(list)]
	ll, of, ml, values := s.literals.codes, s.offsets.codes[:len(list)], s.lengths.codes[:len(list)], s.values[:len(list)]
	recent := s.recent
	for i := range ll {
		q := list[i]
		v := q.offset + 3
		// Without literals the last offset stands for another one (section
		// 3.1.1.5).
		switch {
		case q.offset == recent[0] && q.literals > 0:
			v = 1
		case q.offset == recent[1]:
			v = 2
			if q.literals == 0 {
				v = 1
			}
			recent[0], recent[1] = recent[1], recent[0]
		case q.offset == recent[2]:
			v = 3
			if q.literals == 0 {
				v = 2
			}
			recent = [3]uint32{q.offset, recent[0], recent[1]}
		case q.literals == 0 && q.offset == recent[0]-1 && q.offset > 0:
			v = 3
			recent = [3]uint32{q.offset, recent[0], recent[1]}
		default:
			recent = [3]uint32{q.offset, recent[0], recent[1]}
		}
		values[i] = v
		l, o, m := literalsCode(q.literals), uint8(bits.Len32(v)-1), lengthCode(q.length-leastLength)
		ll[i], of[i], ml[i] = l, o, m
		s.literals.counts[l]++
		s.offsets.counts[o]++
		s.lengths.counts[m]++
	}
	s.recent = recent
}

// How a table comes to the decoder.
const (
	modeUsual = iota
	modeOne   // there is one symbol only
	modeNew
	modeLast
)

// choose finds the table that takes the fewest bits for n codes, appends it
// where the decoder does not have it, and returns how it comes there.
func (c *coder) choose(dst []byte, n int) ([]byte, uint8) {
	used, greatest := 0, 0
	for s, count := range c.counts {
		if count > 0 {
			used, greatest = used+1, s
		}
	}
	mine, last := &c.own[1-c.last], &c.own[c.last]
	if used == 1 {
		mine.share(c.counts[:], n, 0)
		mine.build()
		c.table, c.kept = mine, false
		return append(dst, byte(greatest)), modeOne
	}
	least, mode := c.usual.cost(c.counts[:]), uint8(modeUsual)
	c.table = &c.usual
	if c.kept {
		if cost := last.cost(c.counts[:]); cost <= least {
			least, mode = cost, modeLast
			c.table = last
		}
	}
	mine.share(c.counts[:], n, min(c.most, uint8(max(5, bits.Len(uint(n))-2, bits.Len(uint(used))))))
	start := len(dst)
	dst = mine.append(dst)
	if cost := mine.cost(c.counts[:]) + float64(8*(len(dst)-start)); cost < least {
		mine.build()
		c.table, c.kept, c.last = mine, true, 1-c.last
		return dst, modeNew
	}
	c.kept = mode == modeLast
	return dst[:start], mode
}

// stream appends the sequences, the last one first.
func (s *sequencer) stream(dst []byte, list []sequence) []byte {
	w := bitWriter{out: dst}
	w.reserve(11*len(list) + 8)
	ll, of, ml, values := s.literals.codes, s.offsets.codes[:len(list)], s.lengths.codes[:len(list)], s.values[:len(list)]
	lt, ot, mt := s.literals.table, s.offsets.table, s.lengths.table
	last := len(list) - 1
	l, o, m := lt.start(ll[last]), ot.start(of[last]), mt.start(ml[last])
	for i := last; i >= 0; i-- {
		// The bits are put together before they are written, so that few
		// steps wait for those of the sequence before.
		if i < last {
			op, on := ot.next(&o, of[i])
			mp, mn := mt.next(&m, ml[i])
			lp, ln := lt.next(&l, ll[i])
			w.add(op|mp<<(on&63)|lp<<((on+mn)&63), on+mn+ln)
		}
		q := &list[i]
		ln, mn, on := uint(literalsBits[ll[i]]), uint(lengthBits[ml[i]]), uint(of[i])
		lengths := uint64(q.literals)&(1<<(ln&63)-1) | uint64(q.length-leastLength)&(1<<(mn&63)-1)<<(ln&63)
		offset := uint64(values[i]) & (1<<(on&63) - 1)
		if ln+mn+on > 31 {
			w.put()
		}
		w.add(lengths|offset<<((ln+mn)&63), ln+mn+on)
		w.put()
	}
	// The decoder starts with the lowest bits of the states.
	w.add(uint64(m)&(1<<mt.log-1), uint(mt.log))
	w.add(uint64(o)&(1<<ot.log-1), uint(ot.log))
	w.add(uint64(l)&(1<<lt.log-1), uint(lt.log))
	w.add(1, 1) // where the bits end
	w.close()
	return w.out
}
