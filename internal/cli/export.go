package cli

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newExport(env Env, g *globals) *cobra.Command {
	return group("export", "Hand records on", newExportInteractions(env, g), newExportFinetune(env, g))
}

// outputFile is a file that appears under its name only when it is whole.
type outputFile struct {
	*os.File
	path string
	done bool
}

// createOutput opens a file beside the one it will be.
func createOutput(path string) (*outputFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".tpe-*.tmp")
	if err != nil {
		return nil, err
	}
	return &outputFile{File: f, path: path}, nil
}

// keep gives the file its name.
func (o *outputFile) keep() error {
	o.done = true
	err := errors.Join(o.Chmod(0o644), o.Sync(), o.Close())
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
