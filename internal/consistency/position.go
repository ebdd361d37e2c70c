package consistency

// position is where one voice stands on one claim: how strongly its words
// speak against it and for it, 0 to 1 each, by the strongest sentence.
type position struct {
	near             float64
	against, support float64
	numeric          bool
	doc              string
	text             string
	quote            span // of the strongest sentence against
	// the sentence that is nearest to the claim, for a judge
	nearDoc, nearText string
	nearQuote         span
	nearNumeric       bool
}

// leastVoice is the strength from which a voice counts.
const leastVoice = 0.25

// leastAgainst is the same for words against, which are rarer, and
// leastShareAgainst how strong they must be beside those for it.
const (
	leastAgainst      = 0.15
	leastShareAgainst = 0.4
)

// leastNear is the nearness from which a voice has touched a claim.
const leastNear = 0.5

func (p *position) value() int {
	switch {
	case p.against >= leastAgainst && p.against >= float64(leastShareAgainst*p.support):
		return -1
	case p.support >= leastVoice:
		return 1
	}
	return 0
}

// add takes in one more sentence of the voice.
func (p *position) add(d *Document, st stance) {
	if st.asserts && (st.near > p.near || p.nearText == "") {
		p.nearDoc, p.nearQuote, p.nearText, p.nearNumeric = d.ID, st.quote, d.Text[st.quote.start:st.quote.end], st.numeric < 0
	}
	p.near = max(p.near, st.near)
	if !st.asserts {
		return
	}
	p.support = max(p.support, float64(st.share*st.praise))
	if a := float64(st.share * st.blame); a > p.against {
		p.against, p.numeric = a, st.numeric < 0
		p.doc, p.quote, p.text = d.ID, st.quote, d.Text[st.quote.start:st.quote.end]
	}
}

// listen reads all voices but the CEO's and returns their positions, one row a
// claim and one column a voice, and what each voice says of all topics.
func listen(cat *Catalogue, r *reader, voices []voice, claims []claim) ([][]position, []survey) {
	table := make([][]position, len(claims))
	for i := range table {
		table[i] = make([]position, len(voices))
	}
	said := make([]survey, len(voices))
	l := newListener(cat, claims)
	for v := range voices {
		if voices[v].group == CEO {
			continue
		}
		said[v] = survey{}
		for k := range voices[v].docs {
			d := &voices[v].docs[k]
			l.start()
			r.read(*d, func(s *sentence) {
				for i, st := range l.hear(s) {
					table[i][v].add(d, st)
				}
				if !l.asks {
					said[v].add(cat, s, l.readings)
				}
			})
		}
	}
	return table, said
}
