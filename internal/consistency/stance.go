package consistency

import "math"

// stance is what one sentence means for one claim.
type stance struct {
	near    float64 // how far it speaks of the claim
	share   float64 // of the sentence, among the claims and nothing
	blame   float64 // probability that it speaks against
	numeric int     // +1 its figure is as good as promised, -1 worse
	asserts bool
	quote   span
}

// The settings of assigning sentences to claims: what a shared word adds, how
// sharply the nearest claim wins, and the nearness at which nothing wins.
const (
	sharedWord  = 0.2
	sharpness   = 6.0
	nothingNear = 0.38
)

// What moves the log-odds that a sentence speaks against a claim: a cue, a
// figure, the mood of its words; and how they start.
const (
	oddsCue    = 2.5
	oddsFigure = 3.0
	oddsMood   = 0.6
	oddsStart  = -0.3
)

// listener holds the sentences of a voice against the claims. It keeps what a
// question was about for its answer.
type listener struct {
	cat     *Catalogue
	claims  []claim
	open    asked
	carried []float64
	left    int
	asks    bool // the last sentence did
	// room that is used again
	readings []reading
	feats    []feature
	room     []feature
	about    []float64
	stances  []stance
	blames   []float64
	nearest  []float64 // by class
}

func newListener(cat *Catalogue, claims []claim) *listener {
	return &listener{cat: cat, claims: claims, carried: make([]float64, len(cat.names)),
		stances: make([]stance, len(claims)), blames: make([]float64, len(cat.names)),
		nearest: make([]float64, len(cat.names))}
}

// start begins a new document.
func (l *listener) start() { l.open, l.left = asked{}, 0 }

// hear weighs one sentence. The result holds until the next call.
func (l *listener) hear(s *sentence) []stance {
	cat := l.cat
	l.readings = readSentence(cat, s, l.readings[:0])
	asks := s.question || s.role == roleProspect
	l.asks = asks
	if asks {
		l.open.ask(s, l.readings)
	} else {
		l.readings = l.open.carry(cat, s, l.readings)
	}
	l.feats = cat.features(l.feats[:0], s, 0, len(s.toks))
	var carried []float64
	if l.left > 0 {
		carried = l.carried
		l.left--
	}
	l.about = cat.aboutOf(l.about, l.feats, l.readings, 0, len(s.toks), carried)
	if asks {
		copy(l.carried, l.about)
		l.carried[cat.sense.none] = 0
		l.left = carryReach
	}
	mood := float64(max(-1, min(1, cat.mood.of(s, 0, len(s.toks)))))
	clear(l.blames)
	clear(l.nearest)
	total := math.Exp(sharpness * nothingNear)
	for i := range l.claims {
		c := &l.claims[i]
		st := &l.stances[i]
		*st = stance{asserts: !asks, quote: s.span, near: cat.alike(c.about, l.about) + float64(sharedWord*float64(min(2, cat.shared(c.words, s.toks))))}
		if c.group == CEO {
			l.nearest[c.class] = max(l.nearest[c.class], st.near)
		}
	}
	for k := range l.nearest { // claims of one topic do not compete
		if l.nearest[k] > 0 {
			l.nearest[k] = math.Exp(sharpness * l.nearest[k])
			total += l.nearest[k]
		}
	}
	for i := range l.claims {
		c := &l.claims[i]
		st := &l.stances[i]
		if c.group == CEO {
			st.share = l.nearest[c.class] / total
		} else { // a demo's promise competes with the CEO's, not they with it
			w := math.Exp(sharpness * st.near)
			st.share = w / (total + w)
		}
		if asks || st.share < leastShare {
			st.share = 0
			continue
		}
		st.numeric = cat.compareFigures(c, s)
		odds := oddsStart - float64(oddsFigure*float64(st.numeric)) - float64(oddsMood*mood) - float64(oddsCue*float64(l.cueOn(c))) + logit(l.blameOn(c))
		if c.value < 0 {
			odds = -odds
		}
		st.blame = logistic(odds)
	}
	return l.stances
}

// leastShare is the share of a sentence below which it says nothing of a claim.
const leastShare = 0.05

// cueOn is what the cues of the sentence say on the topics of a claim.
func (l *listener) cueOn(c *claim) int {
	sum := 0
	for i := range l.readings {
		r := &l.readings[i]
		if !r.explicit {
			continue
		}
		for _, k := range c.classes {
			if l.cat.classOf[r.topic] == k {
				sum += r.value
			}
		}
	}
	return max(-1, min(1, sum))
}

// blameOn is the probability by the examples that the sentence speaks against
// the topics of a claim.
func (l *listener) blameOn(c *claim) float64 {
	sum, total := 0.0, 0.0
	for _, k := range c.classes {
		if l.blames[k] == 0 {
			l.room = l.room[:0]
			l.blames[k] = l.cat.sense.blame(l.feats, l.room, l.cat.names[k])
		}
		sum += float64(l.blames[k] * c.about[k])
		total += c.about[k]
	}
	if total == 0 {
		return 0.5
	}
	return sum / total
}
