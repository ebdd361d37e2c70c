package gist

import (
	"math"
	"strings"
)

// Encoder makes vectors with one Model. It keeps what it has reckoned of the
// words that it met, so one goroutine has one.
type Encoder struct {
	m      *Model
	words  map[string][]int
	pieces map[int]*piece
	row    []*piece
	hidden []float32
	edge   []float32 // what no neighbour gives
	pooled []float32
	logits []float32
}

// piece is what a piece of a word gives to its neighbours and to itself.
type piece struct {
	id     int
	vector []float32
	near   []float32 // as left, own and right neighbour
}

// NewEncoder makes an encoder.
func (m *Model) NewEncoder() *Encoder {
	return &Encoder{m: m, words: map[string][]int{}, pieces: map[int]*piece{},
		pooled: make([]float32, m.hidden*heads+m.size), edge: make([]float32, m.hidden)}
}

// most bounds the pieces of one vector and what the encoder keeps.
const (
	mostPieces = 64
	mostKept   = 20000
)

// Encode returns the vector of words in lower case, nil when it knows none of
// them.
func (e *Encoder) Encode(words []string) []float32 {
	m := e.m
	e.row = e.row[:0]
	for _, w := range words {
		for _, id := range e.split(w) {
			if len(e.row) < mostPieces {
				e.row = append(e.row, e.piece(id))
			}
		}
	}
	if len(e.row) == 0 {
		return nil
	}
	e.mix()
	e.pool()
	out := make([]float32, m.out)
	copy(out, m.lastBias)
	for i := 0; i < len(e.pooled); i += 4 {
		add4(out, m.last[i*m.out:(i+4)*m.out], e.pooled[i:i+4])
	}
	return out
}

func (e *Encoder) split(w string) []int {
	ids, ok := e.words[w]
	if !ok {
		for _, p := range parts(w) {
			ids = e.m.split(ids, p)
		}
		if len(e.words) < mostKept {
			e.words[strings.Clone(w)] = ids
		}
	}
	return ids
}

func (e *Encoder) piece(id int) *piece {
	if p := e.pieces[id]; p != nil {
		return p
	}
	m := e.m
	p := &piece{id: id, vector: make([]float32, m.size), near: make([]float32, 3*m.hidden)}
	for i := range p.vector {
		p.vector[i] = float32(m.vectors[id*m.size+i]) * m.scale[id]
	}
	for side := range 3 {
		to := p.near[side*m.hidden : (side+1)*m.hidden]
		for i, x := range p.vector {
			row := (side*m.size + i) * m.hidden
			add(to, m.near[row:row+m.hidden], x)
		}
	}
	if len(e.pieces) < mostKept {
		e.pieces[id] = p
	}
	return p
}

// mix lets each piece look at its neighbours.
func (e *Encoder) mix() {
	n := e.m.hidden
	if need := n * len(e.row); cap(e.hidden) < need {
		e.hidden = make([]float32, need)
	}
	e.hidden = e.hidden[:n*len(e.row)]
	for t, p := range e.row {
		left, right := e.edge, e.edge
		if t > 0 {
			left = e.row[t-1].near[:n]
		}
		if t+1 < len(e.row) {
			right = e.row[t+1].near[2*n:]
		}
		h := e.hidden[t*n : (t+1)*n]
		bias, left, own, right := e.m.nearBias[:len(h)], left[:len(h)], p.near[n:2*n], right[:len(h)]
		for i := range h {
			h[i] = max(0, bias[i]+left[i]+own[i]+right[i])
		}
	}
}

// pool takes the mean of the pieces, by each head's attention and by how rare
// they are.
func (e *Encoder) pool() {
	m, n := e.m, e.m.hidden
	clear(e.pooled)
	rows := len(e.row)
	e.logits = append(e.logits[:0], make([]float32, heads*rows)...)
	for t, p := range e.row {
		a := m.weight[p.id]
		b, c, d := a, a, a // a head each: four at once
		for i, x := range e.hidden[t*n : (t+1)*n] {
			w := m.attend[4*i : 4*i+4]
			a += float32(x * w[0])
			b += float32(x * w[1])
			c += float32(x * w[2])
			d += float32(x * w[3])
		}
		for k, x := range [heads]float32{a, b, c, d} {
			e.logits[k*rows+t] = x
		}
	}
	for k := range heads {
		weights := e.logits[k*rows : (k+1)*rows]
		softmax(weights)
		for t, w := range weights {
			add(e.pooled[k*n:(k+1)*n], e.hidden[t*n:(t+1)*n], w)
		}
	}
	e.logits = e.logits[:0]
	for _, p := range e.row {
		e.logits = append(e.logits, m.weight[p.id])
	}
	softmax(e.logits)
	for t, w := range e.logits {
		add(e.pooled[heads*n:], e.row[t].vector, w)
	}
}

func softmax(v []float32) {
	most := v[0]
	for _, x := range v {
		most = max(most, x)
	}
	sum := float32(0)
	for i, x := range v {
		v[i] = float32(math.Exp(float64(x - most)))
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

// add adds x times v to dst. The product is rounded first, so that machines
// which fuse the two give the same.
func add(dst, v []float32, x float32) {
	for len(dst) >= 4 && len(v) >= 4 { // four at once: quicker
		d, w := dst[:4:4], v[:4:4]
		d[0] += float32(w[0] * x)
		d[1] += float32(w[1] * x)
		d[2] += float32(w[2] * x)
		d[3] += float32(w[3] * x)
		dst, v = dst[4:], v[4:]
	}
	for i := range dst {
		dst[i] += float32(v[i] * x)
	}
}

// add4 adds four rows, one times each of x, to dst: quicker than one by one.
func add4(dst, rows, x []float32) {
	n := len(dst)
	a, b, c, d := rows[:n], rows[n:2*n], rows[2*n:3*n], rows[3*n:4*n]
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	for i := range dst {
		dst[i] += float32(a[i]*x0) + float32(b[i]*x1) + (float32(c[i]*x2) + float32(d[i]*x3))
	}
}
