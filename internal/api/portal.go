package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/power100/tpe/internal/sqldb"
)

type portalOutput struct {
	Body struct {
		Success bool       `json:"success"`
		Data    portalData `json:"data"`
	}
}

type portalData struct {
	Partner        portalPartner   `json:"partner"`
	ScoreHistory   []scoreAt       `json:"scoreHistory" nullable:"false"`
	CategoryScores []categoryScore `json:"categoryScores" nullable:"false"`
	Insights       []sqldb.Insight `json:"insights" nullable:"false"`
}

type portalPartner struct {
	ID                  int64        `json:"id"`
	CompanyName         sqldb.Text   `json:"company_name"`
	ContactEmail        sqldb.Text   `json:"contact_email"`
	ScoreNow            sqldb.Number `json:"power_confidence_score"`
	ScoreTrend          sqldb.Text   `json:"score_trend"`
	IndustryRank        sqldb.Number `json:"industry_rank" doc:"among the active partners, by score"`
	TotalInCategory     int64        `json:"total_partners_in_category"`
	RecentFeedbackCount int64        `json:"recent_feedback_count" doc:"of the last 30 days"`
	AvgSatisfaction     *float64     `json:"avg_satisfaction" doc:"1 to 10; null without an answer"`
	TotalContractors    int64        `json:"total_contractors" doc:"who were matched with the partner"`
	ActiveContractors   int64        `json:"active_contractors" doc:"who booked a demo"`
}

type scoreAt struct {
	Quarter       sqldb.Text   `json:"quarter"`
	Score         sqldb.Number `json:"score"`
	FeedbackCount sqldb.Number `json:"feedback_count"`
	CreatedAt     sqldb.Time   `json:"created_at"`
}

type categoryScore struct {
	Category      string  `json:"category"`
	Score         float64 `json:"score" doc:"0 to 100"`
	Trend         string  `json:"trend" enum:"up,down,stable"`
	FeedbackCount int     `json:"feedback_count"`
}

// history returns the changes of a score as a chart wants them, the first one
// first.
func (p *standingOf) scores() []scoreAt {
	list := make([]scoreAt, 0, len(p.history))
	for i := len(p.history) - 1; i >= 0; i-- {
		h := p.history[i]
		list = append(list, scoreAt{h.Quarter, h.NewScore, h.FeedbackCount, h.CreatedAt})
	}
	return list
}

func (p *standingOf) categoryScores() []categoryScore {
	list := []categoryScore{}
	for _, c := range p.categories() {
		if !c.mean.Valid {
			continue
		}
		n := 0
		for _, r := range p.ratings {
			if c.of(r).Valid {
				n++
			}
		}
		list = append(list, categoryScore{c.name, rounded(sqldb.Number{Float: 10 * c.mean.Float}), p.trend(c), n})
	}
	return list
}

// portal answers a partner with where it stands.
func (s *Server) portal(ctx context.Context, _ *struct{}) (*portalOutput, error) {
	p, err := s.partnerProfile(ctx, number(who(ctx).PartnerID))
	if err != nil {
		return nil, err
	}
	out := &portalOutput{}
	out.Body.Success = true
	row := p.partner.Partner
	out.Body.Data = portalData{ScoreHistory: p.scores(), CategoryScores: p.categoryScores(), Insights: p.tips(), Partner: portalPartner{
		ID: row.ID, CompanyName: row.CompanyName, ContactEmail: row.ContactEmail, ScoreNow: row.PowerConfidenceScore, ScoreTrend: row.ScoreTrend,
		IndustryRank: p.standing.Rank, TotalInCategory: p.standing.Partners, RecentFeedbackCount: p.standing.RecentFeedback, AvgSatisfaction: optional(p.metrics.AvgSatisfaction),
		TotalContractors: p.standing.TotalContractors, ActiveContractors: p.standing.ActiveContractors}}
	return out, nil
}

type portalFeedbackOutput struct {
	Body struct {
		Success bool           `json:"success"`
		Data    portalFeedback `json:"data"`
	}
}

type portalFeedback struct {
	Overall struct {
		TotalReviews      int64    `json:"total_reviews"`
		AvgRating         *float64 `json:"avg_rating" doc:"1 to 10; null without an answer"`
		PositiveSentiment *float64 `json:"positive_sentiment" doc:"percent of the answers that are 8 or more"`
		NPS               *int     `json:"nps_score" doc:"-100 to 100"`
	} `json:"overall"`
	Strengths      []string        `json:"strengths" nullable:"false" doc:"what contractors wrote that they like"`
	Improvements   []string        `json:"improvements" nullable:"false" doc:"what contractors wrote that they miss"`
	RecentComments []portalComment `json:"recent_comments" nullable:"false"`
}

type portalComment struct {
	Date    string       `json:"date" doc:"YYYY-MM-DD"`
	Rating  sqldb.Number `json:"rating"`
	Comment string       `json:"comment"`
}

// portalFeedback answers a partner with what contractors say, without their
// names.
func (s *Server) portalFeedback(ctx context.Context, _ *struct{}) (*portalFeedbackOutput, error) {
	p, err := s.partnerProfile(ctx, number(who(ctx).PartnerID))
	if err != nil {
		return nil, err
	}
	out := &portalFeedbackOutput{}
	out.Body.Success = true
	d := &out.Body.Data
	d.Overall.TotalReviews, d.Overall.AvgRating = p.metrics.TotalResponses, optional(p.metrics.AvgSatisfaction)
	d.Overall.PositiveSentiment, d.Overall.NPS = p.positive(), p.nps()
	d.Strengths, d.Improvements, d.RecentComments = []string{}, []string{}, []portalComment{}
	for _, c := range p.comments {
		if c.PositiveFeedback.String != "" {
			d.Strengths = append(d.Strengths, c.PositiveFeedback.String)
		}
		if c.ImprovementAreas.String != "" {
			d.Improvements = append(d.Improvements, c.ImprovementAreas.String)
		}
		if c.AdditionalComments.String != "" {
			d.RecentComments = append(d.RecentComments, portalComment{c.CreatedAt.Time.Format(time.DateOnly), c.OverallSatisfaction, c.AdditionalComments.String})
		}
	}
	return out, nil
}

