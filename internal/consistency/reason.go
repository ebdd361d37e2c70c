package consistency

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Reason is one thing that moved a verdict. The numbers are those that
// decided.
type Reason struct {
	// Kind is "against" or "support" for a voice, "chance" for all voices
	// together, "silence", "same" for a dispute that is reported on another
	// claim, and "admission".
	Kind string `json:"kind"`
	Text string `json:"text"`
	// Group and Quote are of a voice; Quote is absent for an employee who is
	// not quoted.
	Group Group  `json:"group,omitempty"`
	Quote *Quote `json:"quote,omitempty"`
	// Value is the strength of the voice, or the chance, 0 to 1. It counts
	// from Threshold on.
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	// Share is how much of the sentence is about this claim; the strength is
	// that times the chance that it speaks so.
	Share float64 `json:"share,omitempty"`
	// Surest is the chance of the partner's surest dispute where that is too
	// small for any to be reported.
	Surest float64 `json:"surest,omitempty"`
	Signs  []Sign  `json:"signs"`
}

// Sign is a part of a reason. Weight is what it adds to the log-odds of the
// sentence speaking against the claim, or of the chance.
type Sign struct {
	// Sign is "cue", "figure", "examples", "meaning", "opposite",
	// "absolute", "claim", "manner", "said", "words" or "judge"
	// for a voice; for a chance it is "term".
	Sign     string  `json:"sign"`
	Text     string  `json:"text"`
	Weight   float64 `json:"weight"`
	Promised *Amount `json:"promised,omitempty"`
	Seen     *Amount `json:"seen,omitempty"`
	// leans is 1 for what plainly speaks against the claim, -1 for it. Only
	// such a sign stands in the text of a reason.
	leans int
}

// The most voices and signs that a text of reasons names.
const (
	maxDissent  = 3
	maxBearing  = 2
	maxSigns    = 3
	leastWeight = 0.3 // of a sign in a text
)

// clearVoice is the strength from which a voice speaks clearly.
const clearVoice = 0.5

// whyClaim says what moved the verdict on a claim.
func (j *jury) whyClaim(f *finding, private privacy) []Reason {
	out := j.voicesOf(f, private, maxDissent, maxBearing)
	switch c := &j.claims[f.claim]; {
	case f.same > 0:
		out = append(out, Reason{Kind: "same", Signs: []Sign{}, Value: round2(f.ruling.chance), Threshold: disputeFrom,
			Text: fmt.Sprintf("not reported again: the same dispute as on %q", oneLine(j.claims[f.same-1].text))})
	case f.ruling.against > 0:
		out = append(out, j.whyChance(f))
	case f.ruling.verdict == NotAddressed && c.value < 0:
		out = append(out, Reason{Kind: "admission", Signs: []Sign{}, Value: round2(1 - c.promise), Threshold: 0.5,
			Text: "not reported: it sounds like an admission, which nobody has to bear out"})
	case f.ruling.verdict == NotAddressed && j.others < leastOthers:
		out = append(out, Reason{Kind: "silence", Signs: []Sign{}, Threshold: silenceFrom,
			Text: fmt.Sprintf("not reported: silence counts when %d others or more are heard, and here are %d", leastOthers, j.others)})
	case f.ruling.verdict == NotAddressed:
		out = append(out, j.whySilence(f))
	}
	return out
}

// whyDiscrepancy says what makes a discrepancy.
func (j *jury) whyDiscrepancy(f *finding, private privacy) []Reason {
	if f.kind == UnsupportedClaim {
		return []Reason{j.whySilence(f)}
	}
	return append(j.voicesOf(f, private, maxDissent, 1), j.whyChance(f))
}

// voicesOf are the reasons of the strongest voices, those against first.
func (j *jury) voicesOf(f *finding, private privacy, against, support int) []Reason {
	row := j.table[f.claim]
	var dissent, bearing []int
	for g := range f.ruling.groups {
		dissent = append(dissent, f.ruling.groups[g].dissenters...)
		bearing = append(bearing, f.ruling.groups[g].supporters...)
	}
	slices.SortStableFunc(dissent, func(a, b int) int { return cmp.Compare(row[b].against, row[a].against) })
	slices.SortStableFunc(bearing, func(a, b int) int { return cmp.Compare(row[b].support, row[a].support) })
	out := []Reason{}
	for _, v := range dissent[:min(len(dissent), against)] {
		out = append(out, j.whyVoice(f.claim, v, &row[v].dissent, private, Reason{Kind: "against", Value: row[v].against, Threshold: leastAgainst}))
	}
	for _, v := range bearing[:min(len(bearing), support)] {
		out = append(out, j.whyVoice(f.claim, v, &row[v].bearing, private, Reason{Kind: "support", Value: row[v].support, Threshold: leastVoice}))
	}
	return out
}

