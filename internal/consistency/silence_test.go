package consistency

import (
	"slices"
	"testing"
)

// quietly is a boatyard where the CEO says text and a rigger and a customer
// say theirs.
func quietly(text, rigger, customer string) Partner {
	p := Partner{ID: "boatyard", Documents: []Document{{ID: "ceo", Group: CEO, Text: "A mast is stepped within three days of the order. " + text}}}
	for id, said := range map[string]string{
		"employee1": "We step a mast in two days, three if it rains.", "employee2": rigger, "employee3": "The gulls steal my lunch.",
		"customer1": "My mast was up on the third day.", "customer2": customer, "customer3": "Nice view of the river from the pier."} {
		g := Customers
		if id[0] == 'e' {
			g = Employees
		}
		p.Documents = append(p.Documents, Document{ID: id, Group: g, Text: said})
	}
	return p
}

func TestSilence(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct {
		claim, rigger, customer string
		want                    bool
	}{
		{"Our glue is certified by an outside lab.", "I varnish in the mornings.", "They have good coffee.", true},
		{"Our glue is certified by an outside lab.", "The lab comes each May and certifies the glue.", "They have good coffee.", false},
		{"We hold four patents on folding keels.", "I varnish in the mornings.", "They have good coffee.", true},
		{"We hold four patents on folding keels.", "I varnish in the mornings.", "One of their keel patents hangs in the hall.", false},
		{"We have nine thousand hulls on the water.", "I varnish in the mornings.", "They have good coffee.", true},
		{"We have nine thousand hulls on the water.", "Nine thousand hulls, I numbered the last one.", "They have good coffee.", false},
		{"Boats are our whole life.", "I varnish in the mornings.", "They have good coffee.", false},
		{"I grew up on a ferry that my father sailed.", "I varnish in the mornings.", "They have good coffee.", false},
	} {
		got := slices.ContainsFunc(e.Analyze(quietly(c.claim, c.rigger, c.customer)).Discrepancies, func(d Discrepancy) bool { return d.Kind == UnsupportedClaim })
		if got != c.want {
			t.Errorf("%q, %q, %q: unsupported is %v", c.claim, c.rigger, c.customer, got)
		}
	}
}

// A sentence that is all one condition promises something too.
func TestAConditionAloneIsAClaim(t *testing.T) {
	cat := newEngine(t).cat
	for text, want := range map[string]string{
		"If the glaze cracks you get a new pot within nine days.":      "If the glaze cracks you get a new pot within nine days",
		"If the glaze cracks, you get a new pot within nine days.":     "you get a new pot within nine days",
		"You get a new pot within nine days whenever the glaze cracks": "You get a new pot within nine days whenever the glaze cracks",
	} {
		claims := claimsIn(cat, text)
		if !slices.ContainsFunc(claims, func(c claim) bool { return c.text == want || "If the glaze cracks, "+want == c.text }) {
			t.Errorf("%q: no claim %q", text, want)
		}
	}
}

// Words of blame make a denied promise of good talk a matter of feeling, also
// when the same person says something else that denies it more plainly.
func TestBlameMakesASplit(t *testing.T) {
	e := newEngine(t)
	for said, want := range map[string]Kind{
		"Worst communication of any yard. Weeks of silence.": SentimentSplit,
		"Weeks of silence, then they sent a letter.":         Contradiction,
	} {
		p := quietly("Owners praise how well we keep them informed.", "I varnish in the mornings.", said)
		for i := range p.Documents {
			if p.Documents[i].ID == "customer3" {
				p.Documents[i].Text = "Nobody tells you anything about your boat."
			}
		}
		var got []Kind
		for _, d := range e.Analyze(p).Discrepancies {
			got = append(got, d.Kind)
		}
		if !slices.Equal(got, []Kind{want}) {
			t.Errorf("%q: %v, want %s", said, got, want)
		}
	}
}

// TestHints has a voice that plainly speaks against a claim and one that may:
// alone the second counts, beside the first it does not.
func TestHints(t *testing.T) {
	cat, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	c := claim{topic: -1, about: make([]float64, len(cat.names))}
	hint, plain := vote{against: leastAgainst, value: -1, counts: true}, vote{against: leastVoice, value: -1, counts: true}
	for _, x := range []struct {
		row  []vote
		want int
	}{{[]vote{hint}, 1}, {[]vote{hint, hint}, 2}, {[]vote{hint, plain}, 1}, {[]vote{plain, hint, plain}, 2}} {
		var r ruling
		dropHints(x.row)
		if r.judge(cat, &c, x.row, nil); r.against != x.want {
			t.Errorf("of %d voices %d count against the claim, not %d", len(x.row), r.against, x.want)
		}
	}
}
