package consistency

import (
	"slices"
	"strings"
)

// What tells that a clause is of something else than the partner today: of
// another vendor or an earlier one, of what was feared or planned, of the
// speaker's own firm, of a third party (see third.go).
var (
	earlierWords = wordSet(`old last previous former prior`)
	supplyNouns  = lemmaSet(`vendor provider supplier agency outfit platform system software crm erp company firm contractor
lender insurer broker employer rollout`)
	usedNouns     = lemmaSet(`tool app service program solution website portal brand product job`)
	placeNouns    = wordSet(`guys people place shop`)
	thanWords     = wordSet(`than unlike like as compared versus vs beat beats`)
	presentWords  = wordSet(`here now nowadays today currently you your yours these`)
	contrastWords = wordSet(`but while whereas yet`)
	afterContrast = wordSet(`they it with not`)
	leftWords     = wordSet(`switched changed came moved migrated`)
	theseWords    = wordSet(`this these them you that`)
	triedWords    = wordSet(`used had worked with`)
	theirWords    = wordSet(`their your its`)
	planWords     = wordSet(`expected dreaded feared planned budgeted assumed`)
	fearWords     = wordSet(`expecting afraid worried nervous dreading braced bracing`)
	guessWords    = wordSet(`thought figured believed guessed`)
	atWords       = wordSet(`with at from`)
	betWords      = wordSet(`it that they we i`)
	keptWords     = wordSet(`waiting expecting looking`)
	thereWords    = wordSet(`there it they`)
	asIfWords     = wordSet(`if though`)
	dayWords      = wordSet(`or and the hour hours day days night week weeks month months year years`)
	wasWords      = wordSet(`was were been`)
	wouldWords    = wordSet(`would 'd`)
	moreWords     = wordSet(`better more less`)
	workNouns     = wordSet(`crew crews guys men lads lad people employees workers foreman team staff office shop company business firm customers customer clients client truck trucks job jobs house`)
	partnerWords  = wordSet(`they them their theirs you your yours here`)
	pastWords     = wordSet(`was were had took paid sold got did went came kept lost`)
	awayVerbs     = wordSet(`gone left leave surprised shocked furious angry mad upset quit know notice complain lose`)
)

// elsewhere says which tokens of a sentence tell of something else than the
// partner today, nil for none. other says whether the sentence before, of which
// "they" may still speak, was of another vendor; still says so of this one.
func (s *sentence) elsewhere(g Group, trade map[string]bool, other bool) (away []bool, still bool) {
	mark := func(from, to int) {
		if away == nil && from < to {
			away = make([]bool, len(s.toks))
		}
		for i := from; i < to; i++ {
			away[i] = true
		}
	}
	if s.unreal() {
		mark(0, len(s.toks))
		return away, false
	}
	first := wordAt(s.toks, 0)
	in := other && (first == "they" || first == "their")
	subject := in
	third := false
	for _, c := range s.clauses {
		at, end := s.otherVendor(g, c)
		third = third && s.follows(c) || g == Customers && s.ownFirm(c) || s.ofThird(g, c, trade)
		switch {
		case at >= 0 && s.turn(c, c.from) < at: // "these people beat our last vendor"
			in = false
		case at >= 0 || in:
			subject = subject || at-c.from <= subjectReach
			turn := s.turn(c, end)
			mark(c.from, turn)
			in = turn == c.to
		case s.generally(c), s.weary(c), third:
			mark(c.from, c.to)
		default:
			mark(s.imagined(c))
		}
	}
	return away, in && subject
}

// subjectReach is how far from the beginning of a clause in tokens another vendor
// is its subject, so that "they" of the next sentence is that vendor.
const subjectReach = 3

// portion is a part of a sentence that tells of the partner today; untrue says that
// it is told to be not so.
type portion struct {
	span
	untrue bool
}

// here returns the parts of a sentence that tell of the partner today, all of it
// as a rule.
func (s *sentence) here(g Group, trade map[string]bool, other bool) (parts []portion, still bool) {
	if inner, ok := s.denial(); ok {
		if sp, ok := clauseSpan(s.toks, inner); ok {
			parts = append(parts, portion{sp, true})
			if rest, ok := clauseSpan(s.toks, clause{inner.to, len(s.toks)}); ok && s.wishes() {
				parts = append(parts, portion{rest, false})
			}
			return parts, false
		}
	}
	away, still := s.elsewhere(g, trade, other)
	if away == nil {
		return []portion{{s.span, false}}, still
	}
	for i := 0; i < len(away); i++ {
		if away[i] {
			continue
		}
		from := i
		for i < len(away) && !away[i] {
			i++
		}
		if sp, ok := clauseSpan(s.toks, clause{from, i}); ok && !s.short(clause{from, i}) {
			if i == len(away) {
				sp.end = s.end // with its mark
			}
			parts = append(parts, portion{sp, false})
		}
	}
	return parts, still
}

// turn returns where a clause comes back to the partner of today, from token
// from on, or its end.
func (s *sentence) turn(c clause, from int) int {
	for i := from; i < c.to; i++ {
		w := s.toks[i].word
		if presentWords[w] || w == "this" && (placeNouns[wordAt(s.toks, i+1)] || wordAt(s.toks, i+1) == "one" || supplyNouns[lemmaAt(s.toks, i+1)]) {
			return i
		}
		if contrastWords[w] && afterContrast[wordAt(s.toks, i+1)] {
			return i
		}
	}
	return c.to
}

