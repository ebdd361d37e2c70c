package consistency

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// claim is one clause of the CEO, or of a vendor in a demo.
type claim struct {
	group    Group
	topic    int    // of the catalogue, -1 when it has none
	name     string // of the topic, or the first words of content
	class    int    // that it is most about
	about    []float64
	squares  float64 // of about
	mean     meaning
	classes  []int   // with a share worth asking
	value    int     // +1 a promise, -1 an honest admission
	promise  float64 // probability that it is one
	blame    float64
	record   float64 // share of topics that are matters of record
	quants   []quantity
	amounts  []string  // quants as they are written
	measures []measure // of each of quants, which way it should lie
	words    subject
	doc      string
	quote    span
	text     string
	order    int
	length   int // words
	ours     bool
	negated  bool
	judged   bool   // a cue judges it
	onRecord bool   // it names what one keeps papers of
	absolute string // a word that one case refutes, or none
	opposed  []opposed
	own      facets // of the claim alone, see [newListener]
	said     wording
}

// collectClaims reads the CEO's documents. Claims come in the order of the
// documents' IDs and of the words, one more than maxClaims at most: see
// firstClaims.
func collectClaims(cat *Catalogue, r *reader, docs []Document) []claim {
	var claims []claim
	idleness, of := cat.idleness(r, docs)
	if 2*idleness > float64(of) {
		idleness = 0 // it is how that company talks
	}
	for _, d := range docs {
		r.read(d, func(s *sentence) {
			if s.question || s.role == roleProspect {
				return
			}
			readings := readSentence(cat, s, nil)
			for _, c := range claimClauses(s) {
				if len(claims) > maxClaims || s.disowned(c.clause) {
					continue
				}
				feats, mean := cat.features(nil, s, c.main.from, c.main.to), r.meaning(nil, s, c.main.from, c.main.to)
				if p := cat.sense.isIdle(feats, mean); p < surelyIdle || !idle(p, idleness, idleClaim) {
					claims = appendClaim(claims, cat, s, c, d, readings, feats, mean)
				}
			}
		})
	}
	return claims
}

// The claims of demos: at most so many, from the beginning of each transcript
// in bytes, each with this share of one topic.
const (
	maxDemoClaims  = 12
	maxDemoRead    = 20 << 10
	demoClaimShare = 0.45
)

// demoClaims are what vendors promise in demos on topics that the CEO leaves
// out.
func demoClaims(cat *Catalogue, r *reader, docs []Document, said []claim) []claim {
	taken := map[int]bool{}
	for i := range said {
		taken[said[i].class] = true
	}
	for i := range docs {
		if d := &docs[i]; len(d.Text) > maxDemoRead {
			d.Text = strings.ToValidUTF8(d.Text[:maxDemoRead], "")
		}
	}
	var out []claim
	claims, _ := firstClaims(collectClaims(cat, r, docs))
	for _, c := range claims {
		if len(out) < maxDemoClaims && c.value > 0 && !taken[c.class] && c.topic >= 0 && c.about[c.class] >= demoClaimShare {
			out = append(out, c)
		}
	}
	return out
}

// maxClaims bounds the work on a CEO's text of any length.
const maxClaims = 60

// firstClaims are the claims that are looked at, with a note when there are
// more.
func firstClaims(claims []claim) ([]claim, []string) {
	if len(claims) <= maxClaims {
		return claims, nil
	}
	return claims[:maxClaims], []string{fmt.Sprintf("The CEO makes more than %d claims; the first %d are looked at.", maxClaims, maxClaims)}
}

// statement is what a sentence claims in one go: a clause together with the
// condition it stands under. main is the clause alone.
type statement struct {
	clause
	main clause
}

// claimClauses are what a sentence claims one by one.
func claimClauses(s *sentence) []statement {
	var parts []statement
	condition := -1
	for _, c := range s.clauses {
		n := len(parts)
		switch {
		case c.from < c.to && conditionWords[s.toks[c.from].word] && n > 0:
			parts[n-1].to = c.to
		case c.from < c.to && conditionWords[s.toks[c.from].word]:
			condition = c.from
		case condition >= 0:
			parts = append(parts, statement{clause{condition, c.to}, c})
			condition = -1
		default:
			parts = append(parts, statement{c, c})
		}
	}
	if condition >= 0 { // "if you leave the files are yours"
		c := clause{condition, s.clauses[len(s.clauses)-1].to}
		parts = append(parts, statement{c, c})
	}
	return joinShort(s, parts)
}

// joinShort adds a clause of one or two words to its neighbour: "Basement,
// barn, dead zone: the app keeps going" is one claim.
func joinShort(s *sentence, parts []statement) []statement {
	out := parts[:0]
	for i := 0; i < len(parts); i++ {
		c := parts[i]
		for i+1 < len(parts) && s.short(c.main) {
			i++
			c.to, c.main.to = parts[i].to, parts[i].main.to
		}
		if n := len(out); n > 0 && s.short(c.main) {
			out[n-1].to, out[n-1].main.to = c.to, c.main.to
			continue
		}
		out = append(out, c)
	}
	return out
}

// shortClause is the length up to which a clause is no claim of its own.
const shortClause = 2

func (s *sentence) short(c clause) bool {
	n := 0
	for _, t := range s.toks[c.from:c.to] {
		if !t.punct {
			n++
		}
	}
	if n > shortClause {
		return false
	}
	for _, q := range s.quants {
		if q.from >= c.from && q.to <= c.to && !q.loose {
			return false
		}
	}
	return true
}

// minShare is the share of a class in a claim from which cues and blame on it
// are asked.
const minShare = 0.12

