package api

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/power100/tpe/internal/confidence"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// highPerformer is the score from which a partner counts as one.
const highPerformer = 85

// trendIcon draws the trend of a score, as the front end shows it.
func trendIcon(trend string) string {
	switch trend {
	case "up":
		return "↗"
	case "down":
		return "↘"
	}
	return "→"
}

type enhancedListOutput struct {
	Body struct {
		Success  bool              `json:"success"`
		Partners []enhancedPartner `json:"partners" nullable:"false"`
		Summary  struct {
			TotalPartners  int      `json:"total_partners"`
			ActivePartners int      `json:"active_partners"`
			AvgScore       *float64 `json:"avg_powerconfidence"`
			HighPerformers int      `json:"high_performers" doc:"active partners with a score of 85 and more"`
		} `json:"summary"`
	}
}

type enhancedPartner struct {
	sqldb.EnhancedPartner
	TrendIcon string `json:"trend_icon"`
}

// enhancedPartners lists every partner with its figures.
func (s *Server) enhancedPartners(ctx context.Context, _ *struct{}) (*enhancedListOutput, error) {
	rows, err := sqldb.EnhancedPartners(ctx, s.opts.DB, s.opts.Now().Add(-recent))
	if err != nil {
		return nil, err
	}
	out := &enhancedListOutput{}
	b := &out.Body
	b.Success, b.Partners = true, make([]enhancedPartner, len(rows))
	var scores []float64
	for i, r := range rows {
		r.CurrentPowerConfidenceScore = r.PowerConfidenceScore
		b.Partners[i] = enhancedPartner{r, trendIcon(r.ScoreTrend.String)}
		b.Summary.TotalPartners++
		if !r.IsActive.Bool {
			continue
		}
		b.Summary.ActivePartners++
		if r.PowerConfidenceScore.Valid {
			scores = append(scores, r.PowerConfidenceScore.Float)
		}
		if r.PowerConfidenceScore.Float >= highPerformer {
			b.Summary.HighPerformers++
		}
	}
	if len(scores) > 0 {
		b.Summary.AvgScore = ptr(math.Round(mean(scores)))
	}
	return out, nil
}

// PartnerPath is the request of a route with a {partnerId}.
type PartnerPath struct {
	PartnerID int64 `path:"partnerId" minimum:"1" maximum:"999999999999999"`
}

type enhancedOutput struct {
	Body struct {
		Success bool         `json:"success"`
		Data    enhancedData `json:"data"`
	}
}

type enhancedData struct {
	Partner    sqldb.Partner `json:"partner"`
	Confidence struct {
		Current    sqldb.Number       `json:"current_score"`
		Previous   sqldb.Number       `json:"previous_score"`
		Trend      string             `json:"trend" enum:"up,down,stable"`
		Icon       string             `json:"trend_icon"`
		History    []scoreAt          `json:"score_history" nullable:"false"`
		Categories map[string]float64 `json:"category_scores" doc:"0 to 100; only what contractors rated"`
	} `json:"powerconfidence"`
	Insights []sqldb.Insight `json:"insights" nullable:"false"`
	Feedback struct {
		TotalReviews  int64    `json:"total_reviews"`
		AvgRating     *float64 `json:"avg_rating"`
		ResponseRate  *float64 `json:"response_rate" doc:"percent of the surveys that were answered"`
		NPS           *int     `json:"nps_score"`
		RecentReviews int64    `json:"recent_feedback_count"`
	} `json:"feedback_metrics"`
	Engagement struct {
		DemoPerformance *float64 `json:"demo_performance_score" doc:"percent of the booked demos that were completed"`
		RetentionRate   *float64 `json:"contractor_retention_rate" doc:"percent of the answers that would use the partner again"`
		Leads           int64    `json:"leads"`
	} `json:"engagement_metrics"`
	ActionItems []actionItem `json:"action_items" nullable:"false"`
}

type actionItem struct {
	Priority    string `json:"priority" enum:"high,medium,low"`
	Title       string `json:"title"`
	Description string `json:"description"`
	DueDate     string `json:"due_date" doc:"YYYY-MM-DD"`
}

