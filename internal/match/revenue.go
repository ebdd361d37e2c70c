package match

import "math"

// band is a range of annual revenue in millions of US dollars.
type band struct {
	from, to float64
	label    string
}

// bands are the ranges that the front end offers, and those that its older
// version offered.
var bands = map[string]band{
	"0_5_million":      {0, 5, "$0-5M"},
	"5_10_million":     {5, 10, "$5-10M"},
	"11_20_million":    {10, 20, "$11-20M"},
	"21_30_million":    {20, 30, "$21-30M"},
	"31_50_million":    {30, 50, "$31-50M"},
	"51_75_million":    {50, 75, "$51-75M"},
	"76_150_million":   {75, 150, "$76-150M"},
	"151_300_million":  {150, 300, "$151-300M"},
	"300_plus_million": {300, math.Inf(1), "$300M+"},

	"under_500k": {0, .5, "under $500K"},
	"100k_500k":  {.1, .5, "$100-500K"},
	"500k_1m":    {.5, 1, "$500K-1M"},
	"1m_5m":      {1, 5, "$1-5M"},
	"5m_10m":     {5, 10, "$5-10M"},
	"over_10m":   {10, math.Inf(1), "over $10M"},
}

// revenueScore is 100 when one of the targets is the contractor's range or
// holds it, 75 when one overlaps it or lies next to it, 25 when none does, and
// 50 when one side is not known.
func revenueScore(revenue string, targets []string) float64 {
	mine, ok := bands[revenue]
	if has(targets, revenue) && revenue != "" {
		return 100
	}
	if !ok || len(targets) == 0 {
		return 50
	}
	score, known := 25.0, false
	for _, name := range targets {
		b, ok := bands[name]
		switch {
		case !ok:
			continue
		case b.from <= mine.from && mine.to <= b.to:
			score = 100
		case b.from <= mine.to && mine.from <= b.to:
			score = math.Max(score, 75)
		}
		known = true
	}
	if !known {
		return 50
	}
	return score
}

func revenueLabel(revenue string) (string, bool) {
	b, ok := bands[revenue]
	return b.label, ok
}
