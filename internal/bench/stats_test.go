package main

import (
	"math"
	"slices"
	"testing"
)

func TestSeries(t *testing.T) {
	s := series{5, 1, 3}
	if s.median() != 3 || s.least() != 1 || s.most() != 5 {
		t.Errorf("got %v (%v..%v)", s.median(), s.least(), s.most())
	}
	if m := (series{4, 1, 2, 3}).median(); m != 2.5 {
		t.Errorf("the median of four is %v", m)
	}
	if got := s.over(series{2.5, 2, 1, 9}); !slices.Equal(got, series{2, 0.5, 3}) {
		t.Errorf("ratios %v", got)
	}
	if !math.IsNaN(series(nil).median()) {
		t.Error("no runs have a median")
	}
	if !slices.Equal(s, series{5, 1, 3}) {
		t.Error("the order of the runs was lost")
	}
}

func TestPercentile(t *testing.T) {
	v := []int{}
	for i := range 200 {
		v = append(v, 200-i)
	}
	for p, want := range map[float64]int{50: 100, 99: 198, 100: 200, 0: 1} {
		if got := percentile(v, p); got != want {
			t.Errorf("p%v = %d, want %d", p, got, want)
		}
	}
	if percentile([]int(nil), 99) != 0 {
		t.Error("no values have a percentile")
	}
}
