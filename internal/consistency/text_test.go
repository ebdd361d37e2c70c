package consistency

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile is a partner whose names and words are made to be more than text.
func hostile() Partner {
	p := replaced(sample(), "customer2", "A surprise fee showed up \x1b]52;c;cm0gLXJmIH4=\x07 on my first bill, see www.evil.example @user.")
	p.Name = "# Esc\x1b[31m\u202eCo\nscore 100"
	for i := range p.Documents {
		if d := &p.Documents[i]; d.ID == "customer2" || d.ID == "customer3" {
			d.ID += "`</x>`\n\n# Pwned\n\n[a](http://evil.example) \u2066&lt;"
		}
	}
	return p
}

func TestForeignWordsAreShownAsText(t *testing.T) {
	r := newEngine(t).Analyze(with(hostile(), Document{ID: "\x1bnote\n# x", Group: Customers}))
	all := Rank([]*Report{r, r})
	page, err := HTML(all)
	if err != nil {
		t.Fatal(err)
	}
	markdown := r.Markdown() + RankingMarkdown(all)
	for name, text := range map[string]string{"text": r.Text() + RankingText(all), "Markdown": markdown, "HTML": page} {
		if i := strings.IndexAny(text, "\x1b\x07\u202e\u2066"); i >= 0 {
			t.Errorf("%s obeys %q", name, text[i:i+20])
		}
		if !strings.Contains(text, "Pwned") || name != "HTML" && strings.Contains(text, "\nscore 100") {
			t.Errorf("%s lacks a name, or breaks it:\n%s", name, text)
		}
	}
	for _, raw := range []string{"\n# Pwned", "[a]", "http://", "www.", "@user", "&lt;", "`</x>"} {
		if strings.Contains(strings.ReplaceAll(markdown, "&lt;/x", ""), raw) {
			t.Errorf("Markdown has %q:\n%s", raw, markdown)
		}
	}
	q := r.Discrepancies[0].Evidence[2]
	if !strings.Contains(q.Text, "\x1b]52") || !strings.Contains(page, "Esc\ufffd[31m\ufffdCo") {
		t.Errorf("the quote is not exact, or the page not the same: %q", q.Text)
	}
}

func TestLinesOfTextAreShort(t *testing.T) {
	for line := range strings.Lines(newEngine(t).Analyze(sample()).Text()) {
		if utf8.RuneCountInString(line) > textWidth+1 && !strings.Contains(line, "bytes") {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
}

func TestReportsDoNotContradictThemselves(t *testing.T) {
	engine := newEngine(t)
	for _, path := range hands(t)[:3] {
		for _, g := range readGold(t, path) {
			agreesWithItself(t, engine.Analyze(g.Partner))
		}
	}
}

func agreesWithItself(t *testing.T, r *Report) {
	t.Helper()
	for i, d := range r.Discrepancies {
		if r.Deductions != nil && r.Deductions[i].Topic != d.Topic {
			t.Errorf("%s: deduction %d is for %s, the discrepancy on %s", r.PartnerID, i+1, r.Deductions[i].Topic, d.Topic)
		}
		if d.Groups[0] == Demos && strings.Contains(d.Summary, "CEO") {
			t.Errorf("%s: a demo is not the CEO: %s", r.PartnerID, d.Summary)
		}
	}
	for _, c := range r.Claims {
		reported := slices.IndexFunc(r.Discrepancies, func(d Discrepancy) bool { return slices.Contains(d.Evidence, c.Quote) })
		if reported >= 0 && r.Discrepancies[reported].Kind == UnsupportedClaim && c.Verdict != NotAddressed {
			t.Errorf("%s: %q is unsupported and %s", r.PartnerID, c.Quote.Text, c.Verdict)
		}
		why := c.shortWhy()
		if last := why[len(why)-1].Text; c.Verdict != Supported && strings.HasPrefix(last, "reported") != (reported >= 0) {
			t.Errorf("%s: %q, reported %v: %s", r.PartnerID, c.Quote.Text, reported >= 0, last)
		} else if w := why[len(why)-1]; w.Kind == "chance" && reported < 0 && w.Value > w.Threshold && !strings.Contains(last, "0.65") {
			t.Errorf("%s: nothing says why not: %s", r.PartnerID, last)
		}
	}
}

func TestSummariesCountPeople(t *testing.T) {
	for want, r := range map[string]*ruling{
		"1 customer says the opposite.":                                                                {groups: [4]tally{2: {against: 1}}},
		"2 people (employees, customers) say the opposite.":                                            {groups: [4]tally{1: {against: 1}, 2: {against: 1}}},
		"2 demos report a figure that is worse than the CEO's; 1 customer says the opposite in words.": {groups: [4]tally{2: {against: 1}, 3: {against: 2, figures: 2}}},
	} {
		f := finding{ruling: *r, kind: Contradiction}
		if strings.Contains(want, "figure") {
			f.kind = NumericMismatch
		}
		if got := f.summary(CEO); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := countsLine([]Count{{Customers, 0, 4, 4, 4}, {Employees, 1, 0, 3, 3}}); got != "customers: 4 against; employees: 1 for, 2 take no side" {
		t.Error(got)
	}
}

func TestReasonsSayWhatTheyCount(t *testing.T) {
	worse := Sign{Sign: "figure", Text: "the figure is worse", Weight: 0.1, leans: 1}
	for want, r := range map[string]Reason{
		"speaks for it all in all (0.86), though the figure is worse": {Kind: "support", Value: 0.86, Signs: []Sign{worse}},
		"speaks against it (0.90): the figure is worse":               {Kind: "against", Value: 0.9, Signs: []Sign{worse}},
		"speaks against it (0.40) by its wording as a whole": {Kind: "against", Value: 0.4, Signs: []Sign{
			{Sign: "manner", Weight: 2}, {Sign: "examples", Text: "it reads as praise", Weight: 0.5, leans: -1}}},
	} {
		if got := textOf(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for want, a := range map[string]Amount{
		`"four days"`:                 {Text: "four days", Low: 4 * day, High: 4 * day, Unit: "seconds"},
		`"next day" (12 to 24 hours)`: {Text: "next day", Low: 12 * hour, High: 24 * hour, Unit: "seconds"},
		`"$59 monthly"`:               {Text: "$59 monthly", Low: 59, High: 59, Unit: "of the currency a month"},
		`"8 cents"`:                   {Text: "8 cents", Low: 0.08, High: 0.08, Unit: "of the currency"},
		`"three feet" (0.91 metres)`:  {Text: "three feet", Low: 0.914, High: 0.914, Unit: "metres"},
	} {
		if got := a.written(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
