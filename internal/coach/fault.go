package coach

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Reason says in a word why a call of the server failed.
type Reason string

// The reasons.
const (
	NoKey       Reason = "no_key"      // OPENAI_API_KEY is not set
	Refused     Reason = "refused"     // the key is not accepted (401, 403)
	BadRequest  Reason = "bad_request" // the server does not take the request (another 4xx)
	TooMany     Reason = "too_many"    // 429, and the wait is too long or the tries are used up
	ServerError Reason = "server_error"
	Garbage     Reason = "garbage"     // the answer cannot be read
	Cut         Reason = "cut"         // the stream stopped before its end
	Slow        Reason = "timeout"     // a time limit passed
	Unreachable Reason = "unreachable" // no connection
	Stopped     Reason = "stopped"     // the caller gave up
)

// Fault is why a call failed. What had been received until then is in the
// Answer that comes with it.
type Fault struct {
	Reason     Reason
	Status     int           // of HTTP; 0 when none came
	RetryAfter time.Duration // when the server asked for a wait
	Detail     string        // what the server said, shortened
	Err        error         // the cause; may be nil
}

// Error says what happened, for the log.
func (f *Fault) Error() string {
	s := "AI service: " + string(f.Reason)
	if f.Status != 0 {
		s += fmt.Sprintf(", status %d", f.Status)
	}
	if f.Detail != "" {
		s += ": " + f.Detail
	}
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Retriable reports whether the same call may succeed when it is made again.
func (f *Fault) retriable() bool {
	switch f.Reason {
	case TooMany, ServerError, Unreachable:
		return true
	default:
		return false
	}
}

// FaultOf returns the Fault in err's chain, nil when there is none.
func FaultOf(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// forUser wraps a fault in the error that users meet.
func (f *Fault) forUser() error {
	e := &tpe.Error{Code: tpe.Unavailable, Err: f}
	switch f.Reason {
	case NoKey:
		e.Message, e.Hint = "the AI coach is not set up", "set OPENAI_API_KEY; a local model server takes any text as key"
	case Refused:
		e.Message, e.Hint = "the AI service refused the key", "check OPENAI_API_KEY and OPENAI_BASE_URL"
	case BadRequest:
		e.Message, e.Hint = "the AI service does not take the request", "check AI_MODEL and OPENAI_BASE_URL"
	case TooMany:
		e.Message, e.Hint = "the AI service has too much to do", "try again later"
	case ServerError:
		e.Message, e.Hint = "the AI service failed", "try again"
	case Garbage:
		e.Message, e.Hint = "the AI service answered what cannot be read", "check OPENAI_BASE_URL"
	case Cut:
		e.Message, e.Hint = "the answer of the AI service stopped in the middle", "try again"
	case Slow:
		e.Code, e.Message, e.Hint = tpe.Timeout, "the AI service took too long", "try again"
	case Unreachable:
		e.Message, e.Hint = "the AI service cannot be reached", "check OPENAI_BASE_URL and the network"
	case Stopped:
		e.Code, e.Message = tpe.Interrupted, "the answer was stopped"
	}
	return e
}

// Causes with which this package ends a request by itself.
var (
	errFirstToken = errors.New("no token in time")
	errIdle       = errors.New("the stream went silent")
	errTotal      = errors.New("the answer as a whole took too long")
)

// lost names the fault of a connection that failed, by who ended it. started
// says that a part of the answer had come.
func lost(ctx context.Context, err error, started bool) *Fault {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errFirstToken), errors.Is(cause, errIdle), errors.Is(cause, errTotal):
		return &Fault{Reason: Slow, Err: cause}
	case errors.Is(cause, context.DeadlineExceeded):
		return &Fault{Reason: Slow, Err: cause}
	case cause != nil:
		return &Fault{Reason: Stopped, Err: cause}
	case started:
		return &Fault{Reason: Cut, Err: err}
	default:
		return &Fault{Reason: Unreachable, Err: err}
	}
}
