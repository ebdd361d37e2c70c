package consistency

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"flag"
	"math"
	"os"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write the weights anew from the examples")

// TestWeights proves that sense.bin is what the examples make. After a change
// of the examples: go test ./internal/consistency -run TestWeights -update.
func TestWeights(t *testing.T) {
	fresh := train(t)
	if *update {
		if err := os.WriteFile("sense.bin", fresh, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(fresh, embeddedSense) {
		t.Error("sense.bin does not come from these examples; run this test with -update")
	}
}

// The settings of the training: the first step, how fast it shrinks, and from
// which pass over the examples on the weights are averaged.
const (
	trainStep  = 0.5
	trainCool  = 0.3
	trainDecay = 1e-3
	trainMean  = 4
)

// trainStrides order the examples in each pass. They are primes, so that each
// example comes once.
var trainStrides = [...]int{7919, 7907, 7901, 7883, 7879, 7877, 7873, 7867, 7853, 7841, 7829, 7823}

// train fits the classifiers of a sense to the examples and returns what
// sense.bin holds. The same examples give the same bytes.
func train(t *testing.T) []byte {
	files, err := catalogueFiles()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := newCatalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readExamples(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, m := range fit(cat, all) {
		m.marshal(&b)
	}
	return b.Bytes()
}

// The sentences of whole partners are as people speak; they count more than
// those that were written as examples.
const (
	partnersFile   = "examples/partners.txt"
	partnersWeight = 3
)

// The sentences about no company at all. The topics and the stance learn nothing
// from the file of them.
const (
	everydayFile = "examples/everyday.txt"
	idleFile     = "examples/idle.txt"
)

// What idle talk is told by: marks that so many examples have. The sentences on
// topics count for less, since they are forty times as many.
const (
	idleCommon    = 5
	idleWeight    = 3
	topicalWeight = 1.0 / 6
)

// fit returns the topics, the stance and idle talk.
func fit(cat *Catalogue, all []example) []*linear {
	r := newReader(cat)
	var topics, stance, idle lesson
	for _, ex := range all {
		weight := 1.0
		if ex.file == partnersFile {
			weight = partnersWeight
		}
		everyday := ex.file == everydayFile || ex.file == idleFile
		r.read(Document{Text: ex.text}, func(s *sentence) {
			f, v := cat.features(nil, s, 0, len(s.toks)), r.meaning(nil, s, 0, len(s.toks))
			if ex.topic != anyTopic && ex.file != idleFile {
				topics.add(f, v, ex.topic, weight)
			}
			if ex.value != 0 {
				stance.add(withTopic(nil, f, ex.topic), v, map[int]string{1: praised, -1: blamed}[ex.value], weight)
			}
			switch {
			case everyday:
				idle.add(slices.Clone(f), v, idleTalk, idleWeight)
			case ex.topic != anyTopic && ex.topic != noTopic:
				idle.add(slices.Clone(f), v, topical, topicalWeight)
			}
		})
	}
	idle.keepCommon(idleCommon)
	return []*linear{topics.fit(), stance.fit(), idle.fit()}
}

// lesson is what a classifier learns from: a row for each sentence.
type lesson struct {
	rows    [][]feature
	means   []meaning
	labels  []string
	weights []float64
}

func (l *lesson) add(f []feature, v meaning, label string, weight float64) {
	l.rows, l.means = append(l.rows, f), append(l.means, v)
	l.labels, l.weights = append(l.labels, label), append(l.weights, weight)
}

// keepCommon leaves out features that fewer than least rows have.
func (l *lesson) keepCommon(least int) {
	count := map[uint64]int{}
	for _, row := range l.rows {
		for _, f := range row {
			count[f.hash]++
		}
	}
	for i, row := range l.rows {
		l.rows[i] = slices.DeleteFunc(row, func(f feature) bool { return count[f.hash] < least })
	}
}

func (l *lesson) fit() *linear { return trainLinear(l.rows, l.means, l.labels, l.weights) }

// trainLinear fits a softmax classifier by stochastic gradient descent in fixed
// orders, and takes the mean of the weights after the later passes (Polyak and
// Juditsky 1992): the last weights alone hang on the order. Products are rounded
// before they are added, which keeps the result the same on machines that would
// fuse the two.
func trainLinear(rows [][]feature, said []meaning, labels []string, weights []float64) *linear {
	m := &linear{classes: slices.Clone(labels)}
	slices.Sort(m.classes)
	m.classes = slices.Compact(m.classes)
	k := len(m.classes)
	ids := map[uint64]int{}
	var hashes []uint64
	xs := make([][]int, len(rows))
	ys := make([]int, len(rows))
	for i, row := range rows {
		ys[i], _ = slices.BinarySearch(m.classes, labels[i])
		for _, f := range row {
			id, ok := ids[f.hash]
			if !ok {
				id = len(ids)
				ids[f.hash] = id
				hashes = append(hashes, f.hash)
			}
			xs[i] = append(xs[i], id)
		}
	}
	w, bias, dense := make([]float64, len(ids)*k), make([]float64, k), make([]float64, meaningParts*k)
	fitted := [][]float64{w, bias, dense}
	means := make([][]float64, len(fitted))
	for i := range fitted {
		means[i] = make([]float64, len(fitted[i]))
	}
	p := make([]float64, k)
	for pass, stride := range trainStrides {
		pace := trainStep / (1 + float64(float64(pass)*trainCool))
		for n := range xs {
			i := (n*stride + pass*104729) % len(xs)
			step, norm := pace*weights[i], 1/math.Sqrt(float64(len(xs[i])+1))
			copy(p, bias)
			for _, id := range xs[i] {
				for c, v := range w[id*k : id*k+k] {
					p[c] += float64(v * norm)
				}
			}
			for j, x := range said[i] {
				for c, v := range dense[j*k : j*k+k] {
					p[c] += float64(v * x.share())
				}
			}
			softmax(p)
			p[ys[i]]--
			for j, x := range said[i] {
				g := step * x.share()
				for c := range k {
					v := &dense[j*k+c]
					*v -= float64(g*p[c]) + float64(step*trainDecay**v)
				}
			}
			for c := range k {
				d := step * p[c]
				bias[c] -= float64(d * 0.1)
				d = float64(d * norm)
				for _, id := range xs[i] {
					v := &w[id*k+c]
					*v -= d + float64(step*trainDecay**v)
				}
			}
		}
		if pass < trainMean {
			continue
		}
		for i, mean := range means {
			for j, v := range fitted[i] {
				mean[j] += v / float64(len(trainStrides)-trainMean)
			}
		}
	}
	m.quantize(means[0], means[1], hashes)
	m.quantizeDense(means[2])
	return m
}

// weightLevels is how many steps lie between no weight and the most.
const weightLevels = 127

func (m *linear) quantize(w, bias []float64, hashes []uint64) {
	k := len(m.classes)
	most := 0.0
	for _, v := range w {
		most = max(most, math.Abs(v))
	}
	m.scale = most / weightLevels
	for _, b := range bias {
		m.bias = append(m.bias, int32(math.Round(b/m.scale)))
	}
	order := make([]int, len(hashes))
	for id := range order {
		order[id] = id
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(hashes[a], hashes[b]) })
	row := make([]int8, k)
	for _, id := range order {
		useful := false
		for c := range k {
			row[c] = int8(math.Round(w[id*k+c] / m.scale))
			useful = useful || row[c] != 0
		}
		if useful {
			m.hashes = append(m.hashes, hashes[id])
			m.weights = append(m.weights, row...)
		}
	}
	m.index()
}

// denseLevels is the same for the weights of a meaning.
const denseLevels = 1 << 14

func (m *linear) quantizeDense(w []float64) {
	most := 1e-9
	for _, v := range w {
		most = max(most, math.Abs(v))
	}
	for _, v := range w {
		m.dense = append(m.dense, int16(math.Round(v/most*denseLevels)))
	}
	m.denseScale = most / denseLevels / meaningLevels
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
	put(uint32(len(m.hashes)))
	k := len(m.classes)
	for i, h := range m.hashes {
		put(h)
		put(m.weights[i*k : i*k+k])
	}
	put(m.denseScale)
	put(uint32(len(m.dense)))
	put(m.dense)
}
