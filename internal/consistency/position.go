package consistency

// position is where one voice stands on one claim.
type position struct {
	touched  bool
	value    int // +1 supports, -1 contradicts, 0 neither
	numeric  bool
	explicit bool
	doc      string
	text     string
	quote    span
	sum      int
}

// add takes in one more sentence of the voice. The quote is that of the
// strongest sentence on the side that the voice is on.
func (p *position) add(d *Document, st stance) {
	p.touched = true
	if st.value == 0 {
		return
	}
	weight := 1
	if st.explicit {
		weight = 2
	}
	p.sum += st.value * weight
	side := sign(p.sum)
	if side == 0 {
		p.value = 0
		return
	}
	if st.value == side && (p.value != side || st.explicit && !p.explicit) {
		p.numeric, p.explicit = st.numeric, st.explicit
		p.doc, p.quote, p.text = d.ID, st.quote, d.Text[st.quote.start:st.quote.end]
	}
	p.value = side
}

// listen reads all voices but the CEO's and returns their positions, one row a
// claim and one column a voice.
func listen(cat *Catalogue, r *reader, voices []voice, claims []claim) [][]position {
	table := make([][]position, len(claims))
	for i := range table {
		table[i] = make([]position, len(voices))
	}
	var readings []reading
	for v := range voices {
		if voices[v].group == CEO {
			continue
		}
		for k := range voices[v].docs {
			d := &voices[v].docs[k]
			var open asked
			r.read(*d, func(s *sentence) {
				readings = readSentence(cat, s, readings[:0])
				if s.question || s.role == roleProspect {
					open.ask(s, readings)
				} else {
					readings = open.carry(cat, s, readings)
				}
				weigh(cat, s, d.Group, claims, readings, func(i int, st stance) { table[i][v].add(d, st) })
			})
		}
	}
	return table
}
