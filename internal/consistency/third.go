package consistency

import "slices"

// What tells of a third party: a public body or a firm that the partner has no
// hand in, and a relative, a worker or a client of the speaker. They have much
// to do with the partner ("my wife rang at two", "the county took my printout").
// Only what they do by themselves is theirs, by the words behind them.
var (
	publicBodies = parsePhrases(`county; city; town; township; state; government; irs; dmv; medicare; medicaid; court; courthouse; post office;
permit office; planning board; building department; health department; tax office; building inspector`)
	firmBodies = parsePhrases(`bank; insurer; insurance; insurance company; airline; landlord; phone company; power company; gas company; cable company;
internet; wifi; power`)
	bodyParts = wordSet(`office offices hall clerk inspector inspectors department people guys`)
	insurers  = wordSet(`medicare medicaid`)
	leadSites = wordSet(`homeadvisor angi thumbtack craigslist`)
	outWords  = wordSet(`internet wifi power`)
	relatives = wordSet(`wife husband brother sister son daughter mother father mom dad cousin nephew niece uncle aunt kids parents neighbor neighbour
neighbors neighbours girlfriend boyfriend`)
	ownPeople = wordSet(`crew crews guys men lads lad framers roofers drivers driver dispatcher bookkeeper accountant lawyer attorney foreman apprentice
office secretary clerk customer customers client clients landlord`)
	ownPayers = wordSet(`customer customers client clients`)

	tieWords    = wordSet(`and but so because since though although`)
	articles    = wordSet(`the a an my our`)
	whichWords  = wordSet(`local own`)
	atOnceWords = wordSet(`always usually often still just never not do does did has have had will would can could itself themselves alone really only`)
	takeTime    = wordSet(`take takes took taken need needs needed want wants wanted sat sits held holds kept keeps`)
	bodyVerbs   = wordSet(`close closes closed open opens pay pays answer answers answered reply replies replied respond responds responded charge charges hide hides inspect inspects inspected refund refunds refunded
sell sells sold`)
	beWords      = wordSet(`is are was were 's goes went`)
	lateWords    = wordSet(`slow late closed down out`)
	answerVerbs  = wordSet(`answer reply respond call return pay send decide finish`)
	missVerbs    = wordSet(`miss misses`)
	callNouns    = wordSet(`call calls appointment appointments`)
	fewerWords   = wordSet(`fewer less no now anymore longer never`)
	payLate      = wordSet(`late slow slowly never time`)
	giveVerbs    = wordSet(`pay paid owe owed`)
	objectWords  = wordSet(`it us me him her`)
	holdWords    = wordSet(`wait waits waited waiting hold line stuck`)
	waitedFor    = wordSet(`for on with at by`)
	partnersWord = wordSet(`they them theirs you your yours`)
)

// ofThird says whether a clause tells what a third party does by itself: "the
// county takes three weeks", "my wife misses half of my calls". trade are the
// words of the CEO: a firm that they name is no stranger.
func (s *sentence) ofThird(g Group, c clause, trade map[string]bool) bool {
	if slices.ContainsFunc(s.toks[c.from:c.to], func(t token) bool { return partnersWord[t.word] }) {
		return false
	}
	if s.waitsFor(g, c, trade) || g == Customers && s.paysOwn(c) {
		return true
	}
	i := c.from
	for i < c.to && tieWords[s.toks[i].word] {
		i++
	}
	if w := wordAt(s.toks, i); insurers[w] || leadSites[w] && !trade[w] {
		return s.bodyDoes(c, i+1)
	}
	if n := s.bodyAt(g, i, trade); n > 0 {
		return s.bodyDoes(c, i+n)
	}
	if !ownWords[wordAt(s.toks, i)] {
		return false
	}
	if w := wordAt(s.toks, i+1); relatives[w] || g == Customers && ownPeople[w] {
		return s.personDoes(c, i+1)
	}
	return false
}

