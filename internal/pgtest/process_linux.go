package pgtest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// attributes lets a server end with the test process, however that ends.
func attributes(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Pdeathsig: syscall.SIGQUIT, Setpgid: true}
}

// start keeps the thread that starts the process until release is closed:
// the signal at the parent's death is one at its thread's.
func start(cmd *exec.Cmd, release <-chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			<-release
		}
	}()
	return <-started
}
