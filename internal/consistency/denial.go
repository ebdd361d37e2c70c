package consistency

import "slices"

// What says that a statement is not so.
var (
	untruePhrases = parsePhrases(`not true; false; untrue; a lie; nonsense; a myth; rubbish; not the case; not so; not in my experience; not what i see; a joke; bull; baloney`)
	untrueThat    = parsePhrases(`not true that; false that; untrue that; a lie that; lie that; nonsense that; a myth that; not the case that; no truth that`)
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
	if s.wishes() {
		return clause{2, clauseAt(s.clauses, len(toks), 2).to}, true
	}
	end := len(toks)
	for end > 0 && toks[end-1].punct {
		end--
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

// maxUntrue is the length in tokens of the longest phrase that ends a sentence and
// says that what stands before it is not so.
const maxUntrue = 4

// deniedIn says whether a sentence puts a negator right before a word of the
// claim, and adds nothing of its own behind: "my leads are not exclusive".
func (c *claim) deniedIn(s *sentence) bool {
	if c.negated || len(s.clauses) != 1 || s.has(untilWords) {
		return false
	}
	for _, n := range s.negs {
		if s.toks[n.at].word != "not" {
			continue // "no card, no shift" bears a rule out
		}
		i := n.to
		for k := n.at + 1; k < n.to; k++ {
			if t := &s.toks[k]; !t.punct && !t.filler {
				i = k
				break
			}
		}
		if i == n.to || !c.words.words[s.toks[i].lemma] || !s.denied(i, i+1) {
			continue
		}
		rest := s.toks[i:clauseAt(s.clauses, len(s.toks), i).to]
		if !slices.ContainsFunc(rest, func(t token) bool { return !t.punct && !t.filler && !c.words.words[t.lemma] }) {
			return true
		}
	}
	return false
}
