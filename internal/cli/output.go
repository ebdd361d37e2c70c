package cli

import (
	"errors"
	"os"
	"path/filepath"
)

// outputFile is a file that appears under its name only when it is whole.
// What is no regular file, such as a device or a pipe, is written into as it
// is.
type outputFile struct {
	*os.File
	path   string
	mode   os.FileMode
	direct bool
	done   bool
}

// createOutput opens a file beside the one it will be, with a mode.
func createOutput(path string, mode os.FileMode) (*outputFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &outputFile{File: f, direct: true}, nil
	}
	path = linked(path)
	f, err := os.CreateTemp(filepath.Dir(path), ".tpe-*.tmp")
	if err != nil {
		return nil, err
	}
	return &outputFile{File: f, path: path, mode: mode}, nil
}

// linked returns where a symbolic link leads, so that the file is replaced
// and not the link; other paths as they are.
func linked(path string) string {
	for range 40 { // as the kernel, which gives up then
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Dir(path) + string(filepath.Separator) + to
		}
		path = to
	}
	return path
}

// keep gives the file its name.
func (o *outputFile) keep() error {
	o.done = true
	if o.direct {
		return o.Close()
	}
	err := errors.Join(o.Chmod(o.mode), o.Sync(), o.Close())
	if err == nil {
		err = os.Rename(o.Name(), o.path)
	}
	if err != nil {
		_ = os.Remove(o.Name())
	}
	return err
}

// drop removes a file that was not kept.
func (o *outputFile) drop() {
	if o.done {
		return
	}
	_ = o.Close()
	if !o.direct {
		_ = os.Remove(o.Name())
	}
}

// writeWhole writes a file so that a reader sees all of it or nothing.
func writeWhole(path string, b []byte, mode os.FileMode) error {
	f, err := createOutput(path, mode)
	if err != nil {
		return err
	}
	defer f.drop()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.keep()
}
