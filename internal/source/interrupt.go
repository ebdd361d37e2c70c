package source

import (
	"context"
	"io"
)

// Interruptible returns a reader of r whose Read returns the error of ctx as
// soon as ctx ends, also while r waits for data: a terminal or a pipe cannot
// be made to stop waiting. It reads ahead by one buffer. After an interrupt
// r must not be used; a goroutine waits for it until it returns.
func Interruptible(ctx context.Context, r io.Reader) io.Reader {
	return &interruptible{ctx: ctx, src: r}
}

type interruptible struct {
	ctx   context.Context // that of the one call that reads
	src   io.Reader
	full  chan piece
	spare chan []byte
	held  []byte // the buffer that rest lies in
	rest  []byte // not handed out yet
	err   error  // what src said after rest
}

type piece struct {
	buf []byte
	n   int
	err error
}

func (i *interruptible) Read(p []byte) (int, error) {
	if i.full == nil {
		i.full, i.spare = make(chan piece), make(chan []byte, 2)
		i.spare <- make([]byte, chunkSize)
		i.spare <- make([]byte, chunkSize)
		go i.pump()
	}
	if len(i.rest) == 0 {
		if i.err != nil {
			return 0, i.err
		}
		if i.held != nil {
			i.spare <- i.held
			i.held = nil
		}
		select {
		case got := <-i.full:
			i.held, i.rest, i.err = got.buf, got.buf[:got.n], got.err
		case <-i.ctx.Done():
			i.err = i.ctx.Err()
			return 0, i.err
		}
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	if len(i.rest) == 0 {
		return n, i.err
	}
	return n, nil
}

// pump reads until src ends or nobody asks any more.
func (i *interruptible) pump() {
	for {
		var buf []byte
		select {
		case buf = <-i.spare:
		case <-i.ctx.Done():
			return
		}
		n, err := i.src.Read(buf)
		select {
		case i.full <- piece{buf, n, err}:
		case <-i.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}
