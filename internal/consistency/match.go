package consistency

// place is where an element stands in a sentence, and where in the list of
// places its next one is, -1 when it is the last.
type place struct {
	from, to int
	next     int32
}

// slot leads to the places of an element in the sentence of an epoch.
type slot struct {
	epoch       uint32
	first, last int32
	anchors     bool // a cue
}

// hit is one cue found in a sentence.
type hit struct {
	topic    int
	value    int8 // +1 good, -1 bad, after negation; 0 about
	from, to int  // tokens from the first to the last of the cue
	turned   bool
	weight   int // words that the cue took
	written  string
}

// matcher finds the cues of a catalogue in sentences. It keeps buffers, so one
// goroutine has one.
type matcher struct {
	cat    *Catalogue
	slots  []slot // by element
	places []place
	anchor []int   // the elements in the sentence that anchor cues
	used   []place // tokens taken by the cue in hand
	tried  []uint32
	epoch  uint32
}

func newMatcher(cat *Catalogue) *matcher {
	m := &matcher{cat: cat, slots: make([]slot, len(cat.elements.names)), tried: make([]uint32, len(cat.patterns))}
	for e, cues := range cat.byAnchor {
		m.slots[e].anchors = len(cues) > 0
	}
	return m
}

func (m *matcher) add(element, from, to int) {
	at := int32(len(m.places))
	m.places = append(m.places, place{from, to, -1})
	s := &m.slots[element]
	if s.epoch == m.epoch {
		m.places[s.last].next = at
		s.last = at
		return
	}
	s.epoch, s.first, s.last = m.epoch, at, at
	if s.anchors {
		m.anchor = append(m.anchor, element)
	}
}

// find appends the hits of a sentence to dst.
func (m *matcher) find(dst []hit, s *sentence) []hit {
	m.epoch++
	m.places, m.anchor = m.places[:0], m.anchor[:0]
	for i := range s.toks {
		x := s.toks[i].lex
		for _, c := range x.cues {
			if c.phrase < 0 {
				m.add(int(c.element), i, i+1)
			} else if end, ok := s.phraseEnd(i, x.phrases[c.phrase]); ok {
				m.add(int(c.element), i, end)
			}
		}
	}
	for i := range s.quants {
		q := &s.quants[i]
		for _, e := range m.cat.elements.byDim[q.dim] {
			m.add(e, q.from, q.to)
		}
		if q.dim != dimCount || q.lo <= 1 {
			continue
		}
		for _, e := range m.cat.elements.numbers {
			m.add(e, q.from, q.to)
		}
	}
	for _, e := range m.anchor {
		for _, id := range m.cat.byAnchor[e] {
			if m.tried[id] == m.epoch {
				continue
			}
			m.tried[id] = m.epoch
			if p := &m.cat.patterns[id]; m.complete(p) {
				dst = m.try(dst, s, p)
			}
		}
	}
	return dst
}

// phraseEnd says where a phrase ends that begins with token i. rest are the
// lemmas after the first.
func (s *sentence) phraseEnd(i int, rest []string) (int, bool) {
	j := i + 1
	for _, l := range rest {
		for j < len(s.toks) && s.toks[j].word == "-" && l != "-" {
			j++
		}
		if j >= len(s.toks) || s.toks[j].lemma != l {
			return 0, false
		}
		j++
	}
	return j, true
}

// complete says whether all that a cue needs stands somewhere.
func (m *matcher) complete(p *pattern) bool {
	for _, e := range p.needs {
		if m.slots[e].epoch != m.epoch {
			return false
		}
	}
	return true
}

func (m *matcher) try(dst []hit, s *sentence, p *pattern) []hit {
	m.used = m.used[:0]
	for _, part := range p.parts {
		if !m.part(s, part, 0, -1) {
			return dst
		}
	}
	h := hit{topic: p.topic, value: p.value, from: len(s.toks), written: p.written}
	for _, u := range m.used {
		h.from, h.to = min(h.from, u.from), max(h.to, u.to)
		h.weight += u.to - u.from
	}
	if !p.fixed && p.value != 0 {
		for _, n := range s.negs {
			if m.consumed(n.at) {
				continue
			}
			for _, u := range m.used {
				if n.from < u.to && n.to > u.from {
					h.turned = !h.turned
					break
				}
			}
		}
		if h.turned {
			h.value = -h.value
		}
	}
	if h.value != 0 && s.conditional(h) {
		h.value = 0
	}
	return append(dst, h)
}

func (m *matcher) consumed(tok int) bool {
	for _, u := range m.used {
		if tok >= u.from && tok < u.to {
			return true
		}
	}
	return false
}

// first is the first place of an element, -1 when there is none.
func (m *matcher) first(element int) int32 {
	if s := &m.slots[element]; s.epoch == m.epoch {
		return s.first
	}
	return -1
}

// maxFillers bounds the grammar words that a cue skips in a row.
const maxFillers = 5

// part finds the steps of one part from step k on, after token prev.
func (m *matcher) part(s *sentence, steps []step, k, prev int) bool {
	if k == len(steps) {
		return true
	}
	st := steps[k]
	for at := m.first(st.element); at >= 0; at = m.places[at].next {
		pl := m.places[at]
		if k > 0 && !s.reaches(prev, pl.from, st.gap) {
			continue
		}
		m.used = append(m.used, pl)
		if m.part(s, steps, k+1, pl.to) {
			return true
		}
		m.used = m.used[:len(m.used)-1]
	}
	if st.optional {
		return m.part(s, steps, k+1, prev)
	}
	return false
}

// reaches says whether a word at to may follow one that ended at from. A gap
// of words does not lead out of the clause.
func (s *sentence) reaches(from, to, gap int) bool {
	if to < from || to-from > gap+maxFillers {
		return false
	}
	skipped := 0
	for i := from; i < to; i++ {
		if !s.toks[i].filler && s.toks[i].word != "-" && s.toks[i].word != "\"" && s.toks[i].word != "'" {
			if skipped++; skipped > gap {
				return false
			}
		}
	}
	return gap == 0 || clauseAt(s.clauses, len(s.toks), from-1) == clauseAt(s.clauses, len(s.toks), to)
}
