package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type surveysInput struct {
	Paging
	ID           int64  `query:"id" minimum:"1" maximum:"999999999999999"`
	PartnerID    int64  `query:"partnerId" minimum:"1" maximum:"999999999999999"`
	ContractorID int64  `query:"contractorId" minimum:"1" maximum:"999999999999999"`
	Status       string `query:"status" maxLength:"50"`
	Quarter      string `query:"quarter" maxLength:"20" doc:"as in 2025-Q3"`
}

type surveysOutput struct {
	Body struct {
		PageInfo
		Surveys []sqldb.ListedSurvey `json:"surveys"`
	}
}

// surveys lists surveys, the newest first.
func (s *Server) surveys(ctx context.Context, in *surveysInput) (*surveysOutput, error) {
	rows, err := sqldb.Surveys(ctx, s.opts.DB, sqldb.SurveyFilter{ID: in.ID, PartnerID: in.PartnerID, ContractorID: in.ContractorID, Status: in.Status, Quarter: in.Quarter}, in.page())
	if err != nil {
		return nil, err
	}
	out := &surveysOutput{}
	out.Body.PageInfo, out.Body.Surveys = pageOf(rows), rows.Items
	return out, nil
}

type surveyFormOutput struct {
	Body struct {
		Success bool             `json:"success"`
		Survey  sqldb.SurveyForm `json:"survey"`
	}
}

type surveyFormInput struct {
	IDPath
	Invitation string `query:"invitation" maxLength:"100" doc:"the code of the survey's link: what its id has behind the dash"`
}

// surveyForm answers with what a form shows of a survey.
func (s *Server) surveyForm(ctx context.Context, in *surveyFormInput) (*surveyFormOutput, error) {
	row, err := sqldb.SurveyFormByID(ctx, s.opts.DB, in.ID, tokenHash(in.Invitation))
	if err != nil {
		return nil, err
	}
	out := &surveyFormOutput{}
	out.Body.Success, out.Body.Survey = true, row
	return out, nil
}

type newSurveyInput struct {
	Body struct {
		PartnerID    ident   `json:"partnerId"`
		ContractorID ident   `json:"contractorId"`
		SurveyType   string  `json:"surveyType" minLength:"1" maxLength:"100"`
		Quarter      *string `json:"quarter,omitempty" maxLength:"20" doc:"the present one when absent"`
		SurveyURL    *string `json:"surveyUrl,omitempty" maxLength:"2000" doc:"the front end's form when absent"`
		ExpiresAt    *moment `json:"expiresAt,omitempty"`
		CampaignID   *ident  `json:"smsCampaignId,omitempty"`
	}
}

type surveyOutput struct {
	Body struct {
		Success    bool         `json:"success"`
		Survey     sqldb.Survey `json:"survey"`
		Invitation string       `json:"invitation" doc:"the code that the link must hold; it is in survey_url unless that was given"`
	}
}

// addSurvey stores a survey that is to be sent.
func (s *Server) addSurvey(ctx context.Context, in *newSurveyInput) (*surveyOutput, error) {
	b := &in.Body
	survey := sqldb.NewSurvey{PartnerID: int64(b.PartnerID), ContractorID: int64(b.ContractorID), Type: b.SurveyType,
		Quarter: quarterOf(s.opts.Now()), URL: b.SurveyURL, Status: "pending", CampaignID: (*int64)(b.CampaignID)}
	if b.Quarter != nil {
		survey.Quarter = *b.Quarter
	}
	if b.ExpiresAt != nil {
		survey.ExpiresAt = ptr(sqldb.Stamp(b.ExpiresAt.Time))
	}
	out := &surveyOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		out.Body.Survey, out.Body.Invitation, err = s.newSurvey(ctx, tx, survey)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Success = true
	return out, nil
}

// newSurvey stores a survey, and returns the code that its link must hold: ids
// can be counted up. One without an address gets that of the front end's form,
// which passes the id on as it is, so that the code is a part of it.
func (s *Server) newSurvey(ctx context.Context, tx *sqldb.Tx, survey sqldb.NewSurvey) (sqldb.Survey, string, error) {
	code := rand.Text()
	survey.CodeHash = tokenHash(code)
	row, err := sqldb.AddSurvey(ctx, tx, survey)
	if err != nil || survey.URL != nil {
		return row, code, err
	}
	row, err = sqldb.LinkSurvey(ctx, tx, row.ID, s.opts.frontend()+"/feedback/survey?id="+strconv.FormatInt(row.ID, 10)+"-"+code)
	return row, code, err
}

// frontend returns the address of the front end.
func (o *Options) frontend() string {
	if len(o.Origins) == 0 {
		return ""
	}
	return o.Origins[0]
}

// quarterOf names the quarter of a time, as in 2025-Q3.
func quarterOf(t time.Time) string {
	t = t.UTC()
	return fmt.Sprintf("%04d-Q%d", t.Year(), (int(t.Month())+2)/3)
}

