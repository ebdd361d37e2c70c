package frames

import (
	"math"
	"math/bits"
)

// table encodes symbols of one kind by finite state entropy (RFC 8878,
// section 4.1). The state is a number of 1<<log to 2<<log - 1; each symbol has
// as many of them as its share of the symbols.
type table struct {
	log    uint8
	shares [maxSymbols]int16 // of 1<<log; -1 is less than one
	count  int               // of symbols that have a share, or more
	states [1 << maxLog]uint16
	steps  [maxSymbols]step
}

// step is how the state changes by one symbol, which has n states: the
// lowest bits are written until n to 2n-1 is left, the number of the new
// state among those of the symbol, plus n.
type step struct {
	bits  uint32 // such that (state + bits) >> 16 is how many bits are written
	first int32  // of the states of the symbol, less n
}

const (
	maxSymbols = 53
	maxLog     = 9
)

// share gives each symbol that comes at all its share of 1<<log, so that
// encoding counts takes few bits. total is the sum of counts, of which two
// or more are not zero.
func (t *table) share(counts []uint32, total int, log uint8) {
	t.log, t.count = log, 0
	left := 1 << log
	for s, c := range counts {
		t.shares[s] = 0
		if c > 0 {
			t.shares[s] = max(1, int16(uint64(c)<<log/uint64(total)))
			t.count = s + 1
		}
		left -= int(t.shares[s])
	}
	for ; left > 0; left-- { // to the one that gains most
		best, gain := 0, -1.0
		for s, c := range counts[:t.count] {
			if c > 0 {
				if g := float64(c) / float64(t.shares[s]); g > gain {
					best, gain = s, g
				}
			}
		}
		t.shares[best]++
	}
	for ; left < 0; left++ { // from the one that loses least
		best, loss := 0, math.Inf(1)
		for s, c := range counts[:t.count] {
			if t.shares[s] > 1 {
				if l := float64(c) / float64(t.shares[s]-1); l < loss {
					best, loss = s, l
				}
			}
		}
		t.shares[best]--
	}
}

// cost returns how many bits counts take, without the table; infinite when
// one of them has no share.
func (t *table) cost(counts []uint32) float64 {
	sum := 0.0
	for s, c := range counts {
		if c == 0 {
			continue
		}
		if s >= t.count || t.shares[s] == 0 {
			return math.Inf(1)
		}
		sum += float64(c) * (float64(t.log) - math.Log2(float64(max(1, t.shares[s]))))
	}
	return sum
}

// build numbers the states by the shares. Those of a share of -1 are the
// last ones; the others are spread, so that those of one symbol are not
// neighbours.
func (t *table) build() {
	size := 1 << t.log
	var symbols [1 << maxLog]uint8
	high := size - 1
	for s, n := range t.shares[:t.count] {
		if n < 0 {
			symbols[high] = uint8(s)
			high--
		}
	}
	at, stride := 0, size>>1+size>>3+3
	first := [maxSymbols]int{}
	sum := 0
	for s, n := range t.shares[:t.count] {
		first[s] = sum
		sum += int(max(n, -n))
		for range n {
			symbols[at] = uint8(s)
			for at = (at + stride) & (size - 1); at > high; at = (at + stride) & (size - 1) {
			}
		}
		n := int(max(n, -n))
		if n == 0 {
			continue
		}
		// Most states lose this many bits, those below n<<most one less.
		most := int(t.log) - bits.Len(uint(n-1)) + 1
		if n == 1 {
			most = int(t.log)
		}
		t.steps[s] = step{bits: uint32(most<<16 - n<<most), first: int32(first[s] - n)}
	}
	for state, s := range symbols[:size] {
		t.states[first[s]] = uint16(size + state)
		first[s]++
	}
}

// start returns a state of symbol s.
func (t *table) start(s uint8) uint32 {
	return uint32(t.states[int(t.steps[s].first)+int(max(1, t.shares[s]))])
}

// next changes the state to one after symbol s, and returns the bits that tell
// the decoder the state before, and how many they are; the decoder goes the
// other way.
func (t *table) next(state *uint32, s uint8) (value uint64, n uint) {
	p := t.steps[s]
	was := *state
	bits := (was + p.bits) >> 16
	*state = uint32(t.states[int32(was>>bits)+p.first])
	return uint64(was) & (1<<(bits&63) - 1), uint(bits)
}

// append appends the shares (RFC 8878, section 4.1.1).
func (t *table) append(dst []byte) []byte {
	w := bitWriter{out: dst}
	w.reserve(2 * maxSymbols)
	w.add(uint64(t.log-5), 4)
	left := 1 << t.log
	for s := 0; left > 0; s++ {
		n := int(t.shares[s])
		// A number of 0 to left+1; the lowest of them take one bit less.
		value, width := n+1, bits.Len(uint(left+1))
		short := 1<<width - 1 - (left + 1)
		switch {
		case value < short:
			width--
		case value >= 1<<(width-1):
			value += short
		}
		w.add(uint64(value), uint(width))
		w.put()
		left -= max(n, -n)
		if n == 0 {
			zeros := 0
			for t.shares[s+zeros+1] == 0 {
				zeros++
			}
			s += zeros
			for ; zeros >= 3; zeros -= 3 {
				w.add(3, 2)
				w.put()
			}
			w.add(uint64(zeros), 2)
		}
	}
	w.close()
	return w.out
}
