package consistency

import "slices"

// stance is what one sentence means for one claim.
type stance struct {
	value    int // +1 supports, -1 contradicts, 0 only touches the subject
	numeric  bool
	explicit bool
	quote    span
}

// weigh holds one sentence against every claim and calls each for those that
// it touches. readings are the sentence's own, carried ones included.
func weigh(cat *Catalogue, s *sentence, group Group, claims []claim, readings []reading, each func(claim int, st stance)) {
	asserts := !s.question && s.role == roleAuthor
	for i := range claims {
		c := &claims[i]
		var st stance
		var ok bool
		if c.topic >= 0 {
			st, ok = weighTopic(cat, s, group, c, readings)
			if st.value == 0 && c.quant == nil && (ok || cat.shared(c.about, s.toks) > 0) {
				if by, compared := weighNumber(cat, s, c); compared {
					st, ok = by, true
				}
			}
		} else {
			st, ok = weighWords(cat, s, c)
		}
		if !ok && cat.shared(c.about, s.toks) < max(1, min(2, len(c.about.words))) && (c.number == nil || !c.number.echoes(s, c.topic >= 0 && cat.topics[c.topic].Provable)) {
			continue
		}
		if !asserts {
			st = stance{}
		}
		st.quote = s.span
		each(i, st)
	}
}

func weighTopic(cat *Catalogue, s *sentence, group Group, c *claim, readings []reading) (stance, bool) {
	t := &cat.topics[c.topic]
	for i := range readings {
		r := &readings[i]
		if r.topic != c.topic {
			continue
		}
		if c.quant != nil {
			if q := nearest(t.measure, s, r.from, 0, len(s.toks)); q != nil {
				result := t.measure.compare(*c.quant, *q)
				if result == agrees && odd(s.negs, q.from, q.to, func(int) bool { return false }) && q.bound != boundAtLeast {
					result = worse
				}
				if t.measure.more && t.measure.dim == dimDuration && r.explicit && r.value*c.value < 0 {
					result = incomparable
				}
				gainsaid := r.explicit && r.value*c.value < 0 && q.loose // "fast" in name, slow in words
				if result == worse || result == agrees && !gainsaid {
					return stance{value: map[comparison]int{agrees: 1, worse: -1}[result], numeric: true, explicit: true}, true
				}
			}
		}
		if t.from != nil && !t.from[group] && !r.explicit {
			return stance{}, true
		}
		return stance{value: r.value * c.value, explicit: r.explicit}, true
	}
	if t.from != nil && t.from[group] && len(readings) == 0 {
		return stance{value: sign(cat.mood.of(s, 0, len(s.toks))) * c.value}, true
	}
	return stance{}, false
}

// weighWords holds a sentence against a claim that the catalogue does not
// know: it has to take up the claim's subject. Its number decides, then blame
// or a negation over the shared words.
func weighWords(cat *Catalogue, s *sentence, c *claim) (stance, bool) {
	n := cat.shared(c.about, s.toks)
	if n == 0 {
		return stance{}, false
	}
	if st, ok := weighNumber(cat, s, c); ok {
		return st, true
	}
	if n < 2 && n < len(c.about.words) {
		return stance{}, true
	}
	value := 1
	for k, t := range s.toks {
		if c.about.words[t.lemma] && odd(s.negs, k, k+1, func(int) bool { return false }) {
			value = -1
		}
	}
	if cat.mood.of(s, 0, len(s.toks)) < 0 {
		value = -1
	}
	return stance{value: value}, true
}

// weighNumber holds the numbers of a sentence against the number of a claim.
// Without a measure the direction follows from the bound that was promised,
// or else from the dimension: time and money should not be more, the rest not
// less.
func weighNumber(cat *Catalogue, s *sentence, c *claim) (stance, bool) {
	if c.number == nil {
		return stance{}, false
	}
	m := measure{dim: c.number.dim, more: c.number.dim == dimPercent || c.number.dim == dimCount}
	if c.number.bound != boundNone {
		m.more = c.number.bound == boundAtLeast
	}
	for _, q := range s.quants {
		if q.bare && m.dim == dimCount {
			q.dim = dimCount
		}
		if q.dim != m.dim || q.loose || m.tenure(s, q) {
			continue
		}
		result := m.compare(*c.number, q)
		if result == agrees {
			return stance{value: 1, numeric: true, explicit: true}, true
		}
		if result == worse && (m.dim != dimCount || cat.sameNoun(*c.number, q)) {
			return stance{value: -1, numeric: true, explicit: true}, true
		}
	}
	return stance{}, false
}

// sameNoun says whether two counts are of the same thing. A count without a
// noun takes the other's: "we promise three and deliver one".
func (c *Catalogue) sameNoun(a, b quantity) bool {
	if b.nouns[0] == "" {
		return true
	}
	for _, n := range a.nouns {
		for _, o := range b.nouns {
			if n != "" && (n == o || c.synonyms(n, o)) {
				return true
			}
		}
	}
	return false
}

func (c *Catalogue) synonyms(a, b string) bool {
	for _, id := range c.concepts[a] {
		if slices.Contains(c.concepts[b], id) {
			return true
		}
	}
	return false
}
