package consistency

import (
	"strings"
	"testing"
)

// TestScope reads the parts of a text that tell of the partner today.
func TestScope(t *testing.T) {
	cat, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		group      Group
		text, want string
	}{
		{Customers, "Our old provider took a week to reply. These people answer within the hour.", "These people answer within the hour."},
		{Customers, "My last vendor took days, these guys take hours.", "these guys take hours."},
		{Customers, "Our previous software crashed every Monday. They never fixed it.", ""},
		{Customers, "The system we had before crashed every Monday.", ""},
		{Customers, "Before we switched we paid $750 for setup.", ""},
		{Customers, "HomeLine sold each lead to five of us. Here they are mine alone.", "Here they are mine alone."},
		{Customers, "It takes three weeks to hear back. Now I call the owner.", "It takes three weeks to hear back. | Now I call the owner."},
		{Customers, "They promised two days. These people are dreamers.", "They promised two days. | These people are dreamers."},
		{Customers, "We paid twice as much. Now it is forty-nine.", "Now it is forty-nine."},
		{Customers, "We were burned by hidden fees before.", ""},
		{Customers, "They answer faster than our old provider did.", "They answer faster than our old provider did."},
		{Customers, "Unlike my last vendor, they answer.", "Unlike my last vendor, they answer."},
		{Customers, "The last truck came late.", "The last truck came late."},
		{Customers, "Another company's stamp was on my drawings.", "Another company's stamp was on my drawings."},
		{Customers, "I was expecting a hidden fee and there wasn't one.", "there wasn't one."},
		{Customers, "It took longer than we expected.", "It took longer than we expected."},
		{Customers, "I expected better.", "I expected better."},
		{Customers, "We had planned for six months.", ""},
		{Customers, "If there were hidden fees I would have left by now.", ""},
		{Customers, "It's not as if you wait three days.", ""},
		{Customers, "I give my own customers two years.", ""},
		{Customers, "The county takes three weeks to send the permit.", ""},
		{Customers, "It took the county's inspector a month, and the crew came the next day.", "the crew came the next day."},
		{Customers, "I was on hold with the IRS for two hours.", ""},
		{Customers, "Medicare takes ninety days to pay.", ""},
		{Customers, "The airline took two months to refund my ticket.", ""},
		{Customers, "The city closes at four, they don't.", "they don't."},
		{Customers, "The county took my printout without a word.", "The county took my printout without a word."},
		{Customers, "The city took it without a second look.", "The city took it without a second look."},
		{Customers, "The bank said yes inside the proposal.", "The bank said yes inside the proposal."},
		{Customers, "My crew takes forever to answer their phones.", ""},
		{Customers, "My guys took two weeks to learn it.", "My guys took two weeks to learn it."},
		{Customers, "My wife misses half of my calls.", ""},
		{Customers, "My office misses fewer calls.", "My office misses fewer calls."},
		{Customers, "My wife rang at two and somebody answered.", "My wife rang at two and somebody answered."},
		{Customers, "My bookkeeper keys in every invoice by hand.", "My bookkeeper keys in every invoice by hand."},
		{Customers, "I pay my accountant $300 a month.", ""},
		{Customers, "I pay my nephew to run it.", "I pay my nephew to run it."},
		{Customers, "My own customer takes seventy days to pay, so it cost me near five percent.", ""},
		{Customers, "My rep takes a week to answer.", "My rep takes a week to answer."},
		{Customers, "Our internet is down twice a week out here.", ""},
		{Customers, "When our internet is down the app goes on.", "When our internet is down the app goes on."},
		{Employees, "Our internet is down twice a week.", "Our internet is down twice a week."},
		{Employees, "The county takes three weeks to send the permit.", ""},
		{Employees, "Our crew takes a week to answer.", "Our crew takes a week to answer."},
		{Employees, "My manager takes a week to answer.", "My manager takes a week to answer."},
		{CEO, "The county takes three weeks.", "The county takes three weeks."},
		{Customers, "Competitors hide their fees; these people do not.", "these people do not."},
		{Customers, "Rivals undercut them by half of what we pay.", "Rivals undercut them by half of what we pay."},
		{Employees, "I was a roofer for ten years before this.", "I was a roofer for ten years before this."},
		{CEO, "Our old platform was slow.", "Our old platform was slow."},
	} {
		var parts []string
		newReader(cat).read(Document{ID: "d", Group: c.group, Text: c.text}, func(s *sentence) {
			parts = append(parts, c.text[s.start:s.end])
		})
		if got := strings.Join(parts, " | "); got != c.want {
			t.Errorf("of %q %q is heard, not %q", c.text, got, c.want)
		}
		n, times := 0, longText/len(c.text)+1 // a long text is read ahead
		newReader(cat).read(Document{ID: "d", Group: c.group, Text: strings.Repeat(c.text+"\n", times)}, func(*sentence) { n++ })
		if n != times*len(parts) {
			t.Errorf("of %q in a long text %d parts are heard, not %d", c.text, n, times*len(parts))
		}
	}
}

