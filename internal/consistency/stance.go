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
	share   float64 // probability that it speaks of the claim
	blame   float64 // probability that it then speaks against
	praise  float64 // probability that it then bears the claim out
	figures figureCheck
	cue     int     // what its cues say of the claim's topics
	mood    float64 // of its words
	facets  facets
	uptake  uptake
	// the word that means the opposite of one of the claim, and which, -1 for none
	opposite, opposed int
	asserts           bool
	untrue            bool // it says that the contrary is not so
	quote             span
}

// aboutVector is what the vector of an embedding model adds to the log-odds that
// a sentence speaks of a claim.
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

// The length of a sentence counts by its logarithm between these many words.
const (
	fewWords  = 2
	manyWords = 16
)

// listener holds the sentences of a voice against the claims. It keeps what a
// question was about for its answer.
type listener struct {
	cat     *Catalogue
	reader  *reader
	claims  []claim
	open    asked
	put     []stance // of the speaker's own question just before, as if it were said; or none
	carried []float64
	left    int
	asks    bool            // the last sentence did
	begun   bool            // the document
	group   Group           // whose document it is
	heard   map[string]bool // sentences of the voice
	// used again for each sentence
	readings []reading
	feats    []feature
	general  leaning
	idleness float64 // of the voice
	chats    bool    // the sentence is small talk
	about    []float64
	stances  []stance
	blames   []float64
	meanings *meanings // nil without an embedder
	vector   []float32 // of the sentence, or nil
}

// newListener also notes the facets and the wording of each claim, which do not
// change any more.
func newListener(cat *Catalogue, r *reader, claims []claim) *listener {
	for i := range claims {
		claims[i].own = claims[i].facets(cat)
		claims[i].said = wordingOf(claims[i].text)
	}
	return &listener{cat: cat, reader: r, claims: claims, carried: make([]float64, len(cat.names)), heard: map[string]bool{},
		stances: make([]stance, len(claims)), blames: make([]float64, len(cat.names))}
}

// start begins a new document.
func (l *listener) start(g Group) {
	l.put = l.put[:0]
	l.open, l.left, l.asks, l.begun, l.group = asked{}, 0, false, false, g
}

// again says whether the voice has said the sentence before. It counts once, but
// a question or an answer means something where it stands.
func (l *listener) again(s *sentence, text string) bool {
	if s.question || s.role == roleProspect || l.asks {
		return false
	}
	if l.heard[text] {
		return true
	}
	l.heard[text] = true
	return false
}

// hear weighs one sentence. The result holds until the next call.
func (l *listener) hear(s *sentence) []stance {
	cat := l.cat
	l.readings = readSentence(cat, s, l.readings[:0])
	asks, answers, later := s.question || s.role == roleProspect, l.asks, l.begun
	l.asks, l.begun = asks, true
	if asks {
		l.open.ask(s, l.readings)
	} else {
		l.readings = l.open.carry(cat, s, l.readings)
	}
	l.feats = cat.features(l.feats[:0], s, 0, len(s.toks))
	mean := l.reader.whole(s)
	l.general = cat.sense.general(l.feats, mean)
	l.chats = idle(cat.sense.isIdle(l.feats, mean), l.idleness, idleSentence)
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
	l.compare(s, mean, later)
	if !asks {
		l.weigh(s, answers)
		if answers {
			l.turnDown(s)
		}
	}
	l.ownQuestion(s, asks)
	return l.stances
}

// compare says what the sentence has in common with each claim. later is for a
// sentence that has another before it.
func (l *listener) compare(s *sentence, mean meaning, later bool) {
	aboutSquares := squares(l.about)
	var topics, words, kins rivals
	for i := range l.claims {
		c, st := &l.claims[i], &l.stances[i]
		t := c.own
		t[facetBeforeAlike], t[facetBeforeKin], t[facetBeforeShared] = noBefore, noBefore, noBefore
		if later {
			t[facetBeforeAlike], t[facetBeforeKin], t[facetBeforeShared] = fixed(st.alike), fixed(st.kin), fixed(st.shared)
		}
		*st = stance{asserts: !l.asks, quote: s.span, figures: l.cat.compareFigures(c, s), opposite: -1}
		st.alike = l.cat.alike(c.about, l.about, c.squares, aboutSquares)
		st.shared = float64(min(2, l.cat.shared(c.words, s.toks)))
		st.kin = kin(c.mean, mean)
		st.near = st.alike + float64(sharedWord*st.shared) + float64(kinNear*max(0, st.kin))
		speaks := st.alike >= leastAlike || st.shared > 0 || st.kin >= leastKin
		if !speaks || l.chats && st.shared == 0 {
			st.figures.result = 0 // a figure of something else
		}
		if st.figures.result != 0 {
			st.near += figureNear
		}
		st.vector = l.meanings.near(i, l.vector)
		st.near += st.vector
		st.uptake = uptake{kin: st.kin, shared: st.shared, figure: speaks && c.names(s.quants)}
		t[facetAlike], t[facetShared], t[facetKin] = fixed(st.alike), fixed(st.shared), fixed(st.kin)
		st.facets = t
		if c.group == CEO {
			topics.add(i, st.alike)
			words.add(i, st.shared)
			kins.add(i, st.kin)
		}
	}
	for i := range l.claims {
		c, st := &l.claims[i], &l.stances[i]
		if f := st.figures; f.result < 0 {
			seen := s.figure(c, f)
			if l.group == Customers && c.measures[f.promised].more && seen.dim == dimCount && s.ofSpeaker(seen) || l.owned(i, seen) {
				st.figures.result = 0
			}
		}
		t := &st.facets
		t[facetRivalAlike], t[facetRivalShared], t[facetRivalKin] = fixed(topics.beside(i)), fixed(words.beside(i)), fixed(kins.beside(i))
	}
}