type answerInput struct {
	Body struct {
		SurveyID               surveyID `json:"surveyId" doc:"as the survey's link has it"`
		OverallSatisfaction    whole    `json:"overallSatisfaction" minimum:"1" maximum:"10"`
		CommunicationRating    *whole   `json:"communicationRating,omitempty" minimum:"0" maximum:"10" doc:"0 leaves the question out"`
		ServiceQualityRating   *whole   `json:"serviceQualityRating,omitempty" minimum:"0" maximum:"10"`
		ValueForMoneyRating    *whole   `json:"valueForMoneyRating,omitempty" minimum:"0" maximum:"10"`
		LikelihoodToRecommend  *whole   `json:"likelihoodToRecommend,omitempty" minimum:"0" maximum:"10"`
		PositiveFeedback       *string  `json:"positiveFeedback,omitempty" maxLength:"10000"`
		ImprovementAreas       *string  `json:"improvementAreas,omitempty" maxLength:"10000"`
		AdditionalComments     *string  `json:"additionalComments,omitempty" maxLength:"10000"`
		WouldUseAgain          *bool    `json:"wouldUseAgain,omitempty" nullable:"true"`
		MeetingExpectations    *bool    `json:"meetingExpectations,omitempty" nullable:"true"`
		ResponseTimeAcceptable *bool    `json:"responseTimeAcceptable,omitempty" nullable:"true"`
		ResponseSource         string   `json:"responseSource,omitempty" maxLength:"50" default:"web"`
	}
}

type responseOutput struct {
	Body struct {
		Success  bool           `json:"success"`
		Response sqldb.Response `json:"response"`
		Message  string         `json:"message"`
	}
}

// surveyID is the id of a survey and the code of its link, with a dash between:
// 7-K5QW... Surveys that were made before there were codes have a bare number.
type surveyID struct {
	id   ident
	code string
}

// UnmarshalJSON reads either form.
func (i *surveyID) UnmarshalJSON(b []byte) error {
	number, code, coded := bytes.Cut(bytes.Trim(b, `"`), []byte{'-'})
	if !coded {
		return i.id.UnmarshalJSON(b)
	}
	i.code = string(code)
	return i.id.UnmarshalJSON(number)
}

// Schema describes the id of a survey.
func (surveyID) Schema(r huma.Registry) *huma.Schema {
	s := ident(0).Schema(r)
	s.AnyOf = append(s.AnyOf, &huma.Schema{Type: huma.TypeString, Pattern: `^[1-9][0-9]{0,14}-[A-Z0-9]{1,64}$`})
	return s
}

// answerSurvey stores what a contractor thinks of a partner, and records it.
func (s *Server) answerSurvey(ctx context.Context, in *answerInput) (*responseOutput, error) {
	b, v := &in.Body, visitOf(ctx)
	if v.who.UserType == tpe.UserAdmin || v.who.UserType == tpe.UserPartner {
		return nil, tpe.Errorf(tpe.Forbidden, "Only the contractor may answer a survey")
	}
	// The front end's form sends 0 for what was not rated.
	given := func(n *whole) *int64 {
		if n == nil || *n == 0 {
			return nil
		}
		return (*int64)(n)
	}
	answers := sqldb.Answers{Overall: int64(b.OverallSatisfaction), Communication: given(b.CommunicationRating), ServiceQuality: given(b.ServiceQualityRating),
		ValueForMoney: given(b.ValueForMoneyRating), LikelihoodToRecommend: given(b.LikelihoodToRecommend),
		PositiveFeedback: b.PositiveFeedback, ImprovementAreas: b.ImprovementAreas, Comments: b.AdditionalComments,
		WouldUseAgain: b.WouldUseAgain, MeetingExpectations: b.MeetingExpectations, ResponseTimeAcceptable: b.ResponseTimeAcceptable,
		Source: b.ResponseSource, CallID: v.id.String(), IPAddress: clientIP(v.r, s.opts.TrustedProxies), UserAgent: cut(first(v.r.Header, "User-Agent"), maxAgent)}
	out := &responseOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		row, err := sqldb.AnswerSurvey(ctx, tx, int64(b.SurveyID.id), tokenHash(b.SurveyID.code), answers, s.opts.Now())
		if err != nil {
			return err
		}
		out.Body.Response = row
		_, err = s.happened(ctx, tx, feedbackOutcome(row))
		return err
	})
	if err != nil {
		return nil, err
	}
	v.nameless = false
	out.Body.Success, out.Body.Message = true, "Thank you for your feedback!"
	return out, nil
}

// feedbackOutcome is the record of an answer, by the contractor who gave it.
func feedbackOutcome(row sqldb.Response) outcome {
	said := object{"rating": row.OverallSatisfaction.Float, "survey_id": decimal(row.SurveyID)}
	for name, n := range map[string]sqldb.Number{"communication_rating": row.CommunicationRating, "service_quality_rating": row.ServiceQualityRating,
		"value_for_money_rating": row.ValueForMoneyRating, "likelihood_to_recommend": row.LikelihoodToRecommend} {
		if n.Valid {
			said[name] = n.Float
		}
	}
	for name, text := range map[string]sqldb.Text{"comment": row.AdditionalComments, "positive_feedback": row.PositiveFeedback, "improvement_areas": row.ImprovementAreas} {
		if text.String != "" {
			said[name] = text.String
		}
	}
	if row.WouldUseAgain.Valid {
		said["would_recommend"] = row.WouldUseAgain.Bool
	}
	o := outcome{Type: tpe.TypeFeedback, Fields: object{"feedback": said, "outcomes": object{"satisfaction_score": row.OverallSatisfaction.Float}}}
	if row.PartnerID.Valid {
		o.Fields["partner_id"] = decimal(row.PartnerID)
	}
	if row.ContractorID.Valid {
		o.UserID, o.UserType = decimal(row.ContractorID), tpe.UserContractor
	}
	return o
}

// decimal writes the id in a column.
func decimal(n sqldb.Number) string { return strconv.FormatInt(int64(n.Float), 10) }
