package main

import (
	"cmp"
	"math"
	"slices"
)

// series is what the runs of one case measured of one thing, in the order of
// the runs.
type series []float64

// median, least and most are NaN for an empty series.
func (s series) median() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

func (s series) least() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	return slices.Min(s)
}

func (s series) most() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	return slices.Max(s)
}

// over divides run by run, so that what slows the machine for a while weighs
// on both sides.
func (s series) over(other series) series {
	var out series
	for i := range min(len(s), len(other)) {
		out = append(out, s[i]/other[i])
	}
	return out
}

// times returns each value of s multiplied.
func (s series) times(factor float64) series {
	out := make(series, len(s))
	for i, v := range s {
		out[i] = v * factor
	}
	return out
}

// percentile returns the smallest value that at least p of 100 values do not
// exceed. It sorts the values. The zero value stands for no values.
func percentile[T cmp.Ordered](values []T, p float64) T {
	var none T
	if len(values) == 0 {
		return none
	}
	slices.Sort(values)
	rank := int(math.Ceil(p / 100 * float64(len(values))))
	return values[max(rank, 1)-1]
}
