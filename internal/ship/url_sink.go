package ship

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// interactions is where another tpe takes records.
const interactions = "/api/interactions"

// Limits of a URLSink.
const (
	requestBytes = 4 << 20         // of one request's body
	requestTime  = 2 * time.Minute // for one request
	firstPause   = 250 * time.Millisecond
	longestPause = 30 * time.Second // unless the receiver asks for more
	longestWait  = 5 * time.Minute  // that a receiver may ask for
	attempts     = 10
	answerBytes  = 8 << 20
)

// URLOptions says where a URLSink sends to.
type URLOptions struct {
	URL    string       // of the other tpe, or of its /api/interactions
	Header http.Header  // sent with each request, Authorization for instance
	Client *http.Client // a new one when nil
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error // waits in real time when nil
	Jitter func() float64                             // 0 <= n < 1; at random when nil
	// Failing is told once of what fails for the moment, when the receiver
	// had answered before or was never asked. It may be nil.
	Failing func(why string)
}

// URLSink sends records to another tpe as NDJSON. What the network or the
// receiver fails to take for the moment is sent again, with longer and
// longer pauses; the receiver knows records by their ids, so nothing is
// stored twice. What it finds wrong with a record is a Rejection.
type URLSink struct {
	opts URLOptions
	url  string
	body []byte
	told bool // that the receiver does not take records for now
}

// NewURLSink returns a sink for a URL. The error is of the code Misuse.
func NewURLSink(o URLOptions) (*URLSink, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("%q is no URL of a tpe", o.URL), Hint: "use http://HOST:PORT or https://HOST"}
	}
	if !strings.HasSuffix(u.Path, interactions) {
		u = u.JoinPath(interactions)
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: requestTime}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = tpe.Sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return &URLSink{opts: o, url: u.String()}, nil
}

// Send posts the records, in as many requests as their size asks for.
func (s *URLSink) Send(ctx context.Context, recs []redact.Clean, _ []string) (Answer, error) {
	var sum Answer
	for from := 0; from < len(recs); {
		to, size := from, 0
		for to < len(recs) && (to == from || size+len(recs[to].JSON()) < requestBytes) {
			size += len(recs[to].JSON())
			to++
		}
		part, err := s.post(ctx, recs[from:to])
		sum.add(part, from, len(recs))
		if err != nil {
			sum.Failed += len(recs) - to
			return sum, err
		}
		from = to
	}
	return sum, nil
}

// add adds the answer for the records from an index on, of n in all.
func (a *Answer) add(part Answer, from, n int) {
	a.New += part.New
	a.Duplicate += part.Duplicate
	a.Conflict += part.Conflict
	a.Failed += part.Failed
	for _, r := range part.Rejected {
		if r.Index >= 0 {
			r.Index += from
		}
		a.Rejected = append(a.Rejected, r)
	}
	if part.Outcomes != nil {
		if a.Outcomes == nil {
			a.Outcomes = make([]lake.Outcome, n)
		}
		copy(a.Outcomes[from:], part.Outcomes)
	}
}

// post sends records in one request, or in several when the receiver says
// that they are too many.
func (s *URLSink) post(ctx context.Context, recs []redact.Clean) (Answer, error) {
	status, body, err := s.insist(ctx, recs)
	if err != nil {
		return Answer{Failed: len(recs)}, err
	}
	switch {
	case status/100 == 2, status == http.StatusUnprocessableEntity:
		answer, err := readAnswer(body, len(recs))
		if err != nil {
			return Answer{Failed: len(recs)}, fmt.Errorf("send to %s: %w", s.url, err)
		}
		return answer, nil
	case status == http.StatusRequestEntityTooLarge && len(recs) == 1:
		return Answer{Rejected: []Rejection{{Index: 0, Reason: "too large for the receiver"}}}, nil
	case status == http.StatusRequestEntityTooLarge:
		return s.halves(ctx, recs)
	}
	return Answer{Failed: len(recs)}, s.refusal(status)
}

// needsToken is the hint for a receiver that asks who sends.
const needsToken = "in production only an administrator may send everything: see --token-file"

// halves sends records in two requests.
func (s *URLSink) halves(ctx context.Context, recs []redact.Clean) (Answer, error) {
	var sum Answer
	half := len(recs) / 2
	first, err := s.post(ctx, recs[:half])
	sum.add(first, 0, len(recs))
	if err != nil {
		sum.Failed += len(recs) - half
		return sum, err
	}
	second, err := s.post(ctx, recs[half:])
	sum.add(second, half, len(recs))
	return sum, err
}

// refusal is the error for a status that will not get better.
func (s *URLSink) refusal(status int) error {
	e := &tpe.Error{Code: tpe.Unavailable, Message: fmt.Sprintf("send to %s: the receiver answers %d %s", s.url, status, http.StatusText(status))}
	switch status {
	case http.StatusUnauthorized:
		e.Code, e.Hint = tpe.Unauthorized, needsToken
	case http.StatusForbidden:
		e.Code, e.Hint = tpe.Forbidden, needsToken
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		e.Hint = "is it a tpe? It takes records at " + interactions
	}
	return e
}

