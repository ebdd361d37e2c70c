package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// chunkSize is how many bytes are read at once: large enough that a call
// costs nothing, small enough to stay in a core's cache.
const chunkSize = 256 << 10

// Reader reads records from files and streams. It keeps its buffers and
// decoders from one file to the next, so one Reader should read them all. Only one
// of its sequences may be in use at a time; chunks may be released from
// anywhere.
type Reader struct {
	opts Options
	gz   *gzip.Reader
	zst  *zstd.Decoder

	mu   sync.Mutex
	free [][]byte // buffers of chunkSize that were released
}

// NewReader returns a Reader with the given limits.
func NewReader(opts Options) *Reader {
	return &Reader{opts: opts.withDefaults()}
}

// Read yields the records of r, called name in what it yields. See Chunks
// for how the layout is found. When ctx is cancelled the sequence ends; the
// caller looks at ctx.Err.
func Read(ctx context.Context, r io.Reader, name string, opts Options) iter.Seq[Item] {
	return NewReader(opts).Items(ctx, r, name)
}

// Items yields the records of r one by one. An item's Data is valid until
// the next one.
func (rd *Reader) Items(ctx context.Context, r io.Reader, name string) iter.Seq[Item] {
	return items(rd.Chunks(ctx, r, name))
}

// FileItems yields the records of one file, closing it at the end. A file
// that cannot be opened yields one item with an Unreadable fault.
func (rd *Reader) FileItems(ctx context.Context, f File) iter.Seq[Item] {
	return items(rd.FileChunks(ctx, f))
}

func items(chunks iter.Seq[*Chunk]) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for c := range chunks {
			for it := range c.Items() {
				if !yield(it) {
					c.Release()
					return
				}
			}
			c.Release()
		}
	}
}

// FileChunks is Chunks of one file, closed at the end. A file that cannot be
// opened yields one chunk with an Unreadable fault. An open segment that was
// sealed in the meantime is read under its new name.
func (rd *Reader) FileChunks(ctx context.Context, f File) iter.Seq[*Chunk] {
	return func(yield func(*Chunk) bool) {
		if f.Pipe {
			rd.Chunks(ctx, Interruptible(ctx, &pipe{path: f.Path}), f.Path)(yield)
			return
		}
		file, err := open(f.Path)
		if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(f.Path, liveSuffix) {
			if _, gone := f.follow(); gone == nil {
				file, err = open(f.Path)
			}
		}
		if err != nil {
			yield(faultChunk(f.Path, 1, 0, &Fault{Kind: Unreadable, Reason: "the file cannot be opened", Err: err}))
			return
		}
		defer file.close()
		for c := range rd.Chunks(ctx, file, f.Path) {
			if !yield(c) {
				return
			}
		}
	}
}

// Chunks yields the input in pieces of whole records, in order, for callers
// that share the work between goroutines: see Each. Every chunk must be
// released, by whoever looks at it last.
//
// gzip and zstd are recognised by their first bytes. A name that ends in
// .ndjson or .jsonl means one record a line, unless an array of objects
// begins; otherwise the first lines decide between one record a line and
// values that span lines. A byte order mark is passed over, and so are blank
// lines and carriage returns at the end of a line.
func (rd *Reader) Chunks(ctx context.Context, r io.Reader, name string) iter.Seq[*Chunk] {
	return func(yield func(*Chunk) bool) {
		s := &stream{rd: rd, ctx: ctx, src: r, name: name, line: 1, buf: rd.buffer()}
		defer func() { rd.release(s.buf) }()
		for s.n < len(zstdMagic) && s.err == nil { // every magic is this long at most
			s.fill()
		}
		s.decompress()
		for s.n < len(byteOrderMark) && s.err == nil {
			s.fill()
		}
		s.skipMark()
		cut := s.values
		if s.byLine() {
			cut = s.lines
		}
		if !cut(yield) {
			return
		}
		if fault := s.fault(); fault != nil {
			yield(faultChunk(name, s.line, s.off, fault))
		}
	}
}

// buffer returns a buffer of chunkSize.
func (rd *Reader) buffer() []byte {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if last := len(rd.free) - 1; last >= 0 {
		b := rd.free[last]
		rd.free = rd.free[:last]
		return b
	}
	return make([]byte, chunkSize)
}

// release takes a buffer back. One that grew for a large record is left to
// the garbage collector, so that memory shrinks again.
func (rd *Reader) release(b []byte) {
	if cap(b) != chunkSize {
		return
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.free = append(rd.free, b[:chunkSize])
}

// Missed returns the chunk that stands for a file of which Find yielded an
// error: one Unreadable fault.
func Missed(f File, err error) *Chunk {
	return faultChunk(f.Path, 1, 0, &Fault{Kind: Unreadable, Reason: "the file cannot be looked at", Err: err})
}

// faultChunk is a chunk that holds nothing but a fault.
func faultChunk(name string, line int, off int64, fault *Fault) *Chunk {
	return &Chunk{File: name, items: []Item{{File: name, Line: line, Offset: off, Err: fault}}}
}

// tooLarge is the fault of a record of size bytes where limit are allowed.
func tooLarge(size int64, limit int) *Fault {
	return &Fault{
		Kind:   TooLarge,
		Size:   size,
		Reason: fmt.Sprintf("the record has %d bytes, more than the %d that are allowed", size, limit),
	}
}

// torn is the fault of a record that the input does not hold to its end.
func torn(size int) *Fault {
	return &Fault{Kind: Torn, Size: int64(size), Reason: "the input ends inside this record"}
}
