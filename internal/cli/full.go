package cli

import (
	"errors"
	"strings"
	"syscall"

	"github.com/power100/tpe/internal/tpe"
)

// fullDisk says of an error that comes from a full disk what helps. SQLite has
// words of its own for it.
func fullDisk(err error) error {
	if !errors.Is(err, syscall.ENOSPC) && (err == nil || !strings.Contains(err.Error(), "database or disk is full")) {
		return err
	}
	if strings.Contains(tpe.HintOf(err), "--") { // it names the flag that helps
		return err
	}
	if strings.Contains(err.Error(), "the disk is full") && strings.Contains(tpe.HintOf(err), "run it again") {
		return err
	}
	return &tpe.Error{Code: tpe.Unavailable, Message: "the disk is full", Err: err, Hint: "make room and run the same command again: it goes on where it stopped"}
}
