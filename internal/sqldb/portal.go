package sqldb

import (
	"context"
	"fmt"
	"time"
)

// Standing is where a partner stands among the active ones.
type Standing struct {
	Rank              Number `json:"industry_rank" sql:"(SELECT 1 + count(*) FROM strategic_partners o WHERE tpe_bool(o.is_active) AND tpe_num(o.power_confidence_score) > COALESCE(tpe_num(p.power_confidence_score), 0))"`
	Partners          int64  `json:"total_partners_in_category" sql:"(SELECT count(*) FROM strategic_partners o WHERE tpe_bool(o.is_active))"`
	TotalContractors  int64  `json:"total_contractors" sql:"(SELECT count(DISTINCT m.contractor_id) FROM contractor_partner_matches m WHERE m.partner_id = p.id)"`
	ActiveContractors int64  `json:"active_contractors" sql:"(SELECT count(DISTINCT b.contractor_id) FROM demo_bookings b WHERE b.partner_id = p.id)"`
	RecentFeedback    int64  `json:"recent_feedback_count" sql:"(SELECT count(*) FROM feedback_responses r WHERE r.partner_id = p.id AND tpe_time(r.created_at) >= ?)"`
	Surveys           int64  `json:"-" sql:"(SELECT count(*) FROM feedback_surveys s WHERE s.partner_id = p.id)"`
	Responded         int64  `json:"-" sql:"(SELECT count(*) FROM feedback_surveys s WHERE s.partner_id = p.id AND s.status = 'responded')"`
	Bookings          int64  `json:"-" sql:"(SELECT count(*) FROM demo_bookings b WHERE b.partner_id = p.id)"`
	CompletedBookings int64  `json:"-" sql:"(SELECT count(*) FROM demo_bookings b WHERE b.partner_id = p.id AND b.status = 'completed')"`
	Returning         int64  `json:"-" sql:"(SELECT count(*) FROM feedback_responses r WHERE r.partner_id = p.id AND tpe_bool(r.would_use_again))"`
	Answered          int64  `json:"-" sql:"(SELECT count(*) FROM feedback_responses r WHERE r.partner_id = p.id AND r.would_use_again IS NOT NULL)"`
	Leads             int64  `json:"-" sql:"(SELECT count(*) FROM partner_leads l WHERE l.partner_id = p.id)"`
}

// StandingOf returns where a partner stands. What is recent begins at since.
// The error is of the code NotFound when there is no partner.
func StandingOf(ctx context.Context, c Conn, partner int64, since time.Time) (Standing, error) {
	row, ok, err := one[Standing](ctx, c, `SELECT `+columns[Standing]("")+` FROM strategic_partners p WHERE p.id = ?`, since.UnixMilli(), partner)
	return row, found(ok, err, "Partner", partner)
}

// Ratings returns what contractors answered about a partner, the last first.
func Ratings(ctx context.Context, c Conn, partner int64) ([]RatingRow, error) {
	list, err := all[RatingRow](ctx, c, `SELECT `+columns[RatingRow]("")+` FROM feedback_responses WHERE partner_id = ? ORDER BY tpe_time(created_at) DESC, id DESC`, partner)
	if err != nil {
		return nil, fmt.Errorf("list ratings of partner %d: %w", partner, err)
	}
	return list, nil
}

// Insight is something that is worth knowing about a partner.
type Insight struct {
	Type           Text   `json:"type" sql:"insight_type"`
	Category       Text   `json:"category" sql:"category"`
	Description    Text   `json:"description" sql:"description"`
	Recommendation Text   `json:"recommendation" sql:"action_recommended"`
	Priority       Number `json:"priority" sql:"priority_level"`
}

// Insights returns what somebody has noted about a partner, the most
// important first.
func Insights(ctx context.Context, c Conn, partner int64) ([]Insight, error) {
	list, err := all[Insight](ctx, c, `SELECT `+columns[Insight]("")+` FROM partner_insights WHERE partner_id = ? ORDER BY COALESCE(tpe_num(priority_level), 99), id LIMIT 20`, partner)
	if err != nil {
		return nil, fmt.Errorf("list insights of partner %d: %w", partner, err)
	}
	return list, nil
}

// EnhancedPartner is a partner in the administrators' list.
type EnhancedPartner struct {
	Partner
	ServiceCategories      Text   `json:"service_categories" sql:"p.focus_areas_served"`
	RecentFeedbackCount    int64  `json:"recent_feedback_count" sql:"(SELECT count(*) FROM feedback_responses r WHERE r.partner_id = p.id AND tpe_time(r.created_at) >= ?)"`
	HighestPriorityInsight Number `json:"highest_priority_insight" sql:"(SELECT min(tpe_num(i.priority_level)) FROM partner_insights i WHERE i.partner_id = p.id)"`
}

// EnhancedPartners returns every partner, the best score first.
func EnhancedPartners(ctx context.Context, c Conn, since time.Time) ([]EnhancedPartner, error) {
	list, err := all[EnhancedPartner](ctx, c, `SELECT `+columns[EnhancedPartner]("p")+` FROM strategic_partners p ORDER BY COALESCE(tpe_num(p.power_confidence_score), -1) DESC, p.id`, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	return list, nil
}
