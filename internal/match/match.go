// Package match says how well a partner, a podcast, an event or a
// manufacturer fits a contractor: a score from 0 to 100, the parts that it is
// made of, and the reasons in words.
//
// It is pure and deterministic: the same data give the same matches in the
// same order. It must never fail because of what stands in a column, and
// never give a number that the data do not give.
package match

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Contractor is what is known of who is matched. Every field may be empty.
type Contractor struct {
	FocusAreas  []string // most important first
	Primary     string   // the primary focus area
	Revenue     string   // annual revenue: 11_20_million
	ServiceArea string   // "Columbus, OH"
	Services    []string // roofing, windows, ...
	Tools       []string // the products of the tech stack
	// What the contractor has increased in the last year.
	MoreTools, MorePeople, MoreActivity bool
}

// Partner is what is known of a partner.
type Partner struct {
	ID         int64
	FocusAreas []string // focus_areas_served
	Revenue    []string // target_revenue_range
	Tools      []string // the products of the tech stack
	Confidence float64  // power_confidence_score, 0 to 100
}

// Part is one part of a score.
type Part struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"` // of the whole, 0 to 1
	Score  float64 `json:"score"`  // of this part, 0 to 100
}

// Match is a candidate with its score.
type Match struct {
	ID      int64
	Score   int // 0 to 100
	Reasons []string
	Parts   []Part
}

// readyFor is how many of the three signs of growth speak for good timing,
// trusted how high a PowerConfidence score is named among the reasons.
const (
	readyFor = 2
	trusted  = 90
)

// Focused returns the contractor as looked at through one of the focus areas:
// that area first and primary, each area once. An index outside the list
// stands for the first area. It returns the area too, empty when there is
// none.
func (c Contractor) Focused(index int) (Contractor, string) {
	areas := unique(c.FocusAreas)
	if len(areas) == 0 {
		if c.Primary != "" {
			c.FocusAreas = []string{c.Primary}
		}
		return c, c.Primary
	}
	if index < 0 || index >= len(areas) {
		index = 0
	}
	current := areas[index]
	if index > 0 || c.Primary == "" {
		c.Primary = current
	}
	areas = slices.Delete(areas, index, index+1)
	c.FocusAreas = append([]string{current}, areas...)
	return c, current
}

// Partners scores the partners and returns the best first: by score, then
// by PowerConfidence score, then by id.
//
// The score is 50% focus areas (3, 2 and 1 for the contractor's first three
// areas that the partner serves and 2 more for the primary one, out of 8), 15%
// revenue (100 in the partner's target range, 75 next to it, 25 elsewhere, 50
// when it is not known), 15% tools (50 when they are not known), 10% the
// PowerConfidence score and 10% readiness (a third for each sign of growth).
func Partners(c Contractor, partners []Partner) []Match {
	c.FocusAreas = unique(c.FocusAreas)
	confidence := make(map[int64]float64, len(partners))
	out := make([]Match, 0, len(partners))
	for _, p := range partners {
		confidence[p.ID] = p.Confidence
		out = append(out, partner(c, p))
	}
	slices.SortStableFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(confidence[b.ID], confidence[a.ID]), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func partner(c Contractor, p Partner) Match {
	shared := common(c.FocusAreas, p.FocusAreas)
	fit := revenueScore(c.Revenue, p.Revenue)
	tools := common(c.Tools, p.Tools)
	ready := c.signs()
	confidence := percent(p.Confidence)
	parts := []Part{
		{"focus_areas", .50, focusScore(c, p.FocusAreas)},
		{"revenue", .15, fit},
		{"tools", .15, toolScore(c.Tools, p.Tools, len(tools))},
		{"power_confidence", .10, confidence},
		{"readiness", .10, math.Min(100, float64(ready)*33.33)},
	}
	var reasons []string
	if len(shared) > 0 {
		reasons = append(reasons, "Specializes in your focus areas: "+words(shared))
	}
	if label, ok := revenueLabel(c.Revenue); ok && fit == 100 {
		reasons = append(reasons, "Perfect fit for "+label+" revenue businesses")
	}
	if len(tools) > 0 {
		reasons = append(reasons, "Works with your tools: "+strings.Join(tools, ", "))
	}
	if confidence >= trusted {
		reasons = append(reasons, number(confidence)+"% customer satisfaction rating")
	}
	if ready >= readyFor {
		reasons = append(reasons, "Ideal timing based on your growth indicators")
	}
	return newMatch(p.ID, parts, reasons)
}

// newMatch rounds the weighed sum of the parts half up.
func newMatch(id int64, parts []Part, reasons []string) Match {
	sum := 0.0
	for _, p := range parts {
		sum += p.Weight * p.Score
	}
	if reasons == nil {
		reasons = []string{}
	}
	return Match{ID: id, Score: int(math.Floor(sum + .5)), Reasons: reasons, Parts: parts}
}

// focusScore is the share of 8 points, in percent.
func focusScore(c Contractor, served []string) float64 {
	points := 0
	for i, area := range c.FocusAreas[:min(3, len(c.FocusAreas))] {
		if has(served, area) {
			points += 3 - i
		}
	}
	if c.Primary != "" && has(served, c.Primary) {
		points += 2
	}
	return float64(points) / 8 * 100
}

// toolScore is 50 when the tools of one side are not known, 25 when nothing
// is shared, 75 for one shared product and 100 for two.
func toolScore(mine, theirs []string, shared int) float64 {
	switch {
	case len(mine) == 0 || len(theirs) == 0:
		return 50
	case shared == 0:
		return 25
	case shared == 1:
		return 75
	default:
		return 100
	}
}

// signs counts the signs of growth.
func (c Contractor) signs() int {
	n := 0
	for _, yes := range []bool{c.MoreTools, c.MorePeople, c.MoreActivity} {
		if yes {
			n++
		}
	}
	return n
}

// percent keeps a number between 0 and 100; what is no number is 0.
func percent(f float64) float64 {
	if !(f > 0) {
		return 0
	}
	return math.Min(f, 100)
}