// weigh says how far the sentence speaks of each claim, and against it. answers
// is for one that follows a question.
func (l *listener) weigh(s *sentence, answers bool) {
	mood := float64(max(-1, min(1, s.moodOf(0, len(s.toks)))))
	negated := len(s.negs)%2 == 1
	said := bit(s.confirms())
	length, nothing := fixed(s.length()), fixed(l.about[l.cat.sense.none])
	clear(l.blames)
	for i := range l.claims {
		c, st := &l.claims[i], &l.stances[i]
		if l.chats && st.shared == 0 {
			st.share = 0
			continue
		}
		t := &st.facets
		st.cue, st.mood = l.cueOn(c), mood
		t[facetNothing], t[facetLength], t[facetAnswer] = nothing, length, bit(answers)
		t[facetCustomer], t[facetDemo] = bit(l.group == Customers), bit(l.group == Demos)
		t[facetCue], t[facetFigure] = int32(st.cue)*unit, int32(st.figures.result)*unit
		vector := float64(aboutVector * st.vector)
		st.share = logistic(l.cat.speaks.oddsFrom(t[:], leastHopeful-vector) + vector)
		if st.share < leastShare {
			st.share = 0
			continue
		}
		st.uptake.about = st.share
		example := l.blameOn(c)
		if st.cue != 0 && c.class >= len(l.cat.sense.topics.classes) {
			example = 0.5 - float64(trustedCue*float64(st.cue)) // no example is of a topic of the user's own
		}
		t[facetExample], t[facetSaid] = fixed(example), said
		t[facetEcho] = t[facetShared]
		if c.negated != negated {
			t[facetEcho] = -t[facetShared]
		}
		st.opposite, st.opposed = c.opposes(s)
		t[facetOpposite] = bit(st.opposite >= 0)
		b := logistic(l.cat.denies.odds(t[:]))
		if st.figures.result <= 0 && !s.untrue && b < 0.5 && c.deniedIn(l.cat, s) {
			b, st.untrue = 1-b, true
		}
		if s.untrue && b < 0.5 {
			switch {
			case c.negated && c.namedIn(s):
				b = 1 - b // "setup fees: none" is what was promised
			case st.shared == 0 && st.cue == 0 && s.short(clause{0, len(s.toks)}):
				st.share = 0 // "downtime: none" may be good or bad
				continue
			}
		}
		if s.untrue {
			b, st.figures.result, st.untrue = 1-b, 0, true
		}
		st.takeSides(c, b)
	}
}

// takeSides sets what a sentence says for and against a claim that it denies with
// probability b: who denies an admission bears the partner out.
func (st *stance) takeSides(c *claim, b float64) {
	st.blame = c.promise * b
	st.praise = float64(c.promise*(1-b)) + float64((1-c.promise)*b)
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

// addTimes adds the value of a voice that counts n times.
func (r *rivals) addTimes(x float64, n int) {
	for range min(n, 2) {
		r.add(0, x)
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

// shortAnswer is how many tokens a second sentence of an answer may have to
// be still on the question's topic. A longer one speaks for itself.
const shortAnswer = 7

// trustedCue is how far from even a cue of a topic without examples moves what
// examples would say.
const trustedCue = 0.4

// leastShare is the share of a sentence below which it says nothing of a claim.
const leastShare = 0.15

// leastHopeful are the log-odds by the first trees from which a sentence may come
// to leastShare: of two hundred that do one has less.
const leastHopeful = -2.6

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
