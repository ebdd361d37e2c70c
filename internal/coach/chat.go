package coach

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// Role says who speaks.
type Role string

// The roles of a chat.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one message of a chat.
type Message struct {
	Role    Role
	Content string
	Images  []string // data: URLs, beside the content
}

// MarshalJSON writes a text, or a list of parts when there are images.
func (m Message) MarshalJSON() ([]byte, error) {
	type message struct {
		Role    Role `json:"role"`
		Content any  `json:"content"`
	}
	if len(m.Images) == 0 {
		return json.Marshal(message{m.Role, m.Content})
	}
	type address struct {
		URL string `json:"url"`
	}
	type part struct {
		Type  string   `json:"type"`
		Text  string   `json:"text,omitempty"`
		Image *address `json:"image_url,omitempty"`
	}
	parts := []part{{Type: "text", Text: m.Content}}
	for _, image := range m.Images {
		parts = append(parts, part{Type: "image_url", Image: &address{image}})
	}
	return json.Marshal(message{m.Role, parts})
}

// Usage is how many tokens the server counted.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
	CachedTokens     int `json:"cached_tokens,omitempty"` // part of PromptTokens
}

// Answer is what came back, whole or as far as it came.
type Answer struct {
	Content      string
	Model        string // as the server names it; the one asked for when it names none
	FinishReason string // stop, length, content_filter, ...; empty when the answer did not end
	Usage        *Usage // nil when the server did not report it
	Cost         *float64
	FirstToken   time.Duration // from the call to the first token; 0 when none came
	Duration     time.Duration // from the call to the end
	Attempts     int
}

// maxAnswer is the size in bytes of the longest answer that is kept.
const maxAnswer = 1 << 20

