package confidence

import "testing"

func TestScore(t *testing.T) {
	c := func(v float64) *float64 { return &v }
	all := func(v float64) Rating { return Rating{v, v, v, v, v} }
	for _, x := range []struct {
		name        string
		ratings     []Rating
		consistency *float64
		score, n    int
		ok          bool
	}{
		{"nothing", nil, nil, 0, 0, false},
		{"only empty ratings", []Rating{{}}, nil, 0, 0, false},
		{"one ten", []Rating{all(10)}, nil, 81, 1, true},
		{"one one", []Rating{all(1)}, nil, 59, 1, true},
		{"many tens", many(all(10), 97), nil, 99, 97, true},
		{"only the first question", []Rating{{Overall: 9}}, nil, 79, 1, true},
		{"weights", []Rating{{Overall: 10, Communication: 1, Service: 1, Value: 1, Recommend: 1}}, nil, 68, 1, true},
		{"consistency alone", nil, c(25), 65, 0, true},
		{"both", []Rating{all(10)}, c(100), 85, 1, true},
		{"within bounds", many(all(10), 1000), c(1000), 100, 1000, true},
	} {
		if score, n, ok := Score(x.ratings, x.consistency); score != x.score || n != x.n || ok != x.ok {
			t.Errorf("%s: %d of %d ratings, %v", x.name, score, n, ok)
		}
	}
}

func many(r Rating, n int) (list []Rating) {
	for range n {
		list = append(list, r)
	}
	return list
}

func TestNPS(t *testing.T) {
	for _, x := range []struct {
		answers []float64
		nps     int
		ok      bool
	}{
		{nil, 0, false}, {[]float64{0}, 0, false}, {[]float64{9, 10}, 100, true}, {[]float64{6, 1}, -100, true},
		{[]float64{7, 8}, 0, true}, {[]float64{9, 7, 3}, 0, true}, {[]float64{10, 10, 8}, 67, true},
	} {
		if nps, ok := NPS(x.answers); nps != x.nps || ok != x.ok {
			t.Error(x, nps, ok)
		}
	}
	if Trend(1, 2) != "up" || Trend(2, 1) != "down" || Trend(2, 2) != "stable" {
		t.Error("trend")
	}
}
