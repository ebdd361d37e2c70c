package consistency

import (
	"math"
	"slices"
)

// figureCheck says how the figure of a sentence compares with that of a claim.
type figureCheck struct {
	result         int // +1 as good as promised, -1 worse, 0 when none can be compared
	promised, seen int // which of the claim's, and of the sentence's; seen is byMultiple for its multiple
}

const byMultiple = -1

// compareFigures holds the quantities of a sentence against those of a claim.
func (c *Catalogue) compareFigures(cl *claim, s *sentence) figureCheck {
	var out figureCheck
	if len(s.quants) == 0 && s.multiple.factor == 0 {
		return out
	}
	for i, promised := range cl.quants {
		if promised.dim == dimCount && promised.lo == 1 && promised.hi == 1 || promised.loose && promised.hi > vague*promised.lo && promised.lo > 0 {
			continue
		}
		m := &cl.measures[i]
		if f := s.multiple.factor; out.result == 0 && m.dim != dimNone && (!m.more && f >= mismatchRatio || m.more && f > 0 && f*mismatchRatio <= 1) {
			out = figureCheck{-1, i, byMultiple}
		}
		for k, seen := range s.quants {
			if seen.bare && m.dim == dimCount {
				seen.dim, seen.span = dimCount, rateUnits[seen.per]
			}
			seen = s.inUnit(promised, seen, m.fee)
			if seen.dim != m.dim || m.tenure(s, seen) || s.supposes(seen) || seen.dim == dimPeriod && s.fails() {
				continue
			}
			if m.dim == dimCount && (!c.sameNoun(promised, seen) || seen.lo == 1 && seen.hi == 1) {
				continue
			}
			if m.dim == dimPeriod && promised.nouns[0] != "" && !c.sameNoun(promised, seen) {
				continue
			}
			if m.dim == dimDuration && (s.wrongSort(cl.text) || s.spans(k) || s.absence(seen) || s.aged(seen) && !agedClaim(cl.text)) {
				continue
			}
			if m.dim == dimCount && promised.span > 0 && seen.span == 0 {
				seen.span = spanOf(s.toks, seen)
			}
			seen, ok := seen.over(promised.span)
			switch {
			case !ok:
			case m.dim == dimPercent:
				if ok = !(m.more && s.isFee(seen) || m.fee && c.ofPeople(s, seen)); ok {
					seen, ok = s.sameSide(cl, m, promised, k, seen)
				}
			case m.kept:
				ok = !s.sinceWhen(seen)
			}
			if !ok {
				continue
			}
			if m.dim == dimMoney && s.quants[k].dim == dimMoney && promised.nouns[0] != "" && seen.lo > absurdPrice*promised.hi {
				continue // of something else
			}
			result := m.compare(promised, seen)
			if result == agrees && m.dim == dimCount && seen.nouns[0] == "" && (seen.lo > bareCount*promised.hi || seen.hi*bareCount < promised.lo) {
				continue // of something else
			}
			if result == worse && (m.dim == dimDuration && !m.more && seen.lo > absurd*promised.hi || m.dim == dimCount && m.more && seen.hi*absurdCount < promised.lo) {
				continue // of something else
			}
			if result == worse && (m.dim == dimMoney && (s.total(promised, seen) || inCents(promised, seen)) || s.repeats(promised)) {
				result = agrees
			}
			if result == agrees && seen.bound != boundAtLeast && s.refused(seen) && (m.dim == dimDuration || cl.refuses(s, k)) {
				result = worse // "did not reply within a day"
			}
			switch {
			case result == worse:
				out = figureCheck{-1, i, k}
			case result == agrees && out.result == 0:
				out = figureCheck{1, i, k}
			}
		}
	}
	return out
}

// figure is the quantity that a check has seen.
func (s *sentence) figure(c *claim, f figureCheck) quantity {
	if f.seen == byMultiple {
		return s.multiple.of(c.quants[f.promised])
	}
	return s.quants[f.seen]
}

// refused says whether a figure stands under an odd number of negations that are
// no verbs: who "stopped the plan the same morning" did so.
func (s *sentence) refused(q quantity) bool {
	return odd(s.negs, q.from, q.to, func(at int) bool { return ceaseWords[s.toks[at].lemma] })
}

var ceaseWords = lemmaSet(`stop avoid refuse`)

// refuses says whether the negation of a sentence is of its figure k and of
// nothing else: "they do not cover eleven counties", but not "no surprise at
// eleven dollars". Who was not billed for something is no worse off.
func (c *claim) refuses(s *sentence, k int) bool {
	q := s.quants[k]
	over := slices.IndexFunc(s.negs, func(n negation) bool { return n.from <= q.from && n.to >= q.to })
	if over < 0 || c.negated || q.limit || q.dim == dimPeriod {
		return false // "no more than twelve"; "nobody gets weekly reports" is about no figure
	}
	n := s.negs[over]
	if !figureNegators[s.toks[n.at].word] || wordAt(s.toks, n.at+1) == "even" || s.has(sparedWords) {
		return false
	}
	for i := n.at + 1; i < clauseAt(s.clauses, len(s.toks), q.from).to; i++ {
		if t := &s.toks[i]; (i < q.from || i >= q.to) && !t.punct && !t.filler && !c.said.lemmas[t.lemma] && !priceWords[t.lemma] {
			return false
		}
	}
	return true
}

