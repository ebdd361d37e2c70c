package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type optOutInput struct {
	Body struct {
		PhoneNumber  *words `json:"phoneNumber,omitempty"`
		ContractorID *ident `json:"contractorId,omitempty"`
	}
}

type subscriptionOutput struct {
	Status int
	Body   struct {
		Success      bool               `json:"success"`
		Message      string             `json:"message"`
		Subscription sqldb.Subscription `json:"subscription"`
	}
}

// unsubscribed is what somebody who opts out is told: not whose number it is.
type unsubscribedOutput struct {
	Body struct {
		Success      bool         `json:"success"`
		Message      string       `json:"message"`
		Subscription unsubscribed `json:"subscription"`
	}
}

type unsubscribed struct {
	OptedIn    sqldb.Bool `json:"opted_in"`
	OptedOutAt sqldb.Time `json:"opted_out_at"`
}

// optOut ends the SMS to a number, which who takes them knows, or to a
// contractor, whose id others can guess.
func (s *Server) optOut(ctx context.Context, in *optOutInput) (*unsubscribedOutput, error) {
	var contractor int64
	var phone string
	if in.Body.ContractorID != nil {
		contractor = int64(*in.Body.ContractorID)
		if err := s.speaksFor(visitOf(ctx), contractor); err != nil {
			return nil, err
		}
	}
	if in.Body.PhoneNumber != nil {
		phone = string(*in.Body.PhoneNumber)
	}
	out := &unsubscribedOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		row, err := sqldb.Unsubscribe(ctx, tx, contractor, phone, s.opts.Now())
		out.Body.Subscription = unsubscribed{row.OptedIn, row.OptedOutAt}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Success, out.Body.Message = true, "Successfully opted out of SMS notifications"
	return out, nil
}

type subscriptionsInput struct {
	Paging
	ContractorID int64  `query:"contractorId" minimum:"1" maximum:"999999999999999"`
	OptedIn      string `query:"optedIn" enum:"true,false"`
	Phone        string `query:"phone" maxLength:"50" doc:"part of the number"`
}

type subscriptionsOutput struct {
	Body struct {
		PageInfo
		Subscriptions []sqldb.Subscription    `json:"subscriptions"`
		Statistics    sqldb.SubscriptionStats `json:"statistics"`
	}
}

// subscriptions lists who takes SMS.
func (s *Server) subscriptions(ctx context.Context, in *subscriptionsInput) (*subscriptionsOutput, error) {
	f := sqldb.SubscriptionFilter{ContractorID: in.ContractorID, Phone: in.Phone}
	if in.OptedIn != "" {
		f.OptedIn = ptr(in.OptedIn == "true")
	}
	rows, err := sqldb.Subscriptions(ctx, s.opts.DB, f, in.page())
	if err != nil {
		return nil, err
	}
	out := &subscriptionsOutput{}
	out.Body.PageInfo, out.Body.Subscriptions = pageOf(rows), rows.Items
	if out.Body.Statistics, err = sqldb.StatsOfSubscriptions(ctx, s.opts.DB, s.opts.Now().Add(-recent)); err != nil {
		return nil, err
	}
	return out, nil
}

type subscribeInput struct {
	Body struct {
		ContractorID ident  `json:"contractorId"`
		PhoneNumber  words  `json:"phoneNumber"`
		OptedIn      *yesNo `json:"optedIn,omitempty" doc:"true when absent"`
		Source       string `json:"subscriptionSource,omitempty" maxLength:"50" default:"admin"`
	}
}

