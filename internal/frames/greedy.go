package frames

import (
	"encoding/binary"
	"math/bits"
)

// greedy takes from word to word the first match that is worth it, and appends
// its sequences. What is alike in it and the next one goes to where the lengths
// are cheap.
func (f *finder) greedy(b []byte, from uint32) {
	n := len(f.tokens)
	tokens, short, long, p := f.room[:n+1], f.short[:n], f.long[:n], &f.prices
	var last match // perhaps to be cut
	for i := 0; i < n; {
		at, c := tokens[i].at, long[i]
		if c == at {
			if c = short[i]; c == at {
				i++
				continue
			}
		}
		start, end, offset := at, at, at-c
		x := binary.LittleEndian.Uint64(b[at:at+8:at+8]) ^ binary.LittleEndian.Uint64(b[c:c+8:c+8])
		switch same := uint32(bits.TrailingZeros64(x) >> 3); same {
		case 0:
			// Perhaps one of the two words has a capital.
			start++
			end = uint32(reach(b, int(at)+1, int(c)+1))
		case 8:
			end = uint32(reach(b, int(at)+8, int(c)+8))
		default:
			end = min(at+same, uint32(len(b)))
		}
		if start == at && c >= 8 {
			start -= min(alikeBefore(b, at, c), at-from)
		}
		length := end - max(start, last.end)
		if int32(length) < leastLength || p.letter*length <= p.offset[(bits.Len32(offset+3)-1)&31]+p.length[min(length-leastLength, 255)] {
			i++
			continue
		}
		next := match{start: start, end: end, offset: offset}
		f.add(b, last, p.cut(last.start, last.end, &next))
		next.start = max(start, f.anchor)
		last = next
		for i++; i < n && tokens[i].end <= end; i++ {
		}
		// It may end within a word, all of which the next one has.
		if word := tokens[i].at; i < n && word < end && (word <= next.start || long[i] == word && short[i] == word) {
			i++
		}
	}
	f.add(b, last, last.end)
}

// add appends the sequence of a match, which is cut at end.
func (f *finder) add(b []byte, m match, end uint32) {
	if end < m.start+leastLength {
		return
	}
	f.lits = append(f.lits, b[f.anchor:m.start]...)
	f.list = append(f.list, sequence{literals: m.start - f.anchor, length: end - m.start, offset: m.offset})
	f.anchor = end
}
