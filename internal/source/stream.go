package source

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// space is what JSON allows between values.
const space = " \t\r\n"

// errStuck ends a stream whose source returns nothing and no error for ever.
var errStuck = errors.New("the source returns no data and no error")

// stream holds the part of an input that is being cut into chunks:
// buf[:n], of which buf[0] is byte off of the input, on line line.
type stream struct {
	rd         *Reader
	ctx        context.Context
	src        io.Reader
	name       string
	compressed bool

	buf  []byte
	n    int
	off  int64
	line int
	err  error // ends the input: io.EOF, or why it cannot be read on
}

// fill reads once into the free part of the buffer, which must not be full.
func (s *stream) fill() {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.n:])
		s.n += n
		s.err = err
		if n > 0 || err != nil {
			return
		}
	}
	s.err = errStuck
}

// room makes the buffer larger when it is full. It never needs to hold much
// more than one record.
func (s *stream) room() {
	if s.n < len(s.buf) {
		return
	}
	grown := make([]byte, min(2*len(s.buf), s.rd.opts.MaxRecord+chunkSize))
	copy(grown, s.buf[:s.n])
	s.rd.release(s.buf)
	s.buf = grown
}

// shrink goes back to a buffer of the usual size when what is left fits.
func (s *stream) shrink() {
	if len(s.buf) == chunkSize || s.n > chunkSize {
		return
	}
	small := s.rd.buffer()
	copy(small, s.buf[:s.n])
	s.buf = small
}

// smallChunk is the size in bytes up to which a chunk gets memory of its own,
// so that many small files can be held at once.
const smallChunk = chunkSize / 16

// detach hands out the first n bytes of the buffer: a copy when they are
// few, else the buffer itself, and the stream goes on with another one.
func (s *stream) detach(n int) []byte {
	if n <= smallChunk {
		own := bytes.Clone(s.buf[:n])
		s.drop(n)
		return own
	}
	full, rest := s.buf[:n], s.buf[n:s.n]
	if len(rest) < chunkSize {
		s.buf = s.rd.buffer()
	} else {
		s.buf = make([]byte, len(s.buf))
	}
	s.n = copy(s.buf, rest)
	s.off += int64(n)
	return full
}

// drop forgets the first n bytes of the buffer.
func (s *stream) drop(n int) {
	s.n = copy(s.buf, s.buf[n:s.n])
	s.off += int64(n)
}

// skipMark passes over a byte order mark.
func (s *stream) skipMark() {
	if bytes.HasPrefix(s.buf[:s.n], byteOrderMark) {
		s.drop(len(byteOrderMark))
	}
}

// byLine decides whether the input has one record a line. It reads on until
// the first lines tell, as far as the buffer reaches.
func (s *stream) byLine() bool {
	for {
		lines, sure := s.guess()
		if sure || s.err != nil || s.n == len(s.buf) {
			return lines
		}
		s.fill()
	}
}

// guess says whether the bytes read so far look like one record a line, and
// whether more bytes could not change that.
func (s *stream) guess() (lines, sure bool) {
	head := bytes.TrimLeft(s.buf[:s.n], space)
	if len(head) == 0 {
		return true, false
	}
	named := layoutOf(s.name) == LayoutLines
	if head[0] == '[' {
		first := bytes.TrimLeft(head[1:], space)
		if len(first) == 0 {
			return false, false
		}
		return named && first[0] != '{' && first[0] != ']', true
	}
	if named || head[0] != '{' {
		return true, true
	}
	line, rest, found := bytes.Cut(head, []byte{'\n'})
	var scan valueScan
	scan.reset(false)
	n, v := scan.feed(line)
	if v == whole {
		return len(bytes.TrimLeft(line[n:], space)) == 0, found
	}
	// A first line that is cut short, then one that starts a record: lines,
	// the first of them torn. Inside pretty JSON no line starts so.
	rest = bytes.TrimLeft(rest, space)
	return !found || bytes.HasPrefix(rest, []byte(`{"`)), len(rest) > 1
}
