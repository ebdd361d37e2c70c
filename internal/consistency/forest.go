package consistency

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// embeddedForests holds the four forests of a catalogue, one after the other. See
// testdata/README.md for how they were fitted.
//
//go:embed forests.bin
var embeddedForests []byte

// readForests reads what weighs sentences and voices.
func (c *Catalogue) readForests(data []byte) (err error) {
	for _, f := range []struct {
		to     **forest
		facets uint8
	}{{&c.speaks, facetCount}, {&c.denies, facetCount}, {&c.disputed, evidenceCount}, {&c.silent, silenceCount}} {
		*f.to = &forest{}
		if data, err = (*f.to).unmarshal(data, f.facets); err != nil {
			return fmt.Errorf("read what weighs sentences and voices: %w", err)
		}
	}
	return nil
}

// treeDepth is how many facets each tree asks for.
const treeDepth = 5

// forest says the log-odds of something from facets: a start and the sum of
// small decision trees, fitted by gradient boosting (Friedman 2001, "Greedy
// function approximation").
type forest struct {
	start float64
	trees []tree
	means []means // of each tree
}

// unit is one in facets, which are whole numbers: they neither hang on the last
// bits of a machine's logarithms nor need branches to be compared.
const unit = 1 << 16

// fixed is a number in units.
func fixed(x float64) int32 { return int32(math.Floor(float64(x*unit) + 0.5)) }

// bit is one unit for true.
func bit(b bool) int32 {
	if b {
		return unit
	}
	return 0
}

// tree is a full binary tree: below question i are 2i+1, and 2i+2 for a facet of
// more than Most. The last questions lead to the leaves.
type tree struct {
	Most   [1<<treeDepth - 1]int32
	Facet  [1<<treeDepth - 1]uint8
	Leaves [1 << treeDepth]float32
}

// means are of the leaves below each question, as often as each was met.
type means [1<<treeDepth - 1]float32

// odds adds up what the trees say.
func (f *forest) odds(t []int32) float64 { return f.oddsFrom(t, math.Inf(-1)) }

// hurdle is after how many trees oddsFrom looks whether to go on.
const hurdle = 20

// oddsFrom adds up what the trees say. It stops when they have come to less than
// least: most sentences speak of no claim, and the first trees know.
func (f *forest) oddsFrom(t []int32, least float64) float64 {
	x := f.start
	for some := range slices.Chunk(f.trees, hurdle) {
		for k := range some {
			tr := &some[k]
			i := 0
			for range treeDepth {
				i = tr.below(i, t)
			}
			x += float64(tr.Leaves[i-len(tr.Most)])
		}
		if x < least {
			return x
		}
	}
	return x
}

// explain splits the log-odds among the facets: on the way down a tree each
// facet that is asked for moves the mean of the leaves below (Saabas 2014). All
// together, and the start, they are the log-odds.
func (f *forest) explain(t []int32) (start float64, parts []float64) {
	start, parts = f.start, make([]float64, len(t))
	for k := range f.trees {
		tr, m := &f.trees[k], &f.means[k]
		start += float64(m[0])
		for i := 0; i < len(tr.Most); {
			next := tr.below(i, t)
			after := tr.Leaves[max(0, next-len(m))]
			if next < len(m) {
				after = m[next]
			}
			parts[tr.Facet[i]] += float64(after) - float64(m[i])
			i = next
		}
	}
	return start, parts
}

// below is the question or leaf that follows question i. The difference is less
// than nothing for a facet of more than Most: its sign is the step to the right.
func (tr *tree) below(i int, t []int32) int {
	return 2*i + 1 + int(uint32(tr.Most[i]-t[tr.Facet[i]])>>31)
}

// unmarshal reads a forest of so many facets and returns the rest: the start, the
// number of trees, the trees and their means.
func (f *forest) unmarshal(data []byte, facets uint8) ([]byte, error) {
	var head struct {
		Start float64
		Trees uint32
	}
	used, err := binary.Decode(data, binary.LittleEndian, &head)
	if err != nil {
		return nil, errWeights
	}
	data = data[used:]
	if n := int(head.Trees); n <= len(data)/binary.Size(tree{}) {
		f.start, f.trees, f.means = head.Start, make([]tree, n), make([]means, n)
	}
	for _, part := range []any{f.trees, f.means} {
		if used, err = binary.Decode(data, binary.LittleEndian, part); err != nil || used == 0 {
			return nil, errWeights
		}
		data = data[used:]
	}
	for k := range f.trees {
		if slices.Max(f.trees[k].Facet[:]) >= facets {
			return nil, errWeights
		}
	}
	return data, nil
}
