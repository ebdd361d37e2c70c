package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// TwilioOptions is an account of Twilio.
type TwilioOptions struct {
	BaseURL    string // https://api.twilio.com
	AccountSID string
	AuthToken  string
	From       string // a number of the account, or the SID of a messaging service (MG...)
	HTTP       *http.Client
}

// Twilio sends SMS by the REST API of Twilio, version 2010-04-01.
type Twilio struct {
	o    TwilioOptions
	rest rest
}

// NewTwilio returns a sender. It makes no call.
func NewTwilio(o TwilioOptions) (*Twilio, error) {
	r, err := newREST("Twilio", o.BaseURL, o.HTTP)
	return &Twilio{o, r}, err
}

// Send sends an SMS.
func (t *Twilio) Send(ctx context.Context, m Message) (Receipt, error) {
	form := url.Values{"To": {m.To}, "Body": {m.Text}}
	if strings.HasPrefix(t.o.From, "MG") {
		form.Set("MessagingServiceSid", t.o.From)
	} else {
		form.Set("From", t.o.From)
	}
	address := t.rest.base.JoinPath("2010-04-01", "Accounts", t.o.AccountSID, "Messages.json").String()
	a, err := t.rest.post(ctx, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(t.o.AccountSID, t.o.AuthToken)
		return req, nil
	})
	if err != nil {
		return Receipt{}, err
	}
	var out struct {
		SID  string `json:"sid"`
		Code int    `json:"code"` // of an error, see https://www.twilio.com/docs/api/errors
	}
	broken := json.Unmarshal(a.body, &out) != nil
	if a.status != http.StatusCreated && a.status != http.StatusOK || broken || out.SID == "" {
		detail := ""
		if out.Code != 0 {
			detail = fmt.Sprintf(", code %d", out.Code)
		}
		return Receipt{}, t.rest.refused(a, detail)
	}
	return Receipt{Provider: "twilio", ID: out.SID, Sent: true}, nil
}
