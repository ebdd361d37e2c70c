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
// The file also holds counts, by which a writer learns what others did.
type turn struct {
	mu   sync.Mutex
	f    *os.File
	held [countsSize]byte
}

// counts are the numbers in the lock file: of segments that were begun, of
// files that an erasure replaced, and of stones that were set.
type counts struct{ begun, replaced, stones uint64 }

const countsSize = 24

func (c *counts) get(b *[countsSize]byte) {
	c.begun = binary.LittleEndian.Uint64(b[:])
	c.replaced = binary.LittleEndian.Uint64(b[8:])
	c.stones = binary.LittleEndian.Uint64(b[16:])
}

// openTurn opens the lock file of the lake.
func (l *Lake) openTurn() (*turn, error) {
	f, err := l.owner().OpenFile(l.path(lockFile), os.O_RDWR|os.O_CREATE)
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
			_, err = f.WriteAt(t.held[:], 0) // the counts of an earlier version stay
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("write lock: %w", err), f.Close())
		}
	}
	return t, nil
}

// lookTurn opens the lock file for who only looks at the counts.
func (l *Lake) lookTurn() (*turn, error) {
	f, err := os.Open(l.path(lockFile))
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	return &turn{f: f}, nil
}

// take waits for the turn and returns the counts.
func (t *turn) take() (c counts, err error) {
	t.mu.Lock()
	if _, err := flock(t.f, unix.LOCK_EX); err != nil {
		t.mu.Unlock()
		return c, fmt.Errorf("take the lock of the lake: %w", err)
	}
	t.read(&t.held)
	c.get(&t.held)
	return c, nil
}

// read fills b from the file; what a new file lacks is zero.
func (t *turn) read(b *[countsSize]byte) {
	n, _ := t.f.ReadAt(b[:], 0) // a shorter file is a new one, or of an earlier version
	clear(b[n:])
}

// look returns the counts without waiting for the turn: they may be old at
// once.
func (t *turn) look() (c counts) {
	var b [countsSize]byte
	t.read(&b)
	c.get(&b)
	return c
}

// begun counts a segment that was begun, replaced a file that an erasure
// replaced, stone a stone that was set. The turn must be held.
func (t *turn) begun() error    { return t.add(0) }
func (t *turn) replaced() error { return t.add(8) }
func (t *turn) stone() error    { return t.add(16) }

func (t *turn) add(at int) error {
	b := t.held[at : at+8]
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+1)
	if _, err := t.f.WriteAt(t.held[:], 0); err != nil {
		return fmt.Errorf("write lock: %w", err)
	}
	return nil
}

// give ends the turn.
func (t *turn) give() {
	// Unlocking a file that is open cannot fail.
	_, _ = flock(t.f, unix.LOCK_UN)
	t.mu.Unlock()
}

func (t *turn) close() error { return t.f.Close() }
