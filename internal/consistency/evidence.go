package consistency

// The facets of what all voices say of a claim. The strength of a voice is 0
// to 1.
const (
	evidenceAgainst  = iota // of the strongest voice against it
	evidenceAgainst2        // of the second strongest
	evidenceAgainstAll
	evidenceFor // of the strongest voice for it that is no demo
	evidenceFor2
	evidenceForAll
	evidenceForDemos // of the strongest voice for it in demos
	evidenceBlame    // from here on of the claim itself
	evidencePromise
	evidenceNothing
	evidenceRecord
	evidenceCEO
	evidenceCount
)

// evidence is what a ruling was made by.
type evidence [evidenceCount]int32

// evidenceNames says what the facets are, those of the claim left out.
var evidenceNames = [evidenceBlame]string{
	"a voice against it", "a second against it", "voices against it together",
	"a voice for it", "a second for it", "voices for it together", "a demo for it",
}

// mostVoices is up to where the strengths of all voices together are weighed.
const mostVoices = 4

// demoGroup is the place of demos among the groups.
var demoGroup = int8(groupOrder(Demos))

// gathering collects the evidence on one claim.
type gathering struct {
	against, support       rivals
	allAgainst, allSupport float64
	demos                  float64
}

// hear takes in a voice that counts n times. What is said for a claim in a demo
// is the vendor's own word, and no voice beside those of the others.
func (g *gathering) hear(p *vote, n int) {
	if p.whisper {
		g.against.addTimes(p.against, n)
		g.allAgainst += float64(float64(n) * p.against)
	}
	if d := p.support - p.against; d >= leastVoice {
		if p.group == demoGroup {
			g.demos = max(g.demos, d)
			return
		}
		g.support.addTimes(d, n)
		g.allSupport += float64(float64(n) * d)
	}
}

// on is the evidence on a claim.
func (g *gathering) on(c *claim) (e evidence) {
	e[evidenceAgainst], e[evidenceAgainst2] = fixed(g.against.first), fixed(g.against.second)
	e[evidenceFor], e[evidenceFor2] = fixed(g.support.first), fixed(g.support.second)
	e[evidenceAgainstAll], e[evidenceForAll] = fixed(min(mostVoices, g.allAgainst)), fixed(min(mostVoices, g.allSupport))
	e[evidenceForDemos] = fixed(g.demos)
	e[evidenceBlame], e[evidencePromise] = c.own[facetClaimBlame], c.own[facetClaimPromise]
	e[evidenceNothing], e[evidenceRecord] = c.own[facetClaimNothing], c.own[facetClaimRecord]
	e[evidenceCEO] = bit(c.group == CEO)
	return e
}
