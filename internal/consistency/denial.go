package consistency

import (
	"slices"
	"strings"
)

// What says that a statement is not so.
var (
	untruePhrases = parsePhrases(`not true; false; untrue; a lie; nonsense; a myth; rubbish; not the case; not so; not in my experience; not what i see; a joke; bull; baloney`)
	untrueThat    = parsePhrases(`not true that; false that; untrue that; a lie that; lie that; nonsense that; a myth that; not the case that; no truth that`)
	unfitPhrases  = parsePhrases(`not the word; not the word for it; not the word i 'd use; not the word i would use; not a word i 'd use; not a word i would use`)
	noReplies     = parsePhrases(`not in my experience; not that i have seen; not that i 've seen; not that i know; not really; not once; not one; not for me; not for us; not here; not even close; not by a long shot; no way; far from it; hardly ever`)
	scoffs        = parsePhrases(`forget it; i wish; if only; dream on; do not make me laugh; that 's news to me; that is news to me; not a chance`)
	plainNo       = wordSet(`no nope nah never none hardly rarely seldom ever`)
	noneCounts    = wordSet(`0 zero none nil`)
	countMarks    = wordSet(`: - – —`)
	countedIn     = wordSet(`of in so this since to for last`)
	saidNouns     = wordSet(`claim idea promise notion statement line story`)
	linkWords     = wordSet(`but and which that it this is was 's simply just plain completely absolutely`)
	untilWords    = wordSet(`until unless before without till`)
	wellWishes    = wordSet(`them you him her us to i we everyone everybody people folks more all others other`)
)

// denial returns the statement that a sentence says is not so: "they say X, but
// that is false", "it is not true that X", "I wish X". What may stand behind a
// wish tells of itself.
func (s *sentence) denial() (inner clause, ok bool) {
	toks := s.toks
	for i := range toks {
		if n := phraseAt(untrueThat, toks, i); n > 0 && i+n < len(toks) {
			return clause{i + n, len(toks)}, true
		}
	}
	if inner, ok := s.countsNone(); ok {
		return inner, true
	}
	if s.wishes() {
		return clause{2, clauseAt(s.clauses, len(toks), 2).to}, true
	}
	end := len(toks)
	for end > 0 && toks[end-1].punct {
		end--
	}
	for i := max(1, end-maxUnfit); i < end; i++ {
		if n := phraseAt(unfitPhrases, toks, i); n > 0 && i+n == end && i <= maxUnfit {
			return clause{0, i - int(one(i > 1 && lemmaAt(toks, i-1) == "be"))}, true
		}
	}
	for i := max(1, end-maxUntrue); i < end; i++ {
		if n := phraseAt(untruePhrases, toks, i); n == 0 || i+n != end {
			continue
		}
		from := i
		for from > 0 && linkWords[toks[from-1].word] {
			from--
		}
		to := from
		for to > 0 && toks[to-1].punct {
			to--
		}
		if toks[0].word == "the" && saidNouns[wordAt(toks, 1)] && wordAt(toks, 2) == "that" {
			return clause{3, to}, to > 3
		}
		return clause{0, to}, to < from && to > 1 // "nonsense" and "that is false" stand by themselves
	}
	return clause{}, false
}

// wishes says whether a sentence begins with a wish for what is not so.
func (s *sentence) wishes() bool {
	return wordAt(s.toks, 0) == "i" && wordAt(s.toks, 1) == "wish" && len(s.toks) > 2 && !wellWishes[s.toks[2].word]
}

