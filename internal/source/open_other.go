//go:build !unix

package source

import "os"

// file is open for reading.
type file struct{ *os.File }

func open(name string) (*file, error) {
	f, err := os.Open(name)
	return &file{f}, err
}

// close lets go of the file, to which nothing was written.
func (f *file) close() { _ = f.File.Close() }