// What moves the log-odds that a clause of the CEO admits something instead of
// promising it, beside what the examples say: a cue, a negation, the mood of
// its words, a figure, that it says so; and how they start. CEOs praise: it takes much.
const (
	admitCue    = 1.2
	admitDenial = 0.8
	admitMood   = 0.7
	admitFigure = -1.5
	admitSaid   = 6.0 // "I'll admit"
	admitStart  = -1.3
)

func appendClaim(claims []claim, cat *Catalogue, s *sentence, st statement, d Document, readings []reading, feats []feature, mean meaning) []claim {
	quote, ok := clauseSpan(s.toks, st.clause)
	c := st.main
	if !ok {
		return claims
	}
	cl := claim{group: d.Group, topic: -1, value: 1, doc: d.ID, quote: quote, text: d.Text[quote.start:quote.end], order: len(claims),
		about: cat.aboutOf(nil, feats, mean, readings, c.from, c.to, nil), mean: mean, words: cat.subjectOf(s.toks[c.from:c.to]),
		opposed: opposedBy(s, c.from, c.to), onRecord: recordNamed(s.toks[st.from:st.to])}
	for i := range s.quants {
		if q := s.quants[i]; q.from >= st.from && q.to <= st.to {
			cl.quants = append(cl.quants, q)
			cl.amounts = append(cl.amounts, d.Text[s.toks[q.from].start:s.toks[q.to-1].end])
		}
	}
	for _, t := range s.toks[c.from:c.to] {
		if !t.punct {
			cl.length++
		}
		cl.ours = cl.ours || t.word == "we" || t.word == "our"
		if cl.absolute == "" && absolutes[t.word] {
			cl.absolute = t.word
		}
	}
	for _, n := range s.negs {
		if n.at >= c.from && n.at < c.to {
			cl.negated = !cl.negated
		}
	}
	var share float64
	cl.class, share = cat.leading(cl.about)
	if cl.class >= 0 {
		cl.topic, cl.name = cat.topicOf[cl.class], cat.names[cl.class]
	}
	for _, q := range cl.quants {
		m := cat.measureOf(&cl, s, q)
		if q.from < c.from || q.to > c.to || m.tenure(s, q) || cl.negated && s.anyOf(q) {
			m = measure{} // of a condition, or of the time since: it promises nothing
		}
		cl.measures = append(cl.measures, m)
	}
	cl.squares = squares(cl.about)
	total := 1 - cl.about[cat.sense.none]
	cl.record = cat.recordIn(cl.about)
	general := cat.sense.general(feats, mean)
	for k, x := range cl.about {
		if k == cat.sense.none || x < minShare*total {
			continue
		}
		cl.classes = append(cl.classes, k)
		cl.blame += float64(x / total * cat.sense.blame(feats, general, cat.salts[k]))
	}
	odds := admitStart + logit(cl.blame) + float64(admitDenial*one(cl.negated)) + float64(admitFigure*one(len(cl.quants) > 0)) + float64(admitSaid*one(s.admits(c.to)))
	cue := 0
	for i := range readings {
		r := &readings[i]
		if !r.explicit || r.from < c.from || r.to > c.to || cl.about[cat.classOf[r.topic]] < minShare*total {
			continue
		}
		cl.judged = true
		cue += r.value
	}
	odds -= float64(admitCue*float64(sign(cue))) + float64(admitMood*float64(sign(s.moodOf(c.from, c.to))))
	cl.promise = logistic(-odds)
	if odds > 0 {
		cl.value = -1
	}
	if share < minTopicShare {
		cl.topic, cl.name = -1, strings.Join(topWords(s.toks[c.from:c.to], 2), "_")
	}
	if len(cl.quants) == 0 && !cl.judged && (len(cl.words.words) == 0 || openers[s.toks[c.from].word]) {
		return claims
	}
	if key := normal(cl.text); slices.ContainsFunc(claims, func(o claim) bool { return normal(o.text) == key }) {
		return claims // said twice
	}
	return append(claims, cl)
}

// admits says whether an admission is announced before token to: "we'll admit
// our prices are higher", not "we admit thirty a year".
func (s *sentence) admits(to int) bool {
	for i := range s.toks[:to] {
		if admitWords[s.toks[i].lemma] && admitted[wordAt(s.toks, i+1)] {
			return true
		}
	}
	return false
}

var (
	admitWords = lemmaSet(`admit confess concede`)
	admitted   = wordSet(`we our that the it i my they this ,`)
)

// recordIn is how far topics are matters of record, by their shares.
func (c *Catalogue) recordIn(about []float64) float64 {
	record := 0.0
	for k, x := range about {
		if t := c.topicOf[k]; t >= 0 {
			record += float64(x * float64(c.topics[t].Provable))
		}
	}
	return record / max(1e-9, 1-about[c.sense.none])
}

// minTopicShare is the share from which a claim bears the name of its topic.
const minTopicShare = 0.1

// logit is the log-odds of a probability, kept within bounds.
func logit(p float64) float64 {
	p = min(max(p, 0.02), 0.98)
	return math.Log(p / (1 - p))
}

// one is 1 for true.
func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// clauseSpan is the bytes of a clause without the words that tie it on.
func clauseSpan(toks []token, c clause) (span, bool) {
	from, to := c.from, c.to
	for from < to && (toks[from].punct && toks[from].word != "$" || toks[from].word == "and" || toks[from].word == "but" || toks[from].word == "so" || toks[from].word == "or") {
		from++
	}
	for to > from && toks[to-1].punct && toks[to-1].word != "%" {
		to--
	}
	if from == to {
		return span{}, false
	}
	return span{toks[from].start, toks[to-1].end}, true
}
