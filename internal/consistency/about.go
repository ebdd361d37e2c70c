package consistency

import (
	"math"
	"slices"
)

// How much a cue adds to what the examples say a sentence is about: a cue
// that judges the topic, and one that only names it. No example is of a topic
// of the user's own: its cue outweighs the examples and a cue beside it.
const (
	cueJudges = 0.8
	cueNames  = 0.3
	cueOwn    = 2.5
)

// aboutOf says what tokens [from, to) of a sentence are about: a share for
// each class, 1 in all. carried is what the question before was about, or nil.
func (c *Catalogue) aboutOf(v []float64, feats []feature, mean meaning, readings []reading, from, to int, carried []float64) []float64 {
	v = slices.Grow(v[:0], len(c.names))[:len(c.names)]
	clear(v)
	m := c.sense.topics
	var room [128]int32
	sums := append(room[:0], make([]int32, 2*len(m.classes))...)
	sums, dense := sums[:len(m.classes)], sums[len(m.classes):]
	m.add(sums, feats, 0)
	m.addMeaning(dense, mean)
	m.predict(v, sums, dense, len(feats))
	for i := range readings {
		r := &readings[i]
		if r.carried || r.from >= 0 && (r.from < from || r.to > to) {
			continue
		}
		switch k := c.classOf[r.topic]; {
		case k >= len(m.classes):
			v[k] += cueOwn
		case r.explicit:
			v[k] += cueJudges
		default:
			v[k] += cueNames
		}
	}
	total := 0.0
	for i := range v {
		if carried != nil {
			v[i] += carried[i]
		}
		total += v[i]
	}
	for i := range v {
		v[i] /= total
	}
	return v
}

// alike is the cosine of what two stretches are about, given the sums of
// squares of both. Speaking of nothing is nothing in common.
func (c *Catalogue) alike(a, b []float64, aa, bb float64) float64 {
	var ab float64
	for i, x := range a {
		if i != c.sense.none {
			ab += float64(x * b[i])
		}
	}
	return ab / math.Sqrt(float64(aa*bb)+1e-12)
}

// squares is the sum of the squares of shares.
func squares(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x * x)
	}
	return sum
}

// leading is the class that a stretch is most about, none left out, and its
// share.
func (c *Catalogue) leading(v []float64) (class int, share float64) {
	class = -1
	for i, x := range v {
		if i != c.sense.none && x > share {
			class, share = i, x
		}
	}
	return class, share
}
