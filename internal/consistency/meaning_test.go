package consistency

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

// embedFunc is an embedder made of a function.
type embedFunc func([]string) ([][]float32, error)

func (f embedFunc) Embed(_ context.Context, texts []string) ([][]float32, error) { return f(texts) }

// byWord gives texts that have one of two words the same vector, and each
// other text one of its own direction.
func byWord(a, b string) embedFunc {
	return func(texts []string) ([][]float32, error) {
		out := make([][]float32, len(texts))
		for i, text := range texts {
			out[i] = make([]float32, len(texts)+1)
			if strings.Contains(text, a) || strings.Contains(text, b) {
				out[i][len(texts)] = 1
			} else {
				out[i][i] = 1
			}
		}
		return out, nil
	}
}

func TestMeaningBringsAParaphraseNearer(t *testing.T) {
	engine := newEngine(t)
	near := func(em Embedder) float64 {
		voices, _ := collectVoices(doubtful().Documents)
		r := newReader(engine.cat)
		claims := collectClaims(engine.cat, r, documentsOf(voices, CEO))
		var m *meanings
		if em != nil {
			var err error
			if m, err = embedAll(t.Context(), em, r, voices, claims, func(s string) string { return s }); err != nil {
				t.Fatal(err)
			}
		}
		table, _ := listen(engine.cat, r, voices, claims, m)
		for i := range claims {
			for v := range voices {
				if strings.Contains(claims[i].text, "hidden fees") && voices[v].docs[0].ID == "customer2" {
					return table[i][v].near
				}
			}
		}
		t.Fatal("there is no such claim")
		return 0
	}
	if before, after := near(nil), near(byWord("hidden fees", "grown a tail")); after < before+0.2 {
		t.Errorf("near %.2f, was %.2f", after, before)
	}
}

func TestEmbedderIsNotTrusted(t *testing.T) {
	engine := newEngine(t)
	base := encode(t, outcome(engine.Analyze(doubtful())))
	nan := float32(math.NaN())
	for name, em := range map[string]embedFunc{
		"fails":    func([]string) ([][]float32, error) { return nil, errors.New("timed out") },
		"too few":  func([]string) ([][]float32, error) { return [][]float32{{1}}, nil },
		"none":     func([]string) ([][]float32, error) { return nil, nil },
		"NaN":      func(texts []string) ([][]float32, error) { return filled(len(texts), nan, nan), nil },
		"infinite": func(texts []string) ([][]float32, error) { return filled(len(texts), float32(math.Inf(1)), 1), nil },
		"lengths": func(texts []string) ([][]float32, error) {
			v := filled(len(texts), 1, 2)
			v[1] = v[1][:1]
			return v, nil
		},
		"zeros": func(texts []string) ([][]float32, error) { return filled(len(texts), 0, 0), nil },
		"same":  func(texts []string) ([][]float32, error) { return filled(len(texts), 1, 2), nil },
	} {
		r := engine.AnalyzeWith(t.Context(), doubtful(), Aids{Embedder: em})
		if _, err := FitHead(t.Context(), em); err == nil {
			t.Errorf("a head is fitted to an embedder that gives %s", name)
		}
		if encode(t, outcome(r)) != base {
			t.Errorf("an embedder that gives %s changes the result", name)
		}
		if note := strings.Join(r.Notes, " "); !strings.Contains(note, "decided without it") {
			t.Errorf("%s: notes %q", name, note)
		}
	}
}

func filled(n int, x ...float32) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = append([]float32(nil), x...)
	}
	return out
}

func TestNamesAreMaskedOutside(t *testing.T) {
	p := sample()
	for i := range p.Documents {
		if p.Documents[i].ID == "employee2" {
			p.Documents[i].Name = "Dana O'Wells"
			p.Documents[i].Text = "Dana here. We, the Wells crew, add a processing fee that nobody is told about."
		}
	}
	p.Documents = append(p.Documents, Document{ID: "customer9", Group: Customers, Text: "Dana's answer came in a day."})
	var sent []string
	engine := newEngine(t)
	engine.AnalyzeWith(t.Context(), p, Aids{
		Judge: judgeFunc(func(doubts []Doubt) ([]Opinion, error) {
			for _, d := range doubts {
				sent = append(sent, d.Claim, d.Sentence)
			}
			return nil, nil
		}),
		Embedder: embedFunc(func(texts []string) ([][]float32, error) {
			sent = append(sent, texts...)
			return nil, errors.New("enough")
		}),
	})
	all := strings.Join(sent, "\n")
	if strings.Contains(all, "Dana") || strings.Contains(all, "Wells") || !strings.Contains(all, "somebody's answer came in a day.") {
		t.Errorf("sent:\n%s", all)
	}
}
