package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// prototypeMain is the role of the least server that could take records: with
// a file it stores the raw bodies there and answers when they are on disk,
// without one it only reads them. It is the floor for the real one, and runs
// until ctx ends.
func prototypeMain(ctx context.Context, args []string, stdout io.Writer) error {
	f := flag.NewFlagSet("prototype", flag.ContinueOnError)
	path := f.String("file", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	store := func([]byte) error { return nil }
	if *path != "" {
		j, err := openJournal(*path)
		if err != nil {
			return err
		}
		defer j.close()
		store = j.append
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: takeBodies(store), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintln(stdout, listener.Addr()); err != nil {
		return err
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	}
}

// takeBodies hands every request's body to store.
func takeBodies(store func([]byte) error) http.Handler {
	bodies := sync.Pool{New: func() any { return new([]byte) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buf := bodies.Get().(*[]byte)
		defer bodies.Put(buf)
		if r.ContentLength < 0 || r.ContentLength > 1<<20 {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		*buf = slices.Grow((*buf)[:0], int(r.ContentLength))[:r.ContentLength]
		_, err := io.ReadFull(r.Body, *buf)
		if err == nil {
			err = store(*buf)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
}

// journal is one file. All who wait share a write and a sync, and the next
// round begins as soon as the last one ends.
type journal struct {
	file  *os.File
	wake  chan struct{}
	ended chan struct{}

	mu   sync.Mutex
	next *round
}

// round is what is made durable together.
type round struct {
	data []byte
	done chan struct{}
	err  error // read it after done
}

func newRound(buf []byte) *round { return &round{data: buf[:0], done: make(chan struct{})} }

func openJournal(path string) (*journal, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, wake: make(chan struct{}, 1), ended: make(chan struct{}), next: newRound(nil)}
	go j.commit()
	return j, nil
}

// append returns when the line is on disk.
func (j *journal) append(line []byte) error {
	j.mu.Lock()
	mine := j.next
	mine.data = append(append(mine.data, line...), '\n')
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default: // the round is announced already
	}
	<-mine.done
	return mine.err
}

func (j *journal) commit() {
	defer close(j.ended)
	var spare []byte
	for range j.wake {
		j.mu.Lock()
		mine := j.next
		j.next = newRound(spare)
		j.mu.Unlock()
		if len(mine.data) > 0 {
			if _, mine.err = j.file.Write(mine.data); mine.err == nil {
				mine.err = dataSync(j.file)
			}
		}
		spare = mine.data
		close(mine.done)
	}
}

// close ends the journal; nobody may append any more.
func (j *journal) close() {
	close(j.wake)
	<-j.ended
	_ = j.file.Close()
}
