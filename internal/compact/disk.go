package compact

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// disk is what is asked of the file system where a crash may come between
// two steps. Reading goes to package os directly.
type disk interface {
	mkdir(path string) error
	create(path string) (file, error)
	rename(from, to string) error
	remove(path string) error
	syncDir(path string) error
}

// file is one file that is being written.
type file interface {
	io.WriteCloser
	Sync() error
}

// osDisk is the real file system.
type osDisk struct{ lake.Owner }

func (d osDisk) mkdir(path string) error    { return d.Mkdir(path) }
func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(path string) error     { return os.Remove(path) }
func (d osDisk) create(path string) (file, error) {
	return d.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (osDisk) syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// refused gives an error of a full disk its code and a hint.
func refused(err error) error {
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return &tpe.Error{Code: tpe.Unavailable, Message: "the disk is full", Err: err,
		Hint: "make room and run it again; nothing was replaced, and what was begun is removed"}
}

// makeDir makes a folder with its parents, each of them durable.
func makeDir(d disk, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if parent == path {
		return fmt.Errorf("make folder %s: there is no root", path)
	}
	if err := makeDir(d, parent); err != nil {
		return err
	}
	if err := d.mkdir(path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := d.syncDir(parent); err != nil {
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	return nil
}

// finish makes a file durable and closes it. before is an error that came up
// while it was written.
func finish(f file, before error) error {
	err := before
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
