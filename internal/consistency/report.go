package consistency

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// MinRespondents is how many employees must have answered before any of them
// is quoted.
const MinRespondents = 5

// Target is how many of each group make a full picture, fifteen in all.
const Target = 5

// Report is the outcome for one partner.
type Report struct {
	Method    string `json:"method"`
	Catalogue string `json:"catalogue_sha256"`
	InputHash string `json:"input_sha256"`
	PartnerID string `json:"partner_id"`
	Name      string `json:"name,omitempty"`
	Segment   string `json:"segment,omitempty"`
	// Score is 0 to 100; nil when the evidence is insufficient, and then
	// Missing says what is needed.
	Score    *float64    `json:"score"`
	Interval *[2]float64 `json:"interval"`
	// Deductions is how the score comes about: 100 less all points.
	Deductions      []Deduction      `json:"deductions"`
	Missing         []string         `json:"missing"`
	Collected       Collected        `json:"collected"`
	Alignment       []Alignment      `json:"alignment"`
	Claims          []Claim          `json:"claims"`
	Discrepancies   []Discrepancy    `json:"discrepancies"`
	Recommendations []Recommendation `json:"recommendations"`
	Notes           []string         `json:"notes"`
	Inputs          []Input          `json:"inputs"`
	// Identified says that employees may be named in it.
	Identified bool `json:"identified"`
	// Reduced says that the words were taken out, see [Report.Reduce].
	Reduced bool `json:"reduced,omitempty"`
}

// Collected counts the people who were heard, towards Target each.
type Collected struct {
	CEO        int `json:"ceo"`
	Employees  int `json:"employees"`
	Demos      int `json:"demos"`
	References int `json:"references"`
	// Counted is how many of the fifteen are in.
	Counted int `json:"counted"`
	Wanted  int `json:"wanted"`
}