// countsNone returns what a sentence says that there is none of: "late deliveries: 0
// of 41", "0 of 41 deliveries were late", "I've yet to hear a rude word".
func (s *sentence) countsNone() (inner clause, ok bool) {
	toks := s.toks
	if w := wordAt(toks, 0); (w == "0" || w == "zero") && wordAt(toks, 1) == "of" {
		i := 2
		for determiners[wordAt(toks, i)] || i < len(toks) && toks[i].is&mayCount != 0 {
			i++
		}
		return clause{i, len(toks)}, i < len(toks)
	}
	for i := 1; i+1 < len(toks); i++ {
		switch {
		case countMarks[toks[i].word] && noneCounts[toks[i+1].word] && (i+2 == len(toks) || toks[i+2].punct || countedIn[toks[i+2].word]):
			return clause{0, i}, true
		case toks[i].word == "yet" && toks[i+1].word == "to" && lemmaAt(toks, i-1) == "have" && i+2 < len(toks) && toks[i+2].word != "find" &&
			(i <= maxSubject || slices.ContainsFunc(toks[:i], func(t token) bool { return t.word == "been" })): // "I've been with them a year and have yet to see one"
			c := clause{i + 2, clauseAt(s.clauses, len(toks), i+2).to}
			return c, !slices.ContainsFunc(toks[c.to:], func(t token) bool { return !t.punct })
		}
	}
	return clause{}, false
}

// ownQuestion keeps what a question that a speaker puts to himself would mean for each
// claim, for the answer: "Exclusive? Not in my experience."
func (l *listener) ownQuestion(s *sentence, asks bool) {
	l.put = l.put[:0]
	if !asks || s.role != roleAuthor || !l.open.plain {
		return
	}
	l.weigh(s, false)
	l.put = append(l.put, l.stances...)
	for i := range l.stances {
		st := &l.stances[i]
		st.share, st.blame, st.praise, st.uptake.about, st.untrue = 0, 0, 0, 0, false
	}
}

// turnDown lets an answer that is no more than a no say that what its speaker had asked
// is not so. "No hidden fees? No" confirms, but "Forget it" does not.
func (l *listener) turnDown(s *sentence) {
	if len(l.put) == 0 || !s.scoffs() && (l.open.negative || !s.saysNo()) {
		return
	}
	for i := range l.stances {
		c, st, put := &l.claims[i], &l.stances[i], &l.put[i]
		if put.share == 0 || c.promise <= frankly {
			continue // "Boots? No" may bear an admission out
		}
		st.share, st.figures.result, st.untrue = put.share, 0, true
		st.quote.start = put.quote.start
		st.takeSides(c, 1-put.blame/c.promise)
	}
}

// saysNo says whether a sentence is a no and nothing else.
func (s *sentence) saysNo() bool {
	return s.onlyOf(plainNo, noReplies)
}

// scoffs says whether a sentence laughs at what was asked.
func (s *sentence) scoffs() bool {
	return s.onlyOf(nil, scoffs) || wordAt(s.toks, 0) == "try" && strings.HasSuffix(wordAt(s.toks, 1), "ing")
}

// onlyOf says whether a sentence has no other words and phrases than these.
func (s *sentence) onlyOf(words map[string]bool, phrases map[string][][]string) bool {
	some := false
	for i := 0; i < len(s.toks); {
		n := phraseAt(phrases, s.toks, i)
		switch {
		case n > 0:
			some = true
		case words[s.toks[i].word]:
			n, some = 1, true
		case s.toks[i].punct:
			n = 1
		default:
			return false
		}
		i += n
	}
	return some
}

// maxSubject is where in a sentence that tells of nothing else "yet to" may stand.
const maxSubject = 4

// maxUnfit is the length in tokens of the longest phrase that says that what stands
// before it is the wrong word, and how many may stand there.
const maxUnfit = 6

// maxUntrue is the length in tokens of the longest phrase that ends a sentence and
// says that what stands before it is not so.
const maxUntrue = 4

// deniedIn says whether a sentence says in the claim's own words that it is not so,
// and adds nothing of its own behind: "my leads are not exclusive", "nobody is
// licensed", "they forget to record calls", of a negated claim also "they sell
// hardware".
func (c *claim) deniedIn(cat *Catalogue, s *sentence) bool {
	switch {
	case s.has(untilWords):
		return false
	case c.negated:
		return c.affirmedIn(cat, s)
	}
	return c.negatedIn(s) || c.quantifiedIn(cat, s)
}

