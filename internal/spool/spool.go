// Package spool gives a process a folder for temporary files that does not
// outlive it by long: what a killed process has left is removed by the next
// one that makes such a folder.
//
// A process holds the lock of its folder until it ends, however it ends. The
// package must never remove the folder of a process that lives.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Uses of folders; each begins a name among the system's temporary files.
const (
	Compact = "tpe-compact-"
	Verify  = "tpe-verify-"
	Erase   = "tpe-erase-"
)

// lockName is the file in a folder whose lock its process holds.
const lockName = ".lock"

// bareAge is the age from which a folder without a lock was left behind:
// before that, its process may be about to make one.
const bareAge = 10 * time.Second

// New makes a folder for the owner alone, and removes those that killed
// processes have left, whatever their use. end removes the folder.
func New(use string) (dir string, end func() error, err error) {
	if err := Sweep(); err != nil {
		return "", nil, err
	}
	for {
		if dir, err = os.MkdirTemp("", use); err != nil {
			return "", nil, fmt.Errorf("make temporary folder: %w", err)
		}
		held, err := take(dir, os.O_CREATE)
		if err != nil {
			return "", nil, errors.Join(fmt.Errorf("lock temporary folder: %w", err), os.RemoveAll(dir))
		}
		if held != nil { // else a sweep was faster
			return dir, func() error { return errors.Join(os.RemoveAll(dir), held.Close()) }, nil
		}
	}
}

// Sweep removes the folders of processes that were killed.
func Sweep() error {
	if !canLock {
		return nil
	}
	for _, use := range []string{Compact, Verify, Erase} {
		dirs, err := filepath.Glob(filepath.Join(os.TempDir(), use+"*"))
		if err != nil {
			return fmt.Errorf("list temporary folders: %w", err)
		}
		for _, dir := range dirs {
			if err := sweep(dir); err != nil {
				return fmt.Errorf("remove a temporary folder that was left behind: %w", err)
			}
		}
	}
	return nil
}

// sweep removes a folder whose lock nobody holds.
func sweep(dir string) error {
	flag := 0 // one that ends removes its lock, which must not come back
	_, err := os.Stat(filepath.Join(dir, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		flag = os.O_CREATE
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < bareAge {
			return nil //nolint:nilerr // gone
		}
	} else if err != nil {
		return nil //nolint:nilerr // somebody else's
	}
	held, err := take(dir, flag)
	if err != nil || held == nil {
		return nil //nolint:nilerr // somebody else's, or at work
	}
	return errors.Join(os.RemoveAll(dir), held.Close())
}

// take locks a folder; nil when another process has locked or removed it.
func take(dir string, flag int) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	free, err := tryLock(f)
	if err == nil && free {
		mine, mineErr := f.Stat()
		there, thereErr := os.Stat(path)
		if mineErr == nil && thereErr == nil && os.SameFile(mine, there) {
			return f, nil
		}
	}
	return nil, errors.Join(err, f.Close())
}
