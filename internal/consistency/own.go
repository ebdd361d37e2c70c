package consistency

import "slices"

// What marks words that are no promise of the speaker's own.
var (
	beforeOthers  = wordSet(`where while whereas and but because so the our my your all`)
	otherFirms    = wordSet(`competitors competitor competition rivals rival`)
	someOf        = wordSet(`most many some few`)
	vendorWords   = wordSet(`vendor vendors provider providers supplier suppliers agency agencies outfit outfits competitor competitors platform platforms`)
	firmWords     = wordSet(`company companies firm firms shop shops contractor contractors tool tools app apps software brands`)
	disclaimWords = lemmaSet(`claim promise guarantee pretend`)
	hearsayFrom   = wordSet(`some people critics folks they competitors`)
	hearsayWords  = lemmaSet(`say claim think argue complain`)
	mayWords      = wordSet(`will may might often always also would`)
	wishWords     = wordSet(`dream dreams wish`)
	wearyPhrases  = parsePhrases(`sick of; tired of; fed up with`)
	openers       = wordSet(`hello hi hey thanks thank welcome dear regards cheers sincerely yours click tbd`)
)

// disowned says whether a clause tells of others ("most vendors lock you in"),
// of what is over ("we used to"), of what others say, or of what the speaker
// wishes, is tired of or does not promise.
func (s *sentence) disowned(c clause) bool {
	toks := s.toks
	if toks[c.from].word == "unlike" || s.ofOthers(c) || s.hearsay(c) {
		return true
	}
	for i := range toks[:c.to] {
		in := i >= c.from
		switch w := toks[i].word; {
		case in && w == "used" && wordAt(toks, i+1) == "to" && i > c.from && ourselves[toks[i-1].word],
			in && phraseAt(wearyPhrases, toks, i) > 0,
			wishWords[w] && i > 0 && ownWords[toks[i-1].word],
			in && w == "someday",
			in && disclaimWords[toks[i].lemma] && i > 0 && negators[toks[i-1].word]:
			return true
		}
	}
	return false
}

// ofOthers says whether a clause begins with other firms.
func (s *sentence) ofOthers(c clause) bool {
	i := c.from
	for i < c.to && beforeOthers[s.toks[i].word] {
		i++
	}
	w, next, third := wordAt(s.toks, i), wordAt(s.toks, i+1), wordAt(s.toks, i+2)
	switch {
	case otherFirms[w], w == "others":
		return true
	case w == "other":
		return vendorWords[next] || firmWords[next] || vendorWords[third]
	}
	return someOf[w] && (vendorWords[next] || vendorWords[third] && (next == "other" || next == "of" || next == "big"))
}

// hearsay says whether a clause is what others say: "some say that ...", up to
// a "but".
func (s *sentence) hearsay(c clause) bool {
	i := 1
	if mayWords[wordAt(s.toks, i)] {
		i++
	}
	if len(s.toks) <= i || !hearsayFrom[s.toks[0].word] || !hearsayWords[s.toks[i].lemma] {
		return false
	}
	return !slices.ContainsFunc(s.toks[:c.from+1], func(t token) bool { return t.word == "but" })
}
