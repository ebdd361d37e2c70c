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

// tally counts the voices of one group on one claim.
type tally struct {
	support, against       int
	touched                int
	numeric, hard          int // of those against: by number, by a cue
	supporters, dissenters []int
}

// dissents says whether a group as a whole speaks against a claim: somebody
// does, and nobody of the same group speaks for it, or two against each one.
func (t tally) dissents() bool {
	return t.against > 0 && (t.support == 0 || t.against >= 2*t.support && t.against >= 2)
}

type ruling struct {
	verdict Verdict
	kind    Kind // "" when there is no discrepancy
	groups  map[Group]*tally
	against int
	support int
	touched int
}

// judge decides on one claim. weights says how often each voice counts, nil
// is once; the interval of the score uses it.
func judge(cat *Catalogue, c *claim, row []position, voices []voice, weights []int) ruling {
	r := ruling{groups: map[Group]*tally{}, verdict: NotAddressed}
	for v, p := range row {
		if voices[v].group == CEO || !p.touched {
			continue
		}
		n := 1
		if weights != nil {
			n = weights[v]
		}
		if n == 0 {
			continue
		}
		t := r.groups[voices[v].group]
		if t == nil {
			t = &tally{}
			r.groups[voices[v].group] = t
		}
		t.touched += n
		r.touched += n
		switch {
		case p.value > 0:
			t.support += n
			r.support += n
			t.supporters = append(t.supporters, v)
		case p.value < 0:
			t.against += n
			r.against += n
			t.dissenters = append(t.dissenters, v)
			if p.numeric {
				t.numeric += n
			}
			if p.explicit {
				t.hard += n
			}
		}
	}
	switch {
	case r.against > 0 && r.support > 0:
		r.verdict = Mixed
	case r.against > 0:
		r.verdict = Contradicted
	case r.support > 0:
		r.verdict = Supported
	}
	r.kind = r.discrepancy(cat, c)
	return r
}

func (r *ruling) discrepancy(cat *Catalogue, c *claim) Kind {
	if c.value < 0 {
		return "" // an admission: what turns out better than said is no breach
	}
	numeric, hard, against, most := 0, 0, 0, 0
	for _, g := range Groups() {
		if t := r.groups[g]; t != nil && t.dissents() {
			numeric += t.numeric
			hard += t.hard
			against += t.against
			most = max(most, t.against)
		}
	}
	if against == 0 || hard == 0 && against < 2 {
		return ""
	}
	if c.topic < 0 {
		if against < 2 && numeric == 0 {
			return ""
		}
		if 2*numeric >= against {
			return NumericMismatch
		}
		return Contradiction
	}
	if cat.topics[c.topic].Evaluative {
		if most < 2 {
			return ""
		}
		return SentimentSplit
	}
	t := &cat.topics[c.topic]
	if 2*numeric >= against && (numeric == against || t.Measure == nil || !t.Measure.Secondary) {
		return NumericMismatch
	}
	return Contradiction
}
