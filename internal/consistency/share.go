package consistency

import "slices"

// restWords say what the rest does of which most was promised: who does not
// renew leaves.
var (
	restWords = lemmaSet(`leave quit churn cancel lapse slip late delay fail miss skip reject decline deny refuse bounce voicemail unanswered
wrong incomplete defect defective faulty rework attrition turnover overdue unhappy dissatisfied`)
	restPhrases = parsePhrases(`turned down; turned away; out of stock; sent back; no show; no shows; back order; back orders; on backorder`)
	leftThings  = wordSet(`a an the one it them your their`) // "leave a review"
	restShares  = lemmaSet(`churn attrition turnover`)
)

var determiners = wordSet(`the our my your their his her its these those all every`)

// leadIn may stand between the start of a statement and the share it is about.
var leadIn = wordSet(`about around only just maybe perhaps some roughly nearly almost sadly over under and but so the other another barely hardly at least most more than up to`)

// sharesOut says whether a percentage at token i that ends before token to is a
// part of a whole that does something: "5% of jobs slip", "about six percent
// quit", but not "saves 5 %".
func sharesOut(toks []token, i, to int) bool {
	if wordAt(toks, to) == "of" {
		return true
	}
	for i--; i >= 0 && !breaks(toks[i].word); i-- {
		if !leadIn[toks[i].word] {
			return false
		}
	}
	return true
}

var scantWords = wordSet(`only just merely barely hardly`)

// around are the tokens that speak of quantity k: those between the ones beside it.
func (s *sentence) around(k int) clause {
	q := s.quants[k]
	c := clauseAt(s.clauses, len(s.toks), q.from)
	for _, o := range s.quants { // those of two moments are not in order
		if o.to <= q.from {
			c.from = max(c.from, o.to)
		} else if o.from >= q.to {
			c.to = min(c.to, o.from)
		}
	}
	return c
}

// rests finds a word for the rest, under no negation.
func rests(toks []token, denied func(from, to int) bool) bool {
	for i := range toks {
		if restWords[toks[i].lemma] && !(toks[i].lemma == "leave" && leftThings[wordAt(toks, i+1)]) && !denied(i, i+1) || phraseAt(restPhrases, toks, i) > 0 {
			return true
		}
	}
	return false
}

// ofRest says whether share k of a sentence is of those that do not do what
// share of whom was promised: they leave instead of renewing, or do not renew.
func (s *sentence) ofRest(k int, promise []token) bool {
	c := s.around(k)
	if rests(s.toks[c.from:c.to], func(from, to int) bool {
		return odd(s.negs, c.from+from, c.from+to, func(at int) bool { return restWords[s.toks[at].lemma] })
	}) {
		return true
	}
	for i := c.from; i < c.to; i++ {
		if s.toks[i].word != "not" && s.toks[i].word != "never" {
			continue
		}
		for i++; i < c.to && s.toks[i].filler; i++ {
		}
		return i < c.to && saysWord(promise, s.toks[i].lemma)
	}
	return false
}

func saysWord(toks []token, lemma string) bool {
	return slices.ContainsFunc(toks, func(t token) bool { return t.lemma == lemma })
}

// ofPeople says whether a percentage is of people: "three percent of my customers".
func (c *Catalogue) ofPeople(s *sentence, q quantity) bool {
	i := q.to
	if wordAt(s.toks, i) != "of" {
		return false
	}
	for i++; determiners[wordAt(s.toks, i)]; i++ {
	}
	return i < len(s.toks) && c.isPerson(s.toks[i].lemma)
}

// repeatsDeed says whether share k of a sentence is of those that do what was
// promised, in the same words: "5% arrive on time". What is counted does not tell.
func (s *sentence) repeatsDeed(k int, promise []token) bool {
	q, c := s.quants[k], s.around(k)
	for i := c.from; i < c.to; i++ {
		t := &s.toks[i]
		switch {
		case i >= q.from && i < q.to:
		case t.word == "of":
			for determiners[wordAt(s.toks, i+1)] {
				i++
			}
			i++
		case !t.punct && !t.filler && len(t.word) > 2 && saysWord(promise, t.lemma):
			return true
		}
	}
	return false
}

// sameSide is share k of a sentence as the share of those that do what was
// promised. It cannot be compared when it may well be of the others.
func (s *sentence) sameSide(cl *claim, m *measure, promised quantity, k int, seen quantity) (quantity, bool) {
	if !promised.share || !seen.share && !s.has(restShares) {
		return seen, true
	}
	promise := appendTokens(nil, cl.text, 0)
	rest := seen
	rest.lo, rest.hi, rest.bound = 100-seen.hi, 100-seen.lo, seen.bound.turned()
	if rests(promise, func(int, int) bool { return cl.negated }) {
		return seen, s.ofRest(k, promise) // who speaks of the others may say anything of them
	}
	repeats := s.repeatsDeed(k, promise)
	switch {
	case s.ofRest(k, promise):
		return rest, true
	case !m.more || repeats && s.near(scantWords, seen.from, seen.from, 2):
		return seen, true
	case promised.lo >= manyPercent && seen.hi <= 100-manyPercent && s.complains():
		return rest, !repeats // "we missed four in a hundred"
	case repeats || seen.hi >= promised.lo:
		return seen, true
	}
	others := 100 - promised.lo
	return seen, seen.hi > mismatchRatio*others+1 || promised.lo < manyPercent && seen.hi*mismatchRatio < others
}
