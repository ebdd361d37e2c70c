// Package gist turns a few words into a vector by their meaning. It holds a
// small student of the sentence encoder BAAI/bge-small-en-v1.5 (MIT licence):
// a vector for each piece of a word, one layer that looks at the neighbours,
// and a weighted mean. PROVENANCE.md says how model.bin was made.
//
// The package is pure. It must never do I/O: the same words always give the
// same vector.
package gist

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
)

//go:embed model.bin
var embedded []byte

// Model is the student. It does not change after it is read and is safe for
// concurrent use.
type Model struct {
	size, hidden, out int
	pieces            []string // sorted
	scale, weight     []float32
	vectors           []int8
	near, nearBias    []float32 // left, own and right to hidden
	attend            []float32 // hidden to heads
	last, lastBias    []float32 // heads of hidden, and the mean, to out
}

// Dim is the length of a vector.
func (m *Model) Dim() int { return m.out }

var errModel = errors.New("read the word vectors: the file is cut off or damaged")

// heads is in how many ways a model pays attention.
const heads = 4

// New reads the embedded model.
func New() (*Model, error) { return read(embedded) }

func read(data []byte) (*Model, error) {
	m := &Model{}
	if len(data) < 20 {
		return nil, errModel
	}
	var head [5]int
	for i := range head {
		head[i] = int(binary.LittleEndian.Uint32(data[4*i:]))
	}
	data = data[20:]
	n := head[0]
	m.size, m.hidden, m.out = head[1], head[2], head[4]
	if head[3] != heads || (m.hidden*heads+m.size)%4 != 0 {
		return nil, errModel
	}
	floats := 2*n + 3*m.size*m.hidden + m.hidden + m.hidden*heads + (m.hidden*heads+m.size)*m.out + m.out
	m.pieces = make([]string, 0, n)
	for range n {
		if len(data) == 0 || len(data) <= int(data[0]) {
			return nil, errModel
		}
		m.pieces = append(m.pieces, string(data[1:1+data[0]]))
		data = data[1+data[0]:]
	}
	if len(data) != n*m.size+4*floats || !slices.IsSorted(m.pieces) {
		return nil, errModel
	}
	m.vectors = make([]int8, n*m.size)
	for i := range m.vectors {
		m.vectors[i] = int8(data[i])
	}
	data = data[n*m.size:]
	take := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		data = data[4*n:]
		return out
	}
	m.scale, m.weight = take(n), take(n)
	m.near, m.nearBias = take(3*m.size*m.hidden), take(m.hidden)
	m.attend = take(m.hidden * heads)
	m.last, m.lastBias = take((m.hidden*heads+m.size)*m.out), take(m.out)
	return m, nil
}

// longestWord is how many bytes of a word are looked at.
const longestWord = 40

// split appends the pieces of a word in lower case: the longest known
// beginning, then the longest known rest, which is written with "##". A word
// that cannot be taken apart has none.
func (m *Model) split(dst []int, word string) []int {
	if len(word) > longestWord {
		return dst
	}
	start := len(dst)
	for from := 0; from < len(word); {
		id, end := -1, len(word)
		for ; end > from; end-- {
			piece := word[from:end]
			if from > 0 {
				piece = "##" + piece
			}
			if i, ok := slices.BinarySearch(m.pieces, piece); ok {
				id = i
				break
			}
		}
		if id < 0 {
			return dst[:start]
		}
		dst = append(dst, id)
		from = end
	}
	return dst
}

// parts cuts a word at its apostrophes, which are pieces of their own.
func parts(word string) []string {
	if !strings.Contains(word, "'") || len(word) == 1 {
		return []string{word}
	}
	var out []string
	for i, p := range strings.Split(word, "'") {
		if i > 0 {
			out = append(out, "'")
		}
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