// negatedIn says whether "not" or the like stands right before a word of the claim.
// Who does not what may be said in other words.
func (c *claim) negatedIn(s *sentence) bool {
	if len(s.clauses) != 1 {
		return false
	}
	for _, n := range s.negs {
		if w := s.toks[n.at].word; w != "not" && (n.at == 0 || !verbNegators[w]) {
			continue // "no card, no shift" bears a rule out
		}
		i := n.to
		for k := n.at + 1; k < n.to; k++ {
			if t := &s.toks[k]; !t.punct && !t.filler {
				i = k
				break
			}
		}
		if i == n.to || !s.denied(i, i+1) {
			continue
		}
		if before, rest := s.toks[:n.at], s.toks[i:clauseAt(s.clauses, len(s.toks), i).to]; c.repeatedIn(rest) || c.excludedIn(before, rest) {
			return true
		}
	}
	return false
}

// repeatedIn says whether tokens have words of the claim's subject and no others than the claim's.
func (c *claim) repeatedIn(toks []token) bool {
	return slices.ContainsFunc(toks, func(t token) bool { return c.words.words[t.lemma] }) &&
		!slices.ContainsFunc(toks, func(t token) bool { return !t.punct && !t.filler && !c.said.lemmas[t.lemma] })
}

// excludedIn says whether what a claim includes is no part of the price: rest stands
// behind the "not".
func (c *claim) excludedIn(before, rest []token) bool {
	return c.said.includes && partLemmas[rest[0].lemma] &&
		slices.ContainsFunc(before, func(t token) bool { return c.words.words[t.lemma] }) &&
		!slices.ContainsFunc(rest, func(t token) bool {
			return !t.punct && !t.filler && !partLemmas[t.lemma] && !wholeLemmas[t.lemma] && !c.said.lemmas[t.lemma]
		})
}

// quantifiedIn says whether a sentence in no other words than the claim's says that
// it holds of nobody or few, of some of those of whom all it was promised, or that
// one fails to do it.
func (c *claim) quantifiedIn(cat *Catalogue, s *sentence) bool {
	if len(s.clauses) == 0 || len(s.clauses) > 1 && !conditionWords[s.toks[s.clauses[1].from].word] || s.has(compareWords) {
		return false // "nobody answers faster"
	}
	end := s.clauses[0].to
	denier, own := -1, 0
	for i := 0; i < end; i++ {
		t := &s.toks[i]
		switch n := c.denies(cat, s, i); {
		case t.punct:
		case n > 0 && denier < 0:
			denier = i
			i += n - 1
		case n > 0, negators[t.word]:
			return false
		case c.said.lemmas[t.lemma] && !t.filler:
			own++
		case !t.filler && !beside[t.word] && !cat.isPerson(t.lemma):
			return false
		}
	}
	if denier < 0 || !slices.ContainsFunc(s.toks[:end], func(t token) bool { return c.words.words[t.lemma] }) {
		return false
	}
	if s.toks[denier].word == "no" && own < 2 && !strings.HasSuffix(wordAt(s.toks, denier+1), "ing") {
		return false // who removes leaks leaves no leaks
	}
	return len(s.clauses) == 1 || failLemmas[s.toks[denier].lemma] // it matters little when they forget
}

// denies says at how many tokens from i on a sentence says of how few the claim
// holds, or that one does not do it; 0 when they do not.
func (c *claim) denies(cat *Catalogue, s *sentence, i int) int {
	t, next := &s.toks[i], wordAt(s.toks, i+1)
	switch {
	case t.punct:
		return 0
	case failLemmas[t.lemma]:
		if c.said.lemmas[t.lemma] || t.lemma != "skip" && next != "to" && !strings.HasSuffix(next, "ing") {
			return 0 // "each stop", "I forgot that"
		}
		return 1
	case t.word == "gave" && next == "up", t.word == "given" && next == "up":
		return 2
	case noneWords[t.word] && t.word != "not" && t.word != "never", scarceWords[t.word]:
		if c.said.lemmas[t.lemma] || i+1 < len(s.toks) && s.toks[i+1].punct {
			return 0 // "No, it is"
		}
		return 1
	case t.word == "few" && c.of(cat, s, i+1):
		return 1
	case !universals[c.absolute]:
		return 0
	case t.word == "some" && c.of(cat, s, i+1), t.word == "sometimes", t.word == "occasionally":
		return 1
	case t.word == "one" && c.oneForMany(s, i):
		return 4
	case smallNumbers[t.word] > 1 && next == "of":
		k := i + 2
		for determiners[wordAt(s.toks, k)] {
			k++
		}
		if n := smallNumbers[wordAt(s.toks, k)]; n > 0 && n != smallNumbers[t.word] {
			k++
		}
		if c.of(cat, s, k) {
			return k - i // "two of our nine technicians"
		}
	}
	for _, q := range s.quants {
		if q.from == i && q.dim == dimPercent && q.share && q.hi <= mostOfAll && q.bound != boundAtLeast && len(c.quants) == 0 {
			for k := i; k < min(len(s.toks), q.to+3); k++ {
				if c.of(cat, s, k) {
					return q.to - q.from
				}
			}
		}
	}
	return 0
}

