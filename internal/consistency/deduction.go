package consistency

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Deduction is what one topic takes from the score of 100. The points of all
// add up to what the score lacks: each has its share of that by its penalty.
type Deduction struct {
	Topic string `json:"topic"`
	Kind  Kind   `json:"kind"`
	// Doubt says that it is no discrepancy, but that one is to be feared; it
	// counts half of its chance.
	Doubt   bool    `json:"doubt"`
	Penalty float64 `json:"penalty"`
	Points  float64 `json:"points"`
	Text    string  `json:"text"`
}

// deductions says how the penalty of the last settling comes to a score: first
// what the reported findings take, in their order, then what is in doubt.
func (j *jury) deductions(reported []int) []Deduction {
	all := make([]Deduction, len(j.costs))
	order := make([]int, len(j.costs))
	total := 0.0
	for _, c := range j.costs {
		total += c.penalty
	}
	lost := 100 - scoreOf(total)
	sum, taken := 0.0, 0.0
	for i, c := range j.costs {
		sum += c.penalty
		points := math.Round(10*(lost*sum/total-taken)) / 10
		taken += points
		of := &j.claims[j.findings[c.finding].claim]
		d := Deduction{Topic: of.name, Kind: c.kind, Doubt: c.doubt, Penalty: round2(c.penalty), Points: points}
		d.Text = fmt.Sprintf("%s: %s", j.cat.titleOf(of), c.kind.words())
		if c.doubt {
			d.Text += ", in doubt"
		}
		all[i], order[i] = d, i
	}
	place := func(i int) int {
		if all[i].Doubt {
			return len(reported)
		}
		return slices.Index(reported, j.costs[i].finding)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place(a), place(b)) })
	out := make([]Deduction, len(order))
	for k, i := range order {
		out[k] = all[i]
	}
	return out
}
