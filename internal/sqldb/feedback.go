package sqldb

import (
	"context"
	"fmt"
	"time"
)

// FeedbackMetrics are the counts and means of answers. Means are from 1 to
// 10, and null without an answer.
type FeedbackMetrics struct {
	TotalResponses          int64  `json:"total_responses" sql:"count(*)"`
	AvgSatisfaction         Number `json:"avg_satisfaction" sql:"avg(tpe_num(overall_satisfaction))"`
	AvgCommunication        Number `json:"avg_communication" sql:"avg(tpe_num(communication_rating))"`
	AvgServiceQuality       Number `json:"avg_service_quality" sql:"avg(tpe_num(service_quality_rating))"`
	AvgValue                Number `json:"avg_value" sql:"avg(tpe_num(value_for_money_rating))"`
	AvgRecommendation       Number `json:"avg_recommendation" sql:"avg(tpe_num(likelihood_to_recommend))"`
	WouldUseAgainCount      int64  `json:"would_use_again_count" sql:"count(*) FILTER (WHERE tpe_bool(would_use_again))"`
	MetExpectationsCount    int64  `json:"met_expectations_count" sql:"count(*) FILTER (WHERE tpe_bool(meeting_expectations))"`
	AcceptableResponseCount int64  `json:"acceptable_response_count" sql:"count(*) FILTER (WHERE tpe_bool(response_time_acceptable))"`
}

// FeedbackTrend is one quarter of answers.
type FeedbackTrend struct {
	Quarter           Text   `json:"quarter" sql:"s.quarter"`
	ResponseCount     int64  `json:"response_count" sql:"count(*)"`
	AvgSatisfaction   Number `json:"avg_satisfaction" sql:"avg(tpe_num(r.overall_satisfaction))"`
	AvgRecommendation Number `json:"avg_recommendation" sql:"avg(tpe_num(r.likelihood_to_recommend))"`
}

// Comment is what one contractor wrote.
type Comment struct {
	PositiveFeedback    Text   `json:"positive_feedback" sql:"r.positive_feedback"`
	ImprovementAreas    Text   `json:"improvement_areas" sql:"r.improvement_areas"`
	AdditionalComments  Text   `json:"additional_comments" sql:"r.additional_comments"`
	OverallSatisfaction Number `json:"overall_satisfaction" sql:"r.overall_satisfaction"`
	CreatedAt           Time   `json:"created_at" sql:"r.created_at"`
	ContractorName      Text   `json:"contractor_name" sql:"c.name"`
}

// FeedbackFilter chooses the answers about one partner. Zero members choose
// all.
type FeedbackFilter struct {
	PartnerID int64
	Quarter   string
	Since     time.Time
}

func (f FeedbackFilter) where() (w where) {
	w.and("r.partner_id = ?", f.PartnerID)
	if f.Quarter != "" {
		w.and("s.quarter = ?", f.Quarter)
	}
	if !f.Since.IsZero() {
		w.and("tpe_time(r.created_at) >= ?", f.Since.UnixMilli())
	}
	return w
}

const answersOf = ` FROM feedback_responses r LEFT JOIN feedback_surveys s ON s.id = r.survey_id LEFT JOIN contractors c ON c.id = r.contractor_id`

// FeedbackOf returns the counts and means of the answers about a partner.
func FeedbackOf(ctx context.Context, c Conn, f FeedbackFilter) (FeedbackMetrics, error) {
	w := f.where()
	m, _, err := one[FeedbackMetrics](ctx, c, `SELECT `+columns[FeedbackMetrics]("")+answersOf+w.text.String(), w.args...)
	if err != nil {
		return m, fmt.Errorf("count feedback: %w", err)
	}
	return m, nil
}

// FeedbackTrends returns the quarters with answers about a partner, the first
// one first.
func FeedbackTrends(ctx context.Context, c Conn, f FeedbackFilter) ([]FeedbackTrend, error) {
	w := f.where()
	list, err := all[FeedbackTrend](ctx, c, `SELECT `+columns[FeedbackTrend]("")+answersOf+w.text.String()+` GROUP BY s.quarter ORDER BY s.quarter`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("list quarters: %w", err)
	}
	return list, nil
}

