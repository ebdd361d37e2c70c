package sqldb

import (
	"context"
	"fmt"
	"math"
	"time"
)

// ContractorFilter chooses contractors. Zero values choose all.
type ContractorFilter struct {
	Search         string // in the name, the company, the address, the phone number or the service area
	Stages         []string
	Statuses       []string // of the verification
	FocusAreas     []string // has one of them
	Revenues       []string
	TeamFrom       *float64
	TeamTo         *float64
	CreatedFrom    time.Time // this moment or later; zero: any
	CreatedTo      time.Time // before; zero: any
	FeedbackStatus string
}

// Contractors lists contractors, the newest first.
func Contractors(ctx context.Context, c Conn, f ContractorFilter, p Page) (Rows[Contractor], error) {
	l := &listing{from: "contractors", key: "tpe_time(created_at)"}
	if f.Search != "" {
		l.where.search(f.Search, "name", "company_name", "email", "phone", "service_area")
	}
	l.where.oneOf("current_stage", f.Stages)
	l.where.oneOf("verification_status", f.Statuses)
	l.where.oneOf("annual_revenue", f.Revenues)
	l.where.contains("focus_areas", f.FocusAreas)
	if f.TeamFrom != nil {
		l.where.and("tpe_num(team_size) >= ?", *f.TeamFrom)
	}
	if f.TeamTo != nil {
		l.where.and("tpe_num(team_size) <= ?", *f.TeamTo)
	}
	if !f.CreatedFrom.IsZero() {
		l.where.and("tpe_time(created_at) >= ?", f.CreatedFrom.UnixMilli())
	}
	if !f.CreatedTo.IsZero() {
		l.where.and("tpe_time(created_at) < ?", f.CreatedTo.UnixMilli())
	}
	if f.FeedbackStatus != "" {
		l.where.and("feedback_completion_status = ?", f.FeedbackStatus)
	}
	rows, err := page[Contractor](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list contractors: %w", err)
	}
	return rows, nil
}

// ContractorMatch is a match as a contractor's detail shows it; the id is the
// partner's.
type ContractorMatch struct {
	ID          int64  `json:"id" sql:"p.id"`
	CompanyName Text   `json:"company_name" sql:"p.company_name"`
	MatchScore  Number `json:"match_score" sql:"m.match_score"`
	IsPrimary   Bool   `json:"is_primary" sql:"m.is_primary_match"`
}

// ContractorBooking is a booking as a contractor's detail shows it.
type ContractorBooking struct {
	ID            int64 `json:"id" sql:"b.id"`
	PartnerName   Text  `json:"partner_name" sql:"p.company_name"`
	ScheduledDate Time  `json:"scheduled_date" sql:"b.scheduled_date"`
	Status        Text  `json:"status" sql:"b.status"`
}

// ContractorDetail is a contractor with matches and bookings.
type ContractorDetail struct {
	Contractor
	Matches  []ContractorMatch   `json:"matches" sql:"-"`
	Bookings []ContractorBooking `json:"bookings" sql:"-"`
}

// ContractorDetailByID returns a contractor with matches, the best first, and
// bookings, the latest first. The error is of the code NotFound when there is
// none.
func ContractorDetailByID(ctx context.Context, c Conn, id int64) (out ContractorDetail, err error) {
	if out.Contractor, err = ContractorByID(ctx, c, id); err != nil {
		return out, err
	}
	out.Matches, err = all[ContractorMatch](ctx, c, `SELECT `+columns[ContractorMatch]("")+` FROM contractor_partner_matches m JOIN strategic_partners p ON p.id = m.partner_id
		WHERE m.contractor_id = ? ORDER BY COALESCE(tpe_num(m.match_score), 0) DESC, p.id`, id)
	if err != nil {
		return out, fmt.Errorf("list matches of contractor %d: %w", id, err)
	}
	out.Bookings, err = all[ContractorBooking](ctx, c, `SELECT `+columns[ContractorBooking]("")+` FROM demo_bookings b LEFT JOIN strategic_partners p ON p.id = b.partner_id
		WHERE b.contractor_id = ? ORDER BY COALESCE(tpe_time(b.scheduled_date), 0) DESC, b.id DESC`, id)
	if err != nil {
		return out, fmt.Errorf("list bookings of contractor %d: %w", id, err)
	}
	return out, nil
}

// ContractorStats is what is counted of all contractors.
type ContractorStats struct {
	Total            int64  `json:"total_contractors"`
	Completed        int64  `json:"completed"`
	InVerification   int64  `json:"in_verification"`
	InFocusSelection int64  `json:"in_focus_selection"`
	InProfiling      int64  `json:"in_profiling"`
	InTechStack      int64  `json:"in_tech_stack"`
	InMatching       int64  `json:"in_matching"`
	NewThisWeek      int64  `json:"new_this_week" doc:"of the last 7 days"`
	NewThisMonth     int64  `json:"new_this_month" doc:"of the last 30 days"`
	CompletionHours  Number `json:"avg_completion_hours" doc:"from the sign-up to the end of the flow; null when nobody has come so far"`
}

const day = 24 * time.Hour

// StatsOfContractors counts all contractors.
func StatsOfContractors(ctx context.Context, c Conn, now time.Time) (ContractorStats, error) {
	stats, _, err := one[ContractorStats](ctx, c, `SELECT count(*),
		count(*) FILTER (WHERE current_stage = 'completed'), count(*) FILTER (WHERE current_stage = 'verification'), count(*) FILTER (WHERE current_stage = 'focus_selection'),
		count(*) FILTER (WHERE current_stage = 'profiling'), count(*) FILTER (WHERE current_stage = 'tech_stack'), count(*) FILTER (WHERE current_stage = 'matching'),
		count(*) FILTER (WHERE tpe_time(created_at) >= ?), count(*) FILTER (WHERE tpe_time(created_at) >= ?),
		avg(CAST(tpe_time(completed_at) - tpe_time(created_at) AS DOUBLE PRECISION) / 3600000) FILTER (WHERE tpe_time(completed_at) >= tpe_time(created_at))
		FROM contractors`, now.Add(-7*day).UnixMilli(), now.Add(-30*day).UnixMilli())
	if err != nil {
		return stats, fmt.Errorf("count contractors: %w", err)
	}
	// The engines add up in different orders.
	stats.CompletionHours.Float = math.Round(stats.CompletionHours.Float*100) / 100
	return stats, nil
}
