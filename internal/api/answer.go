package api

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// maxHeld is the size in bytes of the largest answer that is held back as a
// whole until the request is recorded. Of a larger one only the end is.
const maxHeld = 64 << 10

// answer is the answer to one request. It reaches the client in such a way
// that the client cannot have the whole of it before the record of the
// request is written: a small answer is held back entirely; of a stream with
// a length the last byte, of one without a length the mark of its end, which
// net/http writes when the handler has returned.
type answer struct {
	v      *visit
	w      http.ResponseWriter
	buf    []byte // what is not sent yet
	total  int64  // bytes of body that were written
	length int64  // the length that the head declares; -1: none
	status int    // 0: not chosen yet
	bare   bool   // no body is sent: HEAD, 204, 304
	isHead bool   // answers a HEAD request
	sent   bool   // the head is on its way
	taken  bool   // the connection belongs to the handler
	err    error  // why nothing more can be sent
}

// Header returns the header of the answer.
func (a *answer) Header() http.Header { return a.w.Header() }

// Unwrap lets http.ResponseController reach the server's own writer.
func (a *answer) Unwrap() http.ResponseWriter { return a.w }

// WriteHeader chooses the status. Informational ones are sent at once.
func (a *answer) WriteHeader(status int) {
	switch {
	case a.status != 0 || a.taken:
		return
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		a.w.WriteHeader(status)
		return
	}
	a.status = status
	a.bare = a.isHead || status == http.StatusNoContent || status == http.StatusNotModified || status < 200
	if n, err := strconv.ParseInt(first(a.Header(), "Content-Length"), 10, 64); err == nil && n >= 0 {
		a.length = n
	}
}

// Write adds to the body. Its errors are those of the connection.
func (a *answer) Write(p []byte) (int, error) {
	if a.taken {
		return 0, http.ErrHijacked
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.err != nil {
		return 0, a.err
	}
	if a.bare {
		if !a.isHead {
			return 0, http.ErrBodyNotAllowed
		}
		a.total += int64(len(p))
		return len(p), nil
	}
	a.total += int64(len(p))
	a.buf = append(a.buf, p...)
	if len(a.buf) <= maxHeld {
		return len(p), nil
	}
	if err := a.send(false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush is FlushError.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError sends what was written so far, but not the end of an answer
// whose length is known.
func (a *answer) FlushError() error {
	if a.taken {
		return http.ErrHijacked
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.bare || a.length == 0 {
		return nil // the head is the whole answer
	}
	if err := a.send(false); err != nil {
		return err
	}
	return a.noteError(http.NewResponseController(a.w).Flush())
}

// send passes on what is held back; with last also the end.
func (a *answer) send(last bool) error {
	if a.err != nil {
		return a.err
	}
	if d, ok := a.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(time.Now().Add(a.v.s.opts.Limits.Idle)) // a writer without deadlines has none
	}
	if !a.sent {
		a.sent = true
		h := a.Header()
		if last && a.length < 0 && first(h, "Trailer") == "" && first(h, "Transfer-Encoding") == "" && (!a.bare || a.isHead) {
			h["Content-Length"] = []string{strconv.FormatInt(a.total, 10)}
		}
		a.v.head(h)
		a.w.WriteHeader(a.status)
	}
	n := len(a.buf)
	if !last && a.length >= 0 && a.total >= a.length && n > 0 {
		n--
	}
	if n == 0 {
		return nil
	}
	_, err := a.w.Write(a.buf[:n])
	a.buf = append(a.buf[:0], a.buf[n:]...)
	return a.noteError(err)
}

// noteError keeps the first error of the connection.
func (a *answer) noteError(err error) error {
	if err != nil && a.err == nil && !errors.Is(err, http.ErrNotSupported) {
		a.err = err
	}
	return err
}

// drop forgets an answer of which nothing was sent.
func (a *answer) drop() {
	clear(a.Header())
	a.buf, a.total, a.length, a.status, a.bare = a.buf[:0], 0, -1, 0, false
}

// whole reports whether the handler has given all that the head promises.
func (a *answer) whole() bool {
	return a.err == nil && (a.bare || a.length < 0 || a.total == a.length)
}

// Hijack gives the connection to the handler: the answer is whatever it
// writes there, so the request is recorded before.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if a.sent {
		return nil, nil, errors.New("the answer has begun")
	}
	conn, rw, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	a.status, a.taken = http.StatusSwitchingProtocols, true
	a.v.head(a.Header())
	a.v.s.account(a.v)
	return conn, rw, nil
}