func (j *jury) whyVoice(claim, v int, u *utterance, private privacy, r Reason) Reason {
	r.Group = j.voices[v].group
	who := "somebody"
	quote := u.in(r.Group)
	open := private.may(quote)
	if open {
		r.Quote = &quote
		who = quote.Document
	} else if r.Group == Employees {
		who = "an employee"
	}
	r.Signs = []Sign{}
	if u.grounds != nil {
		r.Signs, r.Share = j.signs(claim, u.grounds, open), round2(u.grounds.stance.share)
	}
	r.Value = round2(r.Value)
	r.Text = who + " " + textOf(r)
	return r
}

// textOf says how strongly a voice speaks, and by which signs. It may be that
// some of them lean the other way.
func textOf(r Reason) string {
	side, lean := "for it", -1
	if r.Kind == "against" {
		side, lean = "against it", 1
	}
	var own, other []string
	for _, s := range r.Signs {
		told := math.Abs(s.Weight) >= leastWeight && s.Weight > 0 == (s.leans > 0) || s.Sign == "figure"
		switch {
		case s.leans == 0 || !told:
		case s.leans == lean:
			own = append(own, s.Text)
		case s.Sign != "absolute" && s.Sign != "words": // they are the claim's
			other = append(other, s.Text)
		}
	}
	grounds, doubts := strings.Join(own[:min(len(own), maxSigns)], "; "), strings.Join(other[:min(len(other), maxSigns)], "; ")
	switch {
	case grounds == "" && doubts == "":
		return fmt.Sprintf("speaks %s (%.2f) by its wording as a whole", side, r.Value)
	case grounds == "":
		return fmt.Sprintf("speaks %s all in all (%.2f), though %s", side, r.Value, doubts)
	case doubts == "":
		return fmt.Sprintf("speaks %s (%.2f): %s", side, r.Value, grounds)
	}
	return fmt.Sprintf("speaks %s all in all (%.2f): %s; but %s", side, r.Value, grounds, doubts)
}

