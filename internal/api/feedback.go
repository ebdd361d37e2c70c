package api

import (
	"context"
	"math"
	"time"

	"github.com/power100/tpe/internal/sqldb"
)

// recent is how far back figures reach that are called recent.
const recent = 30 * 24 * time.Hour

// mostComments is how many comments an answer shows.
const mostComments = 10

// mostScores is how many changes of a score an answer shows.
const mostScores = 12

type partnerFeedbackInput struct {
	PartnerID int64  `path:"partnerId" minimum:"1" maximum:"999999999999999"`
	Quarter   string `query:"quarter" maxLength:"20" doc:"as in 2025-Q3"`
	Timeframe string `query:"timeframe" enum:"3months,6months,12months" doc:"all answers when absent"`
}

// since returns where the timeframe begins; zero without one.
func (in *partnerFeedbackInput) since(now time.Time) time.Time {
	months := map[string]int{"3months": 3, "6months": 6, "12months": 12}[in.Timeframe]
	if months == 0 {
		return time.Time{}
	}
	return now.AddDate(0, -months, 0)
}

type partnerFeedbackOutput struct {
	Body struct {
		Success        bool                  `json:"success"`
		Analytics      sqldb.FeedbackMetrics `json:"analytics"`
		Trends         []sqldb.FeedbackTrend `json:"trends"`
		RecentFeedback []sqldb.Comment       `json:"recentFeedback"`
		ScoreHistory   []sqldb.ScoreRow      `json:"scoreHistory"`
	}
}

// partnerFeedback answers with what contractors say of one partner.
func (s *Server) partnerFeedback(ctx context.Context, in *partnerFeedbackInput) (*partnerFeedbackOutput, error) {
	if _, err := sqldb.PartnerByID(ctx, s.opts.DB, in.PartnerID); err != nil {
		return nil, err
	}
	f := sqldb.FeedbackFilter{PartnerID: in.PartnerID, Quarter: in.Quarter, Since: in.since(s.opts.Now())}
	out := &partnerFeedbackOutput{}
	b := &out.Body
	b.Success = true
	err := steps(
		func() (err error) { b.Analytics, err = sqldb.FeedbackOf(ctx, s.opts.DB, f); return err },
		func() (err error) { b.Trends, err = sqldb.FeedbackTrends(ctx, s.opts.DB, f); return err },
		func() (err error) {
			b.RecentFeedback, err = sqldb.Comments(ctx, s.opts.DB, f, mostComments)
			return err
		},
		func() (err error) {
			b.ScoreHistory, err = sqldb.ScoreHistory(ctx, s.opts.DB, in.PartnerID, mostScores)
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// steps runs one step after the other until one fails.
func steps(list ...func() error) error {
	for _, step := range list {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type feedbackOverviewOutput struct {
	Body struct {
		Success         bool                    `json:"success"`
		PartnerSummary  []sqldb.PartnerFeedback `json:"partnerSummary"`
		SystemMetrics   sqldb.SystemFeedback    `json:"systemMetrics"`
		QuarterlyTrends []sqldb.FeedbackQuarter `json:"quarterlyTrends"`
	}
}

// feedbackOverview answers with what contractors say of every partner.
func (s *Server) feedbackOverview(ctx context.Context, _ *struct{}) (*feedbackOverviewOutput, error) {
	since := s.opts.Now().Add(-recent)
	out := &feedbackOverviewOutput{}
	b := &out.Body
	b.Success = true
	err := steps(
		func() (err error) {
			b.PartnerSummary, err = sqldb.FeedbackByPartner(ctx, s.opts.DB, since)
			return err
		},
		func() (err error) {
			b.SystemMetrics, err = sqldb.FeedbackOfSystem(ctx, s.opts.DB, since)
			return err
		},
		func() (err error) {
			b.QuarterlyTrends, err = sqldb.FeedbackQuarters(ctx, s.opts.DB)
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// rounded returns a number with two digits after the point, as people read
// means; zero when there is none.
func rounded(n sqldb.Number) float64 { return math.Round(n.Float*100) / 100 }