// TestLeadIn leaves out what only leads in what is said.
func TestLeadIn(t *testing.T) {
	cat, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"As far as I can tell, it is free.":       "it is free.",
		"I have to say the price is fair.":        "the price is fair.",
		"Well, to be honest, they are late.":      "they are late.",
		"Speaking for myself: it's slow.":         "it's slow.",
		"If you ask me, it's slow.":               "it's slow.",
		"If you ask me to wait, I go.":            "If you ask me to wait, I go.",
		"I have to say no to jobs.":               "I have to say no to jobs.",
		"I have to say it twice.":                 "I have to say it twice.",
		"To be honest about a fee costs nothing.": "To be honest about a fee costs nothing.",
		"Look at it.":                             "Look at it.",
		"Frankly, ":                               "Frankly,",
		"Free? To be honest, I pay.":              "Free? | To be honest, I pay.", // it answers no
	} {
		for _, g := range []Group{Employees, Customers} {
			var parts []string
			newReader(cat).read(Document{ID: "d", Group: g, Text: text}, func(s *sentence) { parts = append(parts, text[s.start:s.end]) })
			if got := strings.Join(parts, " | "); got != want {
				t.Errorf("of %q %q is heard, not %q", text, got, want)
			}
		}
	}
}

// TestNamedFirm hears what is said of a bank where the CEO speaks of banks.
func TestNamedFirm(t *testing.T) {
	engine := newEngine(t)
	for ceo, want := range map[string]int{
		"The form goes out within five days.":           0,
		"Our banks send you the form within five days.": 1,
	} {
		r := newReader(engine.cat)
		r.trade = tradeOf([]Document{{ID: "ceo", Group: CEO, Text: ceo}})
		n := 0
		r.read(Document{ID: "d", Group: Customers, Text: "My bank took a month to send the form."}, func(*sentence) { n++ })
		if n != want {
			t.Errorf("beside %q %d sentences of a bank are heard, not %d", ceo, n, want)
		}
	}
}

// TestDenial has statements that are said to be not so: the statement turns
// against what it would bear out.
func TestDenial(t *testing.T) {
	cat, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"They say replies take an hour, but that is false.":              "They say replies take an hour",
		"It isn't true that you can cancel.":                             "you can cancel",
		"It is simply not the case that setup is free.":                  "setup is free",
		"The claim that leads are exclusive is a lie.":                   "leads are exclusive",
		"\"Leads are exclusive\" - nonsense.":                            "Leads are exclusive",
		"I wish they answered on Fridays.":                               "they answered on Fridays",
		"I wish they took calls, but they said so before.":               "they took calls",
		"Late deliveries: 0 of 41.":                                      "Late deliveries",
		"Missed dates this year: none.":                                  "Missed dates this year",
		"Wait: zero minutes.":                                            "",
		"0 of 41 deliveries were late.":                                  "deliveries were late",
		"I've yet to hear a rude word.":                                  "hear a rude word",
		"Five days, and I've yet to miss one.":                           "",
		"It's forty a month, and I've yet to hear that it is less.":      "",
		"My lad has been here a year and has yet to meet a mentor.":      "meet a mentor",
		"Easy is not the word I'd use.":                                  "Easy",
		"That is not true.":                                              "",
		"Nonsense.":                                                      "",
		"I wish them luck.":                                              "",
		"Answers come within the hour and nobody has told me otherwise.": "",
	} {
		got := ""
		newReader(cat).read(Document{ID: "d", Group: Customers, Text: text}, func(s *sentence) {
			if s.untrue {
				for i := range s.toks {
					got += text[s.toks[i].start:s.toks[i].end]
					if i+1 < len(s.toks) && s.toks[i+1].start > s.toks[i].end {
						got += " "
					}
				}
			}
		})
		if got != want {
			t.Errorf("%q says of %q that it is not so, not of %q", text, got, want)
		}
	}
	engine := newEngine(t)
	ceo := Document{ID: "ceo", Group: CEO, Text: "Leads are exclusive: each is sold to a single contractor."}
	say := func(text string) Verdict {
		r := engine.Analyze(Partner{ID: "P", Documents: []Document{ceo, {ID: "c1", Group: Customers, Text: text}, {ID: "c2", Group: Customers, Text: "Good people to work with."}}})
		return r.Claims[0].Verdict
	}
	if v := say("Leads are exclusive."); v != Supported {
		t.Errorf("bare: %v", v)
	}
	for _, text := range []string{"They say leads are exclusive, but that is false.", "My leads are not exclusive."} {
		if v := say(text); v != Contradicted {
			t.Errorf("%q: %v", text, v)
		}
	}
}
