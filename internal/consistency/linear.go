package consistency

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
)

// linear is a softmax classifier over hashed features. Its weights are whole
// numbers, so that sums do not hang on their order or on the machine.
type linear struct {
	classes []string
	bias    []int32
	hashes  []uint64 // of the features, ascending
	weights []int8   // a row a feature, a weight for each class
	scale   float64  // of one unit of weight
	// starts leads from the first bits of a hash to the first row that begins
	// with them.
	starts []uint32
	shift  int
	// dense are the weights of a meaning: a row for each of its parts, a weight
	// for each class. denseScale is of one unit of weight and of meaning.
	dense      []int16
	denseScale float64
}

// index makes starts: about one row for each of its entries.
func (m *linear) index() {
	width := bits.Len(uint(len(m.hashes)))
	m.shift = 64 - width
	m.starts = make([]uint32, 1<<width+1)
	for _, h := range m.hashes {
		m.starts[h>>m.shift+1]++
	}
	for i := 1; i < len(m.starts); i++ {
		m.starts[i] += m.starts[i-1]
	}
}

// row returns the weights of a feature, none when it is not known.
func (m *linear) row(hash uint64) []int8 {
	at := hash >> m.shift
	for i := m.starts[at]; i < m.starts[at+1]; i++ {
		if m.hashes[i] == hash {
			k := uint32(len(m.classes))
			return m.weights[i*k : i*k+k]
		}
	}
	return nil
}

// add adds up the weights of features. salt is of a topic, see [withTopic];
// 0 is none.
func (m *linear) add(sums []int32, feats []feature, salt uint64) {
	for i := range feats {
		h := feats[i].hash
		if salt != 0 {
			h = salted(h, salt)
		}
		for c, w := range m.row(h) {
			sums[c] += int32(w)
		}
	}
}

// addMeaning adds up the weights of a meaning.
func (m *linear) addMeaning(sums []int32, v meaning) {
	k := len(m.classes)
	for i, x := range v {
		for c, w := range m.dense[i*k : i*k+k] {
			sums[c] += int32(w) * int32(x)
		}
	}
}

// predict fills p with the probability of each class for n features whose
// weights add up to sums, and a meaning whose weights add up to dense.
func (m *linear) predict(p []float64, sums, dense []int32, n int) {
	norm := m.scale / math.Sqrt(float64(n+1))
	for c := range sums {
		p[c] = float64(float64(m.bias[c])*m.scale) + float64(float64(sums[c])*norm) + float64(float64(dense[c])*m.denseScale)
	}
	softmax(p[:len(sums)])
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

var errWeights = errors.New("the weights are cut off or out of order")

// unmarshal reads a classifier as the training writes it, see train_test.go,
// and returns the rest.
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
	m.hashes = make([]uint64, n)
	m.weights = make([]int8, n*k)
	for i := range n {
		m.hashes[i] = binary.LittleEndian.Uint64(take(8))
		for c, w := range take(k) {
			m.weights[i*k+c] = int8(w)
		}
	}
	m.denseScale = math.Float64frombits(binary.LittleEndian.Uint64(take(8)))
	d := int(binary.LittleEndian.Uint32(take(4)))
	if !slices.IsSorted(m.hashes) || d != meaningParts*k || len(data) < 2*d {
		return nil, errWeights
	}
	m.dense = make([]int16, d)
	for i := range m.dense {
		m.dense[i] = int16(binary.LittleEndian.Uint16(take(2)))
	}
	m.index()
	return data, nil
}
