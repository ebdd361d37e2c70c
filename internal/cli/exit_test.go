package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

func TestExitStatusCoversEveryCode(t *testing.T) {
	want := map[tpe.Code]int{
		tpe.Internal: 1, tpe.Invalid: 3, tpe.Misuse: 2, tpe.NotFound: 4, tpe.Conflict: 3, tpe.Unauthorized: 1,
		tpe.Forbidden: 1, tpe.TooLarge: 1, tpe.TooMany: 1, tpe.Unsupported: 1, tpe.Unavailable: 1, tpe.Timeout: 1,
		tpe.Mismatch: 3, tpe.Interrupted: 130,
	}
	for _, code := range tpe.Codes() {
		status, ok := want[code]
		if !ok {
			t.Errorf("no exit status is decided for %s", code)
		}
		err := fmt.Errorf("do it: %w", &tpe.Error{Code: code, Message: "x"})
		if got := exitStatus(err); got != status {
			t.Errorf("%s: exit status %d, want %d", code, got, status)
		}
	}
	if exitStatus(nil) != 0 || exitStatus(errors.New("x")) != 1 || exitStatus(fmt.Errorf("x: %w", context.Canceled)) != 130 {
		t.Error("nil, a plain error or an interrupt")
	}
}
