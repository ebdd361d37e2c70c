package frames

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A text is parsed into literals and matches by the cheapest way through its
// words, or in a hurry by the first matches that come. Matches are looked for where a word begins and nowhere else: for each
// token the latest place of the same many words, or else of the same few. From
// there a match goes on as far as the bytes are alike, and back over what lies
// before the word, so that two of them overlap more often than not and may be
// cut where it suits.

// partSize is how many bytes are parsed at once, so that what is known of
// their words stays in the nearest cache.
const partSize = 8 << 10

// finder finds the sequences of texts.
type finder struct {
	few, many places
	prices    prices
	quick     bool

	// Of the part.
	words       []uint64 // a bit for each byte in a word
	room        []token
	tokens      []token // the first ones of room
	keys        []uint64
	short, long []uint32
	seen        []spot
	nodes       []node
	matches     []match
	path        []uint32

	// Of the block.
	anchor uint32 // the end of the last sequence
	list   []sequence
	lits   []byte
}

// node is the cheapest ways to the end of the word before a token, and to the
// start of its word.
type node struct{ end, start way }

// way is the cost of a way in its upper half, and in its lower half the number
// of the match it ends with, 0 for literals: the lesser one of two is the
// cheaper one.
type way uint64

// match is a candidate: b[start:end] repeats what lies offset before it.
type match struct {
	from       int32 // the node before it; inverted when it is that node's end
	start, end uint32
	offset     uint32
}

// reset begins a text of so many bytes, at most maxWindow.
func (f *finder) reset(size int, s Search) {
	f.quick = s.Quick
	f.few.reset(s.Few, size)
	f.many.reset(s.Many, size)
}

// find returns the sequences of b[from:to] and their literals. What lies
// before from was parsed before.
func (f *finder) find(b []byte, from, to int) ([]sequence, []byte) {
	f.list, f.lits = f.list[:0], f.lits[:0]
	f.anchor = uint32(from)
	for at := from; at < to; at += partSize {
		end := min(to, at+partSize)
		f.scan(b[:to], at, end)
		if f.quick {
			f.places(b[:to])
			f.greedy(b[:end], uint32(at))
			continue
		}
		f.look(b[:to])
		f.parse(b[:end], uint32(at))
		f.trace(b)
	}
	f.lits = append(f.lits, b[f.anchor:to]...)
	return f.list, f.lits
}

// parse finds the ways through the part b[from:].
func (f *finder) parse(b []byte, from uint32) {
	n := len(f.tokens)
	if cap(f.nodes) < n+1 {
		f.nodes = make([]node, n+1, n+n/4+1)
	}
	f.nodes = f.nodes[:n+1]
	nodes := f.nodes
	for i := range nodes {
		nodes[i] = node{math.MaxUint64, math.MaxUint64}
	}
	nodes[0].end = 0
	matches := append(f.matches[:0], match{}) // number 0 is none
	p := &f.prices
	run := p.literals[2] - p.literals[0]
	letter := p.letter
	before := from // the end of the word before
	room, tokens := f.room, f.room[:n+1]
	seen := f.seen[:n]
	var lastOffset, lastEnd uint32
	for i := range seen {
		at, wordEnd := tokens[i].at, tokens[i].end
		here, next := &nodes[i], &nodes[i+1]
		// What lies between the words, as literals; then the word.
		here.start = min(here.start, here.end.literals(letter*(at-before), run))
		next.end = min(next.end, here.start.literals(letter*(wordEnd-at), run))
		gap := at - before
		before = wordEnd
		spot := seen[i]
		offset := at - spot.at
		if offset == 0 || offset == lastOffset && at < lastEnd {
			continue // no match, or one that goes on
		}
		if more := int(spot.more); more > 0 && room[i+more].end <= lastEnd {
			continue // the match before has all of these words
		}
		end := at + spot.same
		if spot.same == 8 {
			end = uint32(reach(b, int(at)+8, int(spot.at)+8))
		}
		end = min(end, uint32(len(b)))
		start, length := at, end-at
		by, from := here.start, int32(i)
		if length == 0 {
			// Perhaps one of the two words has a capital.
			end = uint32(reach(b, int(at)+1, int(spot.at)+1))
			start++
			length = end - min(end, start)
			by = by.literals(letter, run)
		} else if spot.at >= 8 {
			back := alikeBefore(b, at, spot.at)
			start -= min(back, at-tokens[0].at)
			if start+gap <= at {
				by, from = here.end, ^from
				length += gap
			}
		}
		if length < leastLength || end < wordEnd && length < leastPart {
			continue
		}
		lastOffset, lastEnd = offset, end
		by = by.match(p.offset[(bits.Len32(offset+3)-1)&31]+p.length[min(length-leastLength, 255)], len(matches))
		matches = append(matches, match{from, start, end, offset})
		if end < wordEnd {
			by += way(letter*(wordEnd-end)+run) << 32
			next.end = min(next.end, by)
			continue
		}
		next.end = min(next.end, by)
		for j := i + 1; tokens[j].at <= end; j++ {
			nodes[j].start = min(nodes[j].start, by)
			if j == n || tokens[j].end > end {
				break
			}
			nodes[j+1].end = min(nodes[j+1].end, by)
		}
	}
	f.matches = matches
}

