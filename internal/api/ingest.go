package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"runtime"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// maxAtOnce is the size in bytes of the largest body that is taken by one
// goroutine and stored in one piece.
const maxAtOnce = 64 << 10

// readAhead is how much of a compressed body is read before any of it is
// unpacked.
const readAhead = 256 << 10

// outsiderRecords is how many records an outsider's request may bring, and
// Limits.Body how many bytes of them, unpacked: a body of a few kilobytes
// unpacks to millions of records, each of which costs work.
const outsiderRecords = 10_000

// ingest takes interactions: one JSON object, an array of them, or lines
// (NDJSON) of any length. It answers after what is new is on disk.
//
//	200 all of them are stored, or were already
//	207 some are, and the rest is rejected: the faults say which and why
//	400 the body is not JSON; what came before is stored
//	403 all of them are such that the sender may not send them
//	413 the one record is too large, or the body is: of an outsider when it
//	    has more than outsiderRecords or Limits.Body allow, of anybody when it
//	    unpacks beyond reason; what the body of the answer counts is stored
//	415 another media type, or another compression than gzip and zstd
//	422 all of them are rejected
//	503 the disk refuses; what the body of the answer counts is stored
//
// A record is taken or rejected whole. The same record again is a duplicate,
// and stored once; so a request can be repeated until it is answered. The work
// ends when the sender leaves, and when the server stops.
func (s *Server) ingest(v *visit, r *http.Request) error {
	from, err := s.outsider(v, r)
	if err != nil {
		return err
	}
	kind, err := ingestKind(r.Header)
	if err != nil {
		return err
	}
	t := tally{from: from}
	if kind == kindJSON && !compressed(r.Header) {
		err = s.ingestJSON(&t, v, r)
	} else {
		err = s.ingestStream(&t, v, r, r.Body, kind)
	}
	if err == nil && t.rejected == 0 {
		// The records are in the lake: the request's own record need not
		// hold them once more.
		v.body.kept = v.body.kept[:0]
	}
	s.metrics.ingest(&t)
	s.answerIngest(&t, v, r, err)
	return nil
}

type ingestFormat string

// The formats of a body. Their values end as a file's name would, for the
// room that cuts records out of streams.
const (
	kindJSON  ingestFormat = "body.json"
	kindLines ingestFormat = "body.ndjson"
)

// ingestKind chooses by the media type.
func ingestKind(h http.Header) (ingestFormat, error) {
	switch first(h, "Content-Encoding") {
	case "", "identity", "gzip", "zstd":
	default:
		return "", &tpe.Error{Code: tpe.Unsupported, Message: "The Content-Encoding is not supported", Hint: "send the body plain, or as gzip or zstd"}
	}
	switch mediaType(first(h, "Content-Type")) {
	case "application/json", "":
		return kindJSON, nil
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
		return kindLines, nil
	default:
		return "", &tpe.Error{Code: tpe.Unsupported, Message: "The Content-Type is not supported", Hint: "send application/json or application/x-ndjson"}
	}
}

func compressed(h http.Header) bool {
	enc := first(h, "Content-Encoding")
	return enc != "" && enc != "identity"
}

// ingestJSON takes a plain JSON body: an array goes on as a stream, anything
// else is one record.
func (s *Server) ingestJSON(t *tally, v *visit, r *http.Request) error {
	buf, err := s.readRecord(v.scratch[:0], r)
	v.scratch = buf
	start := bytes.TrimLeft(buf, " \t\r\n")
	if len(start) > 0 && start[0] == '[' && (err == nil || errors.Is(err, errLonger)) {
		var rest io.Reader = bytes.NewReader(buf)
		if err != nil {
			rest = io.MultiReader(rest, r.Body)
		}
		return s.ingestStream(t, v, r, rest, kindJSON)
	}
	switch {
	case errors.Is(err, errLonger):
		t.received++
		t.reject(fault{line: 1, rule: source.TooLarge.String(), message: s.tooLarge()})
		return &tpe.Error{Code: tpe.TooLarge, Message: s.tooLarge()}
	case err != nil:
		return bodyError(err)
	case len(start) == 0:
		return &tpe.Error{Code: tpe.Misuse, Message: "The body is empty", Hint: "send an interaction, an array of them, or one a line as application/x-ndjson"}
	}
	return s.ingestOne(t, v, r, buf)
}

// ingestOne stores one record.
func (s *Server) ingestOne(t *tally, v *visit, r *http.Request, data []byte) error {
	t.received++
	if err := v.tape.Parse(data); err != nil {
		t.reject(fault{line: 1, rule: ruleJSON, message: err.Error()})
		return &tpe.Error{Code: tpe.Misuse, Message: "The body is not one JSON text: " + err.Error(), Hint: "send several records as an array, or one a line as application/x-ndjson"}
	}
	clean, _ := s.opts.Gate.Record(&v.tape)
	if faults := s.check(t.from, clean, 0, 1); faults != nil {
		t.reject(faults...)
		return nil
	}
	outcomes, err := s.opts.Writer.Append(background(r), lake.Disk, clean)
	t.stored(outcomes)
	return err
}

