package match

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// The first case is the example of the wire contract.
func TestPartnerScore(t *testing.T) {
	dana := Contractor{FocusAreas: []string{"controlling_lead_flow", "closing_higher_percentage"}, Primary: "controlling_lead_flow", Revenue: "11_20_million", MoreTools: true, MoreActivity: true}
	with := func(change func(*Contractor)) Contractor { c := dana; change(&c); return c }
	marketPro := Partner{ID: 2, FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Revenue: []string{"500k_1m", "1m_5m"}, Confidence: 92}
	for _, c := range []struct {
		name    string
		who     Contractor
		partner Partner
		score   int
		reasons []string
	}{
		{"the contract's example", dana, marketPro, 58,
			[]string{"Specializes in your focus areas: controlling lead flow", "92% customer satisfaction rating", "Ideal timing based on your growth indicators"}},
		{"nothing is known", Contractor{}, Partner{}, 15, []string{}}, // 7.5 + 7.5
		{"everything fits", Contractor{FocusAreas: []string{"a", "b", "c"}, Primary: "a", Revenue: "0_5_million", Tools: []string{"HubSpot", "Jira"}, MoreTools: true, MorePeople: true, MoreActivity: true},
			Partner{FocusAreas: []string{"c", "b", "a"}, Revenue: []string{"0_5_million"}, Tools: []string{"jira", "hubspot"}, Confidence: 100}, 100,
			[]string{"Specializes in your focus areas: a, b, c", "Perfect fit for $0-5M revenue businesses", "Works with your tools: HubSpot, Jira", "100% customer satisfaction rating", "Ideal timing based on your growth indicators"}},
		{"only the first three areas count", with(func(c *Contractor) { c.FocusAreas = []string{"x", "y", "z", "controlling_lead_flow"}; c.Primary = "x" }),
			Partner{FocusAreas: []string{"controlling_lead_flow"}}, 22, []string{"Specializes in your focus areas: controlling lead flow", "Ideal timing based on your growth indicators"}}, // 7.5+7.5+6.67
		{"an area named twice counts once", with(func(c *Contractor) {
			c.FocusAreas = []string{"controlling_lead_flow", "controlling_lead_flow"}
		}), marketPro, 58, nil},
		{"confidence out of range", dana, Partner{Confidence: 1e9}, 32, []string{"100% customer satisfaction rating", "Ideal timing based on your growth indicators"}},
		{"confidence is no number", dana, Partner{Confidence: math.NaN()}, 22, nil},
		{"89 is not named", dana, Partner{Confidence: 89}, 31, []string{"Ideal timing based on your growth indicators"}},
		{"one sign is no timing", with(func(c *Contractor) { c.MoreTools = false }), Partner{}, 18, []string{}},
		{"no tool shared", with(func(c *Contractor) { c.Tools = []string{"A"} }), Partner{Tools: []string{"B"}}, 18, nil},
		{"one tool shared", with(func(c *Contractor) { c.Tools = []string{"A"} }), Partner{Tools: []string{"B", "a"}}, 25, []string{"Works with your tools: A", "Ideal timing based on your growth indicators"}},
	} {
		got := Partners(c.who, []Partner{c.partner})[0]
		if got.Score != c.score || c.reasons != nil && !reflect.DeepEqual(got.Reasons, c.reasons) {
			t.Errorf("%s: %d %q, want %d %q", c.name, got.Score, got.Reasons, c.score, c.reasons)
		}
		weights := 0.0
		for _, p := range got.Parts {
			weights += p.Weight
		}
		if math.Abs(weights-1) > 1e-9 {
			t.Errorf("%s: weights %v", c.name, weights)
		}
	}
}

