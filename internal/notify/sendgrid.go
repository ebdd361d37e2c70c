package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// SendGridOptions is an account of SendGrid.
type SendGridOptions struct {
	BaseURL  string // https://api.sendgrid.com
	Key      string
	From     string // a verified address
	FromName string
	HTTP     *http.Client
}

// SendGrid sends e-mail by the REST API of SendGrid, version 3.
type SendGrid struct {
	o    SendGridOptions
	rest rest
}

// NewSendGrid returns a sender. It makes no call.
func NewSendGrid(o SendGridOptions) (*SendGrid, error) {
	r, err := newREST("SendGrid", o.BaseURL, o.HTTP)
	return &SendGrid{o, r}, err
}

// Send sends an e-mail of plain text.
func (s *SendGrid) Send(ctx context.Context, m Message) (Receipt, error) {
	type address struct {
		Email string `json:"email"`
		Name  string `json:"name,omitempty"`
	}
	type person struct {
		To []address `json:"to"`
	}
	type content struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	body, err := json.Marshal(struct {
		To      []person  `json:"personalizations"`
		From    address   `json:"from"`
		Subject string    `json:"subject"`
		Content []content `json:"content"`
	}{[]person{{[]address{{Email: m.To}}}}, address{s.o.From, s.o.FromName}, oneLine(m.Subject), []content{{"text/plain", m.Text}}})
	if err != nil {
		return Receipt{}, fmt.Errorf("encode e-mail: %w", err)
	}
	a, err := s.rest.post(ctx, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.rest.base.JoinPath("v3/mail/send").String(), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+s.o.Key)
		return req, nil
	})
	if err != nil {
		return Receipt{}, err
	}
	if a.status != http.StatusAccepted && a.status != http.StatusOK {
		return Receipt{}, s.rest.refused(a, "")
	}
	return Receipt{Provider: "sendgrid", ID: a.header.Get("X-Message-Id"), Sent: true}, nil
}