// errLonger says that a body goes on beyond the limit of one record.
var errLonger = errors.New("the body is longer than one record may be")

// readRecord reads a body up to the limit of one record, in one go when its
// length is known. It returns what it has read with any error.
func (s *Server) readRecord(buf []byte, r *http.Request) ([]byte, error) {
	most := s.opts.Limits.MaxRecord
	if n := r.ContentLength; n >= 0 && n <= int64(most) {
		if int64(cap(buf)) < n {
			buf = make([]byte, 0, n)
		}
		got, err := io.ReadFull(r.Body, buf[:n])
		return buf[:got], err
	}
	if cap(buf) == 0 {
		buf = make([]byte, 0, 4<<10)
	}
	for {
		if len(buf) > most {
			return buf, errLonger
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Body.Read(buf[len(buf):min(cap(buf), most+1)])
		buf = buf[:len(buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

// ingestStream takes records from a stream, in bounded memory: while one
// batch is being stored, others are read and checked.
func (s *Server) ingestStream(t *tally, v *visit, r *http.Request, body io.Reader, kind ingestFormat) error {
	opts := source.Options{MaxRecord: s.opts.Limits.MaxRecord}
	tell := &lastError{r: body}
	if t.from != nil {
		opts.MaxExpanded, tell.most = s.opts.Limits.Body, s.opts.Limits.Body
	}
	var in io.Reader = tell
	if compressed(r.Header) {
		// A few bytes can be much work. That the sender leaves is noticed only
		// when all of the body was read.
		ahead := bufio.NewReaderSize(tell, readAhead)
		_, _ = ahead.Peek(readAhead) // an error comes again when it is read
		in = ahead
	}
	reader := source.NewReader(opts)
	ctx := background(r)
	reading, end := context.WithCancel(ctx)
	defer end()
	prepare := func(c *source.Chunk) *batch {
		room := int64(math.MaxInt64)
		if t.from != nil {
			room = outsiderRecords - t.received
		}
		return s.prepare(t.from, c, room, func() bool {
			gone := s.abandoned(v, r)
			if gone {
				end()
			}
			return gone
		})
	}
	store := func(b *batch) error {
		defer s.batches.Put(b)
		err := t.store(ctx, s.opts.Writer, b)
		if err == nil {
			err = b.over
		}
		if err != nil {
			v.body.stop() // a sender who pauses would delay the answer
		}
		return err
	}
	var err error
	// An outsider's records are counted before the next ones are looked at.
	if t.from != nil || r.ContentLength >= 0 && r.ContentLength <= maxAtOnce && !compressed(r.Header) {
		for chunk := range reader.Chunks(reading, in, string(kind)) {
			err = store(prepare(chunk))
			chunk.Release()
			if err != nil {
				break
			}
		}
		if err == nil {
			err = reading.Err()
		}
	} else {
		workers := max(2, runtime.GOMAXPROCS(0))
		err = source.Each(reading, reader.Chunks(reading, in, string(kind)), workers,
			func() func(*source.Chunk) *batch { return prepare }, store)
	}
	if syncErr := t.sync(ctx, s.opts.Writer); err == nil {
		err = syncErr
	}
	switch {
	case err != nil:
		return err
	case tell.err != nil:
		return bodyError(tell.err)
	case t.received == 0 && t.broken == 0 && kind == kindLines:
		return &tpe.Error{Code: tpe.Misuse, Message: "The body is empty", Hint: "send one interaction a line"}
	case t.broken > 0 && kind == kindJSON:
		return &tpe.Error{Code: tpe.Misuse, Message: "The body is not one JSON array of interactions"}
	}
	return nil
}

// abandoned reports whether nobody waits for a request any more: all of it
// was sent, and then the sender has left, or the server stops. A context that
// ended before is that of a body that could not be read on; what came counts.
func (s *Server) abandoned(v *visit, r *http.Request) bool {
	return r.Context().Err() != nil && (v.body.whole.Load() || s.stopping.Load())
}

// errOver is the error for a body that is larger than it may be.
func errOver(what string) error {
	return &tpe.Error{Code: tpe.TooLarge, Message: "The body has more than " + what, Hint: "send it in several requests: what is stored already is not stored twice"}
}

// lastError remembers why a body could not be read to its end.
type lastError struct {
	r    io.Reader
	most int64 // bytes that may come; 0: any number
	n    int64
	err  error
}

func (l *lastError) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.n += int64(n); l.most > 0 && l.n > l.most {
		err = errOver(fmt.Sprintf("the %d bytes that are allowed", l.most))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = err
	}
	return n, err
}

// bodyError says why a body could not be read.
func bodyError(err error) error {
	if tpe.CodeOf(err) == tpe.TooLarge {
		return err
	}
	return &tpe.Error{Code: tpe.Misuse, Message: "The body ended early", Err: err, Hint: "send the request again: what is stored already is not stored twice"}
}

// tooLarge says what one record may take.
func (s *Server) tooLarge() string {
	return fmt.Sprintf("The record has more than the %d bytes that are allowed", s.opts.Limits.MaxRecord)
}