// Quote is an exact substring of a document: Text is its bytes [Start, End).
// One that must not be shown is left out.
type Quote struct {
	Document string `json:"doc"`
	Group    Group  `json:"group"`
	Text     string `json:"quote"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
}

// Count is the number of people and documents of a group behind a verdict.
type Count struct {
	Group     Group `json:"group"`
	Support   int   `json:"support"`
	Against   int   `json:"against"`
	People    int   `json:"people"`
	Documents int   `json:"documents"`
}

// Claim is one promise of the CEO and what the others make of it.
type Claim struct {
	Topic   string  `json:"topic"`
	Title   string  `json:"title"`
	Quote   Quote   `json:"quote"`
	Verdict Verdict `json:"verdict"`
	Counts  []Count `json:"counts"`
	// Chance, 0 to 1, is that of the others gainsaying the claim; 0 when nobody
	// does. From 0.4 on it is a discrepancy, when the surest one of the partner
	// has 0.65; from 0.1 on it lowers the score a little.
	Chance float64 `json:"chance"`
	// Why says what moved the verdict, the strongest first.
	Why []Reason `json:"why"`
}

// Discrepancy is a claim that others gainsay, or that nobody speaks to.
// Evidence begins with the words of the CEO, or of a demo where the CEO is
// silent on the topic; the other side follows.
type Discrepancy struct {
	Topic    string  `json:"topic"`
	Title    string  `json:"title"`
	Kind     Kind    `json:"kind"`
	Severity string  `json:"severity"` // "high", "medium" or "low"
	Groups   []Group `json:"groups"`
	Evidence []Quote `json:"evidence"`
	// Withheld counts the people who are not quoted, lest an employee is known.
	Withheld int    `json:"withheld,omitempty"`
	Summary  string `json:"summary"`
	// Why says what moved it, the strongest first.
	Why []Reason `json:"why"`
}

// Recommendation is what to do about one discrepancy.
type Recommendation struct {
	Discrepancy int    `json:"discrepancy"` // index in Discrepancies
	Topic       string `json:"topic"`
	Text        string `json:"text"`
}

// MinVoices is how many people besides the CEO must be heard for a score.
const MinVoices = 3

func (e *Engine) report(p Partner, voices []voice, inputs []Input, j *jury, al []Alignment) *Report {
	rep := &Report{Method: MethodVersion, Catalogue: e.cat.hash, PartnerID: p.ID, Name: p.Name, Segment: p.Segment,
		Missing: []string{}, Claims: []Claim{}, Discrepancies: []Discrepancy{}, Recommendations: []Recommendation{},
		Notes: []string{}, Deductions: []Deduction{}, Alignment: al, Identified: e.opts.Identify}
	rep.Collected = collected(voices)
	rep.InputHash = inputHash(inputs)
	private := e.newPrivacy(voices, p.Documents)
	rep.Inputs = private.documents(inputs)
	findings := j.settle(nil)
	var reported []int
	for i := range findings {
		f := &findings[i]
		c := &j.claims[f.claim]
		if c.group == CEO {
			rep.Claims = append(rep.Claims, Claim{Topic: c.name, Title: e.cat.titleOf(c), Verdict: f.ruling.verdict, Counts: counts(&f.ruling, voices), Chance: f.ruling.shown(), Why: j.whyClaim(f, private),
				Quote: Quote{c.doc, CEO, c.text, c.quote.start, c.quote.end}})
		}
		if f.kind != "" {
			reported = append(reported, i)
		}
	}
	slices.SortStableFunc(reported, func(a, b int) int { return findings[a].severityRank() - findings[b].severityRank() })
	for _, i := range reported {
		rep.Discrepancies = append(rep.Discrepancies, e.discrepancy(j, &findings[i], private))
	}
	for i, d := range rep.Discrepancies {
		rep.Recommendations = append(rep.Recommendations, Recommendation{i, d.Topic, e.cat.advice(d)})
	}
	rep.Missing = missing(rep.Collected, rep.Claims)
	if len(rep.Missing) == 0 {
		score := scoreOf(j.penalty())
		rep.Deductions = j.deductions(reported)
		iv := j.interval(score) // settles again: findings no longer hold
		rep.Score, rep.Interval = &score, &iv
	}
	for _, in := range rep.Inputs {
		switch {
		case in.Language != "":
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s is in %s and was left out: only English is read.", in.Document, in.Language))
		case in.DuplicateOf != "":
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s says the same as %s and counts once.", in.Document, in.DuplicateOf))
		case in.Empty:
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s is empty.", in.Document))
		case in.orders == 1:
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s has a sentence that gives orders to a program; it was left out.", in.Document))
		case in.orders > 1:
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s has %d sentences that give orders to a program; they were left out.", in.Document, in.orders))
		}
	}
	if private.note != "" {
		rep.Notes = append(rep.Notes, private.note)
	}
	return rep
}

// shown is the chance of a discrepancy when somebody speaks against the claim.
func (r *ruling) shown() float64 {
	if r.against == 0 {
		return 0
	}
	return math.Round(100*r.chance) / 100
}

func collected(voices []voice) Collected {
	n := map[Group]int{}
	for _, v := range voices {
		n[v.group]++
	}
	return Collected{CEO: n[CEO], Employees: n[Employees], Demos: n[Demos], References: n[Customers], Wanted: 3 * Target,
		Counted: min(n[Employees], Target) + min(n[Demos], Target) + min(n[Customers], Target)}
}

// inputHash is of the documents that count, in their order.
func inputHash(inputs []Input) string {
	var parts [][]byte
	for _, in := range inputs {
		if in.DuplicateOf == "" && !in.Empty {
			parts = append(parts, []byte(in.Document), []byte(in.Group), []byte(in.SHA256))
		}
	}
	return hashOf(parts...)
}

func missing(c Collected, claims []Claim) []string {
	out := []string{}
	switch {
	case c.CEO == 0:
		out = append(out, "a message of the CEO in English")
	case len(claims) == 0:
		out = append(out, "a claim in the CEO's message that can be checked")
	}
	if wanted := MinVoices - c.Employees - c.Demos - c.References; wanted == 1 {
		out = append(out, "1 more person among employees, customers and demos")
	} else if wanted > 1 {
		out = append(out, fmt.Sprintf("%d more people among employees, customers and demos", wanted))
	}
	groups := 0
	for _, n := range []int{c.Employees, c.Demos, c.References} {
		if n > 0 {
			groups++
		}
	}
	switch groups {
	case 0:
		out = append(out, "two of these groups")
	case 1:
		out = append(out, "a second of these groups")
	}
	return out
}

func counts(r *ruling, voices []voice) []Count {
	out := []Count{}
	for i, g := range Groups() {
		t := &r.groups[i]
		if t.touched == 0 {
			continue
		}
		docs := 0
		for _, v := range append(slices.Clone(t.supporters), t.dissenters...) {
			docs += len(voices[v].docs)
		}
		out = append(out, Count{g, t.support, t.against, t.touched, docs + t.touched - t.support - t.against})
	}
	return out
}

func (e *Engine) discrepancy(j *jury, f *finding, private privacy) Discrepancy {
	c, row := &j.claims[f.claim], j.table[f.claim]
	d := Discrepancy{Topic: c.name, Kind: f.kind, Title: e.cat.titleOf(c), Groups: []Group{c.group}, Evidence: []Quote{}}
	if own := (Quote{c.doc, c.group, c.text, c.quote.start, c.quote.end}); private.may(own) {
		d.Evidence = append(d.Evidence, own)
	} else {
		d.Withheld++
	}
	if f.kind != UnsupportedClaim {
		for i, g := range Groups() {
			t := &f.ruling.groups[i]
			if t.against == 0 || g == c.group {
				continue
			}
			d.Groups = append(d.Groups, g)
			for _, v := range t.dissenters {
				if q := row[v].dissent.in(g); private.may(q) {
					d.Evidence = append(d.Evidence, q)
				} else {
					d.Withheld++
				}
			}
		}
	}
	d.Severity = f.severity()
	d.Summary = f.summary(c.group)
	d.Why = j.whyDiscrepancy(f, private)
	return d
}

func (f *finding) severity() string {
	groups := 0
	for i := range f.ruling.groups {
		if f.ruling.groups[i].against > 0 {
			groups++
		}
	}
	switch against := f.ruling.against; {
	case f.kind == UnsupportedClaim:
		return "low"
	case f.kind == SentimentSplit, against < 2:
		return "medium"
	case groups >= 2 || against >= 3:
		return "high"
	}
	return "medium"
}

func (f *finding) severityRank() int {
	return slices.Index([]string{"high", "medium", "low"}, f.severity())
}

// summary says in a sentence who gainsays a claim of a group.
func (f *finding) summary(by Group) string {
	r := &f.ruling
	switch f.kind {
	case UnsupportedClaim:
		return "The CEO says so; nobody else clearly speaks of it."
	case NumericMismatch:
		return r.figuresSummary(by)
	case SentimentSplit:
		return r.who(func(t *tally) int { return t.against }, "feels otherwise", "feel otherwise") + "."
	case Contradiction:
	}
	return r.who(func(t *tally) int { return t.against }, "says the opposite", "say the opposite") + "."
}

// figuresSummary also counts those who gainsay a figure without one of their own.
func (r *ruling) figuresSummary(by Group) string {
	whose := "the CEO's"
	if by == Demos {
		whose = "the one in the demo"
	}
	text := r.who(func(t *tally) int { return t.figures }, "reports a figure that is worse than "+whose, "report a figure that is worse than "+whose)
	words := func(t *tally) int { return t.against - t.figures }
	if rest := r.who(words, "says the opposite in words", "say the opposite in words"); rest != "" {
		text += "; " + rest
	}
	return text + "."
}

// who names the people that count, and what one or several of them do: "2
// people (employees, customers) say so". It is empty without anybody.
func (r *ruling) who(count func(*tally) int, does, do string) string {
	n := 0
	var of []Group
	var names []string
	for i, g := range Groups() {
		if k := count(&r.groups[i]); k > 0 {
			n += k
			of, names = append(of, g), append(names, groupNames[g])
		}
	}
	switch {
	case n == 0:
		return ""
	case n == 1:
		return numberOf(n, of[0]) + " " + does
	case len(of) == 1:
		return numberOf(n, of[0]) + " " + do
	}
	return fmt.Sprintf("%d people (%s) %s", n, strings.Join(names, ", "), do)
}

// numberOf is so many of a group: "1 demo", "2 demos".
func numberOf(n int, g Group) string {
	name := groupNames[g]
	if n == 1 {
		name = strings.TrimSuffix(name, "s")
	}
	return fmt.Sprintf("%d %s", n, name)
}

var groupNames = map[Group]string{CEO: "CEO", Employees: "employees", Customers: "customers", Demos: "demos"}
