package cli

import (
	"errors"
	"os"
	"path/filepath"
)

// outputFile is a file that appears under its name only when it is whole.
type outputFile struct {
	*os.File
	path string
	mode os.FileMode
	done bool
}

// createOutput opens a file beside the one it will be, with a mode.
func createOutput(path string, mode os.FileMode) (*outputFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".tpe-*.tmp")
	if err != nil {
		return nil, err
	}
	return &outputFile{File: f, path: path, mode: mode}, nil
}

// keep gives the file its name.
func (o *outputFile) keep() error {
	o.done = true
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
	if !o.done {
		_ = o.Close()
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
