package consistency

import (
	"strconv"
	"strings"
)

// Amount is a figure as it is written, and what it comes to in one unit.
type Amount struct {
	Text string  `json:"text"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Unit string  `json:"unit"`

	period bool // the time between two of the same
}

// amountOf converts a quantity: times to seconds, distances to metres, prices
// to the period they are for.
func amountOf(q quantity, text string) *Amount {
	return &Amount{strings.Join(strings.Fields(text), " "), q.lo, q.hi, q.unit(), q.dim == dimPeriod}
}

func (q quantity) unit() string {
	switch q.dim {
	case dimDuration, dimPeriod:
		return "seconds"
	case dimMoney:
		unit := "of the currency"
		if q.each {
			unit += " each"
		}
		if q.per != "once" && q.per != "piece" && q.per != "" {
			unit += " a " + q.per
		}
		return unit
	case dimPercent:
		return "percent"
	case dimDistance:
		return "metres"
	case dimNone, dimCount:
	}
	return "count"
}

// shownUnits are the units of time in which people think, the longest first,
// and from how many of them on.
var shownUnits = []struct {
	name    string
	seconds float64
	from    float64
}{{"years", year, 2}, {"months", month, 3}, {"weeks", week, 3}, {"days", day, 2}, {"hours", hour, 2}, {"minutes", minute, 2}, {"seconds", second, 0}}

// String says an amount in figures.
func (a Amount) String() string {
	unit, scale := a.Unit, 1.0
	if a.Unit == "seconds" {
		for _, u := range shownUnits {
			if a.High >= u.seconds*u.from {
				unit, scale = u.name, u.seconds
				break
			}
		}
	}
	n := figure(a.High / scale)
	if low := figure(a.Low / scale); low != n {
		n = low + " to " + n
	}
	switch {
	case unit == "percent":
		return n + "%"
	case unit == "count":
		return n
	case strings.HasPrefix(unit, "of the currency"):
		return n + strings.TrimPrefix(unit, "of the currency")
	}
	if a.period {
		return "one every " + n + " " + unit
	}
	return n + " " + unit
}

// figure shows two digits behind the point at most.
func figure(v float64) string { return strconv.FormatFloat(round2(v), 'f', -1, 64) }