// insist sends a request until there is an answer that is worth reading.
func (s *URLSink) insist(ctx context.Context, recs []redact.Clean) (status int, body []byte, err error) {
	s.body = s.body[:0]
	for _, r := range recs {
		s.body = append(appendLine(s.body, r), '\n')
	}
	for try := range attempts {
		var wait time.Duration
		status, body, wait, err = s.once(ctx)
		if err == nil && !passing(status) {
			s.told = false
			return status, body, nil
		}
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		s.tell(status, err)
		if try == attempts-1 {
			break
		}
		pause := min(firstPause<<try, longestPause)
		pause = pause/2 + time.Duration(s.opts.Jitter()*float64(pause/2))
		if err := s.opts.Sleep(ctx, max(pause, min(wait, longestWait))); err != nil {
			return 0, nil, err
		}
	}
	if err != nil {
		return 0, nil, &tpe.Error{Code: tpe.Unavailable, Message: "send to " + s.url, Err: err}
	}
	return 0, nil, s.refusal(status)
}

// tell says why the receiver does not take records, once.
func (s *URLSink) tell(status int, err error) {
	if s.told || s.opts.Failing == nil {
		return
	}
	s.told = true
	if err == nil {
		err = s.refusal(status)
	}
	s.opts.Failing(fmt.Sprintf("cannot send to %s: %v; trying again, %d times in all", s.url, cause(err), attempts))
}

// cause is an error without the address that the message has already.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// appendLine appends a record on one line.
func appendLine(dst []byte, r redact.Clean) []byte {
	if bytes.IndexByte(r.JSON(), '\n') < 0 {
		return append(dst, r.JSON()...)
	}
	return r.Tape().AppendCompact(dst, 0)
}

// passing says whether a status may change when one asks again.
func passing(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// once sends the request once. wait is how long the receiver wants to be
// left alone.
func (s *URLSink) once(ctx context.Context) (status int, body []byte, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(s.body))
	if err != nil {
		return 0, nil, 0, fmt.Errorf("make request: %w", err)
	}
	for name, values := range s.opts.Header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Accept", "application/json")
	resp, err := s.opts.Client.Do(req)
	if err != nil {
		return 0, nil, 0, err
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, answerBytes))
	err = errors.Join(err, resp.Body.Close())
	return resp.StatusCode, body, s.retryAfter(resp.Header.Get("Retry-After")), err
}

// retryAfter reads a Retry-After header: seconds or a date.
func (s *URLSink) retryAfter(value string) time.Duration {
	if n, err := strconv.Atoi(value); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(s.opts.Now())
	}
	return 0
}

// receipt is what the receiver answers.
type receipt struct {
	New       int    `json:"new"`
	Duplicate int    `json:"duplicate"`
	Conflict  int    `json:"conflict"`
	Erased    int    `json:"erased"`
	Rejected  int    `json:"rejected"`
	Message   string `json:"message"` // of an error
	Faults    []struct {
		Line    int    `json:"line"` // of the request's body, from 1
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	} `json:"faults"`
}

// readAnswer reads the receiver's answer for n records.
func readAnswer(body []byte, n int) (Answer, error) {
	var r receipt
	if err := json.Unmarshal(body, &r); err != nil {
		return Answer{}, &tpe.Error{Code: tpe.Unavailable, Message: "the answer is not that of a tpe", Err: err}
	}
	if all := r.New + r.Duplicate + r.Conflict + r.Erased + r.Rejected; all != n || min(r.New, r.Duplicate, r.Conflict, r.Erased, r.Rejected) < 0 {
		what := fmt.Sprintf("the receiver stopped: of %d records it has taken or rejected %d", n, all)
		if r.Message != "" {
			what += ", and says: " + r.Message
		}
		return Answer{}, tpe.Errorf(tpe.Unavailable, "%s", what)
	}
	a := Answer{New: r.New, Duplicate: r.Duplicate, Conflict: r.Conflict, Erased: r.Erased}
	last := 0
	for _, f := range r.Faults { // the first fault of each record
		if f.Line > last && f.Line <= n && len(a.Rejected) < r.Rejected {
			a.Rejected = append(a.Rejected, Rejection{Index: f.Line - 1, Reason: strings.TrimSpace(f.Pointer + " " + f.Message)})
			last = f.Line
		}
	}
	for len(a.Rejected) < r.Rejected {
		a.Rejected = append(a.Rejected, Rejection{Index: -1, Reason: "not said"})
	}
	for outcome, count := range map[lake.Outcome]int{lake.New: r.New, lake.Duplicate: r.Duplicate, lake.Conflict: r.Conflict, lake.Erased: r.Erased} {
		if count == n {
			a.Outcomes = make([]lake.Outcome, n)
			for i := range a.Outcomes {
				a.Outcomes[i] = outcome
			}
		}
	}
	return a, nil
}

// Refuse does nothing: what cannot be a record stays where it was read, and
// the report names it.
func (s *URLSink) Refuse(context.Context, lake.Quarantined) error { return nil }

// Flush does nothing: the receiver has answered for all that was sent.
func (s *URLSink) Flush(context.Context) error { return nil }