var (
	figureNegators = wordSet(`not never nobody none neither nor`)
	sparedWords    = wordSet(`charge charges charged bill bills billed billing`)
)

// owned says whether another claim, to which the sentence is about as near as
// to claim i, has the figure that was seen: "three days, in spring two weeks".
func (l *listener) owned(i int, seen quantity) bool {
	for k := range l.claims {
		c := &l.claims[k]
		if k == i || c.group != CEO || c.promise > frankly && l.stances[k].near < l.stances[i].near-ownedMargin {
			continue
		}
		if slices.ContainsFunc(c.quants, func(q quantity) bool {
			return (q.dim == seen.dim || q.dim == dimCount && seen.bare) && q.lo <= seen.hi && q.hi >= seen.lo && (q.dim != dimCount || l.cat.sameNoun(q, seen))
		}) {
			return true
		}
	}
	return false
}

// frankly is the probability of being a promise up to which a claim may be an
// admission.
const frankly = 0.9

// ownedMargin is how much nearer a sentence may be to the claim that is held
// against its figure than to the one that has it.
const ownedMargin = 0.3

// total says whether a sum is the price of one times a count in the sentence:
// "nineteen bookings, two hundred and nine dollars".
func (s *sentence) total(one, sum quantity) bool {
	return slices.ContainsFunc(s.quants, func(q quantity) bool {
		return q.dim == dimCount && q.lo > 1 && math.Abs(q.lo*one.lo-sum.lo) < 0.01*sum.lo
	})
}

// inCents says whether a price that is said without its unit is the promised
// one: "one ninety" for 1.90.
func inCents(promised, seen quantity) bool {
	return seen.lo == seen.hi && math.Abs(seen.lo-100*promised.lo) < 0.5
}

// repeats says whether the sentence has the promised figure itself, and does
// not set another against it: "eleven languages, I do two".
func (s *sentence) repeats(promised quantity) bool {
	if slices.ContainsFunc(s.toks, func(t token) bool {
		return breakWords[t.word] || sayWords[t.word] || reportWords[t.word] || quoteWords[t.lemma]
	}) {
		return false
	}
	return slices.ContainsFunc(s.quants, func(q quantity) bool {
		return q.dim == promised.dim && q.lo == promised.lo && q.hi == promised.hi
	})
}

var quoteWords = lemmaSet(`quote`)

var priceWords = lemmaSet(`price cost costs charge charged bill billed invoice invoiced fee rate quote quoted pay paid`)

var timeNouns = lemmaSet(`last next this now today year month quarter week since per`)

// priced says whether a sentence speaks of a price without a sum of money.
func (s *sentence) priced() bool {
	if slices.ContainsFunc(s.quants, func(q quantity) bool { return q.dim == dimMoney && !q.bare }) {
		return false
	}
	return speaksOfPrice(s.toks)
}

func speaksOfPrice(toks []token) bool {
	return slices.ContainsFunc(toks, func(t token) bool { return priceWords[t.lemma] })
}

// inUnit is a quantity, or in the promised unit a number that has none: "the
// price ran ninety last quarter", "they said two, it was ten". fee is for a
// percentage that is a price.
func (s *sentence) inUnit(promised, seen quantity, fee bool) quantity {
	if seen.dim != dimCount || promised.dim == dimCount {
		return seen
	}
	n, noun := seen, seen.nouns[0]
	n.dim, n.per, n.each, n.span = promised.dim, promised.per, promised.each, promised.span
	if promised.dim == dimMoney {
		if (noun == "" || timeNouns[noun]) && s.priced() {
			return n
		}
		return seen
	}
	n.lo, n.hi = n.lo*promised.base, n.hi*promised.base
	if promised.base > 0 && seen.lo > 1 && (noun == "" || bareNouns[noun]) && n.lo <= bareRatio*promised.hi && n.hi*bareRatio >= promised.lo &&
		(fee || !s.priced()) && !slices.ContainsFunc(s.quants, func(o quantity) bool { return o.dim == promised.dim }) {
		return n
	}
	return seen
}

// bareNouns may follow a number that counts none of them.
var bareNouns = lemmaSet(`right more normal average usual typical now then today before`)

// bareRatio is how many times more or less than promised such a number may be.
const bareRatio = 10

// manyPercent is the share from which its rest is what people count.
const manyPercent = 80

// complains says whether a sentence tells of what goes wrong.
func (s *sentence) complains() bool { return s.fails() || s.moodOf(0, len(s.toks)) < 0 }

// absurd is how many times longer than promised nothing takes.
const absurd = 1e5

