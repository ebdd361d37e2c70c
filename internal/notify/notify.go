// Package notify sends SMS and e-mail: through Twilio and SendGrid, or, where
// neither is set up, to the log, which then says that a message was not sent.
//
// It must never write a message's text, a whole address or a credential to a
// log or into an error. A developer who needs a code without a provider asks
// for it by Options.Show.
package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"github.com/power100/tpe/internal/tpe"
)

// Kind is the way that a message takes.
type Kind string

// The kinds.
const (
	SMS   Kind = "sms"
	Email Kind = "email"
)

// Message is one message to one person.
type Message struct {
	Kind    Kind
	To      string // a phone number or an e-mail address
	Subject string // of an e-mail
	Text    string
}

// Receipt says who took a message.
type Receipt struct {
	Provider string // twilio, sendgrid, log
	ID       string // the provider's own; empty when it gave none
	Sent     bool   // false: only the log knows of it
}

// Sender sends messages.
//
// Send must not be called inside a database transaction: the message would be
// out although the transaction may fail, and the transaction would wait for a
// server on the other side of the world. Commit first, then send:
//
//	err := db.Do(ctx, func(tx *Tx) error {
//		return tx.StoreCode(ctx, contractor, hash(code))
//	})
//	if err != nil {
//		return err
//	}
//	_, err = sender.Send(ctx, notify.Message{Kind: notify.SMS, To: phone, Text: "Your code is " + code})
//
// When Send fails, the row is there and the person asks for another code. A
// message that must not be lost is stored in the transaction as a job, and
// the job calls Send.
//
// The error is a *tpe.Error: Invalid for an address that the provider does
// not take, Unavailable for a provider that is away or refuses us, Timeout;
// ErrNoProvider when only the log knows of the message.
type Sender interface {
	Send(ctx context.Context, m Message) (Receipt, error)
}

// ErrNoProvider is returned by Send for a kind of message that no provider is
// set up for. Whether that matters is for the caller to say: in development it
// does not.
var ErrNoProvider error = &tpe.Error{Code: tpe.Unavailable, Message: "no provider is set up"}

// Options sets the ways up. A nil sender stands for the log.
type Options struct {
	SMS, Email Sender
	Log        *slog.Logger
	// Show gets the text of messages that no provider sends. It is for
	// development, where a code is needed and no phone rings. Nil shows none.
	Show io.Writer
}

// New returns a sender that takes each message the way of its kind and logs
// that it did.
func New(o Options) Sender {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &router{o: o}
}

type router struct{ o Options }

// Send checks the message, sends it and logs the outcome.
func (r *router) Send(ctx context.Context, m Message) (Receipt, error) {
	var way Sender
	switch m.Kind {
	case SMS:
		way = r.o.SMS
	case Email:
		way = r.o.Email
	default:
		return Receipt{}, fmt.Errorf("send message: kind %q is not known", m.Kind)
	}
	if way == nil {
		r.o.Log.WarnContext(ctx, "message not sent: no provider is set up", "kind", string(m.Kind), "to", mask(m.To))
		if r.o.Show != nil {
			fmt.Fprintf(r.o.Show, "tpe: %s to %s: %s\n", m.Kind, oneLine(m.To), oneLine(m.Text))
		}
		return Receipt{Provider: "log"}, ErrNoProvider
	}
	if err := m.checkAddress(); err != nil {
		return Receipt{}, err
	}
	receipt, err := way.Send(ctx, m)
	if err != nil {
		return Receipt{}, err
	}
	r.o.Log.InfoContext(ctx, "message sent", "kind", string(m.Kind), "to", mask(m.To), "provider", receipt.Provider, "id", receipt.ID)
	return receipt, nil
}

// checkAddress refuses an address that no provider can use, and writes a phone
// number as all of them take it.
func (m *Message) checkAddress() error {
	if m.Kind == SMS {
		number, ok := Phone(m.To)
		if !ok {
			return tpe.Errorf(tpe.Invalid, "the phone number cannot be called: it needs ten digits, or a plus and a country code")
		}
		m.To = number
		return nil
	}
	if strings.ContainsAny(m.To, " \r\n,;<>") || strings.Count(m.To, "@") != 1 {
		return tpe.Errorf(tpe.Invalid, "the e-mail address is not valid")
	}
	return nil
}

// Phone writes a phone number as E.164 does. Ten digits, and eleven that begin
// with 1, are numbers of North America.
func Phone(s string) (string, bool) {
	s = strings.TrimSpace(s)
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	for _, r := range s {
		if !unicode.IsDigit(r) && !strings.ContainsRune("+-. ()/\u00a0\u2010\u2011", r) {
			return "", false
		}
	}
	switch {
	case strings.HasPrefix(s, "+"):
		return "+" + digits, len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0'
	case len(digits) == 10 && digits[0] >= '2':
		return "+1" + digits, true
	case len(digits) == 11 && digits[0] == '1' && digits[1] >= '2':
		return "+" + digits, true
	default:
		return "", false
	}
}

// mask leaves so much of an address that two can be told apart by who knows
// them.
func mask(to string) string {
	if name, domain, ok := strings.Cut(to, "@"); ok {
		if len(name) > 1 {
			name = name[:1]
		}
		return strings.ToValidUTF8(name, "") + "***@" + domain
	}
	return "***" + strings.ToValidUTF8(to[max(0, len(to)-2):], "")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
