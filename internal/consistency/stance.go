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
	kin     float64 // as far as the meaning of the words says
	vector  float64 // as far as an embedding model says, beside near
	share   float64 // of the sentence, among the claims and nothing
	blame   float64 // probability that it speaks against
	praise  float64 // probability that it bears the claim out
	figures figureCheck
	cue     int     // what its cues say of the claim's topics
	mood    float64 // of its words
	example float64 // probability by the examples that it speaks against
	echo    float64 // words of the claim, less than nothing under a negation
	manner  float64 // what the kind of sentence and of claim adds to the log-odds
	wording float64 // what the meaning of the sentence adds
	said    bool    // it had been said before
	uptake  uptake
	// the word that means the opposite of one of the claim, and which, -1 for none
	opposite, opposed int
	asserts           bool
	quote             span
}

// What moves the log-odds that a sentence speaks of a claim, fitted to the
// invented partners by which sentences bear on which claim: how far topics and
// meaning are alike and how many words they share, the same of the CEO's other
// claim that comes nearest, a figure that can be compared, the share of nothing
// in the sentence, its words, and a sentence before it; and how they start.
const (
	aboutAlike   = 4.70
	aboutShared  = 1.33
	aboutKin     = 4.49
	rivalAlike   = 1.99
	rivalShared  = 0.81
	rivalKin     = 2.93
	aboutFigure  = 1.27
	aboutNothing = 3.92
	aboutLength  = 0.77
	aboutLater   = 0.70
	aboutStart   = -3.24
)

// What the vector of an embedding model adds to them.
const aboutVector = 3.5

// How near a sentence is to a claim: how far its topics are alike, and what a
// shared word, a like meaning and a figure that can be compared add.
const (
	sharedWord = 0.16
	kinNear    = 0.57
	figureNear = 0.12
)

// leastAlike is how far a sentence that shares no word with a claim must be
// about the same for their figures to be compared, and leastKin how like its
// meaning must be instead.
const (
	leastAlike = 0.3
	leastKin   = 0.26
)

// What moves the log-odds that a sentence speaks against a claim, fitted to
// the invented partners: a cue, a figure that is worse or as good, the mood of
// its words, what the examples say, words of the claim under a negation that
// the claim lacks, and how like its meaning, since what says the same bears
// out; and how they start. How near its topics are moves nothing.
const (
	oddsCue     = 2.20
	oddsWorse   = 4.32
	oddsAgrees  = 2.52
	oddsMood    = 0.05
	oddsExample = 1.21
	oddsEcho    = 0.36
	oddsKin     = -2.83
	oddsStart   = -0.20
)

// The same for the kind of sentence and of claim: a sentence of many words, a
// vendor's in a demo, an answer, the share of nothing in the claim and in the
// sentence, and what the examples say of the claim itself.
const (
	oddsLength       = 0.81
	oddsDemo         = -3.11
	oddsAnswer       = 1.86
	oddsClaimNothing = -4.54
	oddsNothing      = -1.34
	oddsAdmitted     = -0.25
)

// The same for a word that means the opposite of one of the claim, and for a
// claim that one case refutes.
const (
	oddsOpposite = 1.41
	oddsAbsolute = 1.04
)

// oddsMeaning is the same for each part of the meaning of the sentence, whatever
// the topic.
var oddsMeaning = [meaningParts]float64{
	0.03, -0.63, -1.50, 1.08, 0.66, -0.58, 0.72, 0.14, -0.81, -0.48, -1.15, -0.84, 0.82, 0.09, 0.52, -0.02,
	-0.68, 1.05, 1.28, 1.42, 1.29, 0.37, 0.89, -0.64, 0.13, -1.46, 0.35, -0.07, -0.96, 0.82, -0.67, 0.19,
	-0.21, -0.44, -1.27, -1.10, -0.39, -1.26, 0.05, 0.94, 0.69, -1.07, -0.05, 0.17, -0.84, 1.27, 1.30, -0.15,
	-0.96, 1.51, -0.62, 0.91, -0.71, -0.85, 0.55, -2.37, -1.00, 1.30, 1.87, -0.40, 1.06, -0.42, 1.09, -0.75,
}