// signs lists what a sentence was weighed by, the heaviest first. Words of a
// voice stand in it only when open.
func (j *jury) signs(claim int, g *grounds, open bool) []Sign {
	if g.judged {
		leans := 1
		if !g.denies {
			leans = -1
		}
		return []Sign{{Sign: "judge", Text: "a judge has placed it", Weight: float64(leans), leans: leans}}
	}
	c, st := &j.claims[claim], &g.stance
	if st.untrue {
		leans := 1
		if st.praise > st.blame {
			leans = -1
		}
		return []Sign{{Sign: "denial", Text: "it says that something is not so", Weight: float64(leans), leans: leans}}
	}
	_, parts := j.cat.denies.explain(st.facets[:])
	out := []Sign{}
	take := func(facets ...int) (weight float64) {
		for _, f := range facets {
			weight += parts[f]
			parts[f] = 0
		}
		return weight
	}
	add := func(s Sign) {
		if s.Weight = round2(s.Weight); s.Weight != 0 {
			out = append(out, s)
		}
	}
	if st.cue != 0 {
		add(Sign{Sign: "cue", Weight: take(facetCue), Text: j.cueText(g, open), leans: -st.cue})
	}
	if st.figures.result != 0 {
		add(c.figureSign(g, open, take(facetFigure)))
	}
	examples := Sign{Sign: "examples", Weight: take(facetExample), Text: "it reads as blame", leans: 1}
	if float64(st.facets[facetExample])/unit < 0.5 {
		examples.Text, examples.leans = "it reads as praise", -1
	}
	add(examples)
	add(Sign{Sign: "meaning", Weight: take(facetAlike, facetRivalAlike, facetKin, facetRivalKin), Text: "how near it comes to the claim"})
	if st.opposite >= 0 {
		add(c.oppositeSign(g, open, take(facetOpposite)))
	}
	if c.absolute != "" {
		add(Sign{Sign: "absolute", Weight: take(facetAbsolute), Text: fmt.Sprintf("the claim says %q, which one case refutes", c.absolute), leans: 1})
	}
	if st.facets[facetSaid] != 0 {
		add(Sign{Sign: "said", Weight: take(facetSaid), Text: "it adds that it had been said before", leans: -1})
	}
	if st.shared != 0 {
		words := Sign{Sign: "words", Weight: take(facetEcho, facetShared, facetRivalShared), Text: "it takes up words of the claim", leans: -1}
		if st.facets[facetEcho] < 0 {
			words.Text, words.leans = "it takes up words of the claim, and one of the two is negated", 1
		}
		add(words)
	}
	kind := take(facetAbsolute, facetClaimBlame, facetClaimPromise, facetClaimNothing, facetClaimRecord, facetClaimLength,
		facetClaimWords, facetClaimFigures, facetClaimNegated, facetClaimJudged, facetClaimEvaluative, facetClaimOurs)
	add(Sign{Sign: "claim", Weight: kind, Text: often("claims of this kind are %s denied", kind)})
	rest := 0.0
	for _, w := range parts {
		rest += w
	}
	add(Sign{Sign: "manner", Weight: rest, Text: often("sentences of its length and place %s deny a claim", rest)})
	slices.SortStableFunc(out, func(a, b Sign) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return out
}

// often fills in how often something is so that has a weight.
func often(format string, weight float64) string {
	if weight > 0 {
		return fmt.Sprintf(format, "often")
	}
	return fmt.Sprintf(format, "seldom")
}

// cueText says which words decided on a topic.
func (j *jury) cueText(g *grounds, open bool) string {
	var words, topics []string
	for _, c := range g.cues {
		if sign(c.value) != g.stance.cue {
			continue
		}
		if topic := j.cat.topics[c.topic].Title; !slices.Contains(topics, topic) {
			topics = append(topics, topic)
		}
		if c.text != "" && open {
			if w := fmt.Sprintf("%q", oneLine(c.text)); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	says := map[int]string{1: "bears out ", -1: "denies "}[g.stance.cue] + strings.Join(topics, ", ")
	switch {
	case len(words) > 0:
		return strings.Join(words, ", ") + " " + says
	case open:
		return "the answer to a question " + says
	}
	return "a cue " + says
}

func (c *claim) figureSign(g *grounds, open bool, weight float64) Sign {
	at := g.stance.figures.promised
	promised := amountOf(c.quants[at], c.amounts[at])
	s := Sign{Sign: "figure", Weight: weight, Promised: promised, Text: "is worse than the promised ", leans: -g.stance.figures.result}
	if g.stance.figures.result > 0 {
		s.Text = "is as good as the promised "
	}
	s.Text += promised.written()
	if !open {
		s.Text = "a figure " + s.Text
		return s
	}
	s.Seen = amountOf(g.seen, g.seenText)
	s.Text = s.Seen.written() + " " + s.Text
	return s
}

// plainTime is a time that is written in its unit.
var plainTime = regexp.MustCompile(`(?i)\b(?:seconds|minutes|hours|days|weeks|months|years|(?:an?|one|\d+)[ -]?(?:second|minute|hour|day|week|month|year))\b`)

// written is an amount as it was written, with what it comes to where that does
// not stand there.
func (a Amount) written() string {
	var plain bool
	switch _, period, priced := strings.Cut(a.Unit, "of the currency"); {
	case a.Unit == "seconds":
		plain = plainTime.MatchString(a.Text)
	case priced:
		period = period[strings.LastIndex(period, " ")+1:]
		plain = strings.Contains(strings.ToLower(a.Text), period)
	default:
		plain = a.Unit != "metres" || strings.Contains(a.Text, "met")
	}
	if plain {
		return fmt.Sprintf("%q", a.Text)
	}
	return fmt.Sprintf("%q (%v)", a.Text, a)
}

// amounts are the lemmas of units of time and of numbers: another one is not the
// opposite.
var amounts = lemmaSet(`minute hour day week month quarter year monthly yearly annual one three five several`)

func (c *claim) oppositeSign(g *grounds, open bool, weight float64) Sign {
	of := c.opposed[g.stance.opposed]
	word, format, leans := "a word", "%s says the opposite of the claim's %q", 1
	if open {
		word = fmt.Sprintf("%q", g.opposite)
	}
	if amounts[of.lemma] && amounts[lemma(of.of)] {
		format, leans = "%s stands where the claim says %q", 0
	}
	return Sign{Sign: "opposite", Weight: weight, Text: fmt.Sprintf(format, word, of.of), leans: leans}
}

// whyChance says how the voices together come to a chance, and what follows.
func (j *jury) whyChance(f *finding) Reason {
	from := disputeFrom
	if j.claims[f.claim].group != CEO {
		from = demoDisputeFrom
	}
	r := Reason{Kind: "chance", Value: round2(f.ruling.chance), Threshold: from, Signs: termsOf(j.cat.disputed, f.ruling.by[:], evidenceNames[:], "claims of this kind are %s disputed")}
	switch {
	case f.unsure:
		r.Surest = round2(j.surest)
		r.Text = fmt.Sprintf("not reported: the chance of a discrepancy is %.2f, but none of this partner is reported unless one has %.2f, and the surest has %.2f", r.Value, surestFrom, below(j.surest, surestFrom))
	case f.kind == "":
		r.Text = fmt.Sprintf("not reported: the chance of a discrepancy is %.2f, and %.2f is needed", below(f.ruling.chance, from), from)
		if f.ruling.chance < doubtFrom {
			r.Text += fmt.Sprintf(" (%.2f to lower the score)", doubtFrom)
		}
	default:
		r.Text = fmt.Sprintf("reported: the chance of a discrepancy is %.2f, and %.2f is enough", r.Value, from)
	}
	r.Text += "; " + j.sides(f)
	return r
}

// sides says how many people speak against a claim and for it.
func (j *jury) sides(f *finding) string {
	strongest, support := 0.0, 0
	for g := range f.ruling.groups {
		t := &f.ruling.groups[g]
		support += t.support
		for _, v := range t.dissenters {
			strongest = max(strongest, j.table[f.claim][v].against)
		}
	}
	text := "1 person speaks against it"
	if n := f.ruling.against; n > 1 {
		text = fmt.Sprintf("%d people speak against it", n)
	}
	switch {
	case strongest >= clearVoice:
	case f.ruling.against == 1:
		text += ", not clearly"
	default:
		text += ", none of them clearly"
	}
	if support > 0 {
		text += fmt.Sprintf(", and %d for it", support)
	}
	return text
}

func (j *jury) whySilence(f *finding) Reason {
	r := Reason{Kind: "silence", Value: round2(f.quiet.chance), Threshold: silenceFrom, Signs: termsOf(j.cat.silent, f.quiet.by[:], silenceNames[:], "claims of this kind are %s left unproved")}
	said, value, limit := "reported", r.Value, "enough"
	if f.kind == "" {
		said, value, limit = "not reported", below(f.quiet.chance, silenceFrom), "needed"
	}
	r.Text = fmt.Sprintf("%s: nobody clearly speaks of it; the chance that it should be proved is %.2f, and %.2f is %s", said, value, silenceFrom, limit)
	return r
}

// below rounds a chance so that it still shows to be below a limit.
func below(x, limit float64) float64 { return min(round2(x), limit-0.01) }

// termsOf lists what moved the log-odds of a forest, the heaviest first. The
// facets without a name are of the claim itself; kind is what they say.
func termsOf(f *forest, by []int32, names []string, kind string) []Sign {
	start, parts := f.explain(by)
	out := []Sign{{Sign: "term", Text: "start", Weight: round2(start)}}
	add := func(text string, weight float64) {
		if weight = round2(weight); weight != 0 {
			out = append(out, Sign{Sign: "term", Text: text, Weight: weight})
		}
	}
	own := 0.0
	for i, w := range parts {
		switch {
		case i < len(names) && by[i] == 0:
			add("without "+names[i], w)
		case i < len(names):
			add(names[i], w)
		default:
			own += w
		}
	}
	add(often(kind, own), own)
	slices.SortStableFunc(out[1:], func(a, b Sign) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return out
}

func round2(x float64) float64 { return math.Round(100*x) / 100 }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
