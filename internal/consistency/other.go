package consistency

import (
	"slices"
	"strings"
)

var (
	haveWords   = wordSet(`have has had 've 're are work employ run met own sent bought hired`)
	ourselves   = wordSet(`i we`)
	onlyWords   = wordSet(`only just about maybe around across in`)
	ownWords    = wordSet(`our my`)
	ownNouns    = wordSet(`crew crews team people staff men guys shop shops company office offices branch branches yard house business firm`)
	noticeWords = wordSet(`notice`)
	termWords   = wordSet(`term terms contract agreement lease commitment minimum`)
	freeWords   = wordSet(`free trial`)
)

// ofSpeaker says whether a count is of what the speaker has: "our crews work in
// four states". From a customer it says nothing of the partner's.
func (s *sentence) ofSpeaker(q quantity) bool {
	for i := 0; i+1 < q.from; i++ {
		if ownWords[s.toks[i].word] && ownNouns[s.toks[i+1].word] {
			return true
		}
	}
	if wordAt(s.toks, q.to) == "of" && wordAt(s.toks, q.to+1) == "us" {
		return true
	}
	i := q.from - 1
	for i > 0 && onlyWords[s.toks[i].word] {
		i--
	}
	return i >= 0 && haveWords[s.toks[i].word] && (i == 0 || s.ours(0, i))
}

// anyOf says whether a time under a negation means any at all: "nobody lost a
// day", but not "never older than a day".
func (s *sentence) anyOf(q quantity) bool {
	w := s.toks[q.from].word
	return q.dim == dimDuration && (w == "a" || w == "an") && q.bound == boundNone && (q.from == 0 || s.toks[q.from-1].word != "than")
}

// wrongSort says whether two durations are of different sorts: the notice to
// give and the term of a contract.
func (s *sentence) wrongSort(promised string) bool {
	return strings.Contains(promised, "notice") && s.has(termWords) && !s.has(noticeWords)
}

func (s *sentence) has(words map[string]bool) bool {
	return slices.ContainsFunc(s.toks, func(t token) bool { return words[t.word] })
}

// near says whether one of some words stands within reach of tokens [from, to).
func (s *sentence) near(words map[string]bool, from, to, reach int) bool {
	for i := max(0, from-reach); i < len(s.toks) && i < to+reach; i++ {
		if words[s.toks[i].word] {
			return true
		}
	}
	return false
}

var (
	awayWords = wordSet(`rained raining rains snowed snowing snows stormed poured froze freezing hailed sick ill away vacation holiday holidays hospital`)
	sentWords = wordSet(`lead leads inquiry inquiries enquiry enquiries request requests name names number numbers contact contacts data map report reports rate rates quote quotes`)
)

// absence says whether a time is how long the weather or somebody's absence
// lasted: "it rained for four days".
func (s *sentence) absence(q quantity) bool {
	return wordAt(s.toks, q.from-1) == "for" && s.near(awayWords, q.from, q.from, 4)
}

// aged says whether a time is the age of a thing that stays: "the roof is four
// days old", but not "the lead was four days old".
func (s *sentence) aged(q quantity) bool {
	return wordAt(s.toks, q.to) == "old" && !s.has(sentWords)
}

// agedClaim says whether a claim is of an age.
func agedClaim(text string) bool { return strings.Contains(text, " old") }

var perhapsWords = wordSet(`may might perhaps maybe`)

// supposes says whether a figure stands in a clause that only thinks it
// possible: "the town may need two months", "even if it takes a winter".
func (s *sentence) supposes(q quantity) bool {
	c := clauseAt(s.clauses, len(s.toks), q.from)
	for i := c.from; i < q.from; i++ {
		switch t := &s.toks[i]; {
		case perhapsWords[t.word] && (!t.capital || i == 0) && (i+1 < q.from || t.word == "may" || t.word == "might"): // "maybe five" is about five
			return true
		case t.word == "even" && i+1 < q.from && s.toks[i+1].word == "if":
			return true
		case t.word == "if" && i > 0 && s.toks[i-1].word == "even":
			return true
		}
	}
	return false
}

var failWords = lemmaSet(`skip miss fail break crash forget lose freeze stall`)

// fails says whether a sentence tells of what goes wrong: how often that is
// says nothing of how often the promised happens.
func (s *sentence) fails() bool {
	return slices.ContainsFunc(s.toks, func(t token) bool { return failWords[t.lemma] })
}
