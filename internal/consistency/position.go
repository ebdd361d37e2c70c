package consistency

// position is where one voice stands on one claim: how strongly its words
// speak against it and for it, 0 to 1 each, by the strongest sentence.
type position struct {
	near             float64
	uptake           uptake
	against, support float64
	numeric          bool      // the strongest words against it are a figure
	harsh            bool      // words that count against it are of blame
	dissent, bearing utterance // the strongest sentence against, and for it
	// the sentence that is nearest to the claim, for a judge
	nearDoc, nearText string
	nearQuote         span
	nearNumeric       bool
}

// utterance is a sentence as it stands in its document. grounds is nil for one
// that does not count.
type utterance struct {
	doc     string
	text    string
	quote   span
	grounds *grounds
}

// grounds are what a sentence was weighed by.
type grounds struct {
	stance   stance
	cues     []groundCue
	seen     quantity // its figure that was compared
	seenText string
	judged   bool   // a judge has placed it, not the rules
	denies   bool   // and says that it denies the claim
	opposite string // the word that means the opposite of one of the claim
}

// groundCue is a cue with its words.
type groundCue struct {
	topic, value int
	text         string // empty when a reply to a question was meant
}

// leastVoice is the strength from which a voice counts.
const leastVoice = 0.28

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

// add takes in what one more sentence of the voice means for claim i.
func (p *position) add(d *Document, l *listener, s *sentence, i int) {
	st := &l.stances[i]
	if st.asserts && (st.near > p.near || p.nearText == "") {
		p.nearDoc, p.nearQuote, p.nearText, p.nearNumeric = d.ID, st.quote, d.Text[st.quote.start:st.quote.end], st.figures.result < 0
	}
	p.near = max(p.near, st.near)
	p.uptake.add(&st.uptake)
	if !st.asserts {
		return
	}
	if a := float64(st.share * st.praise); a > p.support {
		p.support = a
		p.bearing.set(d, l, s, i, a >= leastVoice)
	}
	against := float64(st.share * st.blame)
	if against > p.against {
		p.against, p.numeric = against, st.figures.result < 0
		p.dissent.set(d, l, s, i, against >= leastAgainst)
	}
	p.harsh = p.harsh || st.mood < 0 && against >= leastAgainst
}

// set notes a sentence, and when it counts what it was weighed by.
func (u *utterance) set(d *Document, l *listener, s *sentence, i int, counts bool) {
	st := &l.stances[i]
	u.doc, u.quote, u.text = d.ID, st.quote, d.Text[st.quote.start:st.quote.end]
	u.grounds = nil
	if !counts {
		return
	}
	g := &grounds{stance: *st}
	u.grounds = g
	words := func(from, to int) string {
		if from < 0 || from >= to || to > len(s.toks) {
			return ""
		}
		for from > 0 && s.joined(from) {
			from--
		}
		for to < len(s.toks) && s.joined(to) {
			to++
		}
		return d.Text[s.toks[from].start:s.toks[to-1].end]
	}
	g.opposite = words(st.opposite, st.opposite+1)
	for k := range l.readings {
		if r := &l.readings[k]; r.value != 0 && l.concerns(r, &l.claims[i]) {
			c := groundCue{topic: r.topic, value: r.value}
			if !r.carried {
				c.text = words(r.from, r.to)
			}
			g.cues = append(g.cues, c)
		}
	}
	if st.figures.result != 0 {
		g.seen = s.figure(&l.claims[i], st.figures)
		g.seenText = words(g.seen.from, g.seen.to)
	}
}

// joined says whether token i is the second half of a word: the "not" of "can't".
func (s *sentence) joined(i int) bool {
	return !s.toks[i].punct && !s.toks[i-1].punct && s.toks[i-1].end == s.toks[i].start
}

// listen reads all voices but the CEO's and returns their positions, one row a
// claim and one column a voice, and what each voice says of all topics.
func listen(cat *Catalogue, r *reader, voices []voice, claims []claim, m *meanings) ([][]position, []survey) {
	table := make([][]position, len(claims))
	for i := range table {
		table[i] = make([]position, len(voices))
	}
	said := make([]survey, len(voices))
	l := newListener(cat, r, claims)
	l.meanings = m
	for v := range voices {
		if voices[v].group == CEO {
			continue
		}
		said[v] = survey{}
		clear(l.heard)
		l.idleness, _ = cat.idleness(r, voices[v].docs)
		for k := range voices[v].docs {
			d := &voices[v].docs[k]
			l.start(d.Group)
			r.read(*d, func(s *sentence) {
				if l.again(s, d.Text[s.start:s.end]) {
					return
				}
				l.vector = m.of(d.Text[s.start:s.end])
				for i := range l.hear(s) {
					table[i][v].add(d, l, s, i)
				}
				if !l.asks && !l.chats {
					said[v].add(cat, s, l.readings)
				}
			})
		}
	}
	return table, said
}

// in is the utterance as a quote of a group.
func (u *utterance) in(g Group) Quote { return Quote{u.doc, g, u.text, u.quote.start, u.quote.end} }
