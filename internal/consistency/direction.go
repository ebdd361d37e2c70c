package consistency

import "slices"

var (
	contractWords = wordSet(`contract contracts agreement agreements lease commitment minimum term lock-in`)
	assuredWords  = wordSet(`guarantee guarantees guaranteed warranty warranties warranted cover covers covered financing loan loans hold holds locked`)
	keepWords     = wordSet(`keep keeps kept store stores stored retain retains retained archive archives archived`)
	payWords      = wordSet(`pay pays paid`)
	payerWords    = wordSet(`you client clients customer customers member members homeowner homeowners contractor contractors dealer dealers everyone everybody`)
	percentFees   = wordSet(`fee fees commission commissions interest surcharge markup deposit apr`)
	chargeWords   = wordSet(`pay pays paid charge charges charged cost costs owe owes bill bills billed`)
	changeWords   = wordSet(`save saves saved saving savings cut cuts cutting reduce reduces reduced lower lowers lowered drop drops dropped fall falls fell off less discount rebate back
rise rises rose grow grows grew growth more up`)
	takenWords     = wordSet(`take takes took keep keeps kept`)
	takers         = wordSet(`we they`)
	putWords       = wordSet(`put puts putting`)
	shareOfSomeone = wordSet(`our their his her`)
)

// costReach is how many tokens may stand between a figure and the word that
// says what it is.
const costReach = 5

// directionOf says which way a promised quantity should lie where the words
// beside it leave no doubt, whatever the topic is.
func (s *sentence) directionOf(q quantity) (measure, bool) {
	c := clauseAt(s.clauses, len(s.toks), q.from)
	before := s.toks[c.from:q.from]
	has := func(words map[string]bool) bool {
		return slices.ContainsFunc(before, func(t token) bool { return words[t.word] })
	}
	m := measure{dim: q.dim}
	switch {
	case q.limit:
	case q.dim == dimDuration && q.span == 0 && wordAt(s.toks, q.from-1) == "for" && has(keepWords):
		m.more, m.kept = true, true
		return m, true
	case q.dim == dimDuration && q.span == 0 && q.bound == boundNone && q.lo >= month && has(contractWords) && !s.has(assuredWords) && !s.has(noticeWords):
		return m, true // who is bound does not want to be longer
	case q.dim == dimMoney && pays(before):
		return m, true
	case q.dim == dimPercent && s.isFee(q):
		m.fee = true
		return m, true
	case q.dim == dimPercent && q.share && q.lo < 50 && q.bound == boundNone && rests(s.toks, s.denied):
		return m, true
	}
	return m, false
}

// pays says whether it is the other side that pays: "our clients pay $150".
func pays(toks []token) bool {
	for i := 1; i < len(toks); i++ {
		if payWords[toks[i].word] && payerWords[toks[i-1].word] {
			return true
		}
	}
	return false
}

// isFee says whether a percentage is a price: interest, a deposit, what is kept
// of a job. What a price rises or falls by is none.
func (s *sentence) isFee(q quantity) bool {
	c := clauseAt(s.clauses, len(s.toks), q.from)
	at := func(k int) string { return wordAt(s.toks, k) }
	fee := false
	for i := max(c.from, q.from-costReach); i < min(c.to, q.to+costReach); i++ {
		switch w := at(i); {
		case i >= q.from && i < q.to:
		case w == "cut" && shareOfSomeone[at(i-1)], w == "down" && at(i+1) == "payment", putWords[w] && (at(i+1) == "down" || at(q.to) == "down"),
			percentFees[w], i < q.from && chargeWords[w], i+1 == q.from && takenWords[w] && takers[at(i-1)]:
			fee = true
		case changeWords[w]:
			return false
		}
	}
	return fee
}
