package api

import (
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// body is a request's body. It keeps the beginning of what the handler
// reads. It lets a sender be silent for Limits.Idle at most, and after
// Limits.Handler it asks for leastSpeed.
type body struct {
	v      *visit
	r      io.ReadCloser // nil: there is none
	w      http.ResponseWriter
	kept   []byte
	most   int   // bytes to keep; 0: none, somebody else has them
	total  int64 // bytes read
	length int64 // as declared; -1: not
	begun  time.Time
	left   time.Time     // when the last Read returned
	away   time.Duration // between reads: the sender could not be faster
	until  time.Time
	by     time.Time // when all of it must have come; zero: as long as it comes fast enough
	ended  bool
	err    error

	whole   atomic.Bool // all of it was read
	slow    atomic.Bool // its sender was too slow
	stopped atomic.Bool // by stop
	closed  atomic.Bool // by who read it: the server has read the rest, or gives up the connection
}

// drainTime is how long the rest of a body may take that no handler read.
const drainTime = 2 * time.Second

// leastSpeed is how many bytes a second a body must have at least, in the
// mean, to go on for longer than Limits.Handler: who sends a byte now and then
// does not hold a connection.
const leastSpeed = 1 << 10

func (b *body) begin(v *visit, w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	b.v, b.r, b.w, b.length, b.begun = v, r.Body, w, r.ContentLength, time.Now()
	if v.s.opts.Track && keepable(r.Header) {
		b.most = v.s.opts.Limits.KeepBody
	}
}

// Read reads from the sender.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	now := time.Now()
	if !b.left.IsZero() {
		b.away += now.Sub(b.left)
	}
	if now.After(b.until) {
		// Not at each read: the deadline moves by half at least.
		b.until = now.Add(b.v.s.opts.Limits.Idle / 2)
		end := now.Add(b.v.s.opts.Limits.Idle)
		by := b.by
		if by.IsZero() {
			by = b.begun.Add(b.away + b.v.s.opts.Limits.Handler + time.Duration(b.total/leastSpeed)*time.Second)
		}
		if by.Before(end) {
			// Unless it is fixed, what comes moves it: look at each read.
			b.until, end = b.by, by
		}
		b.deadline(end)
		if b.stopped.Load() { // meanwhile, and its deadline is gone
			b.stop()
		}
	}
	n, err := b.r.Read(p)
	b.left = time.Now()
	b.keep(p[:n], err)
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		// The server would wait for the rest before it answers.
		b.slow.Store(!b.stopped.Load())
		b.stop()
	case err != nil:
		// A deadline that is left behind would end the request's context.
		b.deadline(time.Time{})
	}
	return n, err
}

func (b *body) keep(p []byte, err error) {
	b.total += int64(len(p))
	if room := b.most - len(b.kept); room > 0 {
		b.kept = append(b.kept, p[:min(room, len(p))]...)
	}
	b.err = err
	if errors.Is(err, io.EOF) {
		b.ended = true
		b.whole.Store(true)
	}
}

func (b *body) deadline(t time.Time) {
	if d, ok := b.w.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = d.SetReadDeadline(t) // a reader without deadlines has none
	}
}

// stop ends a Read that waits for the sender. It may be called from anywhere.
// The server cancels the context of a request whose body cannot be read, so
// that from here on a canceled context does not say that the sender is gone.
func (b *body) stop() {
	b.stopped.Store(true)
	b.deadline(time.Unix(1, 0))
}

// Close leaves the rest to the server. A deadline that is left behind would end
// the context of the connection, and so of the requests after this one.
func (b *body) Close() error {
	err := b.r.Close()
	b.closed.Store(true)
	b.deadline(time.Time{})
	return err
}

// finish reads on, as far as the record keeps, what no handler has read.
func (b *body) finish(r *http.Request) {
	if b.r == nil || b.ended || b.closed.Load() || b.err != nil || b.most == 0 || len(b.kept) >= b.most || first(r.Header, "Expect") != "" {
		return
	}
	b.deadline(time.Now().Add(drainTime))
	var p [4 << 10]byte
	for b.err == nil && len(b.kept) < b.most {
		n, err := b.r.Read(p[:])
		b.keep(p[:n], err)
	}
	if b.ended {
		b.deadline(time.Time{})
	}
}

// leave lets the server, which reads on before it answers, wait no longer than
// drainTime for what nobody has read, and not at all for what did not come.
func (b *body) leave() {
	switch {
	case b.r == nil || b.ended || b.closed.Load():
	case b.err != nil:
		b.stop()
	default:
		b.deadline(time.Now().Add(drainTime))
	}
}

// size returns the length of the whole body, as far as it is known.
func (b *body) size() int64 {
	if b.ended {
		return b.total
	}
	return max(b.total, b.length)
}

// keepable reports whether a body of this kind can be searched for
// credentials: text in letters that it reads, not compressed, and no form of
// several parts.
func keepable(h http.Header) bool {
	if enc := first(h, "Content-Encoding"); enc != "" && enc != "identity" {
		return false
	}
	contentType := first(h, "Content-Type")
	if !likeASCII(contentType) {
		return false
	}
	switch kind := mediaType(contentType); {
	case kind == "", strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "json"), strings.HasSuffix(kind, "xml"),
		kind == "application/x-www-form-urlencoded", kind == "application/jsonl", kind == "application/graphql":
		return true
	default:
		return false
	}
}

// likeASCII reports whether the letters of ASCII are written as such in what a
// Content-Type names.
func likeASCII(contentType string) bool {
	_, charset, ok := strings.Cut(strings.ToLower(contentType), "charset")
	if !ok {
		return true
	}
	charset = strings.Trim(charset, " =\"';")
	return strings.HasPrefix(charset, "utf-8") || strings.HasPrefix(charset, "utf8") || strings.HasPrefix(charset, "us-ascii") ||
		strings.HasPrefix(charset, "iso-8859-") || strings.HasPrefix(charset, "windows-125")
}

// mediaType returns the media type of a Content-Type without parameters, in
// small letters; empty when it is none.
func mediaType(contentType string) string {
	if contentType == "application/json" || contentType == "" {
		return contentType
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind, _, _ = strings.Cut(contentType, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	if len(kind) > 127 {
		return ""
	}
	return kind
}
