package cli

import (
	"context"
	"errors"

	"github.com/power100/tpe/internal/tpe"
)

// The exit statuses. Scripts rely on them.
const (
	exitOK          = 0
	exitFailed      = 1   // an error outside the data
	exitMisuse      = 2   // a wrong flag, argument or variable
	exitWanting     = 3   // checked and found wanting
	exitNothing     = 4   // nothing matched
	exitInterrupted = 130 // the user gave up
)

// exitStatus is the one map from an error to an exit status.
func exitStatus(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	switch tpe.CodeOf(err) {
	case tpe.Misuse:
		return exitMisuse
	case tpe.Invalid, tpe.Mismatch, tpe.Conflict:
		return exitWanting
	case tpe.NotFound:
		return exitNothing
	case tpe.Interrupted:
		return exitInterrupted
	default:
		return exitFailed
	}
}
