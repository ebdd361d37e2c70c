package consistency

import (
	"math"

	"github.com/power100/tpe/internal/gist"
)

// meaning is the vector of a stretch of words, see package gist: each part as
// a whole number, so that sums do not hang on their order or on the machine.
// It is empty when no word is known.
type meaning []part

// part is one part of a meaning, in steps of 1/meaningLevels.
type part int8

// meaningParts is how many parts a meaning has, and meaningLevels how many
// steps make one.
const (
	meaningParts  = 64
	meaningLevels = 127
)

func (x part) share() float64 { return float64(x) / meaningLevels }

// encoder makes meanings. One goroutine has one.
type encoder struct {
	gist  *gist.Encoder
	words []string
	short map[string]meaning // of sentences that it has met, see whole
	key   []byte
}

// newEncoder makes an encoder with a model.
func newEncoder(m *gist.Model) encoder {
	return encoder{gist: m.NewEncoder(), short: map[string]meaning{}}
}

// meaning appends the vector of tokens [from, to) of a sentence to dst.
func (e *encoder) meaning(dst meaning, s *sentence, from, to int) meaning {
	e.words = e.words[:0]
	for i := range s.toks[from:to] {
		e.words = append(e.words, s.toks[from+i].word)
	}
	for _, x := range e.gist.Encode(e.words) {
		dst = append(dst, part(math.Round(float64(max(-1, min(1, x))*meaningLevels))))
	}
	return dst
}

// Sentences of up to so many bytes are said again and again: "Okay, sure." So
// many are kept.
const (
	shortSentence = 24
	mostShort     = 20000
)

// whole returns the vector of a whole sentence, and keeps it there.
func (e *encoder) whole(s *sentence) meaning {
	if len(s.mean) > 0 {
		return s.mean
	}
	if s.end-s.start > shortSentence {
		s.mean = e.meaning(s.mean, s, 0, len(s.toks))
		return s.mean
	}
	e.key = e.key[:0]
	for i := range s.toks {
		e.key = append(append(e.key, s.toks[i].word...), ' ')
	}
	known, ok := e.short[string(e.key)]
	if !ok {
		known = e.meaning(nil, s, 0, len(s.toks))
		if len(e.short) < mostShort {
			e.short[string(e.key)] = known
		}
	}
	s.mean = append(s.mean, known...)
	return s.mean
}

// kin is the cosine of two meanings, 0 when one is unknown.
func kin(a, b meaning) float64 {
	if len(a) != len(b) {
		return 0
	}
	var ab, aa, bb int32
	for i, x := range a {
		y := b[i]
		ab += int32(x) * int32(y)
		aa += int32(x) * int32(x)
		bb += int32(y) * int32(y)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return float64(ab) / math.Sqrt(float64(aa)*float64(bb))
}
