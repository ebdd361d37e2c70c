package lake

import (
	"encoding/binary"
	"testing"
)

// Ids that count up, at either end, must fill a table as evenly as random
// ones: with one probe in a table half full, two of five keys share a slot.
func TestCountedKeysSpread(t *testing.T) {
	const keys, slots = 1 << 15, 1 << 16
	for name, put := range map[string]func(k *key, n uint64){
		"last bytes":  func(k *key, n uint64) { binary.BigEndian.PutUint64(k[8:], n) },
		"first bytes": func(k *key, n uint64) { binary.BigEndian.PutUint32(k[:4], uint32(n)) },
		"both": func(k *key, n uint64) {
			binary.BigEndian.PutUint32(k[:4], uint32(n))
			binary.BigEndian.PutUint32(k[12:], uint32(n))
		},
		"hundreds": func(k *key, n uint64) { binary.BigEndian.PutUint64(k[8:], n*100) },
	} {
		var used [slots]bool
		full := 0
		for n := range uint64(keys) {
			var k key
			put(&k, n)
			if at := k.spread() % slots; !used[at] {
				used[at] = true
				full++
			}
		}
		// 65,536 slots and 32,768 balls: 25,787 slots are hit on average.
		if full < 25_000 {
			t.Errorf("%s: %d keys fall into %d slots", name, keys, full)
		}
	}
}
