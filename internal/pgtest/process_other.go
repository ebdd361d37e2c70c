//go:build !linux

package pgtest

import (
	"os/exec"
	"syscall"
)

func attributes(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Setpgid: true}
}

func start(cmd *exec.Cmd, _ <-chan struct{}) error { return cmd.Start() }
