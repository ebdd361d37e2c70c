package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var (
	gzipMagic     = []byte{0x1f, 0x8b}
	zstdMagic     = []byte{0x28, 0xb5, 0x2f, 0xfd}
	byteOrderMark = []byte{0xef, 0xbb, 0xbf}
)

// errBomb is returned by a guard when a limit is passed.
var errBomb = errors.New("limit passed")

// decompress puts a decoder between the stream and its source when the bytes
// read so far are the beginning of a compressed stream.
func (s *stream) decompress() {
	head := s.buf[:s.n]
	isGzip, isZstd := bytes.HasPrefix(head, gzipMagic), bytes.HasPrefix(head, zstdMagic)
	if !isGzip && !isZstd {
		return
	}
	in := &counter{src: s.src, head: bytes.Clone(head), err: s.err}
	s.n, s.err, s.compressed = 0, nil, true
	var dec io.Reader
	var err error
	if isGzip {
		dec, err = s.rd.gzip(in)
	} else {
		dec, err = s.rd.zstd(in)
	}
	if err != nil {
		s.err = err
		return
	}
	s.src = &guard{src: dec, in: in, opts: s.rd.opts}
}

// gzip returns the reader's gzip decoder, set to in.
func (rd *Reader) gzip(in io.Reader) (io.Reader, error) {
	if rd.gz == nil {
		rd.gz = new(gzip.Reader)
	}
	return rd.gz, rd.gz.Reset(in)
}

// zstd returns the reader's zstd decoder, set to in. It decodes in the
// calling goroutine, so there is nothing to close.
func (rd *Reader) zstd(in io.Reader) (io.Reader, error) {
	if rd.zst == nil {
		dec, err := zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, fmt.Errorf("make zstd decoder: %w", err)
		}
		rd.zst = dec
	}
	return rd.zst, rd.zst.Reset(in)
}

// counter reads the bytes of head, then those of src, and counts them. A
// source that fails is remembered, so that a failing disk is not taken for a
// corrupt stream.
type counter struct {
	head   []byte
	src    io.Reader
	read   int64
	err    error // what src said while head was read
	failed error // the error of src, other than io.EOF
}

func (c *counter) Read(p []byte) (int, error) {
	var n int
	var err error
	switch {
	case len(c.head) > 0:
		n = copy(p, c.head)
		c.head = c.head[n:]
	case c.err != nil:
		err = c.err
	default:
		n, err = c.src.Read(p)
	}
	c.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}
	return n, err
}

// guard stops a stream that expands beyond the limits.
type guard struct {
	src  io.Reader
	in   *counter
	out  int64
	opts Options
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.src.Read(p)
	g.out += int64(n)
	switch {
	case g.out > g.opts.MaxExpanded:
		return n, fmt.Errorf("more than %d bytes: %w", g.opts.MaxExpanded, errBomb)
	case g.out > ratioFrom && g.out/g.opts.MaxRatio > g.in.read:
		return n, fmt.Errorf("%d bytes from %d: %w", g.out, g.in.read, errBomb)
	case g.in.failed != nil:
		return n, &unreadable{g.in.failed}
	}
	return n, err
}

// unreadable marks an error of the source below a decoder.
type unreadable struct{ err error }

func (u *unreadable) Error() string { return u.err.Error() }
func (u *unreadable) Unwrap() error { return u.err }

// fault turns the error that ended the stream into a fault, or nil at its
// proper end.
func (s *stream) fault() *Fault {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	var below *unreadable
	switch {
	case errors.Is(s.err, errBomb):
		return &Fault{Kind: Bomb, Reason: "the compressed file expands beyond the limit", Err: s.err}
	case errors.Is(s.err, zstd.ErrWindowSizeExceeded), errors.Is(s.err, zstd.ErrDecoderSizeExceeded):
		return &Fault{Kind: Bomb, Reason: fmt.Sprintf("the compressed file asks for a window of more than %d bytes", maxWindow), Err: s.err}
	case errors.As(s.err, &below):
		return &Fault{Kind: Unreadable, Reason: "the input cannot be read on from here", Err: below.err}
	case s.compressed:
		return &Fault{Kind: Corrupt, Reason: "the compressed file is damaged or cut off here", Err: s.err}
	}
	return &Fault{Kind: Unreadable, Reason: "the input cannot be read on from here", Err: s.err}
}

// Plain reports whether a file is not compressed, so that the Offset of an
// Item is a place in it.
func Plain(f io.ReaderAt) bool {
	head := make([]byte, len(zstdMagic))
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	return !bytes.HasPrefix(head[:n], gzipMagic) && !bytes.HasPrefix(head[:n], zstdMagic)
}
