//go:build unix

package mirror

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/power100/tpe/internal/lake"
)

// lockFile opens a file and locks it; nil when another process has it. The file
// may be another user's, but not the folder.
func lockFile(owner lake.Owner, path string) (*os.File, error) {
	f, err := owner.OpenFile(path, os.O_RDWR|os.O_CREATE)
	if errors.Is(err, os.ErrPermission) && unix.Faccessat(unix.AT_FDCWD, filepath.Dir(path), unix.W_OK, unix.AT_EACCESS) == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, f.Close()
	}
	return nil, errors.Join(err, f.Close())
}

// statIn looks at a name in an open folder. A link counts as what it leads to.
func statIn(dir *os.File, name string) (stamp, os.FileMode, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), name, &st, 0); err != nil {
		return stamp{}, 0, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return stampOf(&st), modeOf(&st), nil
}

// statFile looks at an open file.
func statFile(f *os.File) (stamp, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return stamp{}, &os.PathError{Op: "fstat", Path: f.Name(), Err: err}
	}
	return stampOf(&st), nil
}

func stampOf(st *unix.Stat_t) stamp {
	return stamp{size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(), inode: st.Ino}
}

func modeOf(st *unix.Stat_t) os.FileMode {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return os.ModeDir
	default:
		return os.ModeIrregular
	}
}

// statPath looks at a folder.
func statPath(path string) (stamp, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return stamp{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return stampOf(&st), nil
}
