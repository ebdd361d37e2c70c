package consistency

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/power100/tpe/internal/tpe"
)

// Ranked is a report among those of other partners.
type Ranked struct {
	Report *Report
	// Rank is 1 for the most consistent; equal scores share one. 0 is without
	// a score.
	Rank int
	// Drift is what has changed since the last report, Since its time; nil and
	// empty when there is none.
	Drift *Drift
	Since string
}

// Rank puts the lowest score first: that is where to look. Partners without a
// score come last.
func Rank(reports []*Report) []Ranked {
	out := make([]Ranked, len(reports))
	for i, r := range reports {
		out[i].Report = r
	}
	slices.SortStableFunc(out, func(a, b Ranked) int {
		x, y := a.Report, b.Report
		switch {
		case x.Score == nil && y.Score == nil:
			return compareNatural(x.PartnerID, y.PartnerID)
		case x.Score == nil:
			return 1
		case y.Score == nil:
			return -1
		}
		return cmp.Or(cmp.Compare(*x.Score, *y.Score), compareNatural(x.PartnerID, y.PartnerID))
	})
	rank, before := 0, -1.0
	for i := range slices.Backward(out) {
		if score := out[i].Report.Score; score != nil {
			if *score != before {
				rank++
			}
			out[i].Rank, before = rank, *score
		}
	}
	return out
}

// rankingColumns are those of the table in which partners stand side by side.
var rankingColumns = []string{"rank", "partner", "score", "discrepancies", "heard", "since the last"}

func (r Ranked) cells() []string {
	rank, since := "-", "-"
	if r.Rank > 0 {
		rank = fmt.Sprint(r.Rank)
	}
	if r.Drift != nil && r.Drift.Change != nil {
		since = fmt.Sprintf("%+.1f", *r.Drift.Change)
	}
	score := "insufficient evidence"
	if r.Report.Score != nil {
		score = r.Report.scoreLine()
	}
	c := r.Report.Collected
	return []string{rank, fmt.Sprintf("%s (%s)", r.Report.title(), r.Report.PartnerID), score, fmt.Sprint(len(r.Report.Discrepancies)),
		fmt.Sprintf("%d of %d", c.Counted, c.Wanted), since}
}

// RankingText is the table for a terminal.
func RankingText(all []Ranked) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, strings.Join(rankingColumns, "\t")) // a Builder does not fail
	for _, r := range all {
		cells := r.cells()
		for i := range cells {
			cells[i] = tpe.Shown(cells[i])
		}
		_, _ = fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush()
	return b.String()
}

// RankingMarkdown is the table as GitHub-flavoured Markdown.
func RankingMarkdown(all []Ranked) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(rankingColumns, " | "), strings.Repeat("---|", len(rankingColumns)))
	for _, r := range all {
		cells := r.cells()
		for i := range cells {
			cells[i] = escapeMarkdown(cells[i])
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}

// ChangeText says what has changed since the last report, in a line; it is
// empty when there is none.
func (r Ranked) ChangeText() string {
	if r.Drift == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Since %s: ", r.Since)
	if r.Drift.Change != nil {
		fmt.Fprintf(&b, "score %+.1f", *r.Drift.Change)
	} else {
		b.WriteString("no two scores to compare")
	}
	for _, list := range []struct {
		what   string
		topics []string
	}{{"resolved", r.Drift.Resolved}, {"new", r.Drift.Appeared}} {
		sep := "; " + list.what + ": "
		for _, topic := range list.topics {
			b.WriteString(sep + r.Report.titleOf(topic))
			sep = ", "
		}
	}
	b.WriteString(".")
	return b.String()
}

// titleOf is the title of a topic that the report may speak of.
func (r *Report) titleOf(topic string) string {
	for _, d := range r.Discrepancies {
		if d.Topic == topic {
			return d.Title
		}
	}
	for _, c := range r.Claims {
		if c.Topic == topic {
			return c.Title
		}
	}
	return plainName(topic)
}
