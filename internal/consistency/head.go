package consistency

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Head says from the vector of a text what the text is about: a softmax
// classifier for one embedding model. It does not change after it is made.
type Head struct {
	classes []string
	size    int       // of a vector
	weights []float64 // a row a class: one for each number of a vector, and one more
}

// The settings of the fitting: passes over the examples, the first step and
// how fast it shrinks, and how many examples are embedded at once.
const (
	headPasses = 8
	headStep   = 4.0
	headCool   = 0.5
	headBatch  = 512
)

// FitHead embeds the examples of this package and fits a head to them. No text
// of a partner is sent.
func FitHead(ctx context.Context, em Embedder) (*Head, error) {
	all, err := headExamples()
	if err != nil {
		return nil, err
	}
	var vectors [][]float32
	for part := range slices.Chunk(all, headBatch) {
		texts := make([]string, len(part))
		for i := range part {
			texts[i] = part[i].text
		}
		more, err := em.Embed(ctx, texts)
		if err == nil {
			err = normalize(more, len(texts))
		}
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, more...)
	}
	if err := normalize(vectors, len(all)); err != nil { // of one length in all batches
		return nil, err
	}
	labels := make([]string, len(all))
	for i := range all {
		labels[i] = all[i].topic
	}
	return fitHead(vectors, labels), nil
}

// fitHead fits by stochastic gradient descent in a fixed order.
func fitHead(vectors [][]float32, labels []string) *Head {
	h := &Head{classes: slices.Clone(labels), size: len(vectors[0])}
	slices.Sort(h.classes)
	h.classes = slices.Compact(h.classes)
	h.weights = make([]float64, len(h.classes)*(h.size+1))
	p := make([]float64, len(h.classes))
	for pass := range headPasses {
		step := headStep / (1 + float64(float64(pass)*headCool))
		for n := range vectors {
			i := (n*7919 + pass*104729) % len(vectors) // 7919 is prime: every example once
			h.predict(p, vectors[i])
			at, _ := slices.BinarySearch(h.classes, labels[i])
			p[at]--
			for c := range p {
				d := step * p[c]
				row := h.weights[c*(h.size+1):][:h.size+1]
				for k, x := range vectors[i] {
					row[k] -= float64(d * float64(x))
				}
				row[h.size] -= float64(d * 0.1)
			}
		}
	}
	return h
}

// predict fills p with the share of each class.
func (h *Head) predict(p []float64, v []float32) {
	for c := range p {
		row := h.weights[c*(h.size+1):][:h.size+1]
		sum := row[h.size]
		for k, x := range v {
			sum += float64(row[k] * float64(x))
		}
		p[c] = sum
	}
	softmax(p)
}

// headExamples are the embedded ones of a topic.
func headExamples() ([]example, error) {
	all, err := readExamples(embeddedExamples)
	return slices.DeleteFunc(all, func(ex example) bool { return ex.topic == anyTopic }), err
}

// ExamplesHash names the examples that heads are fitted to.
func ExamplesHash() (string, error) {
	all, err := headExamples()
	if err != nil {
		return "", err
	}
	var parts [][]byte
	for _, ex := range all {
		parts = append(parts, []byte(ex.topic), []byte(ex.text))
	}
	return hashOf(parts...), nil
}

// headMark begins a written head, with the version of its form and of the
// fitting.
const headMark = "tpe head 1\n"

// The most that a written head may say of itself.
const (
	maxHeadClasses = 64
	maxHeadSize    = 1 << 16
)

// Marshal writes the head.
func (h *Head) Marshal() []byte {
	b := bytes.NewBufferString(headMark)
	put := func(v any) { _ = binary.Write(b, binary.LittleEndian, v) } // a Buffer does not fail
	names := strings.Join(h.classes, "\n")
	put(uint32(len(names)))
	b.WriteString(names)
	put(uint32(h.size))
	put(h.weights)
	return b.Bytes()
}

var errHead = errors.New("it is not of the form of a head")

// UnmarshalHead reads what Marshal wrote.
func UnmarshalHead(data []byte) (*Head, error) {
	rest, ok := bytes.CutPrefix(data, []byte(headMark))
	if !ok || len(rest) < 4 {
		return nil, errHead
	}
	n := binary.LittleEndian.Uint32(rest)
	rest = rest[4:]
	if uint64(n)+4 > uint64(len(rest)) {
		return nil, errHead
	}
	h := &Head{classes: strings.Split(string(rest[:n]), "\n"), size: int(binary.LittleEndian.Uint32(rest[n:]))}
	rest = rest[n+4:]
	if len(h.classes) > maxHeadClasses || h.size < 1 || h.size > maxHeadSize || len(rest) != 8*len(h.classes)*(h.size+1) {
		return nil, errHead
	}
	h.weights = make([]float64, len(h.classes)*(h.size+1))
	if err := binary.Read(bytes.NewReader(rest), binary.LittleEndian, h.weights); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read its weights: %w", err)
	}
	for _, w := range h.weights {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return nil, errHead
		}
	}
	return h, nil
}

// headShare is how much of what a text is about comes from its vector.
const headShare = 0.4

// blend moves what a text is about towards what its vector says.
func (m *meanings) blend(about []float64, vector []float32) {
	if m == nil || m.head == nil || vector == nil {
		return
	}
	m.head.predict(m.shares, vector)
	for k := range about {
		about[k] = float64((1 - headShare) * about[k])
	}
	for c, k := range m.classes {
		about[k] += float64(headShare * m.shares[c])
	}
}

// use prepares a head for vectors of one size. One that does not fit them, or
// the catalogue, is not used.
func (m *meanings) use(h *Head, cat *Catalogue, claims []claim) {
	if h == nil || len(m.claims) == 0 || len(m.claims[0]) != h.size {
		return
	}
	for _, name := range h.classes {
		k := slices.Index(cat.names, name)
		if k < 0 {
			return
		}
		m.classes = append(m.classes, k)
	}
	m.head, m.shares = h, make([]float64, len(h.classes))
	for i := range claims {
		m.blend(claims[i].about, m.claims[i])
		claims[i].squares = squares(claims[i].about)
	}
}
