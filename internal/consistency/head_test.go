package consistency

import (
	"bytes"
	"context"
	"math"
	"testing"
)

func TestHeadLearnsAndComesBackTheSame(t *testing.T) {
	vectors := [][]float32{{1, 0}, {0.9, 0.1}, {0, 1}, {0.1, 0.9}}
	h := fitHead(vectors, []string{"refunds", "refunds", "training", "training"})
	p := make([]float64, 2)
	if h.predict(p, []float32{1, 0}); p[0] < 0.8 {
		t.Errorf("refunds %.2f", p[0])
	}
	again, err := UnmarshalHead(h.Marshal())
	if err != nil || !bytes.Equal(again.Marshal(), h.Marshal()) {
		t.Errorf("it comes back as %+v, %v", again, err)
	}
	for cut := range h.Marshal() {
		if _, err := UnmarshalHead(h.Marshal()[:cut]); err == nil {
			t.Errorf("%d bytes are a head", cut)
		}
	}
	h.weights[0] = math.NaN()
	if _, err := UnmarshalHead(h.Marshal()); err == nil {
		t.Error("NaN is a weight")
	}
}

func TestHeadOfAnotherModelIsNotUsed(t *testing.T) {
	engine := newEngine(t)
	em := byWord("hidden fees", "grown a tail")
	base := encode(t, outcome(engine.AnalyzeWith(context.Background(), doubtful(), Aids{Embedder: em})))
	h := fitHead([][]float32{{1, 0}, {0, 1}}, []string{"refunds", "training"})
	if encode(t, outcome(engine.AnalyzeWith(context.Background(), doubtful(), Aids{Embedder: em, Head: h}))) != base {
		t.Error("a head for other vectors changes the result")
	}
}

func FuzzUnmarshalHead(f *testing.F) {
	f.Add(fitHead([][]float32{{1, 0}, {0, 1}}, []string{"refunds", "training"}).Marshal())
	f.Add([]byte(headMark))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := UnmarshalHead(data); err == nil && !bytes.Equal(h.Marshal(), data) {
			t.Errorf("%q comes back as another", data)
		}
	})
}
