package consistency

import (
	"cmp"
	"fmt"
	"math"
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
	Signs []Sign  `json:"signs"`
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
}

// The most voices and signs that a text of reasons names.
const (
	maxDissent   = 3
	maxBearing   = 2
	maxSigns     = 4
	leastWeight  = 0.3 // of a sign in a text
	maxTermsText = 3
)

// whyClaim says what moved the verdict on a claim.
func (j *jury) whyClaim(f *finding, private privacy) []Reason {
	out := j.voicesOf(f, private, maxDissent, maxBearing)
	switch c := &j.claims[f.claim]; {
	case f.same > 0:
		out = append(out, Reason{Kind: "same", Signs: []Sign{}, Value: round2(f.ruling.chance), Threshold: disputeFrom,
			Text: fmt.Sprintf("the same dispute as on %q", oneLine(j.claims[f.same-1].text))})
	case f.ruling.against > 0:
		out = append(out, j.whyChance(f))
	case f.ruling.verdict == NotAddressed && c.value < 0:
		out = append(out, Reason{Kind: "admission", Signs: []Sign{}, Value: round2(1 - c.promise), Threshold: 0.5,
			Text: "it sounds like an admission, which nobody has to bear out"})
	case f.ruling.verdict == NotAddressed && j.others < leastOthers:
		out = append(out, Reason{Kind: "silence", Signs: []Sign{}, Threshold: silenceFrom,
			Text: fmt.Sprintf("others heard: %d; silence counts from %d on", j.others, leastOthers)})
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
	how := "against"
	if r.Kind == "support" {
		how = "for it"
	}
	r.Text = fmt.Sprintf("%s, %.2f %s", who, r.Value, how)
	r.Text += ": " + textOf(r.Signs, r.Kind == "against")
	return r
}

// textOf says which signs made a voice count, and which spoke against that.
func textOf(signs []Sign, against bool) string {
	var own, other []string
	for _, s := range signs {
		switch {
		case math.Abs(s.Weight) < leastWeight:
		case s.Weight > 0 == against:
			own = append(own, s.Text)
		default:
			other = append(other, s.Text)
		}
	}
	text := strings.Join(own[:min(len(own), maxSigns)], "; ")
	switch {
	case text == "" && against:
		text = "on the whole it denies the claim"
	case text == "":
		text = "nothing in it denies the claim for sure"
	}
	if len(other) > 0 {
		text += "; but " + strings.Join(other[:min(len(other), maxSigns)], "; ")
	}
	return text
}

// signs lists what a sentence was weighed by, the heaviest first. Words of a
// voice stand in it only when open.
func (j *jury) signs(claim int, g *grounds, open bool) []Sign {
	if g.judged {
		weight := 1.0
		if !g.denies {
			weight = -1
		}
		return []Sign{{Sign: "judge", Text: "a judge has placed it", Weight: weight}}
	}
	c, st := &j.claims[claim], &g.stance
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
		add(Sign{Sign: "cue", Weight: take(facetCue), Text: j.cueText(g, open)})
	}
	if st.figures.result != 0 {
		add(c.figureSign(g, open, take(facetFigure)))
	}
	example := float64(st.facets[facetExample]) / unit
	examples := fmt.Sprintf("the examples call it blame (%.2f)", example)
	if example < 0.5 {
		examples = fmt.Sprintf("the examples call it praise (%.2f)", 1-example)
	}
	add(Sign{Sign: "examples", Weight: take(facetExample), Text: examples})
	add(nearSign(st, take(facetAlike, facetRivalAlike, facetKin, facetRivalKin)))
	if st.opposite >= 0 {
		add(c.oppositeSign(g, open, take(facetOpposite)))
	}
	if c.absolute != "" {
		add(Sign{Sign: "absolute", Weight: take(facetAbsolute), Text: fmt.Sprintf("the claim says %q, which one case refutes", c.absolute)})
	}
	if st.facets[facetSaid] != 0 {
		add(Sign{Sign: "said", Weight: take(facetSaid), Text: "it adds that it had been said before"})
	}
	if st.shared != 0 {
		words := "it takes up words of the claim"
		if st.facets[facetEcho] < 0 {
			words = "it takes up words of the claim under a negation"
		}
		add(Sign{Sign: "words", Weight: take(facetEcho, facetShared, facetRivalShared), Text: words})
	}
	kind := take(facetAbsolute, facetClaimBlame, facetClaimPromise, facetClaimNothing, facetClaimRecord, facetClaimLength,
		facetClaimWords, facetClaimFigures, facetClaimNegated, facetClaimJudged, facetClaimEvaluative, facetClaimOurs)
	add(Sign{Sign: "claim", Weight: kind, Text: often("a claim of this kind is %s denied", kind)})
	rest := 0.0
	for _, w := range parts {
		rest += w
	}
	add(Sign{Sign: "manner", Weight: rest, Text: often("a sentence of its length and place %s denies", rest)})
	slices.SortStableFunc(out, func(a, b Sign) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return out
}

// nearSign says what it makes likely how near a sentence is to a claim.
func nearSign(st *stance, weight float64) Sign {
	s := Sign{Sign: "meaning", Weight: weight, Text: "it comes near to the claim"}
	if st.alike < leastAlike && st.kin < leastKin {
		s.Text = "it does not come near to the claim"
	}
	return s
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
	s := Sign{Sign: "figure", Weight: weight, Promised: promised, Text: fmt.Sprintf("worse than the promised %v", *promised)}
	if g.stance.figures.result > 0 {
		s.Text = fmt.Sprintf("as good as the promised %v", *promised)
	}
	if !open {
		s.Text = "a figure " + s.Text
		return s
	}
	s.Seen = amountOf(g.seen, g.seenText)
	s.Text = fmt.Sprintf("%q, which is %v, is %s", s.Seen.Text, *s.Seen, s.Text)
	return s
}

func (c *claim) oppositeSign(g *grounds, open bool, weight float64) Sign {
	s := Sign{Sign: "opposite", Weight: weight, Text: fmt.Sprintf("a word says the opposite of the claim's %q", c.opposed[g.stance.opposed].of)}
	if open {
		s.Text = fmt.Sprintf("%q says the opposite of the claim's %q", g.opposite, c.opposed[g.stance.opposed].of)
	}
	return s
}

// whyChance says how the voices together come to a chance.
func (j *jury) whyChance(f *finding) Reason {
	from := disputeFrom
	if j.claims[f.claim].group != CEO {
		from = demoDisputeFrom
	}
	r := Reason{Kind: "chance", Value: round2(f.ruling.chance), Threshold: from, Signs: termsOf(j.cat.disputed, f.ruling.by[:], evidenceNames[:], "claims of this kind are %s disputed")}
	r.Text = fmt.Sprintf("chance of a discrepancy %.2f, reported from %.2f: %s", r.Value, r.Threshold, termsText(r.Signs))
	return r
}

func (j *jury) whySilence(f *finding) Reason {
	r := Reason{Kind: "silence", Value: round2(f.quiet.chance), Threshold: silenceFrom, Signs: termsOf(j.cat.silent, f.quiet.by[:], silenceNames[:], "claims of this kind are %s left unproved")}
	r.Text = fmt.Sprintf("nobody speaks to it; chance that it should be proved %.2f, reported from %.2f: %s", r.Value, r.Threshold, termsText(r.Signs))
	return r
}

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

func termsText(signs []Sign) string {
	var texts []string
	for _, s := range signs[:min(len(signs), maxTermsText+1)] {
		texts = append(texts, fmt.Sprintf("%s %+.1f", s.Text, s.Weight))
	}
	if len(signs) > maxTermsText+1 {
		texts = append(texts, "...")
	}
	return strings.Join(texts, ", ")
}

func round2(x float64) float64 { return math.Round(100*x) / 100 }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
