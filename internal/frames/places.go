package frames

import "math/bits"

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
	fewSlots  = 17 // the log of the most slots: 512 KB
	manySlots = 18
)

// reset forgets everything. size is how many bytes of text there are, and most
// the log of the most slots.
func (p *places) reset(words, size, most int) {
	log := min(most, max(8, bits.Len(uint(size>>3))))
	p.words, p.shift = words, uint(64-log)
	if cap(p.slots) < 1<<log {
		p.slots = make([]uint32, 1<<log)
		return
	}
	p.slots = p.slots[:1<<log]
	clear(p.slots)
}

// look fills short and long with where the words of each token were before.
// Where that is not known, it is the token's own place.
func (f *finder) look(b []byte) {
	n := len(f.tokens)
	if cap(f.keys) < n {
		f.keys, f.short, f.long = make([]uint64, n+n/4), make([]uint32, n+n/4), make([]uint32, n+n/4)
	}
	f.short, f.long = f.short[:n], f.long[:n]
	for n > 0 && int(f.tokens[n-1].at)+8 > len(b) { // too near to the end
		n--
		f.short[n], f.long[n] = f.tokens[n].at, f.tokens[n].at
	}
	f.swap(&f.few, f.short[:n])
	f.swap(&f.many, f.long[:n])
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
		place := before & placeMask
		if before^tag > placeMask { // of other words
			place = at
		}
		dst[i] = place
	}
}