// oddsSaid is the same for a sentence that adds that it had been said before.
const oddsSaid = -3.13

// The length of a sentence counts by its logarithm between these many words,
// and from that of the middle one.
const (
	fewWords    = 2
	manyWords   = 16
	middleWords = 2.0
)

// listener holds the sentences of a voice against the claims. It keeps what a
// question was about for its answer.
type listener struct {
	cat     *Catalogue
	reader  *reader
	claims  []claim
	open    asked
	carried []float64
	left    int
	asks    bool  // the last sentence did
	begun   bool  // the document
	group   Group // whose document it is
	// used again for each sentence
	readings []reading
	feats    []feature
	general  leaning
	about    []float64
	stances  []stance
	blames   []float64
	meanings *meanings // nil without an embedder
	vector   []float32 // of the sentence, or nil
}

func newListener(cat *Catalogue, r *reader, claims []claim) *listener {
	return &listener{cat: cat, reader: r, claims: claims, carried: make([]float64, len(cat.names)),
		stances: make([]stance, len(claims)), blames: make([]float64, len(cat.names))}
}

// start begins a new document.
func (l *listener) start(g Group) {
	l.open, l.left, l.asks, l.begun, l.group = asked{}, 0, false, false, g
}

// hear weighs one sentence. The result holds until the next call.
func (l *listener) hear(s *sentence) []stance {
	cat := l.cat
	l.readings = readSentence(cat, s, l.readings[:0])
	asks, answers := s.question || s.role == roleProspect, l.asks
	later := l.begun
	l.asks, l.begun = asks, true
	if asks {
		l.open.ask(s, l.readings)
	} else {
		l.readings = l.open.carry(cat, s, l.readings)
	}
	l.feats = cat.features(l.feats[:0], s, 0, len(s.toks))
	mean := l.reader.whole(s)
	l.general = cat.sense.general(l.feats, mean)
	var carried []float64
	if l.left > 0 {
		if l.left == carryReach || len(s.toks) <= shortAnswer {
			carried = l.carried
		}
		l.left--
	}
	l.about = cat.aboutOf(l.about, l.feats, mean, l.readings, 0, len(s.toks), carried)
	l.meanings.blend(l.about, l.vector)
	if asks {
		copy(l.carried, l.about)
		l.carried[cat.sense.none] = 0
		l.left = 0
		if s.question {
			l.left = carryReach
		}
	}
	mood := float64(max(-1, min(1, s.moodOf(0, len(s.toks)))))
	negated := len(s.negs)%2 == 1
	clear(l.blames)
	aboutSquares := squares(l.about)
	var topics, words, kins rivals
	for i := range l.claims {
		c := &l.claims[i]
		st := &l.stances[i]
		*st = stance{asserts: !asks, quote: s.span, figures: cat.compareFigures(c, s), mood: mood, opposite: -1}
		st.alike = cat.alike(c.about, l.about, c.squares, aboutSquares)
		st.shared = float64(min(2, cat.shared(c.words, s.toks)))
		st.kin = kin(c.mean, mean)
		st.near = st.alike + float64(sharedWord*st.shared) + float64(kinNear*max(0, st.kin))
		if st.alike < leastAlike && st.shared == 0 && st.kin < leastKin {
			st.figures.result = 0 // a figure of something else
		}
		if st.figures.result != 0 {
			st.near += figureNear
		}
		st.vector = l.meanings.near(i, l.vector)
		st.near += st.vector
		if c.group == CEO {
			topics.add(i, st.alike)
			words.add(i, st.shared)
			kins.add(i, st.kin)
		}
	}
	for i := range l.claims {
		st := &l.stances[i]
		speaks := st.alike >= leastAlike || st.shared > 0 || st.kin >= leastKin
		st.uptake = uptake{kin: st.kin, shared: st.shared, figure: speaks && l.claims[i].names(s.quants)}
		if f := st.figures; f.result < 0 && l.group == Customers && l.claims[i].measures[f.promised].more && s.quants[f.seen].dim == dimCount && s.ofSpeaker(s.quants[f.seen]) {
			st.figures.result = 0
		}
		if st.figures.result < 0 && l.owned(i, s.quants[st.figures.seen]) {
			st.figures.result = 0
		}
	}
	length := s.length()
	start := aboutStart - float64(aboutNothing*l.about[cat.sense.none]) + float64(aboutLength*length) + float64(aboutLater*one(later))
	manner, plain := l.mannerOf(length-middleWords, answers)
	said := !asks && s.confirms()
	wording := 0.0
	for k, x := range mean {
		wording += float64(oddsMeaning[k] * x.share())
	}
	for i := range l.claims {
		c := &l.claims[i]
		st := &l.stances[i]
		about := start + float64(aboutAlike*st.alike) - float64(rivalAlike*topics.beside(i)) + float64(aboutShared*st.shared) - float64(rivalShared*words.beside(i)) +
			float64(aboutKin*st.kin) - float64(rivalKin*kins.beside(i)) + float64(aboutFigure*one(st.figures.result != 0)) + float64(aboutVector*st.vector)
		st.share = logistic(about)
		if asks || st.share < leastShare {
			st.share = 0
			continue
		}
		st.uptake.about = st.share
		st.cue, st.example = l.cueOn(c), l.blameOn(c)
		if st.cue != 0 && c.class >= len(cat.sense.topics.classes) {
			st.example = 0.5 - float64(trustedCue*float64(st.cue)) // no example is of a topic of the user's own
		}
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
		st.manner = manner
		if st.cue == 0 {
			st.manner += plain
		}
		st.manner += float64(oddsClaimNothing*c.about[cat.sense.none]*one(!c.judged && st.figures.result >= 0)) + float64(oddsAdmitted*logit(c.blame))
		if st.said = said; said {
			odds += oddsSaid
		}
		if st.opposite, st.opposed = c.opposes(s); st.opposite >= 0 {
			odds += oddsOpposite
		}
		odds += float64(oddsAbsolute * one(c.absolute != ""))
		st.wording = wording
		odds += float64(oddsKin*st.kin) - float64(oddsEcho*st.echo) + st.manner + wording
		b := logistic(odds)
		st.blame = c.promise * b
		st.praise = float64(c.promise*(1-b)) + float64((1-c.promise)*b)
	}
	return l.stances
}

