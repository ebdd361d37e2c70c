package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// statusClientClosed is what the record of a request says whose sender went
// away before an answer was chosen. Nobody receives it.
const statusClientClosed = 499

// statusOf is the one map from codes to HTTP statuses.
func statusOf(code tpe.Code) int {
	switch code {
	case tpe.Invalid:
		return http.StatusUnprocessableEntity
	case tpe.Misuse:
		return http.StatusBadRequest
	case tpe.NotFound:
		return http.StatusNotFound
	case tpe.Conflict, tpe.Mismatch:
		return http.StatusConflict
	case tpe.Unauthorized:
		return http.StatusUnauthorized
	case tpe.Forbidden:
		return http.StatusForbidden
	case tpe.TooLarge:
		return http.StatusRequestEntityTooLarge
	case tpe.TooMany:
		return http.StatusTooManyRequests
	case tpe.Unsupported:
		return http.StatusUnsupportedMediaType
	case tpe.Unavailable, tpe.Timeout:
		return http.StatusServiceUnavailable
	case tpe.Interrupted:
		return statusClientClosed
	case tpe.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// retryAfter is how many seconds a client should wait after a 503.
const retryAfter = "5"

// problem is an answer of RFC 9457. It also carries error and message, which
// the front end of the older service reads.
type problem struct {
	status  int
	title   string // empty: the status in words
	detail  string // for people; may be shown to the sender
	summary string // the member error; empty: the detail
	code    tpe.Code
	hint    string
	extra   []byte // further members, each with a comma before it
}

// write answers with the problem.
func (p problem) write(v *visit) {
	if p.title == "" {
		p.title = http.StatusText(p.status)
	}
	if p.title == "" {
		p.title = "Client Closed Request"
	}
	if p.detail == "" {
		p.detail = p.title
	}
	if p.summary == "" {
		p.summary = p.detail
	}
	h := v.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", retryAfter)
	}
	b := append(v.scratch[:0], `{"type":"about:blank","title":`...)
	b = tpe.AppendString(b, p.title)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.status), 10)
	b = append(b, `,"detail":`...)
	b = tpe.AppendString(b, p.detail)
	b = append(b, `,"success":false,"error":`...)
	b = tpe.AppendString(b, p.summary)
	b = append(b, `,"message":`...)
	b = tpe.AppendString(b, p.detail)
	if p.code != "" {
		b = append(b, `,"code":`...)
		b = tpe.AppendString(b, string(p.code))
	}
	if p.hint != "" {
		b = append(b, `,"hint":`...)
		b = tpe.AppendString(b, p.hint)
	}
	b = append(b, `,"request_id":`...)
	b = tpe.AppendString(b, v.requestID)
	b = append(b, p.extra...)
	b = append(b, "}\n"...)
	v.WriteHeader(p.status)
	_, _ = v.Write(b) // the sender is gone; the visit has noted it
	v.scratch = b
}

// fail answers with a problem for err, which may be nil. What is not known
// is an internal error outside; its cause goes to the log.
func (s *Server) fail(v *visit, r *http.Request, err error) {
	if err == nil {
		return
	}
	var more interface{ extra() []byte }
	var extra []byte
	if errors.As(err, &more) {
		extra = more.extra()
	}
	var wait later
	if errors.As(err, &wait) {
		v.Header().Set("Retry-After", wait.seconds())
	}
	s.failWith(v, r, err, extra)
}

// failWith is fail with further members for the problem.
func (s *Server) failWith(v *visit, r *http.Request, err error, extra []byte) {
	p := problemOf(v, r, err)
	p.extra = extra
	switch {
	case p.status == statusClientClosed:
		v.note("client closed")
	case p.code == tpe.Timeout:
		v.note("timeout")
	case p.status == http.StatusUnauthorized:
		h := v.Header()
		h.Set("WWW-Authenticate", "Bearer")
		if v.refused != nil {
			v.note("token rejected")
		}
	}
	if p.status >= 500 && (p.status != http.StatusServiceUnavailable || s.refusals.due(p.detail, s.opts.Now())) {
		s.opts.Log.Error("request failed", "request_id", v.requestID, "method", r.Method, "route", v.route(), "status", p.status, "error", err)
	}
	p.write(v)
}

// refusals keeps the log short while something that every request needs is
// away: one line a second for the same answer. The others are counted.
type refusals struct {
	mu     sync.Mutex
	detail string
	told   time.Time
	held   int
}

// due reports whether an answer is to be logged.
func (f *refusals) due(detail string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if detail == f.detail && now.Sub(f.told) < time.Second {
		f.held++
		return false
	}
	f.detail, f.told = detail, now
	return true
}

// tell logs how many answers were not logged.
func (f *refusals) tell(log *slog.Logger) {
	f.mu.Lock()
	held := f.held
	f.held = 0
	f.mu.Unlock()
	if held > 0 {
		log.Error("more requests failed in the same way", "status", http.StatusServiceUnavailable, "requests", held)
	}
}

// problemOf makes the problem for an error.
func problemOf(v *visit, r *http.Request, err error) problem {
	code := tpe.CodeOf(err)
	gone := r.Context().Err() != nil && !v.body.stopped.Load()
	if code == tpe.Internal && errors.Is(err, context.Canceled) || gone && code != tpe.Timeout {
		code = tpe.Interrupted
	}
	if v.body.slow.Load() && (code == tpe.Misuse || code == tpe.Timeout || code == tpe.Internal) {
		return problem{status: http.StatusRequestTimeout, code: tpe.Timeout, detail: "The body came too slowly"}
	}
	p := problem{status: statusOf(code), code: code}
	var known *tpe.Error
	if code != tpe.Internal && errors.As(err, &known) {
		p.detail, p.hint = known.Message, known.Hint
	}
	if p.detail == "" && code == tpe.Internal {
		p.detail = "internal error"
	}
	return p
}

// notFound is the answer to a route that does not exist.
func notFound(r *http.Request) problem {
	return problem{status: http.StatusNotFound, code: tpe.NotFound, detail: "Cannot " + r.Method + " " + r.URL.Path, summary: "Not Found"}
}

// notAllowed is the answer to a method that the route does not know.
func notAllowed(r *http.Request) problem {
	return problem{status: http.StatusMethodNotAllowed, code: tpe.Unsupported, detail: "Cannot " + r.Method + " " + r.URL.Path, summary: "Method Not Allowed"}
}