// subscribe stores whether a contractor takes SMS at a number: 201 for a new
// pair, 200 for one that existed.
func (s *Server) subscribe(ctx context.Context, in *subscribeInput) (*subscriptionOutput, error) {
	optedIn := in.Body.OptedIn == nil || bool(*in.Body.OptedIn)
	out := &subscriptionOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		row, fresh, err := sqldb.Subscribe(ctx, tx, int64(in.Body.ContractorID), string(in.Body.PhoneNumber), optedIn, in.Body.Source, s.opts.Now())
		out.Status, out.Body.Message, out.Body.Subscription = http.StatusOK, "SMS subscription updated successfully", row
		if fresh {
			out.Status, out.Body.Message = http.StatusCreated, "SMS subscription created successfully"
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Success = true
	return out, nil
}

type campaignsInput struct {
	Paging
	PartnerID int64  `query:"partnerId" minimum:"1" maximum:"999999999999999"`
	Status    string `query:"status" maxLength:"50"`
}

type campaignsOutput struct {
	Body struct {
		PageInfo
		Campaigns []sqldb.ListedCampaign `json:"campaigns"`
	}
}

// campaigns lists campaigns, the newest first.
func (s *Server) campaigns(ctx context.Context, in *campaignsInput) (*campaignsOutput, error) {
	rows, err := sqldb.Campaigns(ctx, s.opts.DB, in.PartnerID, in.Status, in.page())
	if err != nil {
		return nil, err
	}
	out := &campaignsOutput{}
	out.Body.PageInfo, out.Body.Campaigns = pageOf(rows), rows.Items
	return out, nil
}

type newCampaignInput struct {
	Body struct {
		CampaignName    string  `json:"campaignName" minLength:"1" maxLength:"200"`
		MessageTemplate string  `json:"messageTemplate" minLength:"1" maxLength:"1600" doc:"{name} and {partner} are filled in"`
		PartnerID       *ident  `json:"partnerId,omitempty" doc:"only contractors who are matched with this partner"`
		TargetAudience  string  `json:"targetAudience,omitempty" maxLength:"100" default:"all_partners"`
		ScheduledAt     *moment `json:"scheduledAt,omitempty" doc:"for the record: a campaign is sent when it is launched"`
	}
}

type campaignOutput struct {
	Body struct {
		Success    bool           `json:"success"`
		Campaign   sqldb.Campaign `json:"campaign"`
		Recipients int            `json:"estimatedRecipients"`
	}
}

// addCampaign stores a campaign that is to be launched.
func (s *Server) addCampaign(ctx context.Context, in *newCampaignInput) (*campaignOutput, error) {
	b := &in.Body
	c := sqldb.NewCampaign{Name: b.CampaignName, Template: b.MessageTemplate, Audience: b.TargetAudience, PartnerID: (*int64)(b.PartnerID), CreatedBy: number(who(ctx).UserID)}
	if b.ScheduledAt != nil {
		c.ScheduledAt = ptr(sqldb.Stamp(b.ScheduledAt.Time))
	}
	out := &campaignOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		var partner int64
		if c.PartnerID != nil {
			partner = *c.PartnerID
		}
		to, err := sqldb.Recipients(ctx, tx, partner)
		if err != nil {
			return err
		}
		c.Recipients, out.Body.Recipients = int64(len(to)), len(to)
		out.Body.Campaign, err = sqldb.AddCampaign(ctx, tx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Success = true
	return out, nil
}

type launchOutput struct {
	Body struct {
		Success        bool   `json:"success"`
		Message        string `json:"message"`
		CampaignID     int64  `json:"campaignId"`
		RecipientCount int    `json:"recipientCount"`
	}
}

// surveyLife is how long the survey of a campaign can be answered.
const surveyLife = 14 * 24 * time.Hour

// JobSMS is the kind of the jobs that send one message of a campaign each.
const JobSMS = "campaign_sms"

// smsJob is the payload of such a job.
type smsJob struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// launchCampaign sends a campaign to everybody who takes SMS. The messages
// are jobs: they go out after the transaction. A campaign that asks for
// feedback makes a survey for each recipient.
func (s *Server) launchCampaign(ctx context.Context, in *IDPath) (*launchOutput, error) {
	now := s.opts.Now()
	out := &launchOutput{}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		c, err := sqldb.LaunchCampaign(ctx, tx, in.ID, now)
		if err != nil {
			return err
		}
		to, err := sqldb.Recipients(ctx, tx, int64(c.PartnerID.Float))
		if err != nil {
			return err
		}
		out.Body.RecipientCount = len(to)
		for _, r := range to {
			if err := s.toRecipient(ctx, tx, c, r, now); err != nil {
				return err
			}
		}
		return sqldb.CountRecipients(ctx, tx, in.ID, int64(len(to)))
	})
	if err != nil {
		return nil, err
	}
	s.wakeJobs()
	out.Body.Success, out.Body.CampaignID = true, in.ID
	out.Body.Message = fmt.Sprintf("Campaign launched successfully to %d recipients", out.Body.RecipientCount)
	return out, nil
}

