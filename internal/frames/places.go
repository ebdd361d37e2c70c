package frames

import (
	"encoding/binary"
	"math/bits"
)

// places is where so many words were seen last: by the highest bits of their
// hash the position in the lowest 23 bits, and other bits of the hash above.
type places struct {
	words int
	shift uint
	slots []uint32
}

const (
	placeBits = 23 // a position within maxWindow
	placeMask = 1<<placeBits - 1
	mostSlots = 17 // the log of them: 512 KB
)

// reset forgets everything. size is how many bytes of text there are.
func (p *places) reset(words, size int) {
	log := min(mostSlots, max(8, bits.Len(uint(size>>3))))
	p.words, p.shift = words, uint(64-log)
	if cap(p.slots) < 1<<log {
		p.slots = make([]uint32, 1<<log)
		return
	}
	p.slots = p.slots[:1<<log]
	clear(p.slots)
}

// spot is where the words of a token were before, how many of the first 8
// bytes are alike, and how many words more than one there are. That place is
// the token's own when none is known.
type spot struct{ at, same, more uint32 }

// look finds for each token where the same words were last.
func (f *finder) look(b []byte) {
	known := f.places(b)
	seen := f.seen[:known]
	for i, t := range f.tokens[known:] {
		f.seen[known+i] = spot{at: t.at}
	}
	t, short, long := f.tokens[:len(seen)], f.short[:len(seen)], f.long[:len(seen)]
	for i := range seen {
		at, c, words := t[i].at, long[i], f.many.words
		if c == at {
			c, words = short[i], f.few.words
		}
		x := binary.LittleEndian.Uint64(b[at:at+8:at+8]) ^ binary.LittleEndian.Uint64(b[c:c+8:c+8])
		seen[i] = spot{c, uint32(bits.TrailingZeros64(x) >> 3), uint32(words - 1)}
	}
}

// places fills short and long with where the words of each token were before,
// and returns how many of the first tokens are far enough from the end for
// that to be known.
func (f *finder) places(b []byte) int {
	n := len(f.tokens)
	f.grow(n)
	for n > 0 && int(f.tokens[n-1].at)+8 > len(b) {
		n--
		f.short[n], f.long[n] = f.tokens[n].at, f.tokens[n].at
	}
	f.swap(&f.few, f.short[:n])
	f.swap(&f.many, f.long[:n])
	return n
}

// grow makes room for what is known of n tokens.
func (f *finder) grow(n int) {
	if cap(f.seen) < n {
		n += n / 4
		f.seen, f.keys = make([]spot, n), make([]uint64, n)
		f.short, f.long = make([]uint32, n), make([]uint32, n)
	}
}

// swap fills dst with where the words from each token on were before, and
// notes where they are. Where it is not known, that is filled in as well.
func (f *finder) swap(p *places, dst []uint32) {
	n, words := len(f.tokens), p.words
	t := f.room[:n+words]
	for i := range words {
		t[n+i] = token{at: t[n].at, end: t[n].at}
	}
	keys := f.keys[:len(dst)]
	if words == 1 {
		for i := range keys {
			k := uint64(t[i].word) * mix
			keys[i] = k ^ k>>32
		}
	} else {
		// A rolling hash of all words but the last one.
		sum, power := uint64(0), uint64(1)
		for i := range words - 1 {
			sum = sum*roll + uint64(t[i].all)
			power *= roll
		}
		last := t[words-1:][:len(keys)]
		t = t[:len(keys)]
		for i := range keys {
			k := (sum*roll + uint64(last[i].word)) * mix
			keys[i] = k ^ k>>32
			sum = sum*roll + uint64(last[i].all) - uint64(t[i].all)*power
		}
	}
	slots, shift := p.slots, p.shift&63
	t = t[:len(keys)]
	for i, k := range keys {
		at, tag := t[i].at, uint32(k)<<placeBits
		slot := &slots[k>>shift]
		before := *slot
		*slot = tag | at
		// Not by branches, whose outcome nobody could foresee.
		other := uint32(-int32((before^tag)>>placeBits) >> 31)
		dst[i] = min(at, before&placeMask&^other|at&other)
	}
}