type reportInput struct {
	Body struct {
		Format string `json:"format,omitempty" enum:"pdf,excel,csv" default:"pdf" doc:"for the name of the file, which the front end makes"`
	}
}

type reportOutput struct {
	Body struct {
		Success  bool       `json:"success"`
		Data     reportData `json:"data"`
		Format   string     `json:"format"`
		Filename string     `json:"filename"`
	}
}

type reportData struct {
	Partner struct {
		CompanyName  sqldb.Text   `json:"company_name"`
		ContactEmail sqldb.Text   `json:"contact_email"`
		Score        sqldb.Number `json:"power_confidence_score"`
		Trend        sqldb.Text   `json:"score_trend"`
		GeneratedAt  string       `json:"generated_at" doc:"RFC 3339"`
	} `json:"partner"`
	Performance struct {
		IndustryRank      sqldb.Number `json:"industry_rank"`
		TotalContractors  int64        `json:"total_contractors"`
		ActiveContractors int64        `json:"active_contractors"`
		AvgSatisfaction   *float64     `json:"avg_satisfaction"`
		ResponseRate      *float64     `json:"response_rate" doc:"percent of the surveys that were answered"`
	} `json:"performance_summary"`
	QuarterlyScores []scoreAt `json:"quarterly_scores" nullable:"false"`
}

// exportReport answers a partner with the figures of a report.
func (s *Server) exportReport(ctx context.Context, in *reportInput) (*reportOutput, error) {
	p, err := s.partnerProfile(ctx, number(who(ctx).PartnerID))
	if err != nil {
		return nil, err
	}
	now := s.opts.Now().UTC()
	out := &reportOutput{}
	out.Body.Success, out.Body.Format = true, in.Body.Format
	extension := map[string]string{"pdf": "pdf", "excel": "xlsx", "csv": "csv"}[in.Body.Format]
	out.Body.Filename = fmt.Sprintf("PowerConfidence_%s_%s.%s", fileWord(p.partner.CompanyName.String), now.Format(time.DateOnly), extension)
	d, row := &out.Body.Data, p.partner.Partner
	d.Partner.CompanyName, d.Partner.ContactEmail, d.Partner.Score, d.Partner.Trend = row.CompanyName, row.ContactEmail, row.PowerConfidenceScore, row.ScoreTrend
	d.Partner.GeneratedAt = now.Format(time.RFC3339)
	d.Performance.IndustryRank, d.Performance.TotalContractors, d.Performance.ActiveContractors = p.standing.Rank, p.standing.TotalContractors, p.standing.ActiveContractors
	d.Performance.AvgSatisfaction, d.Performance.ResponseRate = optional(p.metrics.AvgSatisfaction), percent(p.standing.Responded, p.standing.Surveys)
	d.QuarterlyScores = p.scores()
	return out, nil
}

// fileWord makes a part of a file's name.
func fileWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, cut(s, 60))
}

type partnerProfileOutput struct {
	Body struct {
		Success bool           `json:"success"`
		Partner partnerAccount `json:"partner"`
	}
}

type partnerAccount struct {
	Email       sqldb.Text   `json:"email"`
	LastLogin   sqldb.Time   `json:"last_login"`
	CreatedAt   sqldb.Time   `json:"created_at"`
	CompanyName sqldb.Text   `json:"company_name"`
	Description sqldb.Text   `json:"description"`
	Website     sqldb.Text   `json:"website"`
	LogoURL     sqldb.Text   `json:"logo_url"`
	Score       sqldb.Number `json:"power_confidence_score"`
	IsActive    sqldb.Bool   `json:"is_active"`
	Analytics   struct {
		LeadsReceived  int64        `json:"leads_received" doc:"contractors who were matched with the partner"`
		DemosRequested int64        `json:"demos_requested"`
		ConversionRate *float64     `json:"conversion_rate" doc:"percent of those matched who booked a demo"`
		Score          sqldb.Number `json:"power_confidence_score"`
	} `json:"analytics"`
}

// partnerAccountOf answers the partner's user who asks with the account.
func (s *Server) partnerAccountOf(ctx context.Context, _ *struct{}) (*partnerProfileOutput, error) {
	u, err := s.partnerUser(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.partnerProfile(ctx, number(who(ctx).PartnerID))
	if err != nil {
		return nil, err
	}
	out := &partnerProfileOutput{}
	out.Body.Success = true
	row := p.partner.Partner
	a := &out.Body.Partner
	*a = partnerAccount{Email: u.Email, LastLogin: u.LastLogin, CreatedAt: u.CreatedAt, CompanyName: row.CompanyName, Description: row.Description, Website: row.Website,
		LogoURL: row.LogoURL, Score: row.PowerConfidenceScore, IsActive: row.IsActive}
	a.Analytics.LeadsReceived, a.Analytics.DemosRequested = p.standing.TotalContractors, p.standing.Bookings
	a.Analytics.ConversionRate, a.Analytics.Score = percent(p.standing.ActiveContractors, p.standing.TotalContractors), row.PowerConfidenceScore
	return out, nil
}
