package lake

import "golang.org/x/sys/unix"

// datasync brings the bytes and the size to the disk; times of access and
// change may lag.
func (f osFile) datasync() error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for {
			if failed = unix.Fdatasync(int(fd)); failed != unix.EINTR { //nolint:errorlint // a bare errno
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}
