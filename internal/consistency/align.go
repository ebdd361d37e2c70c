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

// surveyOf reads one voice.
func surveyOf(cat *Catalogue, r *reader, v *voice) survey {
	said := survey{}
	var readings []reading
	for _, d := range v.docs {
		var open asked
		r.read(d, func(s *sentence) {
			readings = readSentence(cat, s, readings[:0])
			if s.question || s.role == roleProspect {
				open.ask(s, readings)
				return
			}
			readings = open.carry(cat, s, readings)
			said.add(cat, s, readings)
		})
	}
	return said
}

// alignments compares each pair of groups. said is what each voice says; the
// value of a pair depends on the words of these two groups alone.
func alignments(cat *Catalogue, voices []voice, said []survey) []Alignment {
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
			if views[a] != nil && views[b] != nil {
				al.Value, al.Topics = agreement(cat, views[a], views[b])
			}
			out = append(out, al)
		}
	}
	return out
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
	if n == 0 {
		return nil, 0
	}
	value := math.Round(1000*total/float64(n)) / 10
	return &value, n
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
