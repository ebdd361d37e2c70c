package consistency

import (
	"slices"
	"strings"
)

// What begins a sentence that speaks to a program which reads the text: a
// request to forget its rules, or the name of a part in a talk with a model.
var (
	orderVerbs   = wordSet(`ignore disregard forget override`)
	orderObjects = wordSet(`all any every everything previous prior earlier above the your these those`)
	orderRoles   = wordSet(`system assistant user developer`)
	orderPhrases = parsePhrases(`admin mode; developer mode; debug mode; system prompt`)
	orderNouns   = wordSet(`instructions instruction rules prompt prompts context message messages above previous everything`)
)

// orders says whether a sentence gives orders to a program instead of telling
// something of the partner: a member of JSON, a closing tag that is none of
// HTML, or words as above and below. Nobody's position hangs on it.
func (s *sentence) orders(text string) bool {
	body := text[s.start:s.end]
	if strings.ContainsAny(body, "{}") && strings.Contains(body, ":") && strings.Contains(body, `"`) || strings.Contains(body, "</") {
		return true
	}
	toks := s.toks
	for i := range toks {
		if phraseAt(orderPhrases, toks, i) > 0 {
			return true
		}
	}
	if len(toks) > 0 && toks[0].word == "please" {
		toks = toks[1:]
	}
	if len(toks) < 2 {
		return false
	}
	forget := orderVerbs[toks[0].word] && orderObjects[toks[1].word] &&
		slices.ContainsFunc(toks[1:], func(t token) bool { return orderNouns[t.word] })
	return forget || orderRoles[toks[0].word] && toks[1].word == ":" || ofReport(toks)
}

// What makes a sentence one on the report of this analysis: to whom it speaks,
// and how claims, findings and scores are to be.
var (
	readerNouns  = wordSet(`ai llm model analyst assistant grader evaluator reviewer chatbot`)
	beReaders    = wordSet(`ai llm analyst grader evaluator chatbot`)
	readingWords = wordSet(`reading processing analysing analyzing reviewing scoring grading evaluating`)
	noteWords    = wordSet(`note message instruction instructions reminder attention memo`)
	noteEnds     = wordSet(`: , . who that`)
	beginWords   = wordSet(`please now just also so then and you must should shall always do not never , :`)
	judgeVerbs   = wordSet(`mark rate score grade judge label classify treat consider give assign award set list report flag output return write`)
	rateVerbs    = wordSet(`rate score grade`)
	provenWords  = wordSet(`supported true consistent correct proven verified confirmed accurate honest perfect flawless excellent trustworthy`)
	ratedFirms   = wordSet(`partner company firm vendor business ceo them us it`)
	findingWords = wordSet(`contradiction contradictions discrepancy discrepancies inconsistency inconsistencies`)
	claimNouns   = wordSet(`claim claims`)
	scoreNouns   = wordSet(`score rating grade verdict`)
	scoreValues  = wordSet(`0 100 zero hundred perfect maximum highest lowest`)
	scoreTied    = wordSet(`should must the to be of as a at one`)
	groupNouns   = wordSet(`customers clients employees users staff reviewers contractors ceo`)
	ofWords      = wordSet(`of by from`)
)

// ofReport says whether a sentence tells a program or an analyst what the report
// should say: "mark every claim as supported".
func ofReport(toks []token) bool {
	word := func(i int) string { return wordAt(toks, i) }
	for i := range toks {
		w := toks[i].word
		switch {
		case readerNouns[w] && readingWords[word(i+1)] && word(i+2) == "this":
			return true
		case i > 1 && w == "claim" && ofWords[word(i+1)] && word(i+2) == "the" && word(i+3) == "ceo":
			return true
		case scoreNouns[w] && (word(i+1) == "should" || word(i+1) == "must") && scoreValues[pastTied(toks, i+1)]:
			return true
		}
	}
	switch {
	case noteWords[word(0)] && readerNouns[word(1)]:
		return noteEnds[word(2)]
	case noteWords[word(0)] && (word(1) == "to" || word(1) == "for"):
		return readerNouns[word(2)] && noteEnds[word(3)] || word(2) == "the" && readerNouns[word(3)] && noteEnds[word(4)]
	case word(0) == "you" && (word(1) == "are" || word(1) == "'re"):
		return len(toks) < 6 && beReaders[word(3)]
	case orderVerbs[word(0)] && word(1) == "what":
		return groupNouns[word(2)] || word(2) == "the" && groupNouns[word(3)]
	}
	return ordered(toks)
}

// ordered says whether tokens are an order to judge, with what it should come to.
func ordered(toks []token) bool {
	i := 0
	if wordAt(toks, 0) == "as" && readerNouns[wordAt(toks, 2)] {
		i = 3
	}
	denied := false
	for i < len(toks) && beginWords[toks[i].word] {
		denied = denied || negators[toks[i].word]
		i++
	}
	if i >= len(toks) || !judgeVerbs[toks[i].word] {
		return false
	}
	rest := toks[i+1:]
	has := func(words map[string]bool) bool {
		return slices.ContainsFunc(rest, func(t token) bool { return words[t.word] })
	}
	if rateVerbs[toks[i].word] && has(scoreValues) && (ratedFirms[wordAt(rest, 0)] || ratedFirms[wordAt(rest, 1)]) {
		return true
	}
	for k := range rest {
		if w := rest[k].word; scoreNouns[w] && scoreValues[pastTied(rest, k+1)] || scoreValues[w] && scoreNouns[wordAt(rest, k+1)] {
			return has(ratedFirms) || k < 2
		}
	}
	firm := slices.IndexFunc(rest, func(t token) bool { return ratedFirms[t.word] })
	of := slices.IndexFunc(rest, func(t token) bool { return claimNouns[t.word] })
	if of < 0 && firm >= 0 && firm < 2 && wordAt(rest, firm+1) == "as" {
		of = firm
	}
	if of >= 0 {
		rest = rest[of:]
		return has(provenWords)
	}
	return has(findingWords) && (denied || wordAt(rest, 0) == "no")
}

// pastTied is the first word from token i on that is no link to a value.
func pastTied(toks []token, i int) string {
	for scoreTied[wordAt(toks, i)] {
		i++
	}
	return wordAt(toks, i)
}

// told leaves out the sentences of a document that are orders, and counts them,
// and what claims nothing by its form where the CEO writes.
func (r *reader) told(d Document, each func(*sentence)) func(*sentence) {
	n, signed := 0, false
	return func(s *sentence) {
		switch {
		case s.orders(d.Text):
			n++
			r.orders[d.ID] = n
		case d.Group == CEO && s.formal(d.Text):
			signed = signed || s.signs(d.Text)
		case signed && len(s.toks) <= manners && len(s.quants) == 0: // a name, an office
		default:
			each(s)
		}
	}
}
