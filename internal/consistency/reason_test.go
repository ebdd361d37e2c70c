package consistency

import (
	"math"
	"strings"
	"testing"
)

// eachReport analyses all invented partners.
func eachReport(t *testing.T, check func(r *Report)) {
	engine := newEngine(t)
	for _, path := range invented(t) {
		for _, g := range readGold(t, path) {
			check(engine.Analyze(g.Partner))
		}
	}
}

func TestDeductionsAddUpToTheScore(t *testing.T) {
	eachReport(t, func(r *Report) {
		points, reported := 0.0, 0
		for _, d := range r.Deductions {
			points += d.Points
			if !d.Doubt {
				reported++
			}
		}
		if math.Abs(100-points-*r.Score) > 0.01 {
			t.Errorf("%s: 100 less %.1f is not %.1f", r.PartnerID, points, *r.Score)
		}
		if reported != len(r.Discrepancies) {
			t.Errorf("%s: %d deductions for %d discrepancies", r.PartnerID, reported, len(r.Discrepancies))
		}
	})
}

// sum adds up the weights of signs, which are rounded.
func sum(signs []Sign) (x float64) {
	for _, s := range signs {
		x += s.Weight
	}
	return x
}

func TestReasonsAreTheNumbersThatDecided(t *testing.T) {
	const rounding = 0.02
	start, _ := newEngine(t).cat.denies.explain(make([]int32, facetCount))
	check := func(r *Report, why []Reason) {
		if len(why) == 0 {
			t.Errorf("%s: a verdict without a reason", r.PartnerID)
		}
		for _, w := range why {
			switch w.Kind {
			case "chance", "silence":
				if math.Abs(logistic(sum(w.Signs))-w.Value) > rounding {
					t.Errorf("%s: the terms of %q come to %.3f", r.PartnerID, w.Text, logistic(sum(w.Signs)))
				}
			case "against": // and sounds like a promise, which only lowers it
				if most := w.Share * logistic(start+sum(w.Signs)); w.Value > most+rounding {
					t.Errorf("%s: the signs of %q come to %.3f at most", r.PartnerID, w.Text, most)
				}
			}
			if w.Value+rounding < w.Threshold && w.Kind != "chance" && w.Kind != "silence" {
				t.Errorf("%s: %q does not count", r.PartnerID, w.Text)
			}
			if w.Quote != nil && !strings.Contains(w.Text, w.Quote.Document) {
				t.Errorf("%s: %q does not name %s", r.PartnerID, w.Text, w.Quote.Document)
			}
		}
	}
	eachReport(t, func(r *Report) {
		for _, c := range r.Claims {
			check(r, c.Why)
		}
		for _, d := range r.Discrepancies {
			check(r, d.Why)
		}
	})
}

func TestFiguresAreShownInOneUnit(t *testing.T) {
	r := newEngine(t).Analyze(replaced(sample(), "customer1", "It took three days until they replied to my message."))
	for _, c := range r.Claims {
		for _, w := range c.Why {
			for _, s := range w.Signs {
				if s.Sign == "figure" && c.Topic == "response_time" {
					if s.Seen == nil || *s.Seen != (Amount{Text: "three days", Low: 3 * day, High: 3 * day, Unit: "seconds"}) || s.Promised.High != day || s.Weight <= 0 {
						t.Errorf("%+v", s)
					}
					if want := `"three days" is worse than the promised "24 hours"`; !strings.Contains(w.Text, want) {
						t.Errorf("%q, want %q", w.Text, want)
					}
					return
				}
			}
		}
	}
	t.Errorf("no reason names the figure:\n%s", r.Text())
}

func TestAmountsInFigures(t *testing.T) {
	for want, a := range map[string]Amount{
		"3 days":           {Low: 3 * day, High: 3 * day, Unit: "seconds"},
		"2 to 4 hours":     {Low: 2 * hour, High: 4 * hour, Unit: "seconds"},
		"99.95%":           {Low: 99.95, High: 99.95, Unit: "percent"},
		"900 a month":      {Low: 900, High: 900, Unit: "of the currency a month"},
		"30 each a month":  {Low: 30, High: 30, Unit: "of the currency each a month"},
		"12":               {Low: 12, High: 12, Unit: "count"},
		"one every 2 days": {Low: 2 * day, High: 2 * day, Unit: "seconds", period: true},
		"0 to 5 minutes":   {Low: 0, High: 300, Unit: "seconds"},
	} {
		if got := a.String(); got != want {
			t.Errorf("%+v is %q, want %q", a, got, want)
		}
	}
}
