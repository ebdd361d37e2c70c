package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/power100/tpe/internal/tpe"
)

// LockErasures lets one erasure at a time work on the lake, and removes what a
// killed one has left unfinished. The lock ends with the process at the latest. The error is of the code Unavailable when
// another process has it, Forbidden for a user whose key of erasures the other
// processes of the lake could not read.
func (l *Lake) LockErasures() (release func(), err error) {
	_, err = l.ErasureSecret()
	if tpe.CodeOf(err) == tpe.NotFound {
		err = l.owner().mayGive()
	}
	if err != nil {
		return nil, err
	}
	if err := makeDir(l.disk, l.path(erasuresFolder)); err != nil {
		return nil, refused(err)
	}
	f, err := l.disk.open(l.path(erasuresFolder, "lock"), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, refused(err)
	}
	ok, err := f.tryLock()
	if err == nil && !ok {
		err = &tpe.Error{Code: tpe.Unavailable, Message: "another erasure works on this lake", Hint: "run it again when that one has ended"}
	}
	if err == nil {
		err = refused(l.sweepErasures())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil // it was never written to
}

// Erasing says whether an erasure works on the lake at the moment.
func (l *Lake) Erasing() (bool, error) {
	f, err := os.Open(l.path(erasuresFolder, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for erasures: %w", err)
	}
	defer func() { _ = f.Close() }() // it ends the lock
	free, err := flock(f, unix.LOCK_SH|unix.LOCK_NB)
	return err == nil && !free, err
}

// sweepErasures removes the temporary files that a killed erasure has left.
func (l *Lake) sweepErasures() error {
	entries, err := readDir(l.path(erasuresFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), tmpEnding) {
			continue
		}
		if err := removeIfThere(l.disk, l.path(erasuresFolder, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// MakeErasureSecret returns the secret of the lake, a new one when there is
// none.
func (l *Lake) MakeErasureSecret() (*ErasureSecret, error) {
	s, err := l.makeErasureSecret()
	return s, refused(err)
}

// ErasurePath returns the path of a file about erasures.
func (l *Lake) ErasurePath(name string) string { return l.path(erasuresFolder, name) }

// WriteErasure writes a file about erasures so that it is on disk whole, or
// as it was.
func (l *Lake) WriteErasure(path string, b []byte) error {
	return refused(l.writeSmall(path, b, false))
}