// bareCount is how many times more or fewer than promised a number that names
// nothing may be and bear it out.
const bareCount = 3

// absurdCount is how many times fewer than promised there never are.
const absurdCount = 100

// absurdPrice is how many times dearer than promised one of a kind never is.
const absurdPrice = 100

// vague is the spread from which a loose promise ("in minutes") is no figure.
const vague = 2.5

// measureShare is the share of a topic in a claim from which its measure
// says which way is better.
const measureShare = 0.25

// measureOf says which way a promised quantity should lie. Without a topic
// that is measured so, the bound that was promised says it, or else the kind:
// time and money should not be more, the rest not less. What something takes
// should not be more whatever the topic.
func (c *Catalogue) measureOf(cl *claim, s *sentence, q quantity) measure {
	m := measure{dim: q.dim, more: q.dim == dimPercent || q.dim == dimCount}
	if q.bound != boundNone {
		m.more = q.bound == boundAtLeast
	}
	if m, ok := s.directionOf(q); ok {
		return m
	}
	if q.dim == dimDuration && q.from > 0 && q.lo < 6*month && takeWords[s.toks[q.from-1].word] {
		return m
	}
	if q.dim == dimDuration && (wordAt(s.toks, q.from-1) == "for" && s.near(percentFees, q.from, q.from, costReach) || s.near(freeWords, q.from, q.to, freeReach) || q.span > 0 && !s.has(openWords)) {
		return measure{} // of a trial, of how long no interest is due, or of who knows whose hours a week
	}
	if q.dim == dimDuration && (q.span > 0 || s.gives(q)) {
		m.more = true
		return m
	}
	if q.dim == dimPercent && q.bound == boundNone && s.has(feeWords) {
		m.more = false
	}
	best := 0.0
	for i := range c.topics {
		t := &c.topics[i]
		if t.measure == nil || !t.measure.fits(q) {
			continue
		}
		if x := cl.about[c.classOf[i]]; x > measureShare && x > best {
			best, m.more, m.points = x, t.measure.more, t.measure.points
		}
	}
	if q.limit {
		m.more, m.points = q.bound == boundAtLeast, 0
	}
	if m.dim == dimPercent && m.more && q.lo >= 90 && q.hi <= 100 {
		m.points = 1
	}
	return m
}

// feeWords say that a percentage is a price.
var feeWords = wordSet(`pay pays fee fees commission interest surcharge markup cost costs charge charges`)

// freeReach is how many tokens may stand between a time and that it is free.
const freeReach = 2

// openWords say that the hours of a day are those of a service.
var openWords = wordSet(`open staffed manned available answer answers answered reachable reach cover covers covered live save saves saved support line desk phones`)

var (
	giveWords  = wordSet(`get gets got receive receives give gives given spend spends include includes`)
	givenIn    = wordSet(`of in on with at`)
	lastsWords = lemmaSet(`last run hold guarantee warrant warranty cover`)
)

// gives says whether a duration is what somebody gets, or for how long a thing
// lasts: "gets forty hours in the cab", "runs for two years".
func (s *sentence) gives(q quantity) bool {
	i := q.from - 1
	for i > 0 && (roughWords[s.toks[i].word] || s.toks[i].word == "least" || s.toks[i].word == "at") {
		i--
	}
	switch {
	case i < 0 || q.bound == boundAtMost:
		return false
	case giveWords[s.toks[i].word]:
		return givenIn[wordAt(s.toks, q.to)]
	case i > 0 && s.toks[i].word == "for":
		return lastsWords[s.toks[i-1].lemma]
	}
	return false
}

var spanWords = wordSet(`in over during across`)

// spans says whether quantity k is the time over which another one adds up:
// "in twelve months: 38 minutes".
func (s *sentence) spans(k int) bool {
	q := s.quants[k]
	return q.lo >= month && q.from > 0 && spanWords[s.toks[q.from-1].word] &&
		slices.ContainsFunc(s.quants, func(o quantity) bool { return o.dim == dimDuration && o.from != q.from && o.hi < q.lo && !o.loose })
}

var takeWords = wordSet(`take takes took taking taken within in`)

// sameNoun says whether two counts are of the same thing. A count without a
// noun takes the other's: "we promise three and deliver one".
func (c *Catalogue) sameNoun(a, b quantity) bool {
	if b.nouns[0] == "" {
		return true
	}
	for _, n := range a.nouns {
		for _, o := range b.nouns {
			if n != "" && (n == o || c.synonyms(n, o) || c.isPerson(n) && c.isPerson(o)) {
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

var personWords = lemmaSet(`us them person head name guy man woman other kid member client customer trainee student apprentice pupil learner attendee guest passenger homeowner`)

var personClasses = wordSet(`trade staff role boss rookie manager`)

// isPerson says whether a noun's lemma counts people or firms of the trade.
func (c *Catalogue) isPerson(n string) bool {
	if personWords[n] {
		return true
	}
	for _, k := range c.kinds[n] {
		if personClasses[k] {
			return true
		}
	}
	return false
}
