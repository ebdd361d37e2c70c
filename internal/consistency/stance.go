package consistency

import (
	"math"
	"slices"
)

// stance is what one sentence means for one claim.
type stance struct {
	near    float64 // how far it speaks of the claim
	alike   float64 // as far as the topics say
	shared  float64 // words of the claim
	share   float64 // of the sentence, among the claims and nothing
	blame   float64 // probability that it speaks against
	praise  float64 // probability that it bears the claim out
	figures figureCheck
	cue     int     // what its cues say of the claim's topics
	mood    float64 // of its words
	example float64 // probability by the examples that it speaks against
	echo    float64 // words of the claim, less than nothing under a negation
	asserts bool
	quote   span
}

// The settings of assigning sentences to claims: what a shared word and a
// figure that can be compared add, how sharply the nearest claim wins, and the
// nearness at which nothing wins.
const (
	sharedWord  = 0.21
	figureNear  = 0.12
	sharpness   = 7.0
	nothingNear = 0.38
)

// leastAlike is how far a sentence that shares no word with a claim must be
// about the same for their figures to be compared.
const leastAlike = 0.3

// What moves the log-odds that a sentence speaks against a claim, fitted to
// the invented partners: a cue, a figure that is worse or as good, the mood of
// its words, what the examples say, words of the claim under a negation that
// the claim lacks, and how near it is; and how they start.
const (
	oddsCue     = 2.7
	oddsWorse   = 6.0
	oddsAgrees  = 1.5
	oddsMood    = 0.93
	oddsExample = 0.45
	oddsEcho    = 0.27
	oddsNear    = 2.46
	oddsStart   = -2.2 - oddsNear/2
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
	// used again for each sentence
	readings []reading
	feats    []feature
	general  [2]int32 // see [sense.general]
	about    []float64
	stances  []stance
	blames   []float64
	nearest  []float64 // by class
	meanings *meanings // nil without an embedder
	vector   []float32 // of the sentence, or nil
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
	l.general = cat.sense.general(l.feats)
	var carried []float64
	if l.left > 0 {
		if l.left == carryReach || len(s.toks) <= shortAnswer {
			carried = l.carried
		}
		l.left--
	}
	l.about = cat.aboutOf(l.about, l.feats, l.readings, 0, len(s.toks), carried)
	if asks {
		copy(l.carried, l.about)
		l.carried[cat.sense.none] = 0
		l.left = carryReach
	}
	mood := float64(max(-1, min(1, s.moodOf(0, len(s.toks)))))
	negated := len(s.negs)%2 == 1
	clear(l.blames)
	clear(l.nearest)
	aboutSquares := squares(l.about)
	total := math.Exp(sharpness * nothingNear)
	for i := range l.claims {
		c := &l.claims[i]
		st := &l.stances[i]
		*st = stance{asserts: !asks, quote: s.span, figures: cat.compareFigures(c, s), mood: mood}
		st.alike = cat.alike(c.about, l.about, c.squares, aboutSquares)
		st.shared = float64(min(2, cat.shared(c.words, s.toks)))
		st.near = st.alike + float64(sharedWord*st.shared)
		if st.alike < leastAlike && st.shared == 0 {
			st.figures.result = 0 // a figure of something else
		}
		if st.figures.result != 0 {
			st.near += figureNear
		}
		st.near += l.meanings.near(i, l.vector)
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
		st.cue, st.example = l.cueOn(c), l.blameOn(c)
		odds := oddsStart - float64(oddsMood*mood) - float64(oddsCue*float64(st.cue)) + float64(oddsExample*logit(st.example))
		switch st.figures.result {
		case -1:
			odds += oddsWorse
		case 1:
			odds -= oddsAgrees
		}
		st.echo = st.shared
		if c.negated != negated {
			st.echo = -st.echo
		}
		odds += float64(oddsNear*st.alike) - float64(oddsEcho*st.echo)
		b := logistic(odds)
		st.blame = c.promise * b
		st.praise = float64(c.promise*(1-b)) + float64((1-c.promise)*b)
	}
	return l.stances
}

// shortAnswer is how many tokens a second sentence of an answer may have to
// be still on the question's topic. A longer one speaks for itself.
const shortAnswer = 7

// leastShare is the share of a sentence below which it says nothing of a claim.
const leastShare = 0.05

// cueOn is what the cues of the sentence say on the topics of a claim.
func (l *listener) cueOn(c *claim) int {
	sum := 0
	for i := range l.readings {
		if r := &l.readings[i]; l.concerns(r, c) {
			sum += r.value
		}
	}
	return max(-1, min(1, sum))
}

// concerns says whether a cue speaks of the topics of a claim.
func (l *listener) concerns(r *reading, c *claim) bool {
	return r.explicit && slices.Contains(c.classes, l.cat.classOf[r.topic])
}

// blameOn is the probability by the examples that the sentence speaks against
// the topics of a claim.
func (l *listener) blameOn(c *claim) float64 {
	sum, total := 0.0, 0.0
	for _, k := range c.classes {
		if l.blames[k] == 0 {
			l.blames[k] = l.cat.sense.blame(l.feats, l.general, l.cat.salts[k])
		}
		sum += float64(l.blames[k] * c.about[k])
		total += c.about[k]
	}
	if total == 0 {
		return 0.5
	}
	return sum / total
}
