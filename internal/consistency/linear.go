package consistency

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// linear is a softmax classifier over hashed features. Its weights are whole
// numbers, so that sums do not hang on their order or on the machine.
type linear struct {
	classes []string
	bias    []int32
	rows    map[uint64][]int8 // a weight for each class
	scale   float64           // of one unit of weight
}

// predict fills p with the probability of each class.
func (m *linear) predict(p []float64, feats []feature) {
	k := len(m.classes)
	var room [64]int32
	sums := room[:0]
	for range k {
		sums = append(sums, 0)
	}
	for _, f := range feats {
		for c, w := range m.rows[f.hash] {
			sums[c] += int32(w)
		}
	}
	norm := m.scale / math.Sqrt(float64(len(feats)+1))
	for c := range k {
		p[c] = float64(m.bias[c])*m.scale + float64(float64(sums[c])*norm)
	}
	softmax(p[:k])
}

func softmax(p []float64) {
	most := slices.Max(p)
	sum := 0.0
	for i := range p {
		p[i] = math.Exp(p[i] - most)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}

// marshal writes the classifier in a form that is the same for the same
// weights.
func (m *linear) marshal(b *bytes.Buffer) {
	put := func(v any) { _ = binary.Write(b, binary.LittleEndian, v) } // a Buffer does not fail
	put(uint32(len(m.classes)))
	for i, c := range m.classes {
		put(uint8(len(c)))
		b.WriteString(c)
		put(m.bias[i])
	}
	put(m.scale)
	hashes := make([]uint64, 0, len(m.rows))
	for h := range m.rows {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	put(uint32(len(hashes)))
	for _, h := range hashes {
		put(h)
		put(m.rows[h])
	}
}

var errWeights = errors.New("the weights are cut off")

// unmarshal reads what marshal wrote and returns the rest.
func (m *linear) unmarshal(data []byte) ([]byte, error) {
	take := func(n int) []byte {
		if len(data) < n {
			data = nil
			return make([]byte, n)
		}
		head := data[:n]
		data = data[n:]
		return head
	}
	k := int(binary.LittleEndian.Uint32(take(4)))
	for range k {
		m.classes = append(m.classes, string(take(int(take(1)[0]))))
		m.bias = append(m.bias, int32(binary.LittleEndian.Uint32(take(4))))
	}
	m.scale = math.Float64frombits(binary.LittleEndian.Uint64(take(8)))
	n := int(binary.LittleEndian.Uint32(take(4)))
	if len(data) < n*(8+k) {
		return nil, errWeights
	}
	m.rows = make(map[uint64][]int8, n)
	all := make([]int8, n*k)
	for range n {
		h := binary.LittleEndian.Uint64(take(8))
		row := all[:k:k]
		all = all[k:]
		for c, w := range take(k) {
			row[c] = int8(w)
		}
		m.rows[h] = row
	}
	return data, nil
}
