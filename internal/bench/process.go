package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopWait is how long a server may take to stop after it was asked to.
const stopWait = 30 * time.Second

// usage is what a process took from its start to its end.
type usage struct {
	wall, cpu time.Duration // cpu: user and system
	peak      int64         // bytes of memory at most
}

// command is one process to run.
type command struct {
	path string
	args []string
	env  []string // NAME=value, beside PATH and the temporary folder
	dir  string
}

func (c command) String() string { return strings.Join(append([]string{c.path}, c.args...), " ") }

// build makes the process. It is asked to end when ctx ends, and made to
// after a while.
func (c command) build(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Dir = c.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TMPDIR=" + os.TempDir()}, c.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopWait
	return cmd
}

// run runs the command to its end and returns what it printed. It is an
// error when the exit status is none of those allowed; 0 always is.
func (c command) run(ctx context.Context, stdin io.Reader, allowed ...int) (usage, []byte, error) {
	cmd := c.build(ctx)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	return c.wait(ctx, cmd, &stdout, &stderr, allowed)
}

// discard is run for a command that prints much: its output goes nowhere.
func (c command) discard(ctx context.Context) (usage, error) {
	cmd := c.build(ctx)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr // a Stdout that is nil is the null device
	u, _, err := c.wait(ctx, cmd, &bytes.Buffer{}, &stderr, nil)
	return u, err
}

func (c command) wait(ctx context.Context, cmd *exec.Cmd, stdout, stderr *bytes.Buffer, allowed []int) (usage, []byte, error) {
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if ctx.Err() != nil {
		return usage{}, nil, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		for _, status := range allowed {
			if exit.ExitCode() == status {
				err = nil
			}
		}
	}
	if err != nil {
		return usage{}, nil, fmt.Errorf("run %s: %w: %s", c, err, shortened(stderr.String()))
	}
	return usageOf(cmd.ProcessState, wall), stdout.Bytes(), nil
}

// usageOf reads what the system counted. A process is never counted with
// less memory than this one had when it started it, so this one stays small.
func usageOf(state *os.ProcessState, wall time.Duration) usage {
	u := usage{wall: wall, cpu: state.UserTime() + state.SystemTime()}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss
		if runtime.GOOS != "darwin" {
			u.peak *= 1024 // kilobytes everywhere else
		}
	}
	return u
}

// server is a process that answers HTTP until it is stopped.
type server struct {
	what   string
	cmd    *exec.Cmd
	begun  time.Time
	stderr *bytes.Buffer
	ended  chan struct{}
	err    error // of the process; read it after ended
	url    string
}

// start starts a server and waits until it has told its address: as the
// first line on stdout, or in the file addrFile.
func (c command) start(ctx context.Context, addrFile string) (*server, error) {
	cmd := c.build(ctx)
	s := &server{what: c.String(), cmd: cmd, stderr: &bytes.Buffer{}, ended: make(chan struct{}), begun: time.Now()}
	cmd.Stderr = s.stderr
	addr := make(chan string, 1)
	if addrFile == "" {
		read, write, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		cmd.Stdout = write
		defer write.Close() //nolint:errcheck // the child has its own
		go func() {
			line, _ := bufio.NewReader(read).ReadString('\n')
			_ = read.Close()
			addr <- strings.TrimSpace(line)
		}()
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c, err)
	}
	go func() {
		s.err = cmd.Wait()
		close(s.ended)
	}()
	if addrFile != "" {
		go watch(addrFile, s.ended, addr)
	}
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	select {
	case a := <-addr:
		if a == "" {
			break
		}
		s.url = "http://" + a
		return s, nil
	case <-s.ended:
	case <-ctx.Done():
	case <-limit.C:
	}
	_, _ = s.stop()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("start %s: it told no address: %s", c, shortened(s.stderr.String()))
}

// watch sends what is in the file as soon as there is something.
func watch(file string, ended <-chan struct{}, found chan<- string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			if b, err := os.ReadFile(file); err == nil && bytes.HasSuffix(b, []byte("\n")) {
				found <- strings.TrimSpace(string(b))
				return
			}
		}
	}
}

// cpu returns the CPU time that the server has taken so far.
func (s *server) cpu(ctx context.Context) (time.Duration, error) {
	d, err := cpuTime(ctx, s.cmd.Process.Pid)
	if err != nil {
		return 0, fmt.Errorf("read the CPU time of %s: %w", s.what, err)
	}
	return d, nil
}

// stop asks the server to end and waits for it. It is safe to call twice.
func (s *server) stop() (usage, error) {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	limit := time.NewTimer(stopWait)
	defer limit.Stop()
	select {
	case <-s.ended:
	case <-limit.C:
		_ = s.cmd.Process.Kill()
		<-s.ended
		return usage{}, fmt.Errorf("stop %s: it was still there after %v", s.what, stopWait)
	}
	var exit *exec.ExitError
	if errors.As(s.err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() != 130 {
		return usage{}, fmt.Errorf("stop %s: %w: %s", s.what, s.err, shortened(s.stderr.String()))
	}
	return usageOf(s.cmd.ProcessState, time.Since(s.begun)), nil
}

// shortened returns the end of a long text.
func shortened(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 800 {
		return "... " + s[len(s)-800:]
	}
	return s
}
