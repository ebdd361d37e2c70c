package frames

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A text is parsed into literals and matches from word to word. Matches are
// looked for where a word begins and nowhere else: for each token the latest
// place of the same many words, or else of the same few. From there a match
// goes on as far as the bytes are alike, and back over what lies before the
// word, so that two of them overlap more often than not and may be cut where
// it suits. The cheapest way through all matches would save 2 in 100 bytes, and
// take half as much time again.

// partSize is how many bytes are parsed at once, so that what is known of
// their words stays in the nearest cache.
const partSize = 8 << 10

// finder finds the sequences of texts.
type finder struct {
	few, many places
	prices    prices

	// Of the part.
	words       []uint64 // a bit for each byte in a word
	room        []token
	tokens      []token // the first ones of room
	keys        []uint64
	short, long []uint32

	// Of the block.
	anchor uint32 // the end of the last sequence
	list   []sequence
	lits   []byte
}

// match says that b[start:end] repeats what lies offset before it.
type match struct{ start, end, offset uint32 }

// reset begins a text of so many bytes, at most maxWindow.
func (f *finder) reset(size, few, many int) {
	f.few.reset(few, size, fewSlots)
	f.many.reset(many, size, manySlots)
}

// find returns the sequences of b[from:to] and their literals. What lies
// before from was parsed before.
func (f *finder) find(b []byte, from, to int) ([]sequence, []byte) {
	f.list, f.lits = f.list[:0], f.lits[:0]
	f.anchor = uint32(from)
	for at := from; at < to; at += partSize {
		end := min(to, at+partSize)
		f.scan(b[:to], at, end)
		f.look(b[:to])
		f.parse(b[:end], uint32(at))
	}
	f.lits = append(f.lits, b[f.anchor:to]...)
	return f.list, f.lits
}

// parse takes from word to word of the part b[from:] the first match that is
// worth it. What is alike in it and in the next one goes to where the lengths
// are cheap.
func (f *finder) parse(b []byte, from uint32) {
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
		next := match{start: at, offset: at - c}
		x := binary.LittleEndian.Uint64(b[at:at+8:at+8]) ^ binary.LittleEndian.Uint64(b[c:c+8:c+8])
		switch same := uint32(bits.TrailingZeros64(x) >> 3); same {
		case 0:
			// Perhaps one of the two words has a capital.
			next.start++
			next.end = reach(b, at+1, c+1)
		case 8:
			next.end = reach(b, at+8, c+8)
		default:
			next.end = min(at+same, uint32(len(b)))
		}
		if next.start == at && c >= 8 {
			next.start -= min(alikeBefore(b, at, c), at-from)
		}
		length := next.end - max(next.start, last.end)
		if int32(length) < leastLength || p.letter*length <= p.match(length, next.offset) {
			i++
			continue
		}
		f.add(b, last, p.cut(&last, &next))
		next.start = max(next.start, f.anchor)
		last = next
		i = f.follow(i+1, &last)
	}
	f.add(b, last, last.end)
}

// follow returns the token, i or a later one, from which the text goes on after
// a match.
func (f *finder) follow(i int, m *match) int {
	n := len(f.tokens)
	tokens, short, long := f.room[:n+1], f.short[:n], f.long[:n]
	for i < n && tokens[i].end <= m.end {
		i++
	}
	if i == n || long[i] != tokens[i].at && tokens[i].at > m.start {
		return i // also when the match ends within that word
	}
	at, c := tokens[i].at, short[i]
	if at < m.end && (c == at || at <= m.start) {
		return i + 1
	}
	// Many words from a word within the match may reach further than few from
	// here. To see how far they do costs more than it saves.
	least := i - f.many.words
	if c != at {
		least += f.few.words
	}
	for j := i - 1; j > max(0, least) && tokens[j].at >= m.start+leastLength; j-- {
		if at, c := tokens[j].at, long[j]; c != at && at-c != m.offset {
			return j
		}
	}
	return i
}

// reach returns how far b[i:] and b[p:] are alike; p is less than i.
func reach(b []byte, i, p uint32) uint32 {
	for int(i)+8 <= len(b) {
		if x := binary.LittleEndian.Uint64(b[i:]) ^ binary.LittleEndian.Uint64(b[p:]); x != 0 {
			return i + uint32(bits.TrailingZeros64(x))>>3
		}
		i += 8
		p += 8
	}
	for int(i) < len(b) && b[i] == b[p] {
		i++
		p++
	}
	return i
}

// alikeBefore returns how many of the 8 bytes before b[i] and before b[p] are
// alike.
func alikeBefore(b []byte, i, p uint32) uint32 {
	x := binary.LittleEndian.Uint64(b[p-8:]) ^ binary.LittleEndian.Uint64(b[i-8:])
	return uint32(bits.LeadingZeros64(x)) >> 3
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

// cut returns where match m ends when the next one follows, so that the
// lengths are cheap.
func (p *prices) cut(m, next *match) uint32 {
	if next.start >= m.end {
		return m.end
	}
	least, end := uint32(math.MaxUint32), next.start
	for x := min(m.end, next.end-leastLength); x >= max(next.start, m.start+leastLength); x-- {
		if c := p.length[min(x-m.start-leastLength, 255)] + p.length[min(next.end-x-leastLength, 255)]; c < least {
			least, end = c, x
		}
	}
	return end
}
