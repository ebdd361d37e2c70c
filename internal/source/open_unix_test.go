//go:build unix

package source

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A named pipe is read to its end, and whoever waits for its writer can be
// interrupted.
func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo.ndjson")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(ctx context.Context) (n int) {
		files, err := Find([]string{path})
		if err != nil {
			t.Fatal(err)
		}
		for f, err := range files {
			if err != nil {
				t.Fatal(err)
			}
			for it := range NewReader(Options{}).FileItems(ctx, f) {
				if it.Err == nil {
					n++
				}
			}
		}
		return n
	}
	go func() { _ = os.WriteFile(path, []byte("{\"a\":1}\n{\"a\":2}\n"), 0o600) }()
	if n := read(t.Context()); n != 2 {
		t.Errorf("%d records of 2", n)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() { ended <- read(ctx) }()
	stop()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("an interrupt does not end the wait for a writer")
	}
	// The goroutine that waits for a writer ends with one.
	if f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		_ = f.Close()
	}
}
