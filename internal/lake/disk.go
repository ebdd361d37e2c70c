package lake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
)

// disk is what the writer asks of a file system: every step that a crash
// or a full disk may interrupt. Reading goes to package os directly.
type disk interface {
	open(path string, flag int) (file, error)
	rename(from, to string) error
	remove(path string) error
	mkdir(path string) error
	syncDir(path string) error
}

// file is one file of a disk. Writes say where they go, so that a write that
// is repeated cannot move what follows.
type file interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	datasync() error // on stable storage when it returns nil
	size() (int64, error)
	tryLock() (bool, error) // false: another process, or another open file, has the lock
	Close() error
}

// osDisk is the real file system.
type osDisk struct{ Owner }

type osFile struct{ *os.File }

func (d osDisk) open(path string, flag int) (file, error) {
	f, err := d.OpenFile(path, flag)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(path string) error     { return os.Remove(path) }
func (d osDisk) mkdir(path string) error    { return d.Mkdir(path) }

func (osDisk) syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// makeDir creates a folder with its parents, each of them durable.
func makeDir(d disk, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if parent == path {
		return fmt.Errorf("create folder %s: %w", path, fs.ErrNotExist)
	}
	if err := makeDir(d, parent); err != nil {
		return err
	}
	if err := d.mkdir(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create folder: %w", err)
	}
	if err := d.syncDir(parent); err != nil {
		return fmt.Errorf("sync folder %s: %w", parent, err)
	}
	return nil
}

// removeIfThere removes a file and takes it calmly when there is none.
func removeIfThere(d disk, path string) error {
	if err := d.remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// commitFile gives a finished temporary file its name.
func commitFile(d disk, f file, tmp, path string) error {
	if err := errors.Join(f.datasync(), f.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", tmp, err)
	}
	return commitName(d, tmp, path)
}

// commitName renames a file that is on disk and makes its name durable.
func commitName(d disk, tmp, path string) error {
	if err := d.rename(tmp, path); err != nil {
		return err
	}
	if err := d.syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("sync folder of %s: %w", path, err)
	}
	return nil
}

// appendWriter writes to a file from an offset on, and sums what it wrote.
type appendWriter struct {
	f   file
	at  int64
	sum xxhash.Digest
}

func newAppendWriter(f file) *appendWriter {
	w := &appendWriter{f: f}
	w.sum.Reset()
	return w
}

func (w *appendWriter) Write(p []byte) (int, error) {
	n, err := w.f.WriteAt(p, w.at)
	w.at += int64(n)
	_, _ = w.sum.Write(p[:n])
	return n, err
}
