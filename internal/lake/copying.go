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
// waits for few, and nobody waits for it. Who may only read a lake in which
// there is no such file yet locks the folder in its place.
const (
	copyLock    = "copies.lock"
	copyLockOld = "copies.old.lock" // that an erasure waits for
)

// BeginCopy is called before records are read to be copied elsewhere, and end
// when the copy has answered. In between no erasure looks at copies. A lake
// whose folder is not there has nobody to forget.
func (l *Lake) BeginCopy() (end func(), err error) {
	for {
		f, folder, err := l.openCopyLock()
		if errors.Is(err, fs.ErrNotExist) {
			return func() {}, nil
		}
		if err != nil {
			return nil, refused(fmt.Errorf("begin a copy: %w", err))
		}
		_, err = flock(f, unix.LOCK_SH)
		if err == nil && (folder && !l.hasCopyLock() || leadsTo(l.path(copyLock), f)) {
			return func() { _ = f.Close() }, nil // nothing is written to it
		}
		// An erasure has renamed it in the meantime, and does not wait for it.
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("begin a copy: %w", err)
		}
	}
}

// openCopyLock opens the file of the lock, which is only read; folder says that
// it is the lake's folder, because there is no file and none can be made.
func (l *Lake) openCopyLock() (f *os.File, folder bool, err error) {
	f, err = os.Open(l.path(copyLock))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = l.makeCopyLock()
	}
	if err == nil || !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EROFS) || l.hasCopyLock() {
		return f, false, err
	}
	f, err = os.Open(l.opts.Dir)
	return f, true, err
}

// makeCopyLock opens the file of the lock, and makes it. Nothing is in it, so that
// everybody who finds it may read it.
func (l *Lake) makeCopyLock() (*os.File, error) {
	f, err := l.owner().OpenFile(l.path(copyLock), os.O_RDONLY|os.O_CREATE)
	if err == nil {
		_ = f.Chmod(0o644) // one that somebody else has made stays as it is
	}
	return f, err
}

func (l *Lake) hasCopyLock() bool {
	_, err := os.Stat(l.path(copyLock))
	return err == nil
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
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return refused(fmt.Errorf("wait for copies: %w", err))
	}
	// From here on those who may only read find a file, too.
	f, err := l.makeCopyLock()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there is no lake
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return refused(fmt.Errorf("wait for copies: %w", err))
	}
	if err := l.awaitCopies(ctx, end); err != nil {
		return err
	}
	return awaitLock(ctx, l.opts.Dir, end)
}

// awaitCopies waits for those who hold the old lock, and removes it.
func (l *Lake) awaitCopies(ctx context.Context, end *time.Timer) error {
	err := awaitLock(ctx, l.path(copyLockOld), end)
	if err == nil {
		err = refused(removeIfThere(l.disk, l.path(copyLockOld)))
	}
	return err
}

// awaitLock waits until nobody holds the lock of a file, which may not be there.
func awaitLock(ctx context.Context, path string, end *time.Timer) error {
	f, err := os.Open(path)
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
			return nil
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
