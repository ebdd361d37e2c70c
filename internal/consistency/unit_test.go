package consistency

import (
	"math"
	"strings"
	"testing"
)

func quantitiesOf(text string) []quantity {
	toks := appendTokens(nil, text, 0)
	for i := range toks {
		toks[i].is = traitsOf(toks[i].word)
	}
	return findQuantities(nil, toks)
}

func TestQuantities(t *testing.T) {
	for text, want := range map[string]quantity{
		"24 hours":                                       {dim: dimDuration, lo: day, hi: day},
		"a day":                                          {dim: dimDuration, lo: day, hi: day},
		"thirty-five minutes":                            {dim: dimDuration, lo: 35 * minute, hi: 35 * minute},
		"half an hour":                                   {dim: dimDuration, lo: 30 * minute, hi: 30 * minute},
		"two and a half weeks":                           {dim: dimDuration, lo: 17.5 * day, hi: 17.5 * day},
		"a week and a half":                              {dim: dimDuration, lo: 10.5 * day, hi: 10.5 * day},
		"a fortnight":                                    {dim: dimDuration, lo: 14 * day, hi: 14 * day},
		"two to three days":                              {dim: dimDuration, lo: 2 * day, hi: 3 * day},
		"2-3 days":                                       {dim: dimDuration, lo: 2 * day, hi: 3 * day},
		"within the hour":                                {dim: dimDuration, lo: 0, hi: hour},
		"the same-day answer":                            {dim: dimDuration, lo: 0, hi: day},
		"one business day":                               {dim: dimDuration, lo: day, hi: day},
		"ninety days' notice":                            {dim: dimDuration, lo: 90 * day, hi: 90 * day},
		"wrote Tuesday, heard Thursday":                  {dim: dimDuration, lo: 2 * day, hi: 2 * day},
		"on day nine":                                    {dim: dimDuration, lo: 9 * day, hi: 9 * day},
		"every thirty seconds":                           {dim: dimPeriod, lo: 30, hi: 30},
		"twice a minute":                                 {dim: dimPeriod, lo: 30, hi: 30},
		"three times a week":                             {dim: dimPeriod, lo: week / 3, hi: week / 3},
		"weekly":                                         {dim: dimPeriod, lo: week, hi: week},
		"every other month":                              {dim: dimPeriod, lo: 2 * month, hi: 2 * month},
		"$1,500 a month":                                 {dim: dimMoney, lo: 1500, hi: 1500, per: "month"},
		"forty-nine dollars a seat":                      {dim: dimMoney, lo: 49, hi: 49, per: "once", each: true},
		"$49 per user per month":                         {dim: dimMoney, lo: 49, hi: 49, per: "month", each: true},
		"two grand":                                      {dim: dimMoney, lo: 2000, hi: 2000, per: "once"},
		"nine hundred a month":                           {dim: dimMoney, lo: 900, hi: 900, per: "month"},
		"fifty cents":                                    {dim: dimMoney, lo: 0.5, hi: 0.5, per: "once"},
		"99.95 percent":                                  {dim: dimPercent, lo: 99.95, hi: 99.95},
		"nine in ten":                                    {dim: dimPercent, lo: 90, hi: 90},
		"one lead in four becomes a job":                 {dim: dimPercent, lo: 25, hi: 25},
		"nine deliveries in ten arrive":                  {dim: dimPercent, lo: 90, hi: 90},
		"three slots out of four they missed":            {dim: dimPercent, lo: 75, hi: 75},
		"one slip in five hundred is wrong":              {dim: dimPercent, lo: 0.2, hi: 0.2},
		"six lamps in four sheds":                        {dim: dimCount, lo: 6, hi: 6},
		"one lamp in four sheds":                         {dim: dimCount, lo: 1, hi: 1},
		"Out of forty I bought, I signed eleven":         {dim: dimPercent, lo: 27.5, hi: 27.5},
		"Of the forty lamps we bought, one was broken":   {dim: dimPercent, lo: 2.5, hi: 2.5},
		"half a dozen lamps":                             {dim: dimCount, lo: 6, hi: 6},
		"two and a half thousand lamps":                  {dim: dimCount, lo: 2500, hi: 2500},
		"half of the leads":                              {dim: dimPercent, lo: 50, hi: 50},
		"three quarters of them":                         {dim: dimPercent, lo: 75, hi: 75},
		"twelve hundred shops":                           {dim: dimCount, lo: 1200, hi: 1200},
		"1.5 million homes":                              {dim: dimCount, lo: 1.5e6, hi: 1.5e6},
		"ten feet":                                       {dim: dimDistance, lo: 3.048, hi: 3.048},
		"a couple of minutes":                            {dim: dimDuration, lo: 2 * minute, hi: 2 * minute},
		"two hundred and fifty trucks":                   {dim: dimCount, lo: 250, hi: 250},
		"a couple thousand shops":                        {dim: dimCount, lo: 2000, hi: 2000},
		"half a kilometre":                               {dim: dimDistance, lo: 500, hi: 500},
		"a hundred fifty a month":                        {dim: dimMoney, lo: 150, hi: 150, per: "month"},
		"seven, eight trucks":                            {dim: dimCount, lo: 7, hi: 8},
		"forty, fifty days":                              {dim: dimDuration, lo: 40 * day, hi: 50 * day},
		"Signed March first, the crane came April sixth": {dim: dimDuration, lo: 35.4 * day, hi: 35.4 * day},
		"ordered in early May, sat there until the end of July": {dim: dimDuration, lo: 2*month + 23*day, hi: 2*month + 23*day},
		"nine of ten":                    {dim: dimPercent, lo: 90, hi: 90},
		"5k":                             {dim: dimMoney, lo: 5000, hi: 5000, per: "once"},
		"asked in June, came in August":  {dim: dimDuration, lo: 2 * month, hi: 2 * month},
		"set up in an afternoon":         {dim: dimDuration, lo: 4 * hour, hi: 8 * hour},
		"an hour or two before we close": {dim: dimDuration, lo: hour, hi: 2 * hour},
		"came on the thirty-fourth day":  {dim: dimDuration, lo: 34 * day, hi: 34 * day},
		"nine tenths of it":              {dim: dimPercent, lo: 90, hi: 90},
		"ninety-seven of a hundred":      {dim: dimPercent, lo: 97, hi: 97},
		"four dates in a hundred":        {dim: dimPercent, lo: 4, hi: 4},
		"five-forty every month":         {dim: dimMoney, lo: 540, hi: 540, per: "month"},
	} {
		got := quantitiesOf(text)
		if len(got) == 0 {
			t.Errorf("%q: nothing", text)
			continue
		}
		q := got[0]
		if q.dim != want.dim || math.Abs(q.lo-want.lo) > 1e-6*want.lo+1e-9 || math.Abs(q.hi-want.hi) > 1e-6*want.hi+1e-9 ||
			want.dim == dimMoney && (q.per != want.per || q.each != want.each) {
			t.Errorf("%q: dim %d, %g to %g, per %s, each %v", text, q.dim, q.lo, q.hi, q.per, q.each)
		}
	}
}

