package api

import (
	"context"
	"math"

	"github.com/power100/tpe/internal/confidence"
	"github.com/power100/tpe/internal/sqldb"
)

// standingOf is what the portal and the administrators' pages show of one
// partner. All of it is computed from what is stored; what nobody has said
// anything about is null or empty.
type standingOf struct {
	partner  sqldb.PartnerDetail
	standing sqldb.Standing
	metrics  sqldb.FeedbackMetrics
	ratings  []sqldb.RatingRow
	history  []sqldb.ScoreRow
	insights []sqldb.Insight
	comments []sqldb.Comment
}

// partnerProfile gathers what is stored about a partner.
func (s *Server) partnerProfile(ctx context.Context, id int64) (p standingOf, err error) {
	db, since := s.opts.DB, s.opts.Now().Add(-recent)
	f := sqldb.FeedbackFilter{PartnerID: id}
	err = steps(
		func() (err error) { p.partner, err = sqldb.PartnerByID(ctx, db, id); return err },
		func() (err error) { p.standing, err = sqldb.StandingOf(ctx, db, id, since); return err },
		func() (err error) { p.metrics, err = sqldb.FeedbackOf(ctx, db, f); return err },
		func() (err error) { p.ratings, err = sqldb.Ratings(ctx, db, id); return err },
		func() (err error) { p.history, err = sqldb.ScoreHistory(ctx, db, id, mostScores); return err },
		func() (err error) { p.insights, err = sqldb.Insights(ctx, db, id); return err },
		func() (err error) { p.comments, err = sqldb.Comments(ctx, db, f, mostComments); return err },
	)
	return p, err
}

// category is one thing that contractors rate.
type category struct {
	key, name string
	mean      sqldb.Number
	of        func(sqldb.RatingRow) sqldb.Number
}

func (p *standingOf) categories() []category {
	return []category{
		{"service", "Service Quality", p.metrics.AvgServiceQuality, func(r sqldb.RatingRow) sqldb.Number { return r.Service }},
		{"communication", "Communication", p.metrics.AvgCommunication, func(r sqldb.RatingRow) sqldb.Number { return r.Communication }},
		{"results", "Overall Satisfaction", p.metrics.AvgSatisfaction, func(r sqldb.RatingRow) sqldb.Number { return r.Overall }},
		{"value", "Value for Money", p.metrics.AvgValue, func(r sqldb.RatingRow) sqldb.Number { return r.Value }},
	}
}

// trend compares the later half of the answers with the earlier one; with
// fewer than four there is none.
func (p *standingOf) trend(c category) string {
	var given []float64 // the last one first
	for _, r := range p.ratings {
		if n := c.of(r); n.Valid {
			given = append(given, n.Float)
		}
	}
	if len(given) < 4 {
		return "stable"
	}
	half := len(given) / 2
	return confidence.Trend(int(math.Round(10*mean(given[len(given)-half:]))), int(math.Round(10*mean(given[:half]))))
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// nps returns the net promoter score of the answers; nil without one.
func (p *standingOf) nps() *int {
	var answers []float64
	for _, r := range p.ratings {
		answers = append(answers, r.Recommend.Float)
	}
	n, ok := confidence.NPS(answers)
	if !ok {
		return nil
	}
	return &n
}

// positive returns the percentage of answers of eight and more; nil without
// an answer.
func (p *standingOf) positive() *float64 {
	n := 0
	for _, r := range p.ratings {
		if r.Overall.Float >= 8 {
			n++
		}
	}
	return percent(int64(n), int64(len(p.ratings)))
}

// percent returns a share in whole percent; nil of nothing.
func percent(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	return ptr(math.Round(100 * float64(part) / float64(whole)))
}

// optional returns a number with two digits; nil for none.
func optional(n sqldb.Number) *float64 {
	if !n.Valid {
		return nil
	}
	return ptr(math.Round(n.Float*100) / 100)
}

// rule is one sentence that figures say about a partner.
type rule struct {
	kind, category, description, recommendation string
	priority                                    int
}

// Bounds of what is called a strength and a weakness, in means from 1 to 10,
// and how many answers they need.
const (
	strongFrom   = 8.5
	weakTo       = 6.0
	fewestForTip = 3
)

// tips returns what the figures say: the categories that contractors rate
// high and low, after what people have noted.
func (p *standingOf) tips() []sqldb.Insight {
	list := append([]sqldb.Insight{}, p.insights...)
	if p.metrics.TotalResponses < fewestForTip {
		return list
	}
	for _, c := range p.categories() {
		var r rule
		switch {
		case !c.mean.Valid:
			continue
		case c.mean.Float >= strongFrom:
			r = rule{"strength", c.name, "Contractors rate it high.", "Show it in your messages.", 3}
		case c.mean.Float <= weakTo:
			r = rule{"improvement", c.name, "Contractors rate it low.", "Ask the contractors who rated it low what they missed.", 1}
		default:
			continue
		}
		text := func(s string) sqldb.Text { return sqldb.Text{String: s, Valid: true} }
		list = append(list, sqldb.Insight{Type: text(r.kind), Category: text(r.category), Description: text(r.description),
			Recommendation: text(r.recommendation), Priority: sqldb.Number{Float: float64(r.priority), Valid: true}})
	}
	return list
}