func TestRevenue(t *testing.T) {
	for _, c := range []struct {
		mine    string
		targets []string
		want    float64
	}{
		{"11_20_million", []string{"11_20_million"}, 100},
		{"11_20_million", []string{"5_10_million"}, 75},
		{"11_20_million", []string{"51_75_million", "21_30_million"}, 75},
		{"11_20_million", []string{"500k_1m", "1m_5m"}, 25},
		{"300_plus_million", []string{"151_300_million"}, 75},
		{"0_5_million", []string{"300_plus_million"}, 25},
		{"1m_5m", []string{"0_5_million"}, 100}, // the older name of a part of it
		{"0_5_million", []string{"1m_5m"}, 75},
		{"11_20_million", []string{"over_10m"}, 100},
		{"", []string{"over_10m"}, 50},
		{"11_20_million", nil, 50},
		{"11_20_million", []string{"nonsense"}, 50},
		{"nonsense", []string{"nonsense"}, 100},
		{"nonsense", []string{"11_20_million"}, 50},
	} {
		if got := revenueScore(c.mine, c.targets); got != c.want {
			t.Errorf("%s for %v: %v, want %v", c.mine, c.targets, got, c.want)
		}
	}
}

func TestFocused(t *testing.T) {
	who := Contractor{FocusAreas: []string{"a", "b", "a", "c"}, Primary: "a"}
	for _, c := range []struct {
		index   int
		areas   []string
		primary string
	}{{0, []string{"a", "b", "c"}, "a"}, {1, []string{"b", "a", "c"}, "b"}, {2, []string{"c", "a", "b"}, "c"}, {9, []string{"a", "b", "c"}, "a"}, {-1, []string{"a", "b", "c"}, "a"}} {
		got, current := who.Focused(c.index)
		if !reflect.DeepEqual(got.FocusAreas, c.areas) || got.Primary != c.primary || current != c.areas[0] {
			t.Errorf("%d: %v %s %s", c.index, got.FocusAreas, got.Primary, current)
		}
	}
	if !reflect.DeepEqual(who.FocusAreas, []string{"a", "b", "a", "c"}) {
		t.Error("the contractor was changed")
	}
	if got, current := (Contractor{Primary: "p"}).Focused(0); current != "p" || !reflect.DeepEqual(got.FocusAreas, []string{"p"}) {
		t.Error(got, current)
	}
	if _, current := (Contractor{}).Focused(3); current != "" {
		t.Error(current)
	}
}

// The order does not depend on the order of the input.
func TestDeterministic(t *testing.T) {
	c := Contractor{FocusAreas: []string{"a", "b"}, Primary: "a", Revenue: "5_10_million"}
	var partners []Partner
	for i := range int64(40) {
		partners = append(partners, Partner{ID: i, FocusAreas: []string{string(rune('a' + i%4))}, Confidence: float64(i % 3)})
	}
	want := Partners(c, partners)
	for seed := range uint64(20) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(partners), func(i, j int) { partners[i], partners[j] = partners[j], partners[i] })
		if got := Partners(c, partners); !reflect.DeepEqual(got, want) {
			t.Fatal("another order")
		}
	}
}

func TestColumns(t *testing.T) {
	for in, want := range map[string][]string{
		`["a","b"]`: {"a", "b"}, `["A B", "a b"," "]`: {"A B"}, `"one"`: {"one"}, `100k_500k`: {"100k_500k"}, `a, b ,`: {"a", "b"}, `[1,2.5,null,{"x":1},"y"]`: {"1", "2.5", "y"},
		``: nil, `null`: nil, `undefined`: nil, `[object Object]`: nil, `[object Object],[object Object]`: nil, `{"a":1}`: nil, `["broken`: nil, `[]`: nil, `{broken`: nil,
	} {
		if got := List(in); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := Keys(`["Controlling Lead Flow"]`); !slices.Equal(got, []string{"controlling_lead_flow"}) {
		t.Error(got)
	}
	if Key("[object Object]") != "" || Key(" 5_10_Million ") != "5_10_million" || Key("undefined") != "" {
		t.Error("keys")
	}
	for in, want := range map[string]bool{"1": true, "yes": true, "TRUE": true, "0": false, "": false, "no": false, "2": false} {
		if Flag(in) != want {
			t.Error(in)
		}
	}
	if Number("96") != 96 || Number(" 4.7 ") != 4.7 || Number("NaN") != 0 || Number("25-50") != 0 {
		t.Error("numbers")
	}
}

var today = time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC)

func day(s string) time.Time {
	d, _ := time.Parse(time.DateOnly, s)
	return d
}

