// Package coach speaks with an OpenAI-compatible server for the AI coach:
// chat completions, streamed or whole, embeddings, and transcription. It also
// builds the prompt: who asks, what is known of them, and what was said
// before.
//
// It must never take text from users for instructions: such text stands in
// quoted blocks, marked as data. It must never guess what a server did not
// say: tokens come from the server's usage, cost from a table of prices, and
// both are absent otherwise. It writes nothing.
package coach

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Options says where the server is and how long to wait for it. The zero
// times stand for the defaults.
type Options struct {
	BaseURL string // https://api.openai.com/v1
	Key     string // sent as a bearer token; empty: every call answers NoKey
	Model   string // for chats
	// Temperature from 0 to 2. Nil leaves it to the server.
	Temperature *float64
	// TranscriptionModel reads recordings; empty: none is read.
	TranscriptionModel string
	EmbeddingModel     string
	Prices             Prices

	Attempts   int           // at most this many tries before the first token; default 3
	FirstToken time.Duration // from the request to the first token; default 60 s
	Idle       time.Duration // between two parts of a stream; default 30 s
	Total      time.Duration // a whole answer; default 5 min
	MaxWait    time.Duration // the longest Retry-After that is waited for; default 20 s

	HTTP *http.Client // default: a client of its own
	Now  func() time.Time
	// Wait sleeps between two tries; default by the clock.
	Wait func(context.Context, time.Duration) error
}

// Client calls the server. It is safe for concurrent use.
type Client struct {
	o    Options
	base *url.URL
}

// New returns a client. It makes no call. The error is one in BaseURL.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(o.BaseURL, "/"))
	if err != nil {
		return nil, err
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, &url.Error{Op: "parse", URL: o.BaseURL, Err: net.UnknownNetworkError(base.Scheme)}
	}
	o.Attempts = cmp.Or(o.Attempts, 3)
	o.FirstToken = cmp.Or(o.FirstToken, 60*time.Second)
	o.Idle = cmp.Or(o.Idle, 30*time.Second)
	o.Total = cmp.Or(o.Total, 5*time.Minute)
	o.MaxWait = cmp.Or(o.MaxWait, 20*time.Second)
	if o.HTTP == nil {
		o.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = tpe.Sleep
	}
	return &Client{o: o, base: base}, nil
}

// Ready reports whether there is a key; without one no call is made.
func (c *Client) Ready() bool { return c.o.Key != "" }

// Transcribes reports whether recordings can be transcribed.
func (c *Client) Transcribes() bool { return c.Ready() && c.o.TranscriptionModel != "" }

// Model is the model that is asked for a chat.
func (c *Client) Model() string { return c.o.Model }

// backoff is the wait after a failed try that the server gave no time for:
// half a second, doubled each time, and up to half as much again by chance, so
// that many clients do not come back at once.
func backoff(try int) time.Duration {
	d := 500 * time.Millisecond << min(try, 6)
	return d + rand.N(d/2)
}