func TestACountOverAPeriodIsAlsoAPeriod(t *testing.T) {
	for text, want := range map[string]float64{"four pings a day": 6 * hour, "three posts each week": week / 3, "thirty good calls per month": month / 30} {
		got := quantitiesOf(text)
		if len(got) < 2 || got[0].dim != dimCount || got[1].dim != dimPeriod || math.Abs(got[1].lo-want) > 1 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestATimeOfDayMeasuresNothing(t *testing.T) {
	for _, text := range []string{"Six thirty.", "at six o'clock", "until nine at night", "from eight until six", "eight to six on weekdays", "the first month", "by five they can do it", "open Monday to Friday", "the second week of August"} {
		if got := quantitiesOf(text); len(got) != 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
	for _, text := range []string{"two to five people", "seven to ten days", "six thirty a month", "at nine dollars", "since three years"} {
		if got := quantitiesOf(text); len(got) == 0 {
			t.Errorf("%s: no quantity", text)
		}
	}
}

// A figure is held against a promise in the way that the promise means.
func TestFigures(t *testing.T) {
	checkFigures(t, []figurePair{
		{"Results take seven days.", "I had the results on day four.", 1},
		{"Results take seven days.", "I had the results on day thirty.", -1},
		{"We save you ten hours a week.", "It saves me two hours a week.", -1},
		{"We save you ten hours a week.", "It saves me eleven hours a week.", 1},
		{"If you leave in the first month, every cent is refunded.", "Nothing came back, not even on day three.", 0},
		{"Tags are nine dollars apiece.", "I bought forty at nine dollars.", 1},
		{"You buy it for forty dollars.", "No sir, forty dollars.", 1},
		{"We speak eleven languages.", "Eleven languages, and I do two languages.", 1},
		{"We speak eleven languages.", "They said eleven languages, I count two languages.", -1},
		{"You pay eleven dollars a booking.", "Paid for nineteen bookings, two hundred and nine dollars.", 1},
		{"You pay eleven dollars a booking.", "Paid two hundred and nine dollars for one booking.", -1},
		{"A choir has no more than twelve singers.", "I counted thirty singers.", -1},
		{"A choir has no more than twelve singers.", "There were nine singers.", 1},
		{"A choir has at least twelve singers.", "There were five singers.", -1},
		{"Two bakers share an oven, tops.", "Five bakers shared mine.", -1},
		{"Six hours on the ladder is the cap.", "I was up on the ladder for eleven hours.", -1},
		{"Each tutor minds nine pupils, not more.", "My tutor had twenty pupils.", -1},
		{"The boiler is fitted in a morning.", "It took two weeks to fit.", -1},
		{"The boiler is fitted in a morning.", "It took the whole day to fit.", 1},
		{"A permit takes four days.", "The harbour office may need two months.", 0},
		{"A permit takes four days.", "I waited two months.", -1},
		{"The bread van calls every day.", "They skip us twice a month.", 0},
		{"You can leave with a month's notice.", "The term is three years.", 0},
		{"You can leave with a month's notice.", "They want a year's notice.", -1},
		{"Nobody here has lost a day to a fall.", "The paint dries in two days.", 0},
		{"An answer comes in half a minute.", "We have been friends for forty years.", 0},
		{"Try it for ten days, free.", "The paint dries in forty days.", 0},
		{"Your first quote is there within a day.", "The first quote I saw took nine days.", -1},
		{"Calls are picked up within ten seconds.", "The average wait last month was fifty seconds.", -1},
		{"We set up a shop within two weeks.", "In the last three months we set up four shops.", 0},
		{"A first draft is with you in four hours.", "My crane is in its ninth year.", 0},
		{"Our desk is staffed twelve hours a day.", "The desk is open five hours daily.", -1},
		{"Our desk is staffed twelve hours a day.", "It is open thirteen hours a day.", 1},
		{"Each learner gets thirty hours on the saw.", "I had nine hours on the saw.", -1},
		{"The pump runs for three years on one battery.", "I cancelled the plan the same morning.", 0},
		{"We were down for less than an hour.", "Total outage in twelve months: 41 minutes.", 1},
		{"We show a truck within forty metres.", "The truck is usually half a kilometre off.", -1},
		{"Our probe is true to half a degree.", "It was out by four degrees.", -1},
		{"A job goes to two crews at the most.", "Six crews get each job.", -1},
		{"Sales rise by forty percent.", "Sales are up maybe six percent.", -1},
		{"Sales rise by forty percent.", "Sales may go up six percent.", 0},
		{"A unit costs you nine dollars a month.", "The list price is twenty a unit.", -1},
		{"We have kept books for shops since 1996.", "They did it when I ran a three-man shop.", 0},
		{"We have kept books for shops since 1996.", "I was employee four.", 0},
		{"We call two thousand shops each spring.", "Their figures are within a dollar or two.", 0},
		{"We copy your files to two places every night.", "The copy runs nightly.", 1},
		{"A draft takes ten minutes and the hours go to payroll.", "The hours land in payroll by themselves.", 0},
		{"We answer within a day.", "They did not answer within a day.", -1},
		{"You pay two percent a sale.", "I worked it out at 3.4 percent of each sale.", -1},
		{"We do not take on more than seventy clients.", "I have ten clients.", 1},
		{"Over six thousand painters use us.", "Nine painters are on the council.", 0},
		{"We have a hundred and twenty people.", "We found four thousand two hundred here.", 0},
		{"You can count on thirty leads a month.", "Seven the month before.", -1},
		{"You see tomorrow's jobs at a glance.", "It was mended three days later.", 0},
		{"A roof is mended in two days.", "It was ten by the end.", -1},
		{"A roof is mended in two days.", "The price was ten.", 0},
		{"A roof is mended in two days.", "Ninety.", 0},
		{"A berth is $40 a month.", "I pay twice what they quoted.", -1},
		{"A berth is $40 a month.", "More than three times the forty they said.", -1},
		{"A berth is $40 a month.", "Twice the forty boats came.", 0},
		{"Each learner gets thirty hours on the saw.", "I had half of what they promised.", -1},
		{"Ninety-five of a hundred ferries sail on time.", "We miss four sailings in a hundred.", 1},
		{"The fee is $295.", "I never billed anything but two ninety-five.", 1},
		{"You pay 1.90 per call.", "One ninety a call, I see it on the bill.", 1},
		{"The money costs you two percent a month.", "It was there straight away.", 0},
		{"The money costs you two percent a month.", "It cost me five percent.", -1},
	})
}

// Nobody breaches what the CEO admits.
func TestWhatIsAdmittedIsNoPromise(t *testing.T) {
	cat := newEngine(t).cat
	r := newReader(cat)
	for text, promise := range map[string]bool{
		"We'll admit our prices are lower elsewhere.":                        false,
		"Our prices are lower.":                                              true,
		"I admit that our drivers seldom arrive on time.":                    false,
		"We admit thirty boats a year and our support answers in two hours.": true,
	} {
		claims := collectClaims(cat, r, []Document{{ID: "a", Group: CEO, Text: text}})
		if len(claims) == 0 || (claims[len(claims)-1].value > 0) != promise {
			t.Errorf("%s: %+v", text, claims)
		}
	}
}

func TestConfirms(t *testing.T) {
	r := newReader(newEngine(t).cat)
	for text, want := range map[string]bool{
		"The reports are weak, as they warned.":                 true,
		"We don't do accounting and tell people so.":            true,
		"On Saturdays you're on your own, and they say so.":     true,
		"Half a year I'd nothing to show, same as they'd said.": true,
		"In April I waited, but she'd warned me in January.":    true,
		"You get no report, that's the deal.":                   true,
		"The town sat on it, as Orlen had told us it might.":    true,
		"It isn't as they said.":                                false,
		"It was nothing like they promised.":                    false,
		"As they said, it was free, but it wasn't.":             false,
		"They said so many things.":                             false,
		"They say it is free.":                                  false,
		"They told me that it is free.":                         false,
	} {
		got := false
		r.read(Document{Text: text}, func(s *sentence) { got = got || s.confirms() })
		if got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestBounds(t *testing.T) {
	for text, want := range map[string]bound{
		"under two weeks": boundAtMost, "up to three days": boundAtMost, "no more than a day": boundAtMost, "never more than two hours": boundAtMost,
		"at least ten years": boundAtLeast, "more than forty minutes": boundAtLeast, "over 500 customers": boundAtLeast, "two weeks": boundNone,
		"within a day": boundAtMost, "in the last two weeks": boundNone,
		"two buyers, tops": boundAtMost, "a dozen clients, not more": boundAtMost, "ten hours is the cap": boundAtMost, "three weeks at most": boundAtMost,
		"five days or less": boundAtMost, "two buyers and a dog": boundNone, "ten clients and no more than three trucks": boundNone,
	} {
		if got := quantitiesOf(text); len(got) == 0 || got[0].bound != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestLemma(t *testing.T) {
	for _, group := range [][]string{
		{"price", "prices", "priced"}, {"cancel", "cancelled", "canceled", "cancelling", "cancels"}, {"miss", "missed", "misses", "missing"},
		{"call", "calls", "called", "calling"}, {"hire", "hired", "hires", "hiring"}, {"sell", "sold", "selling"}, {"reply", "replies", "replied"},
		{"stop", "stops", "stopped", "stopping"}, {"company", "companies"}, {"lead", "leads"}, {"pay", "paid", "pays", "paying"},
	} {
		for _, w := range group[1:] {
			if lemma(w) != lemma(group[0]) {
				t.Errorf("%s is %q, %s is %q", group[0], lemma(group[0]), w, lemma(w))
			}
		}
	}
	for _, pair := range [][2]string{{"custom", "customer"}, {"site", "sit"}, {"yours", "your"}, {"price", "prize"}, {"hope", "hop"}, {"use", "us"}} {
		if lemma(pair[0]) == lemma(pair[1]) {
			t.Errorf("%s and %s are both %q", pair[0], pair[1], lemma(pair[0]))
		}
	}
}

func TestSentences(t *testing.T) {
	text := "We open at 8 a.m. sharp. Costs 2.5 percent! \"Really?\" Yes.\nNo. 5 of them? St. Louis is near…  Done"
	var got []string
	for _, s := range splitSentences(nil, text, 0, len(text)) {
		got = append(got, text[s.start:s.end])
	}
	want := []string{"We open at 8 a.m. sharp.", "Costs 2.5 percent!", "\"Really?\"", "Yes.", "No. 5 of them?", "St. Louis is near…  Done"}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}

func TestTurns(t *testing.T) {
	for text, want := range map[string][]role{
		"Rep: Hello. Prospect: Hi. Rep: Bye.":                   {roleAuthor, roleProspect, roleAuthor},
		"Just a text: with a colon.":                            {roleAuthor},
		"Dana (Sales): Hello.\nKim (Customer): Hi.":             {roleAuthor, roleProspect},
		"Dana: Let me show you the map.\nKim: Hi.\nDana: So.":   {roleAuthor, roleProspect, roleAuthor},
		"Kim: I run a roofing firm.\nDana: We call you back.":   {roleProspect, roleAuthor},
		"Dana: Hello.\nKim: Hi.\nDana: So.\nKim: Yes.":          {roleProspect, roleProspect, roleProspect, roleProspect},
		"Dana: Hello. No fees at all.":                          {roleAuthor},
		"rep: Hello.\nprospect: Hi.\nrep: Bye.":                 {roleAuthor, roleProspect, roleAuthor},
		"[Rep] Hello.\n[Prospect 2] Hi.":                        {roleAuthor, roleProspect},
		"(Prospect): Hi.\n(Rep): Hello.":                        {roleProspect, roleAuthor},
		"00:01 Rep: Hello.\n[00:05] Prospect: Hi.":              {roleAuthor, roleProspect},
		"Rep (00:01): Hello.\n(0:00:05) - Prospect: Hi.":        {roleAuthor, roleProspect},
		"**Rep:** Hello.\n**Prospect:** Hi.":                    {roleAuthor, roleProspect},
		"Prospect - Hi.\nSales rep — Hello.":                    {roleProspect, roleAuthor},
		"Lead - goes to one contractor.\nPrice - fixed.":        {roleAuthor},
		"Rep: Hi.\nMaria Lopez: No fees?\nBob: Fine.\nRep: No.": {roleAuthor, roleProspect, roleProspect, roleAuthor},
		"Rep: Two things. Pricing: it is fixed.":                {roleAuthor},
		"Émile: Is it free?\nAcme: Yes.":                        {roleProspect, roleAuthor},
		"AE: It is 3:30 now. Buyer: Note: nothing. AE: Ok.":     {roleAuthor, roleProspect, roleAuthor},
	} {
		var got []role
		for _, tn := range (speakers{"Acme Tools"}).turns(text) {
			got = append(got, tn.role)
		}
		if len(got) != len(want) {
			t.Errorf("%q: %v", text, got)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q: %v, want %v", text, got, want)
			}
		}
	}
}

func TestTokensKeepTheirBytes(t *testing.T) {
	text := "They don’t – can't – cannot pay $49.50; İstanbul, naïve café 🚀."
	for _, tok := range appendTokens(nil, text, 0) {
		if tok.start < 0 || tok.end > len(text) || tok.start >= tok.end && tok.word != "" {
			t.Errorf("%+v", tok)
		}
	}
}

func TestParseNamesTheLine(t *testing.T) {
	good := `{"partner_id":"a","documents":[{"id":"ceo","group":"ceo","text":"x"}]}` + "\n"
	for data, want := range map[string]string{
		good + `{"partner_id":""}`: "line 2",
		good + good + `{"partner_id":"b","documents":[{"id":"x","group":"king","text":""}]}`:                            "unknown group",
		good + `{"partner_id":"b","documents":[{"id":"x","group":"ceo","text":""},{"id":"x","group":"ceo","text":""}]}`: "used twice",
		`[{"documents":[]}]`:                         "partner 1",
		good + "}\n" + good:                          "line 2",
		good + "]\n" + good:                          "line 2",
		good + strings.Replace(good, "x", "\xe9", 1): "line 2: text is not UTF-8",
	} {
		if _, err := Parse([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", data, err, want)
		}
	}
	all, err := Parse([]byte("\xef\xbb\xbf" + good + "\n" + good))
	if err != nil || len(all) != 2 {
		t.Errorf("%d partners, %v", len(all), err)
	}
}

// claimsIn are the claims of a CEO's text.
func claimsIn(cat *Catalogue, text string) []claim {
	return collectClaims(cat, newReader(cat), []Document{{ID: "ceo", Group: CEO, Text: text}})
}

// What others do, what is over, what is said and what one wishes for promises
// nothing.
// What claims nothing by its form is no sentence of a CEO.
func TestFormsAreNoClaims(t *testing.T) {
	engine := newEngine(t)
	for _, text := range []string{"Tel. +1 555 010 2030", "Call us at (555) 010-2030.", "https://halyard.example/pricing", "Visit halyard.example or write to info@halyard.example.",
		"Copyright 2026 Halyard Works. All rights reserved.", "© 2026 Halyard Works, Denver", "Dear friends, welcome to our page.", "Best regards, Mark Halyard",
		"Kind regards,\nMark Halyard\nCEO, Halyard Works\nwww.halyard.example", "(1)\n2\n3."} {
		if r := engine.Analyze(Partner{ID: "p", Documents: []Document{{ID: "ceo", Group: CEO, Text: text}}}); len(r.Claims) > 0 {
			t.Errorf("%q claims %q", text, r.Claims[0].Quote.Text)
		}
	}
	r := engine.Analyze(Partner{ID: "p", Documents: []Document{{ID: "ceo", Group: CEO, Text: "(1) Setup takes two weeks.\n(2) No hidden fees. 24) Free returns."}}})
	if len(r.Claims) != 3 || r.Claims[0].Quote.Text != "Setup takes two weeks" {
		t.Errorf("%v", r.Claims)
	}
	for _, text := range []string{"Book at halyard.example and we reply within two hours.", "Thanks to us you save 20 percent.", "We own the rights, 24/7 support, $1,000,000 of cover.", "Best prices in town."} {
		if r := engine.Analyze(Partner{ID: "p", Documents: []Document{{ID: "ceo", Group: CEO, Text: text}}}); len(r.Claims) == 0 {
			t.Errorf("%q claims nothing", text)
		}
	}
}

func TestOnlyTheirOwnWordsAreClaims(t *testing.T) {
	cat := newEngine(t).cat
	for text, want := range map[string]string{
		"Other vendors charge setup fees.":                           "",
		"Most vendors lock you in, we never lock you in.":            "we never lock you in",
		"Where others make you wait two weeks, we answer in a day.":  "we answer in a day",
		"Unlike the rest, we never charge setup fees.":               "we never charge setup fees",
		"Our competitors never answer within 24 hours.":              "",
		"We used to answer within 24 hours.":                         "",
		"Some say there are setup fees, but there are no setup fees": "there are no setup fees",
		"We do not claim that there are no setup fees.":              "",
		"My dream is that one day there are no setup fees.":          "",
		"I was sick of vendors who hide their prices.":               "",
		"Hello and thanks for your time.":                            "",
		"Other people's data is never shared.":                       "Other people's data is never shared",
		"You get used to an answer within a day.":                    "You get used to an answer within a day",
	} {
		got := ""
		for _, c := range claimsIn(cat, text) {
			got += c.text
		}
		if got != want {
			t.Errorf("%q: claims %q, want %q", text, got, want)
		}
	}
}