func TestResources(t *testing.T) {
	c := Contractor{FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Primary: "controlling_lead_flow", ServiceArea: "Pittsburgh, PA", Services: []string{"roofing"}}
	podcasts := []Podcast{
		{ID: 1, FocusAreas: []string{"controlling_lead_flow", "greenfield_growth"}, Topics: []string{"Business Growth"}},
		{ID: 2, FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Topics: []string{"Marketing", "Hiring"}},
	}
	p, ok := BestPodcast(c, podcasts)
	if !ok || p.ID != 2 || p.Score != 90 || !reflect.DeepEqual(p.Reasons, []string{"Covers your focus areas: controlling lead flow, marketing automation", "Talks about Marketing"}) {
		t.Errorf("%v %+v", ok, p)
	}
	events := []Event{
		{ID: 1, FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Date: day("2027-03-11"), Deadline: day("2027-03-04"), Location: "Philadelphia, PA", Format: "In-Person"},
		{ID: 2, FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Date: day("2027-12-20"), Location: "Online", Format: "Virtual"},
		{ID: 3, FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Date: day("2026-11-25"), Format: "Virtual"},
		{ID: 4, FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, Date: day("2026-12-25"), Deadline: day("2026-11-25"), Format: "Virtual"},
	}
	e, ok := BestEvent(c, events, today)
	if !ok || e.ID != 1 || e.Score != 96 || e.Reasons[1] != "Takes place in your state: Philadelphia, PA" || e.Reasons[2] != "Leaves time to plan: March 11, 2027" {
		t.Errorf("%v %+v", ok, e)
	}
	if e, ok := BestEvent(c, events[2:], today); ok {
		t.Errorf("an event that is over: %+v", e)
	}
	if e, _ := BestEvent(c, []Event{{ID: 5, FocusAreas: c.FocusAreas, Date: day("2026-11-26")}}, today); e.ID != 5 {
		t.Error("an event of today counts")
	}
	makers := []Manufacturer{
		{ID: 1, FocusAreas: []string{"controlling_lead_flow"}, Products: []string{"Asphalt Shingles", "Solar Roofing"}, Rating: 4.7, Training: true, Confidence: 96},
		{ID: 2, FocusAreas: []string{"closing_higher_percentage"}, Products: []string{"Doors"}, Rating: 5},
	}
	m, ok := BestManufacturer(c, makers)
	if !ok || m.ID != 1 || m.Score != 84 || !reflect.DeepEqual(m.Reasons, []string{"Supports your focus areas: controlling lead flow", "Makes what you install: Solar Roofing", "Rated 4.7 of 5 by contractors", "Trains your crews"}) {
		t.Errorf("%v %+v", ok, m)
	}
	if _, ok := BestManufacturer(c, makers[1:]); ok {
		t.Error("no reason, and a match")
	}
	if _, ok := BestPodcast(Contractor{}, podcasts); ok {
		t.Error("a podcast for nobody's interest")
	}
}

// Whatever stands in the columns, scores stay in range and reasons are texts.
func FuzzPartners(f *testing.F) {
	f.Add(`["a"]`, "a", "5_10_million", "yes", `["a"]`, "100k_500k", "96")
	f.Add("[object Object]", "undefined", "25-50", "0", "{", "[[[", "-1e309")
	f.Fuzz(func(t *testing.T, areas, primary, revenue, flag, served, targets, confidence string) {
		c := Contractor{FocusAreas: Keys(areas), Primary: Key(primary), Revenue: Key(revenue), MoreTools: Flag(flag), Tools: List(served), Services: List(targets), ServiceArea: primary}
		c, _ = c.Focused(len(areas) % 4)
		for _, m := range Partners(c, []Partner{{FocusAreas: Keys(served), Revenue: Keys(targets), Tools: List(areas), Confidence: Number(confidence)}}) {
			if m.Score < 0 || m.Score > 100 || m.Reasons == nil {
				t.Fatalf("%+v", m)
			}
		}
		if m, ok := BestManufacturer(c, []Manufacturer{{FocusAreas: Keys(served), Products: List(targets), Rating: Number(confidence), Confidence: Number(revenue)}}); ok && (m.Score < 0 || m.Score > 100 || len(m.Reasons) == 0) {
			t.Fatalf("%+v", m)
		}
		if m, ok := BestEvent(c, []Event{{FocusAreas: Keys(served), Location: targets, Format: flag}}, today); ok && (m.Score < 0 || m.Score > 100) {
			t.Fatalf("%+v", m)
		}
	})
}