// rivals are the two highest of the values that claims or voices have, at least
// nothing.
type rivals struct {
	first, second float64
	at            int // of the first
}

func (r *rivals) add(i int, x float64) {
	switch {
	case x > r.first:
		r.first, r.second, r.at = x, r.first, i
	case x > r.second:
		r.second = x
	}
}

// beside is the highest value that is not the one of i.
func (r *rivals) beside(i int) float64 {
	if r.first > 0 && i == r.at {
		return r.second
	}
	return r.first
}

// length is the logarithm of how many words a sentence has, within bounds.
func (s *sentence) length() float64 {
	words := 0
	for i := range s.toks {
		if !s.toks[i].punct {
			words++
		}
	}
	return math.Log(float64(max(fewWords, min(manyWords, words))))
}

// mannerOf is what the kind of sentence adds to the log-odds that it speaks
// against whatever it is about: always, and where no cue says what it means.
func (l *listener) mannerOf(length float64, answers bool) (always, plain float64) {
	always = float64(oddsLength*max(0, length)) + float64(oddsDemo*one(l.group == Demos)) + float64(oddsAnswer*one(answers))
	plain = float64(oddsNothing * l.about[l.cat.sense.none])
	if !answers { // the question is part of an answer
		plain += float64(oddsLength * min(0, length))
	}
	return always, plain
}

// shortAnswer is how many tokens a second sentence of an answer may have to
// be still on the question's topic. A longer one speaks for itself.
const shortAnswer = 7

// trustedCue is how far from even a cue of a topic without examples moves what
// examples would say.
const trustedCue = 0.4

// leastShare is the share of a sentence below which it says nothing of a claim.
const leastShare = 0.15

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
