package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

const (
	attempts = 3
	timeout  = 10 * time.Second // of one attempt
	maxWait  = 5 * time.Second  // the longest Retry-After that is waited for
)

// rest posts to a provider. It tries again only when the provider says that
// it has not taken the message (429, 503): after a connection that broke,
// nobody knows, and a second message is worse than none.
type rest struct {
	name string
	base *url.URL
	http *http.Client
	wait func(context.Context, time.Duration) error
}

func newREST(name, base string, client *http.Client) (rest, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return rest{}, tpe.Errorf(tpe.Misuse, "the address of %s is not an http or https URL", name)
	}
	if client == nil {
		client = &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return rest{name: name, base: u, http: client, wait: tpe.Sleep}, nil
}

// answer is what a provider said.
type answer struct {
	status int
	header http.Header
	body   []byte // 64 KiB at most
}

// post sends a request and returns the answer, whatever its status.
func (r rest) post(ctx context.Context, newRequest func() (*http.Request, error)) (answer, error) {
	for try := 1; ; try++ {
		a, err := r.once(newRequest)
		if err != nil || a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable || try == attempts {
			return a, err
		}
		wait := time.Second << (try - 1)
		if s, err := strconv.Atoi(a.header.Get("Retry-After")); err == nil && s >= 0 {
			wait = time.Duration(s) * time.Second
		}
		if wait > maxWait {
			return a, nil
		}
		if err := r.wait(ctx, wait); err != nil {
			return a, r.away(err)
		}
	}
}

func (r rest) once(newRequest func() (*http.Request, error)) (answer, error) {
	req, err := newRequest()
	if err != nil {
		return answer{}, fmt.Errorf("send by %s: %w", r.name, err)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return answer{}, r.away(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return answer{}, r.away(err)
	}
	return answer{resp.StatusCode, resp.Header, body}, nil
}

// away is the error for a provider that did not answer. The address in a
// *url.Error may hold an account's id, so that only its cause is kept.
func (r rest) away(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	code := tpe.Unavailable
	var slow interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		code = tpe.Timeout
	}
	return &tpe.Error{Code: code, Message: r.name + " does not answer", Hint: "try again", Err: err}
}

// refused is the error for an answer that is no success. What the provider
// said is not repeated: it quotes addresses.
func (r rest) refused(a answer, detail string) error {
	e := &tpe.Error{Code: tpe.Unavailable, Message: fmt.Sprintf("%s refused the message: status %d%s", r.name, a.status, detail)}
	switch {
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		e.Hint = "check the credentials of " + r.name
	case a.status == http.StatusTooManyRequests || a.status >= 500:
		e.Hint = "try again later"
	case a.status >= 400:
		e.Code, e.Hint = tpe.Invalid, "check the address"
	}
	return e
}
