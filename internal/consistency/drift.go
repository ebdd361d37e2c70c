package consistency

import (
	"math"
	"slices"
)

// Drift is what has changed from one analysis of a partner to the next.
type Drift struct {
	// Change is of the score; nil when one of the two has none.
	Change *float64 `json:"score_change"`
	// Resolved and Appeared are the topics of the discrepancies that are no
	// longer there, and of those that were not there before, each once and
	// in order. There are none when the words of one of the two were taken out.
	Resolved []string `json:"resolved"`
	Appeared []string `json:"appeared"`
	// SameInput says that both are of the same texts.
	SameInput bool `json:"same_input"`
}

// Since returns what has changed since an earlier report of the same partner.
func (r *Report) Since(before *Report) Drift {
	d := Drift{Resolved: []string{}, Appeared: []string{}}
	if !r.Reduced && !before.Reduced {
		d = Drift{Resolved: only(before.disputed(), r.disputed()), Appeared: only(r.disputed(), before.disputed()), SameInput: r.InputHash == before.InputHash}
	}
	if r.Score != nil && before.Score != nil {
		change := math.Round(10*(*r.Score-*before.Score)) / 10
		d.Change = &change
	}
	return d
}

// disputed returns the topics of the discrepancies.
func (r *Report) disputed() []string {
	topics := []string{}
	for _, d := range r.Discrepancies {
		topics = append(topics, d.Topic)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// only returns what of a is not in b.
func only(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
