package api

import (
	"context"

	"github.com/power100/tpe/internal/sqldb"
)

// mostActivities is how many things the dashboard shows that happened lately.
const mostActivities = 20

type dashboardOutput struct {
	Body struct {
		Success bool           `json:"success"`
		Stats   dashboardStats `json:"stats"`
	}
}

type dashboardStats struct {
	Contractors struct {
		Total          int64    `json:"total"`
		Completed      int64    `json:"completed"`
		NewThisWeek    int64    `json:"new_this_week"`
		CompletionRate *float64 `json:"completion_rate" doc:"percent"`
	} `json:"contractors"`
	Partners struct {
		Total    int64    `json:"total"`
		Active   int64    `json:"active"`
		AvgScore *float64 `json:"avg_confidence_score"`
	} `json:"partners"`
	Bookings struct {
		Total       int64 `json:"total"`
		Upcoming    int64 `json:"upcoming"`
		Completed   int64 `json:"completed"`
		NewThisWeek int64 `json:"new_this_week"`
	} `json:"bookings"`
	RecentActivity []sqldb.Activity `json:"recentActivity" nullable:"false"`
	Funnel         sqldb.Funnel     `json:"funnel"`
}

// dashboard answers an administrator with the figures of the platform.
func (s *Server) dashboard(ctx context.Context, _ *struct{}) (*dashboardOutput, error) {
	out := &dashboardOutput{}
	out.Body.Success = true
	st, db, now := &out.Body.Stats, s.opts.DB, s.opts.Now()
	err := steps(
		func() error {
			c, err := sqldb.StatsOfContractors(ctx, db, now)
			st.Contractors.Total, st.Contractors.Completed, st.Contractors.NewThisWeek = c.Total, c.Completed, c.NewThisWeek
			st.Contractors.CompletionRate = percent(c.Completed, c.Total)
			return err
		},
		func() error {
			p, _, _, err := sqldb.StatsOfPartners(ctx, db)
			st.Partners.Total, st.Partners.Active, st.Partners.AvgScore = p.Total, p.Active, optional(p.ConfidenceScore)
			return err
		},
		func() error {
			b, _, err := sqldb.StatsOfBookings(ctx, db, now)
			st.Bookings.Total, st.Bookings.Upcoming, st.Bookings.Completed, st.Bookings.NewThisWeek = b.Total, b.Upcoming, b.Completed, b.NewThisWeek
			return err
		},
		func() (err error) { st.Funnel, err = sqldb.FunnelOf(ctx, db); return err },
		func() (err error) { st.RecentActivity, err = sqldb.Activities(ctx, db, mostActivities); return err },
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}
