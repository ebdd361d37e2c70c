package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

func TestFeedback(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		admin := h.admin("ada@x.example")
		dana := h.contractor("dana@x.example")
		sam := h.partner(6, "sam@x.example")

		survey := func() (id int64, code string) {
			var got struct {
				Invitation string
				Survey     struct {
					ID     int64
					Status string
					URL    string `json:"survey_url"`
				}
			}
			h.call(admin, "POST", "/api/feedback/surveys", `{"partnerId":6,"contractorId":"`+dana.UserID+`","surveyType":"quarterly"}`, 201, &got)
			if got.Survey.Status != "pending" || !strings.HasSuffix(got.Survey.URL, fmt.Sprintf("/feedback/survey?id=%d-%s", got.Survey.ID, got.Invitation)) || len(got.Invitation) < 26 {
				t.Error(got)
			}
			return got.Survey.ID, got.Invitation
		}
		h.call(admin, "POST", "/api/feedback/surveys", `{"partnerId":99,"contractorId":`+dana.UserID+`,"surveyType":"q"}`, 404, nil)
		h.call(admin, "POST", "/api/feedback/surveys", `{"partnerId":6}`, 400, nil)

		id, code := survey()
		formAt := fmt.Sprintf("/api/feedback/surveys/%d/form", id)
		form := h.call(nobody, "GET", formAt+"?invitation="+code, "", 200, nil).body
		if !strings.Contains(form, "Partner 6") || strings.Contains(form, "dana@") {
			t.Error(form)
		}
		h.call(nobody, "GET", formAt, "", 404, nil)
		first := fmt.Sprintf("%d-%s", id, code)
		answer := `{"surveyId":%q,"overallSatisfaction":%d,"communicationRating":0,"positiveFeedback":"Fast","improvementAreas":"Weekends","additionalComments":"Fine","wouldUseAgain":true,"meetingExpectations":null}`
		h.call(nobody, "POST", "/api/feedback/submit-response", fmt.Sprintf(answer, first, 11), 400, nil)
		h.call(nobody, "POST", "/api/feedback/submit-response", fmt.Sprintf(answer, "99-"+code, 9), 404, nil)
		_, other := survey()
		for _, ref := range []string{fmt.Sprint(id), fmt.Sprintf("%d-%s", id, other)} {
			h.call(nobody, "POST", "/api/feedback/submit-response", fmt.Sprintf(answer, ref, 9), 404, nil)
		}
		for _, who := range []auth.Identity{admin, sam} {
			h.call(who, "POST", "/api/feedback/submit-response", fmt.Sprintf(answer, first, 9), 403, nil)
		}
		body := h.call(nobody, "POST", "/api/feedback/submit-response", fmt.Sprintf(answer, first, 9), 201, nil).body
		if !strings.Contains(body, `"communication_rating":null`) || strings.Contains(body, "127.0.0.1") {
			t.Error(body)
		}
		h.call(nobody, "POST", "/api/feedback/submit-response", fmt.Sprintf(answer, first, 9), 409, nil)
		for _, call := range h.calls(formAt) {
			if b, _ := json.Marshal(call); strings.Contains(string(b), code) {
				t.Errorf("the lake holds the code: %s", b)
			}
		}

		// One record an answer, by the contractor.
		list := h.records(tpe.TypeFeedback)
		if len(list) != 1 || list[0]["user_id"] != dana.UserID || list[0].at("feedback", "rating") != 9.0 || list[0]["partner_id"] != "6" {
			t.Error(list)
		}
		var contractor struct {
			Contractor struct {
				Feedback string `json:"feedback_completion_status"`
			}
		}
		h.call(admin, "GET", "/api/contractors/"+dana.UserID, "", 200, &contractor)
		if contractor.Contractor.Feedback != "completed" {
			t.Error(contractor)
		}

		var page struct {
			Total   int
			Surveys []struct {
				Status      string
				PartnerName string `json:"partner_name"`
			}
		}
		h.call(admin, "GET", "/api/feedback/surveys?status=responded&partnerId=6", "", 200, &page)
		if page.Total != 1 || page.Surveys[0].PartnerName != "Partner 6" {
			t.Error(page)
		}
		var of struct {
			Analytics struct {
				Total int     `json:"total_responses"`
				Avg   float64 `json:"avg_satisfaction"`
			}
			RecentFeedback []map[string]any
			Trends         []map[string]any
			ScoreHistory   []map[string]any
		}
		h.call(admin, "GET", "/api/feedback/analytics/partner/6?timeframe=3months", "", 200, &of)
		if of.Analytics.Total != 1 || of.Analytics.Avg != 9 || len(of.RecentFeedback) != 1 || len(of.Trends) != 1 {
			t.Error(of)
		}
		h.call(admin, "GET", "/api/feedback/analytics/partner/99", "", 404, nil)
		h.call(admin, "GET", "/api/feedback/analytics/dashboard", "", 200, nil)

		// (3*75 + 90) / 4 = 78.75
		var score struct {
			NewScore float64
			Updated  int `json:"updated_count"`
		}
		h.call(admin, "POST", "/api/feedback/powerconfidence/update", `{"partnerId":6}`, 200, &score)
		if score.NewScore != 79 || score.Updated != 1 {
			t.Error(score)
		}
		h.call(admin, "POST", "/api/feedback/powerconfidence/update", `{}`, 200, &score)
		if changes := h.records(tpe.TypePowerConfidenceUpdate); len(changes) != 1 || changes[0].at("outcomes", "new_score") != 79.0 {
			t.Error(changes) // the second time nothing changed
		}

		// The partner sees figures, and no names.
		for _, path := range []string{"/api/partner-portal/dashboard", "/api/partner-portal/feedback", "/api/partner-auth/profile"} {
			if body := h.call(sam, "GET", path, "", 200, nil).body; strings.Contains(body, "Dana") || strings.Contains(body, "dana@") {
				t.Error(path, body)
			}
		}
		var portal struct {
			Data struct {
				Overall struct {
					Total    int     `json:"total_reviews"`
					Avg      float64 `json:"avg_rating"`
					Positive float64 `json:"positive_sentiment"`
				}
				Strengths []string
			}
		}
		h.call(sam, "GET", "/api/partner-portal/feedback", "", 200, &portal)
		if o := portal.Data.Overall; o.Total != 1 || o.Avg != 9 || o.Positive != 100 || len(portal.Data.Strengths) != 1 {
			t.Error(portal)
		}
		report := h.call(sam, "POST", "/api/partner-portal/export-report", `{"format":"csv"}`, 200, nil).body
		if !strings.Contains(report, `PowerConfidence_Partner_6_`) {
			t.Error(report)
		}
		h.call(sam, "POST", "/api/partner-portal/export-report", `{"format":"doc"}`, 400, nil)

		h.call(admin, "GET", "/api/partners-enhanced/list", "", 200, nil)
		h.call(admin, "GET", "/api/partners-enhanced/6/analytics", "", 200, nil)
		h.call(admin, "GET", "/api/partners-enhanced/99/analytics", "", 404, nil)
		var manual struct {
			Data struct {
				New      float64 `json:"new_score"`
				Previous float64 `json:"previous_score"`
				Trend    string
			}
		}
		h.call(admin, "PUT", "/api/partners-enhanced/6/powerconfidence", `{"score":88,"notes":"n","category_scores":{"service":90}}`, 200, &manual)
		if manual.Data.New != 88 || manual.Data.Previous != 79 || manual.Data.Trend != "up" {
			t.Error(manual)
		}
		h.call(admin, "PUT", "/api/partners-enhanced/99/powerconfidence", `{"score":88}`, 404, nil)
		h.call(admin, "PUT", "/api/partners-enhanced/6/powerconfidence", `{"score":101}`, 400, nil)
	})
}

