//go:build unix

package lake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of the file. It belongs to this open file and ends
// with it, also when the process is killed.
func (f osFile) tryLock() (bool, error) {
	return flock(f.File, unix.LOCK_EX|unix.LOCK_NB)
}

// flock calls flock(2); false means that another one holds the lock.
func flock(f *os.File, how int) (bool, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return false, err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for {
			if failed = unix.Flock(int(fd), how); failed != unix.EINTR { //nolint:errorlint // a bare errno
				return
			}
		}
	})
	switch {
	case err != nil:
		return false, err
	case errors.Is(failed, unix.EWOULDBLOCK):
		return false, nil
	}
	return failed == nil, failed
}

// turn lets the writers of a lake, in any number of processes, take turns:
// who holds it may decide what is new and hand lines to the system. Syncing
// goes on outside of it.
//
// The file also holds a count of the segments that were begun, by which a
// writer learns that another one has begun a segment which it has not seen.
type turn struct {
	mu   sync.Mutex
	f    *os.File
	held [8]byte
}

// openTurn opens the lock file of the lake.
func openTurn(path string) (*turn, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	t := &turn{f: f}
	if _, err := t.take(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	defer t.give()
	// The bytes are there from the start, so that a full disk cannot stop
	// the count.
	if info, err := f.Stat(); err != nil || info.Size() < int64(len(t.held)) {
		if err == nil {
			_, err = f.WriteAt(make([]byte, len(t.held)), 0)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("write lock: %w", err), f.Close())
		}
	}
	return t, nil
}

// take waits for the turn and returns the count of segments begun.
func (t *turn) take() (uint64, error) {
	t.mu.Lock()
	if _, err := flock(t.f, unix.LOCK_EX); err != nil {
		t.mu.Unlock()
		return 0, fmt.Errorf("take the lock of the lake: %w", err)
	}
	if _, err := t.f.ReadAt(t.held[:], 0); err != nil {
		clear(t.held[:]) // a new lock file
	}
	return binary.LittleEndian.Uint64(t.held[:]), nil
}

// begun adds one to the count and returns it. The turn must be held.
func (t *turn) begun() (uint64, error) {
	n := binary.LittleEndian.Uint64(t.held[:]) + 1
	binary.LittleEndian.PutUint64(t.held[:], n)
	if _, err := t.f.WriteAt(t.held[:], 0); err != nil {
		return 0, fmt.Errorf("write lock: %w", err)
	}
	return n, nil
}

// give ends the turn.
func (t *turn) give() {
	// Unlocking a file that is open cannot fail.
	_, _ = flock(t.f, unix.LOCK_UN)
	t.mu.Unlock()
}

func (t *turn) close() error { return t.f.Close() }
