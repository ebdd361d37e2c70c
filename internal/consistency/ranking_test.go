package consistency

import (
	"strings"
	"testing"
)

func TestRankPutsTheLowestFirstAndSharesRanks(t *testing.T) {
	score := func(x float64) *float64 { return &x }
	report := func(id string, s *float64) *Report {
		r := &Report{PartnerID: id, Score: s, Missing: []string{"a message"}}
		if s != nil {
			r.Interval = &[2]float64{*s, *s}
		}
		return r
	}
	all := Rank([]*Report{report("p10", score(90)), report("p2", nil), report("p9", score(90)), report("a|b", score(40)), report("p1", score(100))})
	change := -3.25
	all[0].Drift, all[0].Since = &Drift{Change: &change, Appeared: []string{"response_time"}}, "2026-11-01"
	var got []string
	for _, r := range all {
		got = append(got, strings.Join(r.cells()[:2], " "))
	}
	if want := "3 a|b (a|b), 2 p9 (p9), 2 p10 (p10), 1 p1 (p1), - p2 (p2)"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	page, err := HTML(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"-3.2", "insufficient evidence", "40.0 of 100"} {
		for name, text := range map[string]string{"text": RankingText(all), "Markdown": RankingMarkdown(all), "HTML": page} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
	}
	if !strings.Contains(RankingMarkdown(all), `a\|b`) || strings.Count(page, "<article>") != 5 || !strings.Contains(page, "Since 2026-11-01: score -3.2; new: response time.") {
		t.Errorf("Markdown or HTML is wrong:\n%s\n%s", RankingMarkdown(all), page)
	}
}
