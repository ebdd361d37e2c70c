package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/power100/tpe/internal/tpe"
)

// Owner makes files in the folder of a lake. One that root makes goes to whom
// the lake belongs, who could else not go on with it. The zero value gives
// nothing away.
type Owner struct{ Dir string }

// OpenFile opens a file, or makes one that its owner alone may read.
func (o Owner) OpenFile(path string, flag int) (*os.File, error) {
	if flag&os.O_CREATE == 0 {
		return os.OpenFile(path, flag, 0)
	}
	// Only what is new is given away: a link may lead anywhere.
	f, err := os.OpenFile(path, flag|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) && flag&os.O_EXCL == 0 {
		return os.OpenFile(path, flag, 0o600)
	}
	if err != nil {
		return nil, err
	}
	if err := o.Own(f); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return f, nil
}

// Mkdir makes a folder.
func (o Owner) Mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(o.Own(f), f.Close())
}

// MkdirAll makes a folder with its parents.
func (o Owner) MkdirAll(path string) error {
	err := o.Mkdir(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err = o.MkdirAll(filepath.Dir(path)); err == nil {
			err = o.Mkdir(path)
		}
	}
	if info, statErr := os.Stat(path); errors.Is(err, fs.ErrExist) && statErr == nil && info.IsDir() {
		return nil
	}
	return err
}

// Own gives away a file or folder that was just made.
func (o Owner) Own(f *os.File) error {
	if o.Dir == "" || os.Geteuid() != 0 {
		return nil
	}
	is, err := f.Stat()
	if err != nil {
		return err
	}
	uid, gid, ok := o.ids(is)
	if was, known := owners(is); !ok || uid == 0 || known && int(was.Uid) == uid {
		return nil
	}
	return f.Chown(uid, gid)
}

// ids tells whose the lake is: who has made the lock of the writers can write.
// Before there is one, and for itself, it is who has the folder.
func (o Owner) ids(made fs.FileInfo) (uid, gid int, ok bool) {
	info, err := os.Stat(filepath.Join(o.Dir, lockFile))
	if err != nil || made != nil && os.SameFile(info, made) {
		info, err = os.Stat(o.Dir)
	}
	if err != nil {
		return 0, 0, false
	}
	is, ok := owners(info)
	if !ok {
		return 0, 0, false
	}
	return int(is.Uid), int(is.Gid), true
}

func owners(info fs.FileInfo) (*syscall.Stat_t, bool) {
	is, ok := info.Sys().(*syscall.Stat_t)
	return is, ok
}

// mayGive refuses a user whose files the lake's owner could not read.
func (o Owner) mayGive() error {
	uid, _, ok := o.ids(nil)
	if me := os.Geteuid(); ok && me != 0 && me != uid {
		hint := "run the command as root"
		if uid != 0 {
			hint = fmt.Sprintf("run the command as the user %d, or as root", uid)
		}
		return &tpe.Error{
			Code: tpe.Forbidden, Message: fmt.Sprintf("the lake is that of the user %d, who could not read what the user %d keeps private in it", uid, me),
			Hint: hint,
		}
	}
	return nil
}

// permissionHint says whose the file is that may not be opened.
func permissionHint(err error) string {
	const folder = "the folder of the lake must be writable"
	var at *fs.PathError
	if !errors.As(err, &at) {
		return folder
	}
	info, statErr := os.Stat(at.Path)
	if statErr != nil {
		return folder
	}
	is, ok := owners(info)
	if me := os.Geteuid(); ok && int(is.Uid) != me {
		return fmt.Sprintf("%s is that of the user %d, and tpe runs as the user %d: give it to that one with chown, or run tpe as the other", at.Path, is.Uid, me)
	}
	return folder
}
