package mirror

import (
	"errors"
	"io"
	"sync/atomic"
)

// unreadable is the error of a file of the lake that cannot be read. It
// concerns that file alone: all others are copied.
type unreadable struct {
	key string
	err error
}

func (u *unreadable) Error() string { return "read " + u.key + ": " + u.err.Error() }

func (u *unreadable) Unwrap() error { return u.err }

func isUnreadable(err error) bool {
	var u *unreadable
	return errors.As(err, &u)
}

// watched is a file that is sent. It keeps the error with which it could not
// be read, which the sender may take for one of the network.
type watched struct {
	in     io.ReaderAt
	failed atomic.Pointer[error]
}

// ReadAt reads.
func (w *watched) ReadAt(b []byte, at int64) (int, error) {
	n, err := w.in.ReadAt(b, at)
	if err != nil && !errors.Is(err, io.EOF) {
		w.failed.Store(&err)
	}
	return n, err
}
