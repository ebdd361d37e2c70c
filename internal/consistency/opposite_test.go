package consistency

import (
	"strings"
	"testing"
)

// opposesIn finds in an answer the opposite of a word of the claim.
func opposesIn(t *testing.T, text, answer string) (word, of string) {
	t.Helper()
	r := newReader(newEngine(t).cat)
	claims := collectClaims(r.words.cat, r, []Document{{ID: "a", Group: CEO, Text: text}})
	if len(claims) == 0 {
		t.Fatalf("%q is no claim", text)
	}
	r.read(Document{Text: answer}, func(s *sentence) {
		if i, k := claims[0].opposes(s); i >= 0 {
			word, of = s.toks[i].word, claims[0].opposed[k].of
		}
	})
	return word, of
}

func TestOppositeOfAWordOfTheClaim(t *testing.T) {
	for _, c := range []struct{ claim, answer, word, of string }{
		{"The museum is open every Monday.", "Mondays it was closed.", "closed", "open"},
		{"The museum is open every Monday.", "Mondays it was not closed.", "", ""},
		{"Piano lessons are free for members.", "They took a fee for each lesson.", "fee", "free"},
		{"Piano lessons are free for members.", "My daughter plays the piano.", "", ""},
		{"The ferry does not charge for bicycles.", "Bicycles go free.", "", ""},
	} {
		if word, of := opposesIn(t, c.claim, c.answer); word != c.word || of != c.of {
			t.Errorf("%q of %q: %q against %q, want %q against %q", c.answer, c.claim, word, of, c.word, c.of)
		}
	}
}

func TestAbsoluteClaimsSaySoInTheirReasons(t *testing.T) {
	p := Partner{ID: "p", Documents: []Document{
		{ID: "ceo", Group: CEO, Text: "Our support line never closes."},
		{ID: "customer1", Group: Customers, Text: "Their support line closes at five. Nobody picks up after that."},
		{ID: "customer2", Group: Customers, Text: "I called support at six and it was closed."},
		{ID: "employee1", Group: Employees, Text: "The support line is off from five on."},
	}}
	for _, c := range newEngine(t).Analyze(p).Claims {
		for _, w := range c.Why {
			for _, s := range w.Signs {
				if s.Sign == "absolute" && strings.Contains(s.Text, `"never"`) {
					return
				}
			}
		}
	}
	t.Error("no reason says that the claim is absolute")
}
