//go:build unix

package source

import (
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
)

// file is open for reading. Unlike an os.File it is not asked whether one can
// wait for it: that takes as many calls as to read a small file.
type file struct {
	fd   int
	name string
}

func open(name string) (*file, error) {
	for {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			return &file{fd, name}, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// Read is that of an io.Reader.
func (f *file) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(f.fd, p)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, &fs.PathError{Op: "read", Path: f.name, Err: err}
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// close lets go of the file, to which nothing was written.
func (f *file) close() { _ = unix.Close(f.fd) }