// otherVendor returns where a clause names another vendor than the partner, and
// where the name ends; -1 when it does not, or only for a comparison.
func (s *sentence) otherVendor(g Group, c clause) (at, end int) {
	toks := s.toks
	for i := c.from; i < c.to; i++ {
		w, next, third := toks[i].word, wordAt(toks, i+1), wordAt(toks, i+2)
		if thanWords[w] {
			return -1, c.from
		}
		switch {
		case earlierWords[w], w == "other" && i > 0 && toks[i-1].word == "the":
			for k := i + 1; k < min(c.to, i+3); k++ {
				if t := &toks[k]; supplyNouns[t.lemma] || placeNouns[t.word] || w != "last" && usedNouns[t.lemma] {
					return i, k + 1
				}
			}
		case theirWords[w] && otherFirms[next]:
			return i, i + 2
		case atWords[w] && (next == "the" || next == "a") && otherFirms[third]:
			return i, i + 3
		case i == c.from && w == "elsewhere":
			return i, i + 1
		case g == Employees: // "I was a roofer before" tells who works there
		case w != "before":
			if leftWords[w] && s.ours(c.from, i) && (next == "from" || next == "over" && third == "from") {
				return i, i + 2
			}
		case i > 0 && toks[i-1].word == "since":
		case theseWords[next] && (i+2 >= c.to || ourselves[third]):
			return i, i + 2
		case ourselves[next] && leftWords[third]:
			return i, i + 3
		case s.tried(c, i), i+1 == c.to && ourselves[toks[c.from].word] && !dayWords[toks[i-1].word] && !s.denied(i, i+1):
			return i, i + 1
		}
	}
	return -1, c.from
}

// tried says whether what stands in a clause before token i is what the
// speaker used: "the system we had before".
func (s *sentence) tried(c clause, i int) bool {
	return i > c.from && triedWords[s.toks[i-1].word] && s.ours(c.from, i)
}

// imagined returns the tokens of a clause that tell what the speaker had
// feared, planned or guessed: "I was expecting a hidden fee", up to an "and".
func (s *sentence) imagined(c clause) (from, to int) {
	toks := s.toks
	for i := c.from; i < c.to; i++ {
		w := toks[i].word
		switch {
		case thanWords[w], w == "what", w == "never":
			return 0, 0
		case w == "bet" && betWords[wordAt(toks, i+1)], w == "kept" && keptWords[wordAt(toks, i+1)]:
			return c.from, c.to
		case !s.ours(c.from, i), moreWords[wordAt(toks, i+1)]:
			continue
		case !planWords[w] && !(fearWords[w] && wasWords[toks[i-1].word]) && !guessWords[w]:
			continue
		}
		to := i + 1
		would := false
		for ; to < c.to && toks[to].word != "and"; to++ {
			would = would || wouldWords[toks[to].word]
		}
		if would || !guessWords[w] {
			return c.from, to
		}
	}
	return 0, 0
}

// ours says whether the speaker, named from token from on, is who does what
// token i says.
func (s *sentence) ours(from, i int) bool {
	return slices.ContainsFunc(s.toks[max(from, i-3):i], func(t token) bool { return ourselves[t.word] })
}

// unreal says whether a sentence tells what would be if: "if there were hidden
// fees I would have left".
func (s *sentence) unreal() bool {
	cond, would := false, false
	for i := range s.toks {
		w := s.toks[i].word
		cond = cond || w == "if" && (thereWords[wordAt(s.toks, i+1)] || wordAt(s.toks, i+2) == "ever")
		if w == "not" && wordAt(s.toks, i+1) == "as" && asIfWords[wordAt(s.toks, i+2)] {
			return true
		}
		if wouldWords[w] {
			for k := i + 1; k < min(len(s.toks), i+4); k++ {
				would = would || awayVerbs[s.toks[k].word]
			}
		}
	}
	return cond && would
}

// generally says whether a clause tells what others do: "competitors hide their
// fees". A figure of theirs is one to compare with.
func (s *sentence) generally(c clause) bool {
	return !beforeOthers[s.toks[c.from].word] && s.ofOthers(c) &&
		!slices.ContainsFunc(s.quants, func(q quantity) bool { return q.from >= c.from && q.to <= c.to && !q.loose }) &&
		!slices.ContainsFunc(s.toks[c.from:c.to], func(t token) bool { return t.word == "us" || t.word == "we" })
}

// weary says whether a clause tells what the speaker had been tired of.
func (s *sentence) weary(c clause) bool {
	for i := c.from + 1; i < c.to; i++ {
		if wasWords[s.toks[i-1].word] && phraseAt(wearyPhrases, s.toks, i) > 0 {
			return true
		}
	}
	return false
}

// follows says whether a clause tells what comes of the one before: "so it cost
// me five percent that time".
func (s *sentence) follows(c clause) bool {
	return s.toks[c.from].word == "so" || wordAt(s.toks, c.from-1) == "so"
}

// ownFirm says whether a clause of a customer is of the customer's own firm.
func (s *sentence) ownFirm(c clause) bool {
	for i := c.from; i+2 < c.to; i++ {
		if ownWords[s.toks[i].word] && s.toks[i+1].word == "own" && workNouns[s.toks[i+2].word] && wordAt(s.toks, i+3) != "'s" {
			return true
		}
	}
	return false
}

// turnedFrom says whether the sentence after sets the partner of today against what
// this one tells of others: "HomeLine sold each lead five times. Here they are mine."
func (s *sentence) turnedFrom(after string) bool {
	if s.has(partnerWords) {
		return false
	}
	first, rest, _ := strings.Cut(strings.ToLower(after), " ")
	second, _, _ := strings.Cut(rest, " ")
	switch first {
	case "here":
		return !ourselves[second] && second != "is" && second != "are"
	case "these":
		return true
	case "now", "nowadays":
		return second != "and" && slices.ContainsFunc(s.toks, func(t token) bool { return pastWords[t.word] || strings.HasSuffix(t.word, "ed") })
	}
	return false
}