// of says whether token i names what all of which was promised.
func (c *claim) of(cat *Catalogue, s *sentence, i int) bool {
	return i < len(s.toks) && slices.ContainsFunc(c.said.all, func(lemma string) bool {
		return lemma == s.toks[i].lemma || s.toks[i].word == "us" && cat.isPerson(lemma)
	})
}

// oneForMany says whether one of what each was promised to have is for several of
// them, from token i on: "one arborist for six crews".
func (c *claim) oneForMany(s *sentence, i int) bool {
	return c.said.lemmas[lemmaAt(s.toks, i+1)] && sharedAmong[wordAt(s.toks, i+2)] && smallNumbers[wordAt(s.toks, i+3)] > 1 && slices.Contains(c.said.all, lemmaAt(s.toks, i+4))
}

// namedIn says whether a sentence names, under no negation, all that a claim says there
// is not.
func (c *claim) namedIn(s *sentence) bool {
	return len(c.said.denied) > 0 && len(s.negs) == 0 &&
		!slices.ContainsFunc(c.said.denied, func(lemma string) bool { return !saysWord(s.toks, lemma) })
}

// affirmedIn says whether a sentence says without a negation all that a claim denies:
// "they sell hardware" of "we don't sell hardware".
func (c *claim) affirmedIn(cat *Catalogue, s *sentence) bool {
	if len(s.clauses) != 1 || len(s.negs) > 0 || len(c.said.denied) == 0 || s.has(unsureWords) ||
		c.said.absent && (wordAt(s.toks, 0) != "there" || lemmaAt(s.toks, 1) != "be") {
		return false
	}
	met := map[string]bool{}
	subject := false
	for i := range s.toks {
		t := &s.toks[i]
		switch {
		case t.punct:
		case slices.Contains(c.said.denied, t.lemma):
			met[t.lemma] = true
		case ourselves[t.word] || theirs[t.word] || cat.isPerson(t.lemma):
			subject = subject || len(met) == 0
		case !t.filler && !c.said.lemmas[t.lemma] && !timeNouns[t.lemma]:
			return false
		}
		subject = subject || len(met) == 0 && c.words.words[t.lemma]
	}
	return subject && len(met) == len(c.said.denied)
}

// mostOfAll is the share in percent up to which most are not all.
const mostOfAll = 90

var (
	verbNegators = wordSet(`not never hardly barely rarely seldom scarcely`)
	scarceWords  = wordSet(`no neither hardly barely rarely seldom scarcely`)
	failLemmas   = lemmaSet(`skip forget quit neglect omit refuse fail stop`)
	universals   = wordSet(`every all each always whole everyone everybody everything entire`)
	wholeWords   = wordSet(`every all each whole entire`)
	sharedAmong  = wordSet(`for between among`)
	compareWords = wordSet(`than as like more less better faster quicker cheaper sooner easier closer nearer`)
	partLemmas   = lemmaSet(`part include cover`)
	wholeLemmas  = lemmaSet(`flat fee price plan package rate month monthly`)
	beside       = wordSet(`any one single thing nobody anybody anyone gave`)
	unsureWords  = wordSet(`would could might should may almost nearly used if wish free`)
	theirs       = wordSet(`they he she it you i there`)
)
