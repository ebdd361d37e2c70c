package gist

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func encoder(t *testing.T) *Encoder {
	t.Helper()
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return m.NewEncoder()
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i, x := range a {
		ab += float64(x * b[i])
		aa += float64(x * x)
		bb += float64(b[i] * b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func TestLikeMeaningsAreNear(t *testing.T) {
	e := encoder(t)
	of := func(s string) []float32 { return e.Encode(strings.Fields(s)) }
	for _, c := range []struct{ one, near, far string }{
		{"we answer within the hour", "they get back to me quickly", "the tablet works underground"},
		{"every cent of it was returned", "refunds are paid in full", "the crew is cheerful"},
	} {
		if near, far := cosine(of(c.one), of(c.near)), cosine(of(c.one), of(c.far)); near <= far {
			t.Errorf("%q: %.3f to %q, %.3f to %q", c.one, near, c.near, far, c.far)
		}
	}
}

// What an encoder has met before must not change what it makes.
func TestEncodingHasNoMemory(t *testing.T) {
	used := encoder(t)
	used.Encode(strings.Fields("the quick brown fox did n't jump o'clock"))
	words := strings.Fields("nobody called me back for three weeks")
	if a, b := used.Encode(words), encoder(t).Encode(words); !slices.Equal(a, b) {
		t.Error("another vector after other words")
	}
}

func TestNothingKnown(t *testing.T) {
	e := encoder(t)
	for _, words := range [][]string{nil, {""}, {"🚀"}, {strings.Repeat("x", longestWord+1)}} {
		if v := e.Encode(words); v != nil {
			t.Errorf("%q has a vector", words)
		}
	}
	if v := e.Encode(slices.Repeat([]string{"word"}, 10*mostPieces)); len(v) != e.m.Dim() {
		t.Errorf("a vector of %d parts", len(v))
	}
}

func TestCutModelIsRefused(t *testing.T) {
	for _, n := range []int{0, 19, 20, 1000, len(embedded) / 2, len(embedded) - 1} {
		if _, err := read(embedded[:n]); err == nil {
			t.Errorf("%d bytes are taken for a model", n)
		}
	}
}
