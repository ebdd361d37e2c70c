package consistency

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gold is a partner of a labelled set: what its author planted.
type gold struct {
	Partner
	Gold struct {
		Discrepancies []struct {
			Topic    string
			Kind     Kind
			Evidence []struct{ Doc, Quote string }
		}
		Penalty float64
	}
}

func readGold(t testing.TB, path string) []gold {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []gold
	for line := range strings.Lines(string(data)) {
		var g gold
		if err := json.Unmarshal([]byte(line), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// invented are the sets of partners that this package's authors made up, in
// the order in which they were written.
func invented(t testing.TB) []string {
	t.Helper()
	return setsOf(t, "testdata/invented*.jsonl")
}

// hands are sets of partners by others, a file each. Neither the examples nor
// any weight has learnt from them.
func hands(t testing.TB) []string {
	t.Helper()
	return setsOf(t, "testdata/hands/*.jsonl")
}

func setsOf(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no sets are at %s: %v", pattern, err)
	}
	slices.Sort(names)
	return names
}

// families are topics that count as one when a prediction is matched.
var families = map[string]string{
	"pricing_transparency": "pricing", "price_level": "pricing", "pricing_model": "pricing", "response_time": "support",
	"support_quality": "support", "support_availability": "support", "contract_terms": "contract", "cancellation": "contract",
	"team_stability": "team", "turnover": "team", "innovation": "innovation", "ai_forecasting": "innovation",
	"company_size": "size", "customers_count": "size",
}

func family(topic string) string {
	if f := families[topic]; f != "" {
		return f
	}
	return topic
}

// marks are the counts of one partner: predicted, planted, found whatever the
// kind, found with the right kind.
type marks struct {
	predicted, planted, found, strict int
	clean, alarmed                    bool
	score, penalty                    float64
	quotes, exact                     int
}

// mark holds a report against what was planted. Each planted discrepancy is
// met once; the best match goes first.
func mark(g gold, r *Report) marks {
	m := marks{predicted: len(r.Discrepancies), planted: len(g.Gold.Discrepancies), penalty: g.Gold.Penalty, score: 50}
	if r.Score != nil {
		m.score = *r.Score
	}
	m.clean = m.planted == 0
	m.alarmed = m.clean && m.predicted > 0
	type match struct {
		kind, topic bool
		i, j        int
	}
	var matches []match
	for i, d := range r.Discrepancies {
		for _, q := range d.Evidence {
			m.quotes++
			if text := g.text(q.Document); q.End <= len(text) && text[q.Start:q.End] == q.Text {
				m.exact++
			}
		}
		for j, w := range g.Gold.Discrepancies {
			docs, overlap := map[string]bool{}, false
			want := map[string]bool{}
			for _, e := range w.Evidence {
				want[e.Doc] = true
				for _, q := range d.Evidence {
					if q.Document != e.Doc {
						continue
					}
					docs[e.Doc] = true
					overlap = overlap || strings.Contains(q.Text, e.Quote) || strings.Contains(e.Quote, q.Text)
				}
			}
			topic := family(d.Topic) == family(w.Topic)
			ok := topic || overlap && len(docs) >= min(2, len(want))
			if d.Kind == UnsupportedClaim || w.Kind == UnsupportedClaim {
				ok = d.Kind == w.Kind && overlap
			}
			if ok {
				matches = append(matches, match{d.Kind == w.Kind, topic, i, j})
			}
		}
	}
	rank := func(x match) int {
		n := 0
		if !x.kind {
			n += 2
		}
		if !x.topic {
			n++
		}
		return n
	}
	slices.SortStableFunc(matches, func(a, b match) int { return rank(a) - rank(b) })
	usedI, usedJ := map[int]bool{}, map[int]bool{}
	for _, x := range matches {
		if usedI[x.i] || usedJ[x.j] {
			continue
		}
		usedI[x.i], usedJ[x.j] = true, true
		m.found++
		if x.kind {
			m.strict++
		}
	}
	return m
}

func (g gold) text(id string) string {
	for _, d := range g.Documents {
		if d.ID == id {
			return d.Text
		}
	}
	return ""
}

// figures are the measures of a set.
type figures struct {
	foundF1, strictF1, rank float64
	alarmed, clean          int
	quotes, exact           int
}

func measureAll(all []marks) figures {
	var f figures
	var predicted, planted, found, strict int
	var scores, wanted []float64
	for _, m := range all {
		predicted += m.predicted
		planted += m.planted
		found += m.found
		strict += m.strict
		f.quotes += m.quotes
		f.exact += m.exact
		if m.clean {
			f.clean++
		}
		if m.alarmed {
			f.alarmed++
		}
		scores = append(scores, m.score)
		wanted = append(wanted, -m.penalty)
	}
	n := math.Max(1, float64(predicted+planted))
	f.foundF1, f.strictF1 = 2*float64(found)/n, 2*float64(strict)/n
	f.rank = spearman(scores, wanted)
	return f
}

func spearman(a, b []float64) float64 { return pearson(ranks(a), ranks(b)) }

func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case v[i] < v[j]:
			return -1
		case v[i] > v[j]:
			return 1
		}
		return 0
	})
	r := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j+1 < len(order) && v[order[j+1]] == v[order[i]] {
			j++
		}
		for k := i; k <= j; k++ {
			r[order[k]] = float64(i+j) / 2
		}
		i = j + 1
	}
	return r
}

func pearson(a, b []float64) float64 {
	var ma, mb float64
	for i := range a {
		ma += a[i] / float64(len(a))
		mb += b[i] / float64(len(b))
	}
	var cov, va, vb float64
	for i := range a {
		cov += (a[i] - ma) * (b[i] - mb)
		va += (a[i] - ma) * (a[i] - ma)
		vb += (b[i] - mb) * (b[i] - mb)
	}
	if va == 0 || vb == 0 {
		return 0
	}
	return cov / math.Sqrt(va*vb)
}