// bodyAt is how many tokens at i name a body: "the county inspector".
func (s *sentence) bodyAt(g Group, i int, trade map[string]bool) int {
	at := i
	if !articles[wordAt(s.toks, at)] {
		return 0
	}
	at++
	for whichWords[wordAt(s.toks, at)] {
		at++
	}
	if at >= len(s.toks) {
		return 0
	}
	n := phraseAt(publicBodies, s.toks, at)
	if n == 0 {
		if n = phraseAt(firmBodies, s.toks, at); n == 0 || trade[s.toks[at].lemma] {
			return 0
		}
		if outWords[s.toks[at].word] && (g != Customers || !ownWords[s.toks[i].word]) {
			return 0
		}
	}
	at += n
	if wordAt(s.toks, at) == "'s" && bodyParts[wordAt(s.toks, at+1)] {
		at++
	}
	if bodyParts[wordAt(s.toks, at)] {
		at++
	}
	return at - i
}

// bodyDoes says whether the words of a clause from token i on tell what a body
// does for itself: how long it takes, when it opens, that it is slow.
func (s *sentence) bodyDoes(c clause, i int) bool {
	i = s.verbFrom(c, i)
	w := wordAt(s.toks, i)
	switch {
	case i >= c.to, objectWords[wordAt(s.toks, i+1)]: // "the city took it without a second look"
		return false
	case outWords[s.toks[i-1].word]:
		return beWords[w] && lateWords[wordAt(s.toks, s.verbFrom(c, i+1))] && len(s.clauses) == 1
	case takeTime[w]:
		return s.timeIn(c)
	case beWords[w]:
		return lateWords[wordAt(s.toks, s.verbFrom(c, i+1))]
	}
	return bodyVerbs[w]
}

// personDoes says the same of somebody of the speaker's own, at token i.
func (s *sentence) personDoes(c clause, i int) bool {
	who := s.toks[i].word
	i = s.verbFrom(c, i+1)
	if i >= c.to {
		return false
	}
	rest := s.toks[i:c.to]
	some := func(words map[string]bool) bool {
		return slices.ContainsFunc(rest, func(t token) bool { return words[t.word] })
	}
	w := s.toks[i].word
	switch {
	case takeTime[w]:
		return s.timeIn(c) && some(answerVerbs)
	case missVerbs[w]:
		return some(callNouns) && !some(fewerWords)
	case payWords[w]:
		return ownPayers[who] && (some(payLate) || s.timeIn(c))
	}
	return false
}

// tradeOf are the words of the CEO, as lemmas.
func tradeOf(docs []Document) map[string]bool {
	words := map[string]bool{}
	for _, d := range docs {
		for _, w := range wordsOf(plain(d.Text)) {
			words[lemma(w)] = true
		}
	}
	return words
}

// verbFrom skips what may stand before a verb.
func (s *sentence) verbFrom(c clause, i int) int {
	for i < c.to && atOnceWords[s.toks[i].word] {
		i++
	}
	return i
}

// timeIn says whether a clause names a duration.
func (s *sentence) timeIn(c clause) bool { return s.measuredIn(c, dimDuration) }

func (s *sentence) measuredIn(c clause, dim dimension) bool {
	return slices.ContainsFunc(s.quants, func(q quantity) bool { return q.dim == dim && q.from >= c.from && q.to <= c.to })
}

// paysOwn says whether the speaker pays somebody of his own: "I pay my
// accountant $300".
func (s *sentence) paysOwn(c clause) bool {
	for i := c.from + 1; i+2 < c.to && s.measuredIn(c, dimMoney); i++ {
		if giveVerbs[s.toks[i].word] && ourselves[s.toks[i-1].word] && ownWords[s.toks[i+1].word] && (ownPeople[s.toks[i+2].word] || relatives[s.toks[i+2].word]) {
			return true
		}
	}
	return false
}

// waitsFor says whether somebody waits for a body: "on hold with the bank", "it
// took the county a month".
func (s *sentence) waitsFor(g Group, c clause, trade map[string]bool) bool {
	waits := false
	for i := c.from; i+1 < c.to; i++ {
		w := s.toks[i].word
		waits = waits || holdWords[w]
		if (waits && waitedFor[w] || takeTime[w] && s.timeIn(c)) && s.bodyAt(g, i+1, trade) > 0 {
			return true
		}
	}
	return false
}
