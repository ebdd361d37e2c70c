package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/power100/tpe/internal/tpe"
)

// terminal opens a pseudo-terminal: what is typed, and what a program reads.
func terminal(t *testing.T) (typed, read *os.File) {
	t.Helper()
	typed, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	n, err := unix.IoctlGetInt(int(typed.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(typed.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		read, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	return typed, read
}

// shows says whether a terminal shows what is typed.
func shows(t *testing.T, f *os.File) bool {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return s.Lflag&unix.ECHO != 0
}

// An interrupt ends the question for a password, and what is typed afterwards
// is shown again. With --json there is no question.
func TestPasswordOnTerminal(t *testing.T) {
	typed, read := terminal(t)
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := readPassword(ctx, Env{Stdin: read, Stderr: &bytes.Buffer{}}, &globals{})
		done <- err
	}()
	for end := time.Now().Add(10 * time.Second); shows(t, read); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what is typed is shown")
		}
	}
	interrupt()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) || !shows(t, read) {
			t.Errorf("%v; typing is shown: %t", err, shows(t, read))
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on waiting")
	}
	_, _ = typed.WriteString("\n") // for the one that still waits
	if _, err := readPassword(t.Context(), Env{Stdin: read}, &globals{json: true}); tpe.CodeOf(err) != tpe.Misuse {
		t.Error(err)
	}
}