// chatRequest is the body of a call of /chat/completions.
type chatRequest struct {
	Model         string         `json:"model"`
	Messages      []Message      `json:"messages"`
	Temperature   *float64       `json:"temperature,omitempty"`
	Stream        bool           `json:"stream,omitempty"`
	StreamOptions *streamOptions `json:"stream_options,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// chatAnswer is a whole answer, or one part of a stream.
type chatAnswer struct {
	serverError
	Model   string `json:"model"`
	Choices []struct {
		Message      words   `json:"message"`
		Delta        words   `json:"delta"`
		FinishReason *string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Usage
		Details struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
}

type words struct {
	Content string `json:"content"`
	Refusal string `json:"refusal"`
}

// Stream asks for an answer and hands each part of it to part as it comes; an
// error of part stops the answer. When the call fails, the answer holds what
// was received so far, and the error is a *tpe.Error around a *Fault. Nothing
// is tried again once a part has come.
func (c *Client) Stream(ctx context.Context, messages []Message, part func(string) error) (Answer, error) {
	return c.chat(ctx, messages, true, part)
}

// Complete asks for an answer in one piece.
func (c *Client) Complete(ctx context.Context, messages []Message) (Answer, error) {
	return c.chat(ctx, messages, false, func(string) error { return nil })
}

func (c *Client) chat(ctx context.Context, messages []Message, stream bool, part func(string) error) (Answer, error) {
	r := &receiver{c: c, part: part, start: c.o.Now(), answer: Answer{Model: c.o.Model}}
	ctx, r.stop = context.WithCancelCause(ctx)
	defer r.stop(nil)
	total := time.AfterFunc(c.o.Total, func() { r.stop(errTotal) })
	defer total.Stop()
	fault := r.run(ctx, messages, stream)
	r.answer.Content = r.text.String()
	r.answer.Duration = c.o.Now().Sub(r.start)
	r.answer.Cost = c.o.Prices.Cost(r.answer.Model, r.answer.Usage)
	if fault != nil {
		return r.answer, fault.forUser()
	}
	return r.answer, nil
}

// receiver takes one answer in.
type receiver struct {
	c      *Client
	part   func(string) error
	stop   context.CancelCauseFunc
	start  time.Time
	answer Answer
	text   strings.Builder
}

func (r *receiver) run(ctx context.Context, messages []Message, stream bool) *Fault {
	request := chatRequest{Model: r.c.o.Model, Messages: messages, Temperature: r.c.o.Temperature, Stream: stream}
	accept, limit := "application/json", r.c.o.Total
	if stream {
		request.StreamOptions = &streamOptions{IncludeUsage: true}
		accept, limit = "text/event-stream", r.c.o.FirstToken
	}
	b, err := json.Marshal(request)
	if err != nil {
		return &Fault{Reason: BadRequest, Err: err}
	}
	first := time.AfterFunc(limit, func() { r.stop(errFirstToken) })
	defer first.Stop()
	resp, tries, fault := r.c.call(ctx, "chat/completions", accept, func() (io.Reader, string, error) {
		first.Reset(limit) // each try has the whole time
		return bytes.NewReader(b), "application/json", nil
	})
	r.answer.Attempts = tries
	if fault != nil {
		return fault
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/event-stream" {
		return r.whole(ctx, resp) // some servers do not stream, whatever they are asked
	}
	return r.stream(ctx, resp, first)
}

// whole reads an answer in one piece.
func (r *receiver) whole(ctx context.Context, resp *http.Response) *Fault {
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4*maxAnswer))
	if err != nil {
		return lost(ctx, err, true)
	}
	var a chatAnswer
	if err := json.Unmarshal(b, &a); err != nil || len(a.Choices) == 0 {
		return &Fault{Reason: Garbage, Status: resp.StatusCode, Detail: r.c.shorten(string(b)), Err: err}
	}
	r.note(&a)
	return r.take(a.Choices[0].Message)
}

// stream reads an answer in parts.
func (r *receiver) stream(ctx context.Context, resp *http.Response, first *time.Timer) *Fault {
	var idle *time.Timer // runs from the first token on
	events := newEvents(resp.Body)
	for {
		ev, err := events.next()
		if err != nil {
			return r.end(ctx, err)
		}
		if string(ev.data) == "[DONE]" {
			return r.end(ctx, io.EOF)
		}
		var a chatAnswer
		if err := json.Unmarshal(ev.data, &a); err != nil {
			return &Fault{Reason: Garbage, Status: resp.StatusCode, Detail: r.c.shorten(string(ev.data)), Err: err}
		}
		if a.Error.Message != "" {
			return &Fault{Reason: ServerError, Status: resp.StatusCode, Detail: r.c.shorten(a.Error.Message)}
		}
		r.note(&a)
		if len(a.Choices) == 0 {
			continue
		}
		if fault := r.take(a.Choices[0].Delta); fault != nil {
			return fault
		}
		switch {
		case r.answer.FirstToken == 0:
		case idle == nil:
			first.Stop()
			idle = time.AfterFunc(r.c.o.Idle, func() { r.stop(errIdle) })
			defer idle.Stop()
		default:
			idle.Reset(r.c.o.Idle)
		}
	}
}

// end judges the end of a stream: it may end when the server has said why it
// stopped.
func (r *receiver) end(ctx context.Context, err error) *Fault {
	switch {
	case errors.Is(err, io.EOF) && r.answer.FinishReason != "":
		return nil
	case errors.Is(err, io.EOF) && context.Cause(ctx) == nil:
		return &Fault{Reason: Cut, Err: io.ErrUnexpectedEOF}
	case errors.Is(err, errEventTooLarge):
		return &Fault{Reason: Garbage, Err: err}
	default:
		return lost(ctx, err, true)
	}
}

// note keeps what a part says beside the text.
func (r *receiver) note(a *chatAnswer) {
	if a.Model != "" {
		r.answer.Model = a.Model
	}
	if a.Usage != nil && a.Usage.PromptTokens >= 0 && a.Usage.CompletionTokens >= 0 {
		u := a.Usage.Usage
		u.CachedTokens = a.Usage.Details.Cached
		if u.TotalTokens == 0 {
			u.TotalTokens = u.PromptTokens + u.CompletionTokens
		}
		r.answer.Usage = &u
	}
	if len(a.Choices) > 0 && a.Choices[0].FinishReason != nil {
		r.answer.FinishReason = *a.Choices[0].FinishReason
	}
}

// take keeps a part of the text and hands it on.
func (r *receiver) take(w words) *Fault {
	s := w.Content + w.Refusal
	if s == "" {
		return nil
	}
	if r.answer.FirstToken == 0 {
		r.answer.FirstToken = max(r.c.o.Now().Sub(r.start), 1)
	}
	if r.text.Len()+len(s) > maxAnswer {
		return &Fault{Reason: Garbage, Detail: "an answer of more than a mebibyte"}
	}
	r.text.WriteString(s)
	if err := r.part(s); err != nil {
		return &Fault{Reason: Stopped, Err: err}
	}
	return nil
}
