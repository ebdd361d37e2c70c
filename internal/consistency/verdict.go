package consistency

import (
	"cmp"
	"slices"
)

// Kind is the kind of a discrepancy.
type Kind string

// The kinds, from the worst to the mildest.
const (
	Contradiction    Kind = "contradiction"
	NumericMismatch  Kind = "numeric_mismatch"
	SentimentSplit   Kind = "sentiment_split"
	UnsupportedClaim Kind = "unsupported_claim"
)

// penalties is what each kind takes from the score.
var penalties = map[Kind]float64{Contradiction: 3, NumericMismatch: 3, SentimentSplit: 2, UnsupportedClaim: 1}

// Verdict says what the others make of a claim.
type Verdict string

// The verdicts.
const (
	Supported    Verdict = "supported"
	Contradicted Verdict = "contradicted"
	Mixed        Verdict = "mixed"
	NotAddressed Verdict = "not addressed"
)

// tally is what one group says of one claim.
type tally struct {
	heard                     bool
	support, against, touched int
	supporters, dissenters    []int
	quiet                     float64 // chance that none speaks against
	figures                   int     // of those against: by a figure
}

type ruling struct {
	verdict Verdict
	kind    Kind // "" when there is no discrepancy
	chance  float64
	groups  [4]tally // in the order of [Groups]
	against int
	uptake  uptake                       // by whoever comes nearest to the claim
	nearest rivals                       // the voices that come nearest
	harsh   bool                         // somebody blames in words
	terms   [len(disputeWeights)]float64 // of the log-odds of chance
}

// The weights of a logistic regression that says from the voices whether a
// claim is gainsaid: the two strongest voices against, the second of the groups
// most against, all support, all voices against together, whether a cue judges
// the claim, a clause of few words, the share of nothing, an admission, and a
// matter of feeling. The group most against and what it takes back itself moved
// nothing. Words against never lower the chance, and words for it never raise it.
var disputeWeights = [...]float64{3.83, 2.59, 0.32, -1.45, 0.10, 0.14, 0.06, -1.20, -0.40, 0.52}

// disputeTerms names what the weights are of.
var disputeTerms = [len(disputeWeights)]string{"the strongest voice against it", "the second strongest",
	"the second group", "all that bears it out", "all voices against it together",
	"a cue judges the claim", "a claim of few words", "no topic of the catalogue", "it sounds like an admission", "a matter of feeling"}

const disputeStart = -2.00

// disputeFrom is the chance from which a claim counts as gainsaid.
const disputeFrom = 0.40

// surestFrom is the chance that the surest dispute of a partner must have for
// any to be reported. Who has planted one discrepancy mostly leaves a clear
// one.
const surestFrom = 0.65

// demoDisputeFrom is the same for what a vendor says in a demo.
const demoDisputeFrom = 0.45

// leastWhisper is the strength below which a voice moves no chance.
const leastWhisper = 0.15

// judge decides on one claim. weights says how often each voice counts, nil
// is once; the interval of the score uses it.
func (r *ruling) judge(cat *Catalogue, c *claim, row []vote, weights []int) {
	r.verdict, r.uptake, r.nearest, r.harsh, r.against = NotAddressed, uptake{}, rivals{}, false, 0
	for g := range r.groups {
		t := &r.groups[g]
		*t = tally{quiet: 1, supporters: t.supporters[:0], dissenters: t.dissenters[:0]}
	}
	var room [64]float64
	against := room[:0]
	support, supporters := 0.0, 0
	for v := range row {
		p := &row[v]
		n := 1
		if weights != nil {
			n = weights[v]
		}
		if !p.counts || n == 0 {
			continue
		}
		r.uptake.add(&p.uptake)
		r.nearest.add(v, p.uptake.about)
		t := &r.groups[p.group]
		t.heard = true
		if p.near >= leastNear {
			t.touched += n
		}
		if p.whisper {
			for range min(n, 3) {
				against = append(against, p.against)
			}
			t.quiet *= power(1-float64(voiceTrust*p.against), n)
		}
		if d := p.support - p.against; d >= leastVoice {
			support += float64(float64(n) * d)
		}
		switch p.value {
		case 1:
			t.support += n
			supporters += n
			t.supporters = append(t.supporters, v)
		case -1:
			t.against += n
			r.against += n
			t.dissenters = append(t.dissenters, v)
			if p.numeric {
				t.figures += n
			}
			r.harsh = r.harsh || p.harsh
		}
		t.touched = max(t.touched, t.support+t.against)
	}
	switch {
	case r.against > 0 && supporters > 0:
		r.verdict = Mixed
	case r.against > 0:
		r.verdict = Contradicted
	case supporters > 0:
		r.verdict = Supported
	}
	r.chance = r.chanceOf(cat, c, against, support)
	r.kind = r.discrepancy(cat, c)
}

// voiceTrust is how sure the surest voice is.
const voiceTrust = 0.9

func (r *ruling) chanceOf(cat *Catalogue, c *claim, against []float64, support float64) float64 {
	descending := func(a, b float64) int { return cmp.Compare(b, a) }
	slices.SortFunc(against, descending)
	against = append(against, 0, 0)
	quiet := 1.0
	var room [8]float64
	groups := room[:0]
	for g := range r.groups {
		if t := &r.groups[g]; t.heard {
			groups = append(groups, 1-t.quiet)
			quiet *= t.quiet
		}
	}
	slices.SortFunc(groups, descending)
	groups = append(groups, 0, 0)
	x := float64(disputeStart)
	for i, f := range [...]float64{against[0], against[1], groups[1], min(3, support), 1 - quiet,
		one(c.judged), one(c.length < 4), c.about[cat.sense.none], 1 - c.promise, one(c.evaluative(cat))} {
		r.terms[i] = float64(disputeWeights[i] * f)
		x += r.terms[i]
	}
	return logistic(x)
}

// one is 1 for true.
func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (c *claim) evaluative(cat *Catalogue) bool {
	return c.topic >= 0 && cat.topics[c.topic].Evaluative
}

// discrepancy is the kind of a claim that is gainsaid.
func (r *ruling) discrepancy(cat *Catalogue, c *claim) Kind {
	from := disputeFrom
	if c.group != CEO {
		from = demoDisputeFrom
	}
	if r.against == 0 || r.chance < from {
		return "" // what turns out better than admitted is no breach
	}
	if c.evaluative(cat) && (r.harsh || !cat.topics[c.topic].Factual) {
		return SentimentSplit
	}
	figures := 0
	for g := range r.groups {
		figures += r.groups[g].figures
	}
	if figures == r.against || figureShare*figures >= r.against && !c.secondary(cat) {
		return NumericMismatch
	}
	return Contradiction
}

// figureShare is how many voices one with a figure speaks for: words about a
// promised figure mostly mean the figure.
const figureShare = 3

// secondary says whether the topic's measure is only a sign of it.
func (c *claim) secondary(cat *Catalogue) bool {
	for i := range cat.topics {
		if cat.classOf[i] == c.class && cat.topics[i].Measure != nil && cat.topics[i].Measure.Secondary {
			return true
		}
	}
	return false
}