// leastPart is the length of the shortest match that ends within the word it
// begins in.
const leastPart = 8

// literals returns the way with literals that cost so much; run is what it
// costs to begin with them after a match.
func (w way) literals(cost, run uint32) way {
	afterMatch := uint32(-int32(w) >> 31) // all ones or zero: there is no foreseeing it
	return (w>>32 + way(cost+run&afterMatch)) << 32
}

// match returns the way with a match of this number.
func (w way) match(cost uint32, number int) way {
	return (w>>32+way(cost))<<32 | way(number)
}

// reach returns how far b[i:] and b[p:] are alike; p is less than i.
func reach(b []byte, i, p int) int {
	if i+32 <= len(b) {
		x, y := b[i:i+32:i+32], b[p:p+32:p+32]
		n := same(x, y, 0)
		n += same(x, y, 8) & -(n >> 3)
		n += same(x, y, 16) & -(n >> 4)
		n += same(x, y, 24) & -((n + 8) >> 5)
		i, p = i+n, p+n
		if n < 32 {
			return i
		}
	}
	for i+8 <= len(b) {
		if x := binary.LittleEndian.Uint64(b[i:]) ^ binary.LittleEndian.Uint64(b[p:]); x != 0 {
			return i + bits.TrailingZeros64(x)>>3
		}
		i += 8
		p += 8
	}
	for i < len(b) && b[i] == b[p] {
		i++
		p++
	}
	return i
}

// same returns how many of the 8 bytes from at on are alike.
func same(x, y []byte, at int) int {
	return bits.TrailingZeros64(binary.LittleEndian.Uint64(x[at:at+8])^binary.LittleEndian.Uint64(y[at:at+8])) >> 3
}

// alikeBefore returns how many of the 8 bytes before b[i] and before b[p] are
// alike.
func alikeBefore(b []byte, i, p uint32) uint32 {
	x := binary.LittleEndian.Uint64(b[p-8:]) ^ binary.LittleEndian.Uint64(b[i-8:])
	return uint32(bits.LeadingZeros64(x)) >> 3
}

// trace follows the cheapest way back and appends its sequences.
func (f *finder) trace(b []byte) {
	nodes, path := f.nodes, f.path[:0]
	last := len(nodes) - 1
	for i, start := last, nodes[last].start>>32 < nodes[last].end>>32; i > 0; {
		m := uint32(nodes[i].end)
		if start {
			m = uint32(nodes[i].start)
		}
		switch {
		case m > 0:
			path = append(path, m)
			i = int(f.matches[m].from)
			if start = i >= 0; !start {
				i = ^i
			}
		case start:
			start = false
		default:
			i, start = i-1, true
		}
	}
	f.path = path
	for k := len(path) - 1; k >= 0; k-- {
		m := f.matches[path[k]]
		m.start = max(m.start, f.anchor)
		if k > 0 {
			m.end = f.prices.cut(m.start, m.end, &f.matches[path[k-1]])
		}
		f.add(b, m, m.end)
	}
}

// cut returns where a match from start to end ends when the next one follows,
// so that the lengths are cheap.
func (p *prices) cut(start, end uint32, next *match) uint32 {
	if next.start >= end {
		return end
	}
	least := uint32(math.MaxUint32)
	first, last := max(next.start, start+leastLength), min(end, next.end-leastLength)
	end = next.start
	for x := last; x >= first; x-- {
		if c := p.length[min(x-start-leastLength, 255)] + p.length[min(next.end-x-leastLength, 255)]; c < least {
			least, end = c, x
		}
	}
	return end
}