// actionLife is how long an administrator has for what the figures ask for.
const actionLife = 14 * 24 * time.Hour

// enhancedPartner answers with the figures of one active partner.
func (s *Server) enhancedPartner(ctx context.Context, in *PartnerPath) (*enhancedOutput, error) {
	p, err := s.partnerProfile(ctx, in.PartnerID)
	if err != nil {
		return nil, err
	}
	row := p.partner.Partner
	if !row.IsActive.Bool {
		return nil, tpe.Errorf(tpe.NotFound, "Partner not found")
	}
	out := &enhancedOutput{}
	out.Body.Success = true
	d := &out.Body.Data
	d.Partner = row
	c := &d.Confidence
	c.Current, c.Previous, c.Trend, c.History, c.Categories = row.PowerConfidenceScore, row.PreviousPowerConfidenceScore, "stable", p.scores(), map[string]float64{}
	if c.Current.Valid && c.Previous.Valid {
		c.Trend = confidence.Trend(int(c.Previous.Float), int(c.Current.Float))
	}
	c.Icon = trendIcon(c.Trend)
	for _, k := range p.categories() {
		if k.mean.Valid {
			c.Categories[k.key] = rounded(sqldb.Number{Float: 10 * k.mean.Float})
		}
	}
	d.Insights = p.tips()
	f := &d.Feedback
	f.TotalReviews, f.AvgRating, f.RecentReviews = p.metrics.TotalResponses, optional(p.metrics.AvgSatisfaction), p.standing.RecentFeedback
	f.ResponseRate, f.NPS = percent(p.standing.Responded, p.standing.Surveys), p.nps()
	e := &d.Engagement
	e.DemoPerformance, e.RetentionRate, e.Leads = percent(p.standing.CompletedBookings, p.standing.Bookings), percent(p.standing.Returning, p.standing.Answered), p.standing.Leads
	d.ActionItems = []actionItem{}
	for _, tip := range d.Insights {
		if tip.Type.String == "improvement" {
			d.ActionItems = append(d.ActionItems, actionItem{"high", "Look into " + tip.Category.String, tip.Recommendation.String, s.opts.Now().Add(actionLife).UTC().Format(time.DateOnly)})
		}
	}
	return out, nil
}

type manualScoreInput struct {
	PartnerPath
	Body struct {
		Score      float64            `json:"score" exclusiveMinimum:"0" maximum:"100"`
		Notes      *string            `json:"notes,omitempty" maxLength:"5000"`
		Categories map[string]float64 `json:"category_scores,omitempty" doc:"a score a category"`
	}
}

type manualScoreOutput struct {
	Body struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
		Data    struct {
			PartnerID     int64        `json:"partner_id"`
			NewScore      float64      `json:"new_score"`
			PreviousScore sqldb.Number `json:"previous_score"`
			Trend         string       `json:"trend" enum:"up,down,stable"`
		} `json:"data"`
	}
}

// setManualScore gives a partner the score that an administrator has chosen.
func (s *Server) setManualScore(ctx context.Context, in *manualScoreInput) (*manualScoreOutput, error) {
	b := &in.Body
	score := int(math.Round(b.Score))
	out := &manualScoreOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		basis, err := sqldb.ScoreBasisOf(ctx, tx, in.PartnerID)
		if err != nil {
			return err
		}
		d := &out.Body.Data
		d.PartnerID, d.NewScore, d.PreviousScore, d.Trend = in.PartnerID, float64(score), basis.Score, "stable"
		if basis.Score.Valid {
			d.Trend = confidence.Trend(int(basis.Score.Float), score)
		}
		sc := scoring{Partner: in.PartnerID, To: int64(score), Method: "manual", Quarter: quarterOf(s.opts.Now())}
		if b.Notes != nil {
			sc.Notes = *b.Notes
		}
		if b.Categories != nil {
			text, err := json.Marshal(b.Categories)
			if err != nil {
				return err
			}
			sc.Categories = json.RawMessage(text)
		}
		return s.setScore(ctx, tx, sc)
	})
	if err != nil {
		return nil, err
	}
	out.Body.Success, out.Body.Message = true, "PowerConfidence score updated successfully"
	return out, nil
}
