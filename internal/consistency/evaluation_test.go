package consistency

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestEvaluation prints how well planted discrepancies are found, on the
// invented sets and, when TPE_PARTNERS names one, on a set of the user's. The
// rules have no weights that are fitted, so leaving one partner out leaves
// the others' results as they are; the spread over partners is the bootstrap
// interval.
func TestEvaluation(t *testing.T) {
	paths := append(invented(t), "testdata/partners.jsonl")
	if p := os.Getenv("TPE_PARTNERS"); p != "" {
		paths = append(paths, p)
	}
	engine := newEngine(t)
	for _, path := range paths {
		var all []marks
		for _, g := range readGold(t, path) {
			all = append(all, mark(g, engine.Analyze(g.Partner)))
		}
		f := measureAll(all)
		foundLo, foundHi := bootstrap(all, func(f figures) float64 { return f.foundF1 })
		strictLo, strictHi := bootstrap(all, func(f figures) float64 { return f.strictF1 })
		fmt.Printf("%-20s %2d partners  found F1 %.3f [%.2f, %.2f]  strict F1 %.3f [%.2f, %.2f]  alarmed %d of %d clean  rank %.3f  quotes exact %d of %d\n",
			filepath.Base(path), len(all), f.foundF1, foundLo, foundHi, f.strictF1, strictLo, strictHi, f.alarmed, f.clean, f.rank, f.exact, f.quotes)
		if f.exact != f.quotes {
			t.Errorf("%s: %d of %d quotes are exact", path, f.exact, f.quotes)
		}
		if f.strictF1 < 0.6 {
			t.Errorf("%s: strict F1 is %.3f", path, f.strictF1)
		}
	}
}

// bootstrap is the 95 % interval over partners drawn anew.
func bootstrap(all []marks, of func(figures) float64) (lo, hi float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 1000)
	sample := make([]marks, len(all))
	for i := range values {
		for k := range sample {
			sample[k] = all[rng.IntN(len(all))]
		}
		values[i] = of(measureAll(sample))
	}
	slices.Sort(values)
	return values[25], values[974]
}

func newEngine(t testing.TB) *Engine {
	t.Helper()
	cat, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return New(cat, Options{})
}
