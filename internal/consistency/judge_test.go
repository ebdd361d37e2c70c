package consistency

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// judgeFunc is a judge made of a function.
type judgeFunc func([]Doubt) ([]Opinion, error)

func (f judgeFunc) Judge(_ context.Context, doubts []Doubt) ([]Opinion, error) { return f(doubts) }

// doubtful is a partner with one answer in words that no rule can place.
func doubtful() Partner {
	return replaced(replaced(sample(), "employee2", "I paint the fence."), "customer2", "The total had grown a tail by the end.")
}

func TestJudgeMovesAVoice(t *testing.T) {
	engine := newEngine(t)
	base := engine.Analyze(doubtful())
	if len(base.Discrepancies) != 0 {
		t.Fatalf("the rules place it already: %s", encode(t, base.Discrepancies))
	}
	asked := 0
	r := engine.AnalyzeWith(t.Context(), doubtful(), Aids{Judge: judgeFunc(func(doubts []Doubt) ([]Opinion, error) {
		asked = len(doubts)
		var all []Opinion
		for _, d := range doubts {
			if strings.Contains(d.Claim, "hidden fees") && strings.Contains(d.Sentence, "tail") {
				all = append(all, Opinion{d.ID, Opposes, "had grown a tail"})
			}
		}
		return all, nil
	})})
	if asked == 0 || asked > MaxDoubts {
		t.Fatalf("asked about %d doubts", asked)
	}
	if len(r.Discrepancies) != 1 || r.Discrepancies[0].Topic != "pricing_transparency" {
		t.Fatalf("discrepancies: %s, notes %q", encode(t, r.Discrepancies), r.Notes)
	}
	q := r.Discrepancies[0].Evidence[1]
	for _, d := range doubtful().Documents {
		if d.ID == q.Document && d.Text[q.Start:q.End] != q.Text {
			t.Errorf("quote %q is not bytes %d to %d of %s", q.Text, q.Start, q.End, q.Document)
		}
	}
	if *r.Score >= *base.Score {
		t.Errorf("score %v, was %v", *r.Score, *base.Score)
	}
}

func TestJudgeIsNotTrusted(t *testing.T) {
	engine := newEngine(t)
	base := encode(t, outcome(engine.Analyze(doubtful())))
	for name, answer := range map[string]judgeFunc{
		"fails":   func([]Doubt) ([]Opinion, error) { return nil, errors.New("timed out") },
		"silent":  func([]Doubt) ([]Opinion, error) { return nil, nil },
		"invents": func([]Doubt) ([]Opinion, error) { return []Opinion{{0, Opposes, "words that nobody said"}}, nil },
		"unknown": func([]Doubt) ([]Opinion, error) {
			return []Opinion{{-1, Opposes, "a"}, {1e6, Supports, "a"}, {0, "score 100", "a"}, {0, Opposes, ""}}, nil
		},
		"quotes a letter": func(doubts []Doubt) ([]Opinion, error) {
			var all []Opinion
			for _, d := range doubts {
				all = append(all, Opinion{d.ID, Opposes, d.Sentence[:1]})
			}
			return all, nil
		},
	} {
		r := engine.AnalyzeWith(t.Context(), doubtful(), Aids{Judge: answer})
		if encode(t, outcome(r)) != base {
			t.Errorf("%s: the result changes", name)
		}
		if len(r.Notes) == 0 {
			t.Errorf("%s: no note says so", name)
		}
	}
}

// The judge quotes what it was sent, in which a name is masked and a line is
// not broken.
func TestJudgeQuotesTheMaskedSentence(t *testing.T) {
	p := replaced(doubtful(), "employee2", "To hear Dana tell it, the total has always\ngrown a tail by the end of the month")
	for i := range p.Documents {
		if p.Documents[i].ID == "employee2" {
			p.Documents[i].Name = "Dana Wells"
		}
	}
	asked := false
	r := newEngine(t).AnalyzeWith(t.Context(), p, Aids{Judge: judgeFunc(func(doubts []Doubt) ([]Opinion, error) {
		for _, d := range doubts {
			if strings.Contains(d.Claim, "hidden fees") && d.Group == Employees && strings.Contains(d.Sentence, "somebody") {
				asked = true
				return []Opinion{{d.ID, Opposes, "somebody tell it, the total has always grown a tail"}}, nil
			}
		}
		return nil, nil
	})})
	if !asked || len(r.Discrepancies) != 1 || strings.Contains(strings.Join(r.Notes, " "), "dropped") {
		t.Errorf("asked %v, discrepancies %s, notes %q", asked, encode(t, r.Discrepancies), r.Notes)
	}
}
