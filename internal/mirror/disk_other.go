//go:build !unix

package mirror

import (
	"os"
	"path/filepath"

	"github.com/power100/tpe/internal/lake"
)

// lockFile opens a file; there is no lock on this system.
func lockFile(owner lake.Owner, path string) (*os.File, error) {
	return owner.OpenFile(path, os.O_RDWR|os.O_CREATE)
}

// statIn looks at a name in an open folder. A link counts as what it leads to.
func statIn(dir *os.File, name string) (stamp, os.FileMode, error) {
	info, err := os.Stat(filepath.Join(dir.Name(), name))
	if err != nil {
		return stamp{}, 0, err
	}
	return stamp{size: info.Size(), mtime: info.ModTime().UnixNano()}, info.Mode().Type(), nil
}

// statFile looks at an open file.
func statFile(f *os.File) (stamp, error) {
	info, err := f.Stat()
	if err != nil {
		return stamp{}, err
	}
	return stamp{size: info.Size(), mtime: info.ModTime().UnixNano()}, nil
}

// statPath looks at a folder.
func statPath(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{size: info.Size(), mtime: info.ModTime().UnixNano()}, nil
}
