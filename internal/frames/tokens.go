package frames

import (
	"encoding/binary"
	"math/bits"
)

// token is a word with what follows it up to the next one.
type token struct {
	at, end uint32 // where the word starts and ends
	word    uint32 // hash of the word, whether or not its first letter is a capital
	all     uint32 // hash of the word and what follows
}

// mostWords is how many words are looked for at once.
const mostWords = 16

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
	mix       = 0x9e3779b97f4a7c15
	roll      = 0xd6e8feb86659fd93
)

// inWord returns the high bit of each byte of x that belongs into a word: a
// letter, a digit, or part of a letter beyond ASCII.
func inWord(x uint64) uint64 {
	low := x&^highBits | 0x20*everyByte
	letter := (low + (0x80-'a')*everyByte) &^ (low + (0x80-'z'-1)*everyByte)
	digit := (low + (0x80-'0')*everyByte) &^ (low + (0x80-'9'-1)*everyByte)
	return (letter | digit | x) & highBits
}

// gather moves the high bits of 8 bytes into the lowest byte, in order.
func gather(x uint64) uint64 { return (x >> 7) * 0x0102040810204080 >> 56 }

// bitmap sets a bit for each byte of b that belongs into a word.
func bitmap(dst []uint64, b []byte) []uint64 {
	for ; len(b) >= 64; b = b[64:] {
		var m uint64
		for k := 0; k < 64; k += 8 {
			m |= gather(inWord(binary.LittleEndian.Uint64(b[k:k+8]))) << k
		}
		dst = append(dst, m)
	}
	if len(b) > 0 {
		var rest [64]byte
		copy(rest[:], b)
		var m uint64
		for k := 0; k < 64; k += 8 {
			m |= gather(inWord(binary.LittleEndian.Uint64(rest[k:]))) << k
		}
		dst = append(dst, m)
	}
	return dst
}

// lowest has the lowest n bytes set.
var lowest = [9]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, 1<<64 - 1}

// scan finds the tokens of b[from:to]. What precedes the first word is one
// without a word.
func (f *finder) scan(b []byte, from, to int) {
	f.words = bitmap(f.words[:0], b[from:to])
	if most := (to-from)/2 + 3 + mostWords; len(f.room) < most {
		f.room = make([]token, most+most/4)
	}
	f.room[0] = token{at: uint32(from), end: uint32(from)}
	t := f.room[1:]
	if f.words[0]&1 != 0 {
		t = f.room
	}
	starts, ends := 0, 0
	carry := uint64(0)
	base := uint32(from)
	for _, w := range f.words {
		before := w<<1 | carry
		carry = w >> 63
		for s := w &^ before; s != 0; s &= s - 1 {
			t[starts].at = base + uint32(bits.TrailingZeros64(s))
			starts++
		}
		for e := before &^ w; e != 0; e &= e - 1 {
			t[ends].end = base + uint32(bits.TrailingZeros64(e))
			ends++
		}
		base += 64
	}
	if ends < starts {
		t[ends].end = uint32(to)
	}
	n := len(f.room) - len(t) + starts
	f.room[n] = token{at: uint32(to), end: uint32(to)}
	f.tokens = f.room[:n]
	hash(f.room[:n+1], b)
}

// hash fills the hashes of all tokens but the last one. Those at the end of b
// have none.
func hash(t []token, b []byte) {
	for len(t) > 1 && int(t[len(t)-2].at)+16 > len(b) {
		t = t[:len(t)-1]
		t[len(t)-1].word, t[len(t)-1].all = 0, 0
	}
	for i := range len(t) - 1 {
		p := &t[i]
		at := p.at
		word, all := p.end-at, t[i+1].at-at
		x := binary.LittleEndian.Uint64(b[at:]) | 0x20
		h := (x & lowest[min(word, 8)]) * mix
		g := (x & lowest[min(all, 8)]) * mix
		if all > 8 {
			y := binary.LittleEndian.Uint64(b[at+8:])
			h ^= y & lowest[min(max(word, 8)-8, 8)]
			g ^= y & lowest[min(all-8, 8)]
		}
		p.word = uint32(h * roll >> 32)
		p.all = uint32(g * roll >> 32)
	}
}