func TestSMS(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		admin := h.admin("ada@x.example")
		sam := h.partner(6, "sam@x.example")
		var ids []string
		for i := range 3 {
			who := h.contractor(fmt.Sprintf("c%d@x.example", i))
			ids = append(ids, who.UserID)
			body := fmt.Sprintf(`{"contractorId":%s,"phoneNumber":"+1555100000%d"}`, who.UserID, i)
			h.call(admin, "POST", "/api/sms/subscriptions", body, 201, nil)
			h.call(admin, "POST", "/api/sms/subscriptions", body, 200, nil)
		}
		h.call(admin, "POST", "/api/sms/subscriptions", `{"contractorId":99,"phoneNumber":"1"}`, 404, nil)
		out := h.call(nobody, "POST", "/api/sms/opt-out", `{"phoneNumber":"+15551000001"}`, 200, nil).body
		if strings.Contains(out, "+1555") {
			t.Error("whoever opts a number out learns whose it is:", out)
		}
		h.call(nobody, "POST", "/api/sms/opt-out", `{"phoneNumber":"+15559999999"}`, 404, nil)
		h.call(nobody, "POST", "/api/sms/opt-out", `{}`, 400, nil)
		// Ids can be counted up: a contractor is opted out by nobody else.
		for who, want := range map[auth.Identity]int{nobody: 401, sam: 403, {UserID: ids[0], UserType: tpe.UserContractor}: 403, {UserID: ids[1], UserType: tpe.UserContractor}: 200, admin: 200} {
			h.call(who, "POST", "/api/sms/opt-out", `{"contractorId":`+ids[1]+`}`, want, nil)
		}

		var made struct {
			Campaign            struct{ ID int64 }
			EstimatedRecipients int
		}
		h.call(admin, "POST", "/api/sms/campaigns", `{"campaignName":"Q3 feedback","messageTemplate":"Hi {name}, how is {partner}?","partnerId":6}`, 201, &made)
		if made.EstimatedRecipients != 0 { // nobody is matched with the partner
			t.Error(made)
		}
		h.change(func(ctx context.Context, tx *sqldb.Tx) error {
			for _, id := range ids {
				if err := sqldb.ReplaceMatches(ctx, tx, number(id), []sqldb.NewMatch{{PartnerID: 6, Score: 70, Reasons: []string{}}}); err != nil {
					return err
				}
			}
			return nil
		})
		h.call(admin, "POST", "/api/sms/campaigns", `{"campaignName":"Q3 feedback","messageTemplate":"Hi {name}, how is {partner}?","partnerId":6}`, 201, &made)
		if made.EstimatedRecipients != 2 {
			t.Error(made)
		}
		launch := fmt.Sprintf("/api/sms/campaigns/%d/launch", made.Campaign.ID)
		h.call(admin, "POST", launch, "", 200, nil)
		h.call(admin, "POST", launch, "", 409, nil)
		h.call(admin, "POST", "/api/sms/campaigns/99/launch", "", 404, nil)
		var list struct {
			Campaigns []struct {
				ID        int64
				Delivered int    `json:"total_delivered"`
				Total     int    `json:"total_recipients"`
				By        string `json:"created_by_name"`
			}
		}
		until(t, "two messages are delivered", func() bool {
			h.call(admin, "GET", "/api/sms/campaigns?status=sent", "", 200, &list)
			return len(list.Campaigns) == 1 && list.Campaigns[0].Delivered == 2
		})
		if list.Campaigns[0].Total != 2 || list.Campaigns[0].By != "Ada" {
			t.Error(list)
		}
		if text := h.sent.last(); !strings.HasPrefix(text, "Hi Dana, how is Partner 6? ") || !strings.Contains(text, "/feedback/survey?id=") {
			t.Error(text)
		}
		var surveys struct{ Total int }
		h.call(admin, "GET", "/api/feedback/surveys?status=sent", "", 200, &surveys)
		if surveys.Total != 2 {
			t.Error(surveys)
		}
		var stats struct {
			CampaignPerformance struct {
				Sent int `json:"sent_campaigns"`
			}
			SubscriptionTrends []struct{ Count int }
			SubscriptionStats  struct {
				Out int `json:"opted_out_subscriptions"`
			}
		}
		h.call(admin, "GET", "/api/sms/analytics?timeframe=7days", "", 200, &stats)
		if stats.CampaignPerformance.Sent != 1 || len(stats.SubscriptionTrends) != 1 || stats.SubscriptionTrends[0].Count != 3 || stats.SubscriptionStats.Out != 1 {
			t.Error(stats)
		}
		h.call(admin, "GET", "/api/sms/subscriptions?optedIn=false", "", 200, nil)
	})
}
