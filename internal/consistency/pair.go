package consistency

// The facets by which a sentence is held against a claim, each one number.
const (
	facetAlike      = iota // how far their topics are alike, 0 to 1
	facetRivalAlike        // the same of the CEO's other claim that comes nearest
	facetShared            // words of the claim in the sentence, 2 at most
	facetRivalShared
	facetKin // how like the meaning of their words is, -1 to 1
	facetRivalKin
	facetNothing  // share of the sentence that is about no topic
	facetLength   // logarithm of its words, see [sentence.length]
	facetCue      // what its cues say of the claim's topics, -1 to 1
	facetFigure   // a figure that is worse than promised, -1, or as good, 1
	facetExample  // probability by the examples that it blames
	facetEcho     // words of the claim, less than nothing under a negation
	facetAnswer   // it answers a question
	facetSaid     // it adds that it had been said before
	facetOpposite // a word means the opposite of one of the claim
	// of the claim alone
	facetAbsolute
	facetClaimBlame
	facetClaimPromise
	facetClaimNothing
	facetClaimRecord
	facetClaimLength
	facetClaimWords
	facetClaimFigures
	facetClaimNegated
	facetClaimJudged
	facetClaimEvaluative
	facetClaimOurs
	// of the document
	facetCustomer
	facetDemo
	// of the sentence before in the document, -1 without one
	facetBeforeAlike
	facetBeforeKin
	facetBeforeShared
	facetCount
)

// facets are in units.
type facets [facetCount]int32

// noBefore is in place of the facets of a sentence before where there is none.
const noBefore = -unit

// The most words of a claim that count.
const (
	longClaim = 24
	manyOfIt  = 8
)

// facets are those of the claim alone.
func (c *claim) facets(cat *Catalogue) facets {
	var t facets
	t[facetAbsolute] = bit(c.absolute != "")
	t[facetClaimBlame] = fixed(c.blame)
	t[facetClaimPromise] = fixed(c.promise)
	t[facetClaimNothing] = fixed(c.about[cat.sense.none])
	t[facetClaimRecord] = fixed(c.record)
	t[facetClaimLength] = int32(min(longClaim, c.length)) * unit
	t[facetClaimWords] = int32(min(manyOfIt, len(c.words.words))) * unit
	t[facetClaimFigures] = bit(len(c.quants) > 0)
	t[facetClaimNegated] = bit(c.negated)
	t[facetClaimJudged] = bit(c.judged)
	t[facetClaimEvaluative] = bit(c.evaluative(cat))
	t[facetClaimOurs] = bit(c.ours)
	return t
}
