package tpe

import (
	"errors"
	"fmt"
)

// Code says what kind of failure an error is. The door maps each code to an
// exit status, the API to an HTTP status.
type Code string

// The codes.
const (
	Internal     Code = "internal"     // a fault of ours, or one without a better name
	Invalid      Code = "invalid"      // data from outside breaks the contract
	Misuse       Code = "misuse"       // a wrong flag, argument, variable or request
	NotFound     Code = "not_found"    // nothing matched
	Conflict     Code = "conflict"     // it exists already, with other content
	Unauthorized Code = "unauthorized" // who asks is not known
	Forbidden    Code = "forbidden"    // who asks may not
	TooLarge     Code = "too_large"    // above a limit of size
	TooMany      Code = "too_many"     // above a limit of rate
	Unsupported  Code = "unsupported"  // a media type or method that is not served here
	Unavailable  Code = "unavailable"  // a disk, a server or a network is away; try again
	Timeout      Code = "timeout"      // a deadline passed
	Mismatch     Code = "mismatch"     // checked and found wanting
	Interrupted  Code = "interrupted"  // the caller gave up
)

// Codes returns every code, for tests that must cover them all.
func Codes() []Code {
	return []Code{Internal, Invalid, Misuse, NotFound, Conflict, Unauthorized, Forbidden, TooLarge,
		TooMany, Unsupported, Unavailable, Timeout, Mismatch, Interrupted}
}

// Error is the one error type that users meet.
type Error struct {
	Code    Code
	Message string // what happened and where, for the user; may be empty when Err says it
	Hint    string // what to do; may be empty
	Err     error  // the cause; may be nil
}

// Error returns the message and the cause.
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Message
	case e.Message == "":
		return e.Err.Error()
	default:
		return e.Message + ": " + e.Err.Error()
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error with a formatted message and no cause. To keep a
// cause, set Err.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of the first *Error in err's chain, Internal when
// there is none, and "" for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	default:
		return Internal
	}
}

// HintOf returns the first hint in err's chain.
func HintOf(err error) string {
	var e *Error
	for err != nil && errors.As(err, &e) {
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// LinkedFolder is the error for a link to a folder within a folder of the
// lake: some would follow it, others not, and each would count otherwise.
func LinkedFolder(path string) error {
	return &Error{Code: Misuse, Message: path + " is a link to a folder, and is not followed", Hint: "put the folder itself there; only a folder right below the lake's own, such as raw, may be a link"}
}
