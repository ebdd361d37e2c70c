package compact

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// spoolName begins the names of the folders, among the system's for temporary
// files, where compactions of buckets keep what they work on.
const spoolName = "tpe-compact-"

// newSpool makes a folder of that kind, and removes those of processes that
// were killed. end removes the folder.
//
// A process holds the lock of its folder until it ends, however it ends.
func newSpool() (dir string, end func() error, err error) {
	if canLock {
		if err := sweep(filepath.Join(os.TempDir(), spoolName+"*")); err != nil {
			return "", nil, err
		}
	}
	if dir, err = os.MkdirTemp("", spoolName); err != nil {
		return "", nil, fmt.Errorf("compact: %w", err)
	}
	release, err := lock(osDisk{}, dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() error { return errors.Join(os.RemoveAll(dir), release()) }, nil
}

// sweep removes the folders of a pattern whose locks nobody holds. One
// without a lock may just have been made; when it is old, it was not.
func sweep(pattern string) error {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("list temporary folders: %w", err)
	}
	for _, dir := range dirs {
		info, err := os.Stat(filepath.Join(dir, lockName))
		if errors.Is(err, os.ErrNotExist) {
			info, err = os.Stat(dir)
		}
		if err != nil || time.Since(info.ModTime()) < spoolAge {
			continue // somebody else's, or gone
		}
		release, err := lock(osDisk{}, dir)
		if err != nil {
			continue // at work
		}
		err = os.RemoveAll(dir)
		if err = errors.Join(err, release()); err != nil {
			return fmt.Errorf("remove a temporary folder that was left behind: %w", err)
		}
	}
	return nil
}

// spoolAge is the age from which the lock of a folder is looked at: before
// that, its process may be about to take it.
const spoolAge = 10 * time.Second
