package coach

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/power100/tpe/internal/redact"
)

// body makes the body of one try, and its content type.
type body func() (io.Reader, string, error)

// call sends a POST until the server answers 200, at most Attempts times. The
// caller closes the response's body.
func (c *Client) call(ctx context.Context, path string, accept string, build body) (*http.Response, int, *Fault) {
	if c.o.Key == "" {
		return nil, 0, &Fault{Reason: NoKey}
	}
	for try := 1; ; try++ {
		resp, fault := c.try(ctx, path, accept, build)
		if fault == nil {
			return resp, try, nil
		}
		if !fault.retriable() || try >= c.o.Attempts {
			return nil, try, fault
		}
		wait := fault.RetryAfter
		if wait == 0 {
			wait = backoff(try - 1)
		}
		if wait > c.o.MaxWait {
			return nil, try, fault
		}
		if err := c.o.Wait(ctx, wait); err != nil {
			return nil, try, lost(ctx, err, false)
		}
	}
}

// try sends the request once.
func (c *Client) try(ctx context.Context, path string, accept string, build body) (*http.Response, *Fault) {
	r, contentType, err := build()
	if err != nil {
		return nil, &Fault{Reason: BadRequest, Err: err}
	}
	if closer, ok := r.(io.Closer); ok {
		defer func() { _ = closer.Close() }() // ends the writer of a pipe
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(path).String(), r)
	if err != nil {
		return nil, &Fault{Reason: BadRequest, Err: err}
	}
	req.Header.Set("Authorization", "Bearer "+c.o.Key)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", accept)
	resp, err := c.o.HTTP.Do(req)
	if err != nil {
		return nil, lost(ctx, err, false)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	return nil, c.refusal(resp)
}

// refusal reads an answer that is not 200.
func (c *Client) refusal(resp *http.Response) *Fault {
	f := &Fault{Status: resp.StatusCode, Detail: c.detail(resp.Body), RetryAfter: retryAfter(resp.Header, c.o.Now())}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		f.Reason = TooMany
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		f.Reason = Refused
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusConflict:
		f.Reason = ServerError
	case resp.StatusCode >= 400:
		f.Reason = BadRequest
	default:
		f.Reason = Garbage // a redirect, or a 2xx without an answer
	}
	return f
}

// serverError is how the server says what is wrong.
type serverError struct {
	Error struct {
		Message string `json:"message"`
		Code    any    `json:"code"`
	} `json:"error"`
}

const mostDetail = 300

// detail returns what a server said about an error, short and in one line.
func (c *Client) detail(r io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(r, 64<<10))
	if err != nil && len(b) == 0 {
		return ""
	}
	var e serverError
	if json.Unmarshal(b, &e) == nil && e.Error.Message != "" {
		return c.shorten(e.Error.Message)
	}
	return c.shorten(string(b))
}

// minKey is the length of the shortest key that is looked for: a local server
// takes any word, and a short one is a word of other texts.
const minKey = 8

// shorten makes one short line of what a server said. Some repeat the key, or
// name another that a proxy holds.
func (c *Client) shorten(s string) string {
	if len(c.o.Key) >= minKey {
		s = strings.ReplaceAll(s, c.o.Key, "[key]")
	}
	s = string(redact.New(redact.Options{}).AppendText(nil, []byte(s)))
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(s) > mostDetail {
		s = strings.ToValidUTF8(s[:mostDetail], "") + "..."
	}
	return s
}

// retryAfter reads the header of that name: seconds or a date (RFC 9110,
// 10.2.3), and the milliseconds that OpenAI sends beside it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
