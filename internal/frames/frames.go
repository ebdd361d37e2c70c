// Package frames writes zstd frames (RFC 8878) in two ways of its own: of
// texts, in which words repeat, and of ids and numbers, in which nothing but
// letters repeats. Any decoder reads them. The package reads no frames.
package frames

import "encoding/binary"

// Writer writes frames. It is not safe for concurrent use.
type Writer struct {
	letters letters
	seq     *sequencer
	finder  finder
}

// New returns a Writer.
func New() *Writer { return &Writer{seq: newSequencer()} }

// Parts of a frame.
const (
	magic       = 0xfd2fb528
	maxBlock    = 128 << 10 // bytes of content
	maxWindow   = 8 << 20   // bytes that every decoder can look back
	blockRaw    = 0
	blockPacked = 2
)

// AppendTexts appends a frame of body to dst. Matches are looked for by few
// words, 1 or more, and by many, 16 or less.
func (w *Writer) AppendTexts(dst, body []byte, few, many int) []byte {
	dst = w.begin(dst, len(body))
	w.finder.prices.reset()
	for {
		window := body[:min(len(body), maxWindow)]
		body = body[len(window):]
		w.finder.reset(len(window), few, many)
		for at := 0; ; {
			end := min(at+maxBlock, len(window))
			list, literals := w.finder.find(window, at, end)
			last := end == len(window) && len(body) == 0
			dst = w.block(dst, window[at:end], list, literals, last)
			w.finder.prices.learn(w.seq, len(literals), w.letters.size, len(list))
			if last {
				return dst
			}
			if at = end; at == len(window) {
				break
			}
		}
	}
}

// AppendLetters appends a frame of body, in which letters repeat and nothing
// else: the few matches that one finds cost more than they save. No block lies
// on both sides of the cut, so that what comes before it has codes of its
// own.
func (w *Writer) AppendLetters(dst, body []byte, cut int) []byte {
	dst = w.begin(dst, len(body))
	for {
		n := min(len(body), maxBlock)
		if cut > 0 {
			n = min(n, cut)
			cut -= n
		}
		w.letters.kept = false
		dst = w.block(dst, body[:n], nil, body[:n], n == len(body))
		if body = body[n:]; len(body) == 0 {
			return dst
		}
	}
}

// begin appends the header of a frame of size bytes.
func (w *Writer) begin(dst []byte, size int) []byte {
	w.letters.kept = false
	w.seq.reset()
	dst = binary.LittleEndian.AppendUint32(dst, magic)
	const sizeIn4, sizeIn8, oneSegment = 2 << 6, 3 << 6, 1 << 5
	switch {
	case size <= maxWindow:
		return binary.LittleEndian.AppendUint32(append(dst, sizeIn4|oneSegment), uint32(size))
	default:
		const window = (23 - 10) << 3
		return binary.LittleEndian.AppendUint64(append(dst, sizeIn8, window), uint64(size))
	}
}

// block appends a block of the content b, which is made of literals and
// sequences.
func (w *Writer) block(dst, b []byte, list []sequence, literals []byte, last bool) []byte {
	start := len(dst)
	recent := w.seq.recent
	dst = append(dst, 0, 0, 0)
	dst = w.letters.append(dst, literals)
	dst = w.seq.append(dst, list)
	kind, size := blockPacked, len(dst)-start-3
	if size >= len(b) {
		w.letters.kept = false
		w.seq.forget()
		w.seq.recent = recent
		kind, size = blockRaw, len(b)
		dst = append(dst[:start+3], b...)
	}
	h := kind<<1 | size<<3
	if last {
		h |= 1
	}
	dst[start], dst[start+1], dst[start+2] = byte(h), byte(h>>8), byte(h>>16)
	return dst
}
