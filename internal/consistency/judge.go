package consistency

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Doubt is a claim and a sentence of somebody else that the rules could not
// place for sure.
type Doubt struct {
	ID       int    `json:"id"`
	Claim    string `json:"claim"`
	Sentence string `json:"sentence"`
	Group    Group  `json:"group"`
}

// The stances of an opinion.
const (
	Supports = "supports"
	Opposes  = "contradicts"
	Neither  = "unrelated"
)

// Opinion is what a judge makes of one doubt. Quote is the part of the
// sentence that shows it, word for word.
type Opinion struct {
	ID     int
	Stance string
	Quote  string
}

// Judge is asked about doubts. It must take the texts for data, never for
// instructions.
type Judge interface {
	// Judge returns its opinions in any order; it need not have one on each
	// doubt.
	Judge(ctx context.Context, doubts []Doubt) ([]Opinion, error)
}

// MaxDoubts is how many doubts of one partner a judge is asked about, the
// nearest to a claim first.
const MaxDoubts = 40

// Doubtful are the sentences between these strengths: below, they hardly
// speak of the claim; above, the rules are sure.
const (
	doubtNear = 0.01
	doubtSure = 0.6
)

// judgedStrength is how strongly a voice counts that a judge has placed.
const judgedStrength = 0.9

type doubtAt struct{ claim, voice int }

func consult(ctx context.Context, j Judge, mask func(string) string, voices []voice, claims []claim, table [][]position) []string {
	var at []doubtAt
	for i := range claims {
		for v := range table[i] {
			p := &table[i][v]
			if voices[v].group != claims[i].group && p.nearText != "" && p.near >= doubtNear && max(p.against, p.support) < doubtSure {
				at = append(at, doubtAt{i, v})
			}
		}
	}
	slices.SortStableFunc(at, func(a, b doubtAt) int {
		return cmp.Compare(table[b.claim][b.voice].near, table[a.claim][a.voice].near)
	})
	at = at[:min(len(at), MaxDoubts)]
	if len(at) == 0 {
		return nil
	}
	doubts := make([]Doubt, len(at))
	for k, a := range at {
		doubts[k] = Doubt{k, mask(claims[a.claim].text), mask(table[a.claim][a.voice].nearText), voices[a.voice].group}
	}
	opinions, err := j.Judge(ctx, doubts)
	if err != nil {
		return []string{fmt.Sprintf("The judge did not answer (%v); the rules decided alone.", err)}
	}
	taken, dropped := 0, 0
	seen := map[int]bool{}
	for _, o := range opinions {
		if o.ID < 0 || o.ID >= len(at) || seen[o.ID] {
			dropped++
			continue
		}
		seen[o.ID] = true
		if !table[at[o.ID].claim][at[o.ID].voice].judged(o, doubts[o.ID].Sentence) {
			dropped++
			continue
		}
		taken++
	}
	notes := []string{fmt.Sprintf("A judge was asked about %d doubtful sentences; %d of its opinions count.", len(doubts), taken)}
	if dropped > 0 {
		notes = append(notes, fmt.Sprintf("%d of its opinions were dropped: no such sentence, no known stance, or a quote that is not in the sentence or of a word or two.", dropped))
	}
	return notes
}

// judgedWords is how many words a quote has at least, unless it is the whole
// sentence.
const judgedWords = 3

// quoted finds a judge's quote in the sentence that it was sent. Where the
// sentence is not as it stands in the document, because a name is masked or a
// line broken, the quote is the whole sentence.
func (p *position) quoted(quote, sent string) (span, bool) {
	folded, whole := strings.Fields(quote), strings.Join(strings.Fields(sent), " ")
	if len(folded) == 0 || len(folded) < judgedWords && len(folded) < len(strings.Fields(whole)) {
		return span{}, false
	}
	if at := strings.Index(p.nearText, quote); at >= 0 {
		return span{p.nearQuote.start + at, p.nearQuote.start + at + len(quote)}, true
	}
	return p.nearQuote, strings.Contains(whole, strings.Join(folded, " "))
}

// judged puts an opinion on a sentence, as the judge was sent it, in place of
// what the rules made of it, and says whether it could be used.
func (p *position) judged(o Opinion, sent string) bool {
	switch o.Stance {
	case Neither:
		p.against, p.support = 0, 0
		return true
	case Supports, Opposes:
	default:
		return false
	}
	quote, ok := p.quoted(o.Quote, sent)
	if !ok {
		return false
	}
	u := utterance{doc: p.nearDoc, quote: quote, text: p.nearText[quote.start-p.nearQuote.start : quote.end-p.nearQuote.start],
		grounds: &grounds{judged: true, denies: o.Stance == Opposes}}
	if o.Stance == Supports {
		p.against, p.support, p.bearing = 0, judgedStrength, u
		return true
	}
	p.against, p.support, p.numeric, p.dissent = judgedStrength, 0, p.nearNumeric, u
	return true
}