// toRecipient asks for the message to one recipient, with a survey when the
// campaign is one for feedback.
func (s *Server) toRecipient(ctx context.Context, tx *sqldb.Tx, c sqldb.Campaign, r sqldb.Recipient, now time.Time) error {
	text := strings.NewReplacer("{name}", r.Name.String, "{partner}", r.Partner.String).Replace(c.MessageTemplate.String)
	name := strings.ToLower(c.CampaignName.String)
	partner := c.PartnerID
	if !partner.Valid {
		partner = r.MatchedWith
	}
	if partner.Valid && (strings.Contains(name, "feedback") || strings.Contains(name, "survey")) {
		survey, _, err := s.newSurvey(ctx, tx, sqldb.NewSurvey{PartnerID: int64(partner.Float), ContractorID: r.ContractorID, Type: "sms_campaign", Quarter: quarterOf(now),
			Status: "sent", SentAt: ptr(sqldb.Stamp(now)), ExpiresAt: ptr(sqldb.Stamp(now.Add(surveyLife))), CampaignID: &c.ID})
		if tpe.CodeOf(err) == tpe.NotFound {
			return nil // a partner or contractor of the older service that is gone
		}
		if err != nil {
			return err
		}
		text += " " + survey.SurveyURL.String
	}
	payload, err := json.Marshal(smsJob{To: r.Phone.String, Text: text})
	if err != nil {
		return err
	}
	return sqldb.AddJob(ctx, tx, JobSMS, c.ID, string(payload))
}

// SendSMS does a job of the kind JobSMS.
func (s *Server) SendSMS(ctx context.Context, job sqldb.Job) error {
	var m smsJob
	if err := json.Unmarshal([]byte(job.Payload.String), &m); err != nil {
		return tpe.Errorf(tpe.Invalid, "the payload is not that of a message")
	}
	if err := s.sent(s.opts.Notify.SMS(ctx, m.To, m.Text)); err != nil {
		return err
	}
	return sqldb.CountDelivered(ctx, s.opts.DB, int64(job.SubjectID.Float))
}

type smsAnalyticsInput struct {
	Timeframe string `query:"timeframe" enum:"7days,30days,90days" default:"30days"`
}

type smsAnalyticsOutput struct {
	Body struct {
		Success             bool                    `json:"success"`
		Timeframe           string                  `json:"timeframe"`
		CampaignPerformance sqldb.CampaignStats     `json:"campaignPerformance"`
		SubscriptionTrends  []subscriptionDay       `json:"subscriptionTrends"`
		SubscriptionStats   sqldb.SubscriptionStats `json:"subscriptionStats"`
	}
}

type subscriptionDay struct {
	Date    string `json:"date" doc:"YYYY-MM-DD, UTC"`
	Count   int64  `json:"count"`
	OptOuts int64  `json:"opt_outs"`
}

// smsAnalytics answers with figures of campaigns and subscriptions.
func (s *Server) smsAnalytics(ctx context.Context, in *smsAnalyticsInput) (*smsAnalyticsOutput, error) {
	days := map[string]int{"7days": 7, "30days": 30, "90days": 90}[in.Timeframe]
	since := s.opts.Now().AddDate(0, 0, -days)
	out := &smsAnalyticsOutput{}
	b := &out.Body
	b.Success, b.Timeframe, b.SubscriptionTrends = true, in.Timeframe, []subscriptionDay{}
	err := steps(
		func() (err error) {
			b.CampaignPerformance, err = sqldb.StatsOfCampaigns(ctx, s.opts.DB, since)
			return err
		},
		func() (err error) {
			b.SubscriptionStats, err = sqldb.StatsOfSubscriptions(ctx, s.opts.DB, since)
			return err
		},
		func() error {
			list, err := sqldb.SubscriptionTrends(ctx, s.opts.DB, since)
			for _, d := range list {
				b.SubscriptionTrends = append(b.SubscriptionTrends, subscriptionDay{time.UnixMilli(int64(d.Day.Float)).UTC().Format(time.DateOnly), d.Count, d.OptOuts})
			}
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// wakeJobs lets jobs begin that a transaction has asked for.
func (s *Server) wakeJobs() {
	if s.opts.Jobs != nil {
		s.opts.Jobs.Wake()
	}
}
