package consistency

// reading is what one sentence says about one topic, from the partner's point
// of view.
type reading struct {
	topic    int
	value    int  // +1 it holds, -1 it does not, 0 the topic is only named
	explicit bool // a cue said so, not a mood
	carried  bool // the topic came with the question
	from, to int  // tokens of the deciding cue
	weight   int
	turned   bool // by a negation
}

// readSentence sums up the hits of a sentence, one reading a topic, in the
// order of the catalogue.
func readSentence(cat *Catalogue, s *sentence, dst []reading) []reading {
	start := len(dst)
	at := func(topic int) *reading {
		for i := start; i < len(dst); i++ {
			if dst[i].topic == topic {
				return &dst[i]
			}
		}
		dst = append(dst, reading{topic: topic, from: -1})
		return &dst[len(dst)-1]
	}
	for _, h := range s.hits {
		r := at(h.topic)
		if h.value == 0 {
			if r.from < 0 {
				r.from, r.to = h.from, h.to
			}
			continue
		}
		weight := h.weight
		switch {
		case !r.explicit || weight > r.weight:
		case weight == r.weight && h.value < 0 && r.value > 0:
		default:
			continue
		}
		r.explicit, r.value, r.weight, r.from, r.to, r.turned = true, int(h.value), weight, h.from, h.to, h.turned
	}
	for i := start; i < len(dst); i++ {
		r := &dst[i]
		if r.value > 0 && s.reported(r.from) {
			r.value, r.explicit = 0, false
			continue
		}
		if !r.explicit && !cat.topics[r.topic].Strict {
			c := clauseAt(s.clauses, len(s.toks), max(r.from, 0))
			r.value = sign(s.moodOf(c.from, c.to))
		}
	}
	return dst
}

var reportWords = wordSet(`told promised supposed advertised swore assured claimed claim claims pitched thought expected brochure promise`)

var confirmWords = wordSet(`as like just exactly than what true`)

// reported says whether what stands at token at is only what somebody was
// told: "I was told it was free". "As promised" confirms instead.
func (s *sentence) reported(at int) bool {
	for i := 0; i < at && i < len(s.toks); i++ {
		if !reportWords[s.toks[i].word] {
			continue
		}
		for k := max(0, i-3); k < i; k++ {
			if confirmWords[s.toks[k].word] {
				return false
			}
		}
		return i > 0 && at-i < 8
	}
	return false
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

var yesWords = wordSet(`yes yeah yep yup sure absolutely correct right exactly indeed certainly always definitely totally true naturally si`)

var noWords = wordSet(`no nope nah not never nothing none unfortunately sadly afraid sorry nobody hardly rarely nowhere`)

var hedges = parsePhrases(`depends; that depends; it depends; technically; officially; in theory; on paper; between us; between you and me; to be honest; truthfully; not exactly; not quite; not really; not always; not yet; sort of; kind of; supposedly; if only; i wish; eventually; someday; we are working on; working on it`)

// answer says how a sentence answers a question put the positive way: +1 yes,
// -1 no, 0 neither.
func answer(s *sentence) int {
	n := 0
	for i, t := range s.toks {
		if t.punct {
			continue
		}
		if n++; n > 3 {
			break
		}
		if phraseAt(hedges, s.toks, i) > 0 {
			return -1
		}
		if phraseAt(idioms, s.toks, i) > 0 {
			return 1
		}
		if yesWords[t.word] || t.word == "of" && i+1 < len(s.toks) && s.toks[i+1].word == "course" {
			return 1
		}
		if noWords[t.word] {
			return -1
		}
	}
	return 0
}

// asked remembers the topics of a question for the answer.
type asked struct {
	readings []reading
	negative bool // the question was put the negative way
	plain    bool // yes or no answers it
	left     int  // sentences it still holds for
}

var whWords = wordSet(`what who whose which where when why how`)

// carryReach is for how many sentences an answer goes on.
const carryReach = 2

// ask notes a question, or a prospect's remark, that the next words answer.
func (a *asked) ask(s *sentence, readings []reading) {
	a.readings = append(a.readings[:0], readings...)
	a.left = carryReach
	a.negative = len(s.negs) > 0
	a.plain = true
	for i, t := range s.toks {
		if whWords[t.word] && i < 3 {
			a.plain = false
		}
	}
	if !s.question { // a remark: only its echo confirms it
		a.plain = a.plain && a.negative
	}
}

// carry adds to readings those that the sentence answers without naming them.
func (a *asked) carry(cat *Catalogue, s *sentence, readings []reading) []reading {
	if a.left == 0 {
		return readings
	}
	a.left--
	reply := answer(s)
	own := false
	for _, r := range readings {
		own = own || r.explicit
	}
next:
	for _, q := range a.readings {
		for i := range readings {
			if r := &readings[i]; r.topic == q.topic {
				if !r.explicit && reply != 0 && q.explicit && a.plain {
					*r = a.answered(q, reply, s)
				}
				continue next
			}
		}
		r := reading{topic: q.topic, carried: true, to: len(s.toks)}
		switch {
		case reply != 0 && q.explicit && a.plain:
			r = a.answered(q, reply, s)
		case !own && !cat.topics[q.topic].Strict:
			r.value = sign(s.moodOf(0, len(s.toks)))
		}
		readings = append(readings, r)
	}
	return readings
}

// answered turns the question's own reading by the reply. "Nothing hidden?"
// "Nothing." confirms; so does "No" to a question put the negative way.
func (a *asked) answered(q reading, reply int, s *sentence) reading {
	if a.negative && reply < 0 {
		reply = 1
	}
	return reading{topic: q.topic, value: q.value * reply, explicit: true, carried: true, to: len(s.toks), weight: 1}
}
