package consistency

import (
	"math"
	"slices"
)

// Alignment is how far two groups say the same about the topics that both
// speak of.
type Alignment struct {
	A Group `json:"a"`
	B Group `json:"b"`
	// Value is 0 to 100; nil when a group is absent or they share no topic.
	Value  *float64 `json:"value"`
	Topics int      `json:"topics"`
}

// view is what one group says about one topic.
type view struct {
	sum, n int // of the voices that judge
	quants []quantity
}

// survey is what one voice says about each topic.
type survey map[int]*view

// add takes in what a sentence says.
func (y survey) add(cat *Catalogue, s *sentence, readings []reading) {
	for i := range readings {
		rd := &readings[i]
		w := y[rd.topic]
		if w == nil {
			w = &view{}
			y[rd.topic] = w
		}
		w.sum += rd.value
		if m := cat.topics[rd.topic].measure; m != nil {
			if q := nearest(m, s, rd.from, 0, len(s.toks)); q != nil {
				w.quants = append(w.quants, *q)
			}
		}
	}
}

// alignments compares each pair of groups. said is what each voice says; the
// value of a pair depends on the words of these two groups alone. With the CEO
// it is how many of a group bear out what the CEO claims, by the positions of
// the voices in table, a row a claim.
func alignments(cat *Catalogue, voices []voice, said []survey, claims []claim, table [][]position) []Alignment {
	views := map[Group]map[int]*view{}
	for i := range voices {
		v := &voices[i]
		if views[v.group] == nil {
			views[v.group] = map[int]*view{}
		}
		for topic, said := range said[i] {
			w := views[v.group][topic]
			if w == nil {
				w = &view{}
				views[v.group][topic] = w
			}
			if value := sign(said.sum); value != 0 {
				w.sum += value
				w.n++
			}
			w.quants = append(w.quants, said.quants...)
		}
	}
	var out []Alignment
	groups := Groups()
	for i, a := range groups {
		for _, b := range groups[i+1:] {
			al := Alignment{A: a, B: b}
			switch {
			case views[a] == nil || views[b] == nil:
			case a == CEO:
				al.Value, al.Topics = borneOut(cat, voices, b, claims, table)
			default:
				al.Value, al.Topics = agreement(cat, views[a], views[b])
			}
			out = append(out, al)
		}
	}
	return out
}

// borneOut averages over the topics of the CEO's claims that voices of a group
// speak to: how many of these bear a claim out, of all that take a stand.
func borneOut(cat *Catalogue, voices []voice, g Group, claims []claim, table [][]position) (*float64, int) {
	support, stands := make([]int, len(cat.names)), make([]int, len(cat.names))
	for i := range claims {
		if c := &claims[i]; c.group == CEO && c.class >= 0 {
			for v := range voices {
				if value := table[i][v].value(); voices[v].group == g && value != 0 {
					stands[c.class]++
					support[c.class] += max(0, value)
				}
			}
		}
	}
	total, n := 0.0, 0
	for k := range stands {
		if stands[k] > 0 {
			total += float64(support[k]) / float64(stands[k])
			n++
		}
	}
	return mean100(total, n), n
}

// mean100 is the mean of n shares, 0 to 100 with one digit; nil of none.
func mean100(total float64, n int) *float64 {
	if n == 0 {
		return nil
	}
	value := math.Round(1000*total/float64(n)) / 10
	return &value
}

// agreement averages over the topics that both groups judge or measure.
func agreement(cat *Catalogue, a, b map[int]*view) (*float64, int) {
	total, n := 0.0, 0
	for i := range cat.topics {
		va, vb := a[i], b[i]
		if va == nil || vb == nil {
			continue
		}
		judged := va.n > 0 && vb.n > 0
		measured := len(va.quants) > 0 && len(vb.quants) > 0
		if !judged && !measured {
			continue
		}
		same := 1.0
		if judged {
			same = 1 - math.Abs(float64(va.sum)/float64(va.n)-float64(vb.sum)/float64(vb.n))/2
		}
		if measured && farApart(cat.topics[i].measure, va.quants, vb.quants) {
			same = 0
		}
		total += same
		n++
	}
	return mean100(total, n), n
}

// farApart says whether the middle quantities of two groups differ by more
// than the ratio, whichever is the larger.
func farApart(m *measure, a, b []quantity) bool {
	qa, qb := middle(a), middle(b)
	if m.dim == dimMoney {
		var ok bool
		if qa, qb, ok = sameRate(qa, qb); !ok {
			return false
		}
	}
	if m.points > 0 {
		return qa.hi+m.points <= qb.lo || qb.hi+m.points <= qa.lo
	}
	return qa.lo >= qb.hi*mismatchRatio || qb.lo >= qa.hi*mismatchRatio
}

func middle(quants []quantity) quantity {
	sorted := slices.Clone(quants)
	slices.SortStableFunc(sorted, func(a, b quantity) int {
		switch {
		case a.lo+a.hi < b.lo+b.hi:
			return -1
		case a.lo+a.hi > b.lo+b.hi:
			return 1
		}
		return 0
	})
	return sorted[(len(sorted)-1)/2]
}
