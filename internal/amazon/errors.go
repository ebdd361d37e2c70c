package amazon

import (
	"errors"
	"net/url"
	"strings"
)

// Plain keeps of an error of the SDK what a person can act on, in one line.
func Plain(err error) error {
	var api interface {
		error
		ErrorCode() string
		ErrorMessage() string
	} // what the server answered
	if errors.As(err, &api) {
		text := api.ErrorCode()
		if m := strings.ReplaceAll(api.ErrorMessage(), "\n", " "); m != "" && m != text {
			text += ": " + m
		}
		return errors.New(text)
	}
	var wire *url.Error
	if errors.As(err, &wire) {
		return wire.Err
	}
	return err
}

// Keyless reports whether a request could not be signed. The SDK has no type
// for it.
func Keyless(err error) bool {
	text := err.Error()
	return strings.Contains(text, "failed to refresh cached credentials") || strings.Contains(text, "get identity: ")
}
