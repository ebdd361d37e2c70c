package sqldb

import (
	"context"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Survey asks a contractor about a partner.
type Survey struct {
	ID               int64  `json:"id"`
	PartnerID        Number `json:"partner_id"`
	ContractorID     Number `json:"contractor_id"`
	SurveyType       Text   `json:"survey_type"`
	Quarter          Text   `json:"quarter"`
	Status           Text   `json:"status"`
	SurveyURL        Text   `json:"survey_url"`
	SentAt           Time   `json:"sent_at"`
	RespondedAt      Time   `json:"responded_at"`
	ExpiresAt        Time   `json:"expires_at"`
	ReminderCount    Number `json:"reminder_count"`
	LastReminderSent Time   `json:"last_reminder_sent"`
	SMSCampaignID    Number `json:"sms_campaign_id"`
	CreatedAt        Time   `json:"created_at"`
	UpdatedAt        Time   `json:"updated_at"`
}

// ListedSurvey is a survey with the names of those that it is about.
type ListedSurvey struct {
	Survey
	PartnerName     Text `json:"partner_name" sql:"p.company_name"`
	ContractorName  Text `json:"contractor_name" sql:"c.name"`
	ContractorEmail Text `json:"contractor_email" sql:"c.email"`
	SMSCampaignName Text `json:"sms_campaign_name" sql:"m.campaign_name"`
}

// SurveyFilter chooses surveys. Zero members choose all.
type SurveyFilter struct {
	ID, PartnerID, ContractorID int64
	Status, Quarter             string
}

// Surveys lists surveys, the newest first.
func Surveys(ctx context.Context, c Conn, f SurveyFilter, p Page) (Rows[ListedSurvey], error) {
	l := listing{alias: "s", key: "tpe_time(s.created_at)", from: `feedback_surveys s LEFT JOIN strategic_partners p ON p.id = s.partner_id
		LEFT JOIN contractors c ON c.id = s.contractor_id LEFT JOIN sms_campaigns m ON m.id = s.sms_campaign_id`}
	for column, id := range map[string]int64{"s.id": f.ID, "s.partner_id": f.PartnerID, "s.contractor_id": f.ContractorID} {
		if id != 0 {
			l.where.and(column+" = ?", id)
		}
	}
	for column, word := range map[string]string{"s.status": f.Status, "s.quarter": f.Quarter} {
		if word != "" {
			l.where.and(column+" = ?", word)
		}
	}
	rows, err := page[ListedSurvey](ctx, c, &l, p)
	if err != nil {
		return rows, fmt.Errorf("list surveys: %w", err)
	}
	return rows, nil
}

// NewSurvey is what a survey begins with.
type NewSurvey struct {
	PartnerID, ContractorID int64
	Type, Quarter           string
	URL                     *string
	CodeHash                string // of the code that its link holds
	Status                  string // pending, sent
	SentAt, ExpiresAt       *string
	CampaignID              *int64
}

// AddSurvey stores a survey and returns its row. The error is of the code
// NotFound when there is no such contractor, partner or campaign.
func AddSurvey(ctx context.Context, tx *Tx, s NewSurvey) (Survey, error) {
	if err := exist(ctx, tx, "Contractor", `SELECT id FROM contractors WHERE id = ?`, s.ContractorID); err != nil {
		return Survey{}, err
	}
	if err := exist(ctx, tx, "Partner", `SELECT id FROM strategic_partners WHERE id = ?`, s.PartnerID); err != nil {
		return Survey{}, err
	}
	if s.CampaignID != nil {
		if err := exist(ctx, tx, "Campaign", `SELECT id FROM sms_campaigns WHERE id = ?`, *s.CampaignID); err != nil {
			return Survey{}, err
		}
	}
	row, _, err := one[Survey](ctx, tx, `INSERT INTO feedback_surveys (partner_id, contractor_id, survey_type, quarter, status, survey_url, code_hash, sent_at, expires_at, sms_campaign_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING `+columns[Survey](""),
		s.PartnerID, s.ContractorID, s.Type, s.Quarter, s.Status, s.URL, s.CodeHash, s.SentAt, s.ExpiresAt, s.CampaignID)
	if err != nil {
		return row, fmt.Errorf("add survey: %w", err)
	}
	return row, nil
}

// LinkSurvey sets the address of a survey's form and returns the row.
func LinkSurvey(ctx context.Context, tx *Tx, id int64, url string) (Survey, error) {
	row, _, err := update[Survey](ctx, tx, "feedback_surveys", id, []Set{{"survey_url", url}})
	if err != nil {
		return row, fmt.Errorf("link survey %d: %w", id, err)
	}
	return row, nil
}

// SurveyForm is what somebody who answers a survey may see of it.
type SurveyForm struct {
	ID          int64  `json:"id" sql:"s.id"`
	SurveyType  Text   `json:"survey_type" sql:"s.survey_type"`
	Quarter     Text   `json:"quarter" sql:"s.quarter"`
	Status      Text   `json:"status" sql:"s.status"`
	ExpiresAt   Time   `json:"expires_at" sql:"s.expires_at"`
	PartnerName Text   `json:"partner_name" sql:"p.company_name"`
	PartnerID   Number `json:"partner_id" sql:"s.partner_id"`
}

// SurveyFormByID returns what may be shown of a survey to who has the code of
// its link, given the code's hash. The error is of the code NotFound when there
// is none, or it has another code. One that was made before there were codes
// needs none.
func SurveyFormByID(ctx context.Context, c Conn, id int64, codeHash string) (SurveyForm, error) {
	row, ok, err := one[SurveyForm](ctx, c, `SELECT `+columns[SurveyForm]("")+` FROM feedback_surveys s LEFT JOIN strategic_partners p ON p.id = s.partner_id
		WHERE s.id = ? AND (s.code_hash IS NULL OR s.code_hash = ?)`, id, codeHash)
	switch {
	case err != nil:
		return row, fmt.Errorf("find survey %d: %w", id, err)
	case !ok:
		return row, notFound("Survey")
	}
	return row, nil
}

// Answers is what somebody answers to a survey. Pointers that are nil were
// left out; ratings are from 1 to 10.
type Answers struct {
	Overall int64

	Communication, ServiceQuality, ValueForMoney, LikelihoodToRecommend *int64

	PositiveFeedback, ImprovementAreas, Comments *string

	WouldUseAgain, MeetingExpectations, ResponseTimeAcceptable *bool

	Source, IPAddress, UserAgent string

	CallID string // of the request's record
}

// Response is what was answered to a survey.
type Response struct {
	ID                     int64  `json:"id"`
	SurveyID               Number `json:"survey_id"`
	PartnerID              Number `json:"partner_id"`
	ContractorID           Number `json:"contractor_id"`
	OverallSatisfaction    Number `json:"overall_satisfaction"`
	CommunicationRating    Number `json:"communication_rating"`
	ServiceQualityRating   Number `json:"service_quality_rating"`
	ValueForMoneyRating    Number `json:"value_for_money_rating"`
	LikelihoodToRecommend  Number `json:"likelihood_to_recommend"`
	PositiveFeedback       Text   `json:"positive_feedback"`
	ImprovementAreas       Text   `json:"improvement_areas"`
	AdditionalComments     Text   `json:"additional_comments"`
	WouldUseAgain          Bool   `json:"would_use_again"`
	MeetingExpectations    Bool   `json:"meeting_expectations"`
	ResponseTimeAcceptable Bool   `json:"response_time_acceptable"`
	ResponseSource         Text   `json:"response_source"`
	ResponseTimeMinutes    Number `json:"response_time_minutes"`
	IPAddress              Hidden `json:"ip_address"`
	UserAgent              Hidden `json:"user_agent"`
	CreatedAt              Time   `json:"created_at"`
	UpdatedAt              Time   `json:"updated_at"`
}

// AnswerSurvey stores the answers to a survey, which can be answered once,
// brings the partner's counts up to date, and opens the coach to the
// contractor. The error is of the code NotFound when there is no such survey
// with a code of that hash, Conflict when it was answered before or has expired.
func AnswerSurvey(ctx context.Context, tx *Tx, id int64, codeHash string, a Answers, now time.Time) (Response, error) {
	survey, err := SurveyFormByID(ctx, tx, id, codeHash)
	if err != nil {
		return Response{}, err
	}
	if survey.ExpiresAt.Valid && survey.ExpiresAt.Time.Before(now) {
		return Response{}, tpe.Errorf(tpe.Conflict, "This survey has expired")
	}
	n, err := run(ctx, tx, `UPDATE feedback_surveys SET status = 'responded', responded_at = ?, updated_at = ? WHERE id = ? AND (status IS NULL OR status <> 'responded')`, Stamp(now), Stamp(now), id)
	switch {
	case err != nil:
		return Response{}, fmt.Errorf("answer survey %d: %w", id, err)
	case n == 0:
		return Response{}, tpe.Errorf(tpe.Conflict, "This survey has already been completed")
	}
	row, _, err := one[Response](ctx, tx, `INSERT INTO feedback_responses (survey_id, partner_id, contractor_id, overall_satisfaction, communication_rating, service_quality_rating,
			value_for_money_rating, likelihood_to_recommend, positive_feedback, improvement_areas, additional_comments, would_use_again, meeting_expectations,
			response_time_acceptable, response_source, ip_address, user_agent, call_id)
		VALUES (?, (SELECT partner_id FROM feedback_surveys WHERE id = ?), (SELECT contractor_id FROM feedback_surveys WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		RETURNING `+columns[Response](""), id, id, id, a.Overall, a.Communication, a.ServiceQuality, a.ValueForMoney, a.LikelihoodToRecommend, a.PositiveFeedback, a.ImprovementAreas, a.Comments,
		a.WouldUseAgain, a.MeetingExpectations, a.ResponseTimeAcceptable, a.Source, a.IPAddress, a.UserAgent, a.CallID)
	if err != nil {
		return row, fmt.Errorf("answer survey %d: %w", id, err)
	}
	if row.PartnerID.Valid {
		if _, err := run(ctx, tx, `UPDATE strategic_partners SET last_feedback_update = ?, updated_at = ?,
			total_feedback_responses = (SELECT count(*) FROM feedback_responses r WHERE r.partner_id = strategic_partners.id),
			average_satisfaction = (SELECT avg(tpe_num(r.overall_satisfaction)) FROM feedback_responses r WHERE r.partner_id = strategic_partners.id)
			WHERE id = ?`, Stamp(now), Stamp(now), int64(row.PartnerID.Float)); err != nil {
			return row, fmt.Errorf("count responses: %w", err)
		}
	}
	if row.ContractorID.Valid {
		if _, err := run(ctx, tx, `UPDATE contractors SET feedback_completion_status = 'completed', updated_at = ? WHERE id = ?`, Stamp(now), int64(row.ContractorID.Float)); err != nil {
			return row, fmt.Errorf("open the coach: %w", err)
		}
	}
	return row, nil
}

// exist returns an error of the code NotFound when a query finds no row.
func exist(ctx context.Context, c Conn, what, query string, id int64) error {
	_, ok, err := value[int64](ctx, c, query, id)
	return found(ok, err, what, id)
}
