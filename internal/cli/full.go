package cli

import (
	"errors"
	"strings"
	"syscall"

	"github.com/power100/tpe/internal/tpe"
)

// fullDisk says of an error that comes from a full disk what helps.
func fullDisk(err error) error {
	if err == nil || !errors.Is(err, syscall.ENOSPC) && !saysFull(err.Error()) {
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

// saysFull knows SQLite's words for a full disk. 4874 is the number of an
// error of the disk that comes where its shared memory finds no room.
func saysFull(text string) bool {
	return strings.Contains(text, "database or disk is full") || strings.Contains(text, "disk I/O error (4874)")
}