// Comments returns the last things that contractors wrote about a partner.
func Comments(ctx context.Context, c Conn, f FeedbackFilter, most int) ([]Comment, error) {
	w := f.where()
	list, err := all[Comment](ctx, c, `SELECT `+columns[Comment]("")+answersOf+w.text.String()+` ORDER BY tpe_time(r.created_at) DESC, r.id DESC LIMIT ?`, append(w.args, most)...)
	if err != nil {
		return nil, fmt.Errorf("list comments: %w", err)
	}
	return list, nil
}

// PartnerFeedback is a partner in the overview of feedback.
type PartnerFeedback struct {
	ID                      int64  `json:"id"`
	CompanyName             Text   `json:"company_name"`
	PowerConfidenceScore    Number `json:"power_confidence_score"`
	AverageSatisfaction     Number `json:"average_satisfaction"`
	TotalFeedbackResponses  Number `json:"total_feedback_responses"`
	FeedbackTrend           Text   `json:"feedback_trend"`
	TotalContractorsMatched int64  `json:"total_contractors_matched" sql:"(SELECT count(DISTINCT m.contractor_id) FROM contractor_partner_matches m WHERE m.partner_id = p.id)"`
	CompletedDemos          int64  `json:"completed_demos" sql:"(SELECT count(*) FROM demo_bookings b WHERE b.partner_id = p.id AND b.status = 'completed')"`
	RecentSatisfactionAvg   Number `json:"recent_satisfaction_avg" sql:"(SELECT avg(tpe_num(r.overall_satisfaction)) FROM feedback_responses r WHERE r.partner_id = p.id AND tpe_time(r.created_at) >= ?)"`
}

// FeedbackByPartner returns every active partner, the best score first. What
// is recent begins at since.
func FeedbackByPartner(ctx context.Context, c Conn, since time.Time) ([]PartnerFeedback, error) {
	list, err := all[PartnerFeedback](ctx, c, `SELECT `+columns[PartnerFeedback]("p")+` FROM strategic_partners p WHERE tpe_bool(p.is_active)
		ORDER BY COALESCE(tpe_num(p.power_confidence_score), -1) DESC, p.id`, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list feedback by partner: %w", err)
	}
	return list, nil
}

// SystemFeedback are figures over all active partners.
type SystemFeedback struct {
	TotalActivePartners     int64  `json:"total_active_partners" sql:"(SELECT count(*) FROM strategic_partners p WHERE tpe_bool(p.is_active))"`
	AvgPowerConfidenceScore Number `json:"avg_powerconfidence_score" sql:"(SELECT avg(tpe_num(p.power_confidence_score)) FROM strategic_partners p WHERE tpe_bool(p.is_active))"`
	TotalFeedbackResponses  int64  `json:"total_feedback_responses" sql:"(SELECT count(*) FROM feedback_responses)"`
	AvgSystemSatisfaction   Number `json:"avg_system_satisfaction" sql:"(SELECT avg(tpe_num(r.overall_satisfaction)) FROM feedback_responses r)"`
	RecentResponses         int64  `json:"recent_responses" sql:"(SELECT count(*) FROM feedback_responses r WHERE tpe_time(r.created_at) >= ?)"`
}

// FeedbackOfSystem returns the figures over all active partners.
func FeedbackOfSystem(ctx context.Context, c Conn, since time.Time) (SystemFeedback, error) {
	m, _, err := one[SystemFeedback](ctx, c, `SELECT `+columns[SystemFeedback](""), since.UnixMilli())
	if err != nil {
		return m, fmt.Errorf("count feedback: %w", err)
	}
	return m, nil
}

// FeedbackQuarter is one quarter over all partners.
type FeedbackQuarter struct {
	Quarter              Text   `json:"quarter" sql:"s.quarter"`
	PartnersWithFeedback int64  `json:"partners_with_feedback" sql:"count(DISTINCT r.partner_id)"`
	TotalResponses       int64  `json:"total_responses" sql:"count(*)"`
	AvgSatisfaction      Number `json:"avg_satisfaction" sql:"avg(tpe_num(r.overall_satisfaction))"`
}

// FeedbackQuarters returns every quarter with answers, the last one first.
func FeedbackQuarters(ctx context.Context, c Conn) ([]FeedbackQuarter, error) {
	list, err := all[FeedbackQuarter](ctx, c, `SELECT `+columns[FeedbackQuarter]("")+answersOf+` GROUP BY s.quarter ORDER BY s.quarter DESC`)
	if err != nil {
		return nil, fmt.Errorf("list quarters: %w", err)
	}
	return list, nil
}
