package consistency

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
	figures                   int // of those against: by a figure
}

type ruling struct {
	verdict Verdict
	kind    Kind // "" when there is no discrepancy
	chance  float64
	groups  [4]tally // in the order of [Groups]
	against int
	uptake  uptake   // by whoever comes nearest to the claim
	nearest rivals   // the voices that come nearest
	near    float64  // how near all come together
	harsh   bool     // somebody blames in words
	by      evidence // of chance
}

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
	r.verdict, r.uptake, r.nearest, r.near, r.harsh, r.against = NotAddressed, uptake{}, rivals{}, 0, false, 0
	for g := range r.groups {
		t := &r.groups[g]
		*t = tally{supporters: t.supporters[:0], dissenters: t.dissenters[:0]}
	}
	var said gathering
	supporters := 0
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
		r.near += float64(float64(n) * p.uptake.about)
		t := &r.groups[p.group]
		t.heard = true
		if p.near >= leastNear {
			t.touched += n
		}
		said.hear(p, n)
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
	r.by = said.on(c)
	r.chance = logistic(cat.disputed.odds(r.by[:]))
	r.kind = r.discrepancy(cat, c)
}

// mute leaves no voice a side: none speaks clearly enough to a claim that
// counts as unsupported.
func (r *ruling) mute() {
	r.verdict, r.against = NotAddressed, 0
	for g := range r.groups {
		t := &r.groups[g]
		t.support, t.against, t.figures = 0, 0, 0
		t.supporters, t.dissenters = t.supporters[:0], t.dissenters[:0]
	}
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
