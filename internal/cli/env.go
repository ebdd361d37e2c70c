// Package cli is the door: it turns arguments and environment into one call
// of a lower room, prints the value that comes back, and chooses the exit
// status. It holds no logic of its own. Only this package and cmd/tpe may
// touch the process (arguments, environment, standard streams, signals).
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Env is the process as the commands see it.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // KEY=value
	Dir            string   // the working directory
	Now            func() time.Time
	// Notify returns a context that ends at the first interrupt, and a stop
	// function. A second interrupt ends the process.
	Notify func(context.Context) (context.Context, context.CancelFunc)
	// Terminal reports whether w is a terminal.
	Terminal func(w io.Writer) bool
}

// OS returns the Env of the running process.
func OS() Env {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	return Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Environ: os.Environ(), Dir: dir, Now: time.Now,
		Notify: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
			context.AfterFunc(ctx, stop) // from here on an interrupt kills
			return ctx, stop
		},
		Terminal: func(w io.Writer) bool {
			f, ok := w.(*os.File)
			return ok && term.IsTerminal(int(f.Fd()))
		},
	}
}

// getenv returns the last value of a variable in the environment.
func (e Env) getenv(key string) string {
	for i := len(e.Environ) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(e.Environ[i], "="); ok && k == key {
			return v
		}
	}
	return ""
}
