//go:build unix

package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/power100/tpe/internal/tpe"
)

// Who copies records out of the lake holds a lock, shared with all others who
// do, from before it reads them until the copy has answered. An erasure renames
// the lock's file and waits until nobody holds it any more: who comes later takes
// a new one, and finds the lake's own files without the person. So the erasure
// waits for few, and nobody waits for it.
const (
	copyLock    = "copies.lock"
	copyLockOld = "copies.old.lock" // that an erasure waits for
)

// BeginCopy is called before records are read to be copied elsewhere, and end
// when the copy has answered. In between no erasure looks at copies. A lake
// whose folder is not there has nobody to forget.
func (l *Lake) BeginCopy() (end func(), err error) {
	for {
		f, err := l.owner().OpenFile(l.path(copyLock), os.O_RDWR|os.O_CREATE)
		if errors.Is(err, fs.ErrNotExist) {
			return func() {}, nil
		}
		if err != nil {
			return nil, refused(fmt.Errorf("begin a copy: %w", err))
		}
		_, err = flock(f, unix.LOCK_SH)
		if err == nil && leadsTo(l.path(copyLock), f) {
			return func() { _ = f.Close() }, nil // nothing is written to it
		}
		// An erasure has renamed it in the meantime, and does not wait for it.
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("begin a copy: %w", err)
		}
	}
}

// leadsTo says whether a path names an open file.
func leadsTo(path string, f *os.File) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	is, err := f.Stat()
	return err == nil && os.SameFile(there, is)
}

// AwaitCopies waits until every copy that is under way has ended. It is called
// by one erasure at a time. The error is of the code Unavailable when one takes
// longer than wait.
func (l *Lake) AwaitCopies(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		wait = defaultEraseWait
	}
	end := time.NewTimer(wait)
	defer end.Stop()
	// An erasure that was stopped may have left one that it waited for.
	if err := l.awaitCopies(ctx, end); err != nil {
		return err
	}
	err := os.Rename(l.path(copyLock), l.path(copyLockOld))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nobody has copied anything
	}
	if err != nil {
		return refused(fmt.Errorf("wait for copies: %w", err))
	}
	return l.awaitCopies(ctx, end)
}

// awaitCopies waits for those who hold the old lock, and removes it.
func (l *Lake) awaitCopies(ctx context.Context, end *time.Timer) error {
	f, err := os.Open(l.path(copyLockOld))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return refused(fmt.Errorf("wait for copies: %w", err))
	}
	defer func() { _ = f.Close() }() // it ends the lock
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		ok, err := flock(f, unix.LOCK_EX|unix.LOCK_NB)
		if err != nil {
			return fmt.Errorf("wait for copies: %w", err)
		}
		if ok {
			return refused(os.Remove(f.Name()))
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return interrupted(ctx.Err())
		case <-end.C:
			return &tpe.Error{
				Code: tpe.Unavailable, Message: "records that were read before are still on their way to S3 or DynamoDB",
				Hint: "run the same command again when that has ended, or with a longer --wait",
			}
		}
	}
}
