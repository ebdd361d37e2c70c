package consistency

import (
	"fmt"
	"math"
	"strings"
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

// deductions says how the penalty of the last settling comes to a score.
func (j *jury) deductions() []Deduction {
	out := []Deduction{}
	total := 0.0
	for _, c := range j.costs {
		total += c.penalty
	}
	lost := 100 - scoreOf(total)
	sum, taken := 0.0, 0.0
	for _, c := range j.costs {
		sum += c.penalty
		points := math.Round(10*(lost*sum/total-taken)) / 10
		taken += points
		topic := j.claims[j.findings[c.finding].claim].name
		d := Deduction{Topic: topic, Kind: c.kind, Doubt: c.doubt, Penalty: round2(c.penalty), Points: points}
		d.Text = fmt.Sprintf("%s: %s", strings.ReplaceAll(topic, "_", " "), c.kind.words())
		if c.doubt {
			d.Text += ", in doubt"
		}
		out = append(out, d)
	}
	return out
}
