package lake

// bloom is a blocked bloom filter: each key sets bits in one block of 512
// bits, which is one line of the processor's cache. With 16 bits a key about
// one key in a thousand that is not there seems to be.
type bloom []uint64

const (
	bloomBlock    = 8 // words of 64 bits
	bloomBitsAKey = 16
	bloomProbes   = 8
)

// newBloom returns a filter for n keys.
func newBloom(n int) bloom {
	blocks := (n*bloomBitsAKey + 511) / 512
	return make(bloom, max(1, blocks)*bloomBlock)
}

// block returns the block of a key and the bits that choose within it.
func (b bloom) block(k *key) (words []uint64, bits uint64) {
	h := k.spread() * 0x9ddfea08eb382d69
	blocks := uint64(len(b) / bloomBlock)
	at := (h >> 32) * blocks >> 32 * bloomBlock
	return b[at : at+bloomBlock], h*0xff51afd7ed558ccd ^ h>>29
}

func (b bloom) add(k *key) {
	words, bits := b.block(k)
	for range bloomProbes {
		words[bits>>6&7] |= 1 << (bits & 63)
		bits = bits>>7 | bits<<57
	}
}

// has is false only when the key was never added.
func (b bloom) has(k *key) bool {
	words, bits := b.block(k)
	for range bloomProbes {
		if words[bits>>6&7]&(1<<(bits&63)) == 0 {
			return false
		}
		bits = bits>>7 | bits<<57
	}
	return true
}
