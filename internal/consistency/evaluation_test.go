package consistency

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestEvaluation prints how well planted discrepancies are found, on the sets
// in testdata and on the set that TPE_PARTNERS names, each with a bootstrap
// interval over its partners. Three figures a set, and one of sets that nothing
// was learnt from, testdata/hands:
//
//	seen   as it is: the cues have seen the texts
//	set    without the cues that meet something in this set alone
//	part   partners.jsonl only: each partner without the cues that meet
//	       something in that partner alone, cross-validation by partner
//	new    each set of one hand, and all
//
// Set and part leave cues out only. The examples of the classifiers, which hold
// sentences of these sets, and the weights of the decision stay, so they are
// more than new texts will give: testdata/README.md has the figures of those.
func TestEvaluation(t *testing.T) {
	paths := append(invented(t), "testdata/partners.jsonl")
	engine := newEngine(t)
	sets := make([][]gold, 0, len(paths)+1)
	var met []map[cueKey]bool
	for _, path := range paths {
		sets = append(sets, readGold(t, path))
		met = append(met, union(cuesByPartner(engine, sets[len(sets)-1])))
	}
	for i, path := range paths {
		f, _ := evaluate(t, "seen", path, sets[i], func(g gold) *Report { return engine.Analyze(g.Partner) })
		if f.strictF1 < 0.6 {
			t.Errorf("%s: strict F1 is %.3f", path, f.strictF1)
		}
	}
	var pooled []marks
	for i, path := range paths {
		less := withoutCues(t, alone(met[i], others(met, i)))
		_, all := evaluate(t, "set", path, sets[i], func(g gold) *Report { return less.Analyze(g.Partner) })
		pooled = append(pooled, all...)
	}
	show("set", "all sets", pooled)
	last := len(sets) - 1
	byPartner := cuesByPartner(engine, sets[last])
	at := 0
	evaluate(t, "part", paths[last], sets[last], func(g gold) *Report {
		e := withoutCues(t, alone(byPartner[at], others(byPartner, at)))
		at++
		return e.Analyze(g.Partner)
	})
	pooled = nil
	for _, path := range hands(t) {
		_, all := evaluate(t, "new", path, readGold(t, path), func(g gold) *Report { return engine.Analyze(g.Partner) })
		pooled = append(pooled, all...)
	}
	if f := show("new", "all hands", pooled); f.strictF1 < 0.8 || f.foundF1 < 0.85 || 6*f.alarmed > f.clean {
		t.Errorf("all hands: strict F1 %.3f, found F1 %.3f, %d of %d clean partners alarmed", f.strictF1, f.foundF1, f.alarmed, f.clean)
	}
	if p := os.Getenv("TPE_PARTNERS"); p != "" {
		evaluate(t, "seen", p, readGold(t, p), func(g gold) *Report { return engine.Analyze(g.Partner) })
	}
}

func cuesByPartner(e *Engine, set []gold) []map[cueKey]bool {
	var all []map[cueKey]bool
	for _, g := range set {
		all = append(all, cuesOf(e.cat, g.Partner))
	}
	return all
}

// evaluate shows the figures of a set, and returns them and the marks of its
// partners.
func evaluate(t *testing.T, how, path string, set []gold, analyze func(gold) *Report) (f figures, all []marks) {
	t.Helper()
	for _, g := range set {
		all = append(all, mark(g, analyze(g)))
	}
	f = show(how, filepath.Base(path), all)
	if f.exact != f.quotes {
		t.Errorf("%s: %d of %d quotes are exact", path, f.exact, f.quotes)
	}
	return f, all
}

func show(how, name string, all []marks) figures {
	f := measureAll(all)
	foundLo, foundHi := bootstrap(all, func(f figures) float64 { return f.foundF1 })
	strictLo, strictHi := bootstrap(all, func(f figures) float64 { return f.strictF1 })
	fmt.Printf("%-4s %-16s %3d partners  found F1 %.3f [%.2f, %.2f]  strict F1 %.3f [%.2f, %.2f]  alarmed %d of %d clean  rank %.3f  quotes exact %d of %d\n",
		how, name, len(all), f.foundF1, foundLo, foundHi, f.strictF1, strictLo, strictHi, f.alarmed, f.clean, f.rank, f.exact, f.quotes)
	return f
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
