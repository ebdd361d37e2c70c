package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
)

// part is what one file holds of the person, and what is left of it.
type part struct {
	day      Day
	path     string
	belongs  uint64
	mentions uint64
	left     uint64 // items that stay
	gone     []goneRecord
}

// goneRecord is a record that is taken out.
type goneRecord struct {
	identity
}

func (p *part) concerned() bool { return p.belongs+p.mentions > 0 }

// verdictOf judges an item of a file. What is no record is judged as text:
// it is kept without what stands for the person.
func (e *eraser) verdictOf(path string, it *source.Item) (v person.Verdict, record bool, err error) {
	switch {
	case it.Err != nil && it.Err.Kind == source.Unreadable:
		return 0, false, fmt.Errorf("read %s: %w", e.l.within(path), it.Err)
	case it.Err != nil && it.Err.Kind == source.Misplaced:
		return person.Untouched, false, nil
	case it.Err != nil && it.Data == nil:
		return 0, false, e.unreadable(path, it.Line, it.Err.Error())
	case it.Err == nil && e.tape.Parse(it.Data) == nil:
		return e.match.Judge(&e.tape), true, nil
	case e.match.Text(it.Data):
		return person.Mentions, false, nil
	}
	return person.Untouched, false, nil
}

// survey reads a file and says what it holds of the person.
func (e *eraser) survey(ctx context.Context, path string, day Day) (*part, error) {
	p := &part{path: path, day: day}
	if err := e.at(path); err != nil {
		return nil, err
	}
	for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: path}) {
		v, record, err := e.verdictOf(path, &it)
		if err != nil {
			return nil, err
		}
		switch v {
		case person.Belongs:
			p.belongs++
			id, flaws := identify(&e.tape, e.names)
			if flaws&noTime != 0 {
				id.ms = day.Start().UnixMilli()
			}
			e.changes(&id)
			p.gone = append(p.gone, goneRecord{id})
			e.role(&e.tape)
			continue
		case person.Mentions:
			p.mentions++
			if record {
				id, _ := identify(&e.tape, e.names)
				e.changes(&id)
			}
		case person.Untouched:
		}
		if it.Data != nil {
			p.left++
		}
	}
	e.report.Looked++
	if info, err := os.Stat(path); err == nil {
		e.opts.Read(info.Size())
	}
	return p, interruptedBy(ctx)
}

// rewritten is a file without the person, beside the one it is to replace.
type rewritten struct {
	tmp    string
	onDisk uint64 // xxhash of its bytes
}

// rewrite writes what stays of a file to a temporary file beside it, one
// record a line, packed as the file is.
func (e *eraser) rewrite(ctx context.Context, path string, item func(out []byte, it *source.Item) ([]byte, error)) (_ *rewritten, err error) {
	if err := e.remember(); err != nil {
		return nil, err
	}
	pack, err := packingOf(path)
	if err != nil {
		return nil, err
	}
	if err := e.at(path); err != nil {
		return nil, err
	}
	r := &rewritten{tmp: tmpName(path)}
	f, err := e.l.disk.open(r.tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("rewrite %s: %w", e.l.within(path), err), removeIfThere(e.l.disk, r.tmp))
		}
	}()
	sum := newAppendWriter(f)
	out, finish, err := pack.writer(sum)
	var line []byte
	if err == nil {
		for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: path}) {
			if line, err = item(line[:0], &it); err != nil {
				break
			}
			if len(line) == 0 {
				continue
			}
			if _, err = out.Write(line); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = errors.Join(interruptedBy(ctx), finish())
	}
	if err == nil {
		err = f.datasync()
	}
	r.onDisk = sum.sum.Sum64()
	return r, errors.Join(err, f.Close())
}

// kept returns the text of an item that stays, without the person; nothing
// for one that goes. The record that stays is on e.tape.
func (e *eraser) kept(path string, it *source.Item) (text []byte, record bool, err error) {
	v, record, err := e.verdictOf(path, it)
	switch {
	case err != nil || v == person.Belongs || it.Data == nil:
		return nil, false, err
	case v == person.Untouched:
		return it.Data, record, nil
	case !record:
		return e.match.AppendTextWithout(nil, it.Data), false, nil
	}
	text = e.match.AppendWithout(nil, &e.tape)
	return text, true, e.tape.Parse(text)
}

// packing is how a file is compressed.
type packing int

const (
	packedNot packing = iota
	packedGzip
	packedZstd
)

// packingOf looks at the first bytes of a file.
func packingOf(path string) (packing, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // only read from
	var head [4]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	switch {
	case bytes.HasPrefix(head[:n], []byte{0x1f, 0x8b}):
		return packedGzip, nil
	case bytes.HasPrefix(head[:n], []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return packedZstd, nil
	}
	return packedNot, nil
}

// writer returns a writer that packs to out, and what ends it.
func (p packing) writer(out io.Writer) (io.Writer, func() error, error) {
	switch p {
	case packedGzip:
		w := gzip.NewWriter(out)
		return w, w.Close, nil
	case packedZstd:
		w, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true), zstd.WithWindowSize(sealWindow))
		if err != nil {
			return nil, nil, err
		}
		return w, w.Close, nil
	case packedNot:
	}
	return out, func() error { return nil }, nil
}

// swap puts the new file in the place of the old one while no writer of the
// lake looks, then does what belongs to it.
func (e *eraser) swap(r *rewritten, path string, then func() error) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("replace %s: %w", e.l.within(path), err), removeIfThere(e.l.disk, r.tmp))
		}
	}()
	if _, err := e.w.turn.take(); err != nil {
		return err
	}
	defer e.w.turn.give()
	if err := e.w.turn.replaced(); err != nil {
		return err
	}
	if err := commitName(e.l.disk, r.tmp, path); err != nil {
		return err
	}
	return then()
}

// counted counts records by type.
func counted(gone []goneRecord) map[string]uint64 {
	out := map[string]uint64{}
	for i := range gone {
		out[gone[i].typeName]++
	}
	return out
}

// lineOf adds the end of a line to a text. A record that spans lines loses
// the white space between its tokens.
func lineOf(dst, text []byte, t *tape.Tape) []byte {
	if t != nil && bytes.IndexByte(text, '\n') >= 0 {
		return append(t.AppendCompact(dst, 0), '\n')
	}
	return append(append(dst, text...), '\n')
}
