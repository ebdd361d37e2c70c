package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
)

// scanned is what one pass over a segment found.
type scanned struct {
	rows    []row // in the order of the file
	types   typeList
	digest  *xxhash.Digest
	bytes   uint64
	damaged int           // places that are no records
	fault   *source.Fault // the first one of them, if the reader told
}

// scan reads a segment. Damage is counted and is no error. Of an open
// segment only whole lines are read.
func (l *Lake) scan(ctx context.Context, path string) (*scanned, error) {
	out := &scanned{digest: xxhash.New()}
	names := newTypeNames()
	var t tape.Tape
	line := uint32(0)
	for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: path}) {
		if it.Err != nil && it.Err.Kind == source.Unreadable {
			return nil, fmt.Errorf("read segment: %w", it.Err)
		}
		if it.Err != nil || t.Parse(it.Data) != nil {
			out.damaged++
			if out.fault == nil {
				out.fault = it.Err
			}
			line++
			continue
		}
		id, _ := identify(&t, names)
		id.typ = out.types.number(id.typeName)
		out.rows = append(out.rows, row{entry: id.entry, line: line})
		line++
		_, _ = out.digest.Write(it.Data)
		_, _ = out.digest.Write([]byte{'\n'})
		out.bytes += uint64(len(it.Data)) + 1
	}
	return out, ctx.Err()
}

// ensureIndex opens the index of a sealed segment, and makes it when it is
// missing or broken.
func (l *Lake) ensureIndex(ctx context.Context, day Day, name, path string) (*index, error) {
	x, err := openIndex(l.indexPath(day, name))
	if !isGone(err) {
		return x, err
	}
	dir, err := l.derivedDir()
	if err != nil {
		return nil, err
	}
	at := filepath.Join(dir, filepath.FromSlash(day.Folder()), name+idxEnding)
	if dir != l.path(indexFolder) {
		if x, err := openIndex(at); !isGone(err) {
			return x, err
		}
	}
	found, err := l.scan(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("index segment %s: %w", name, err)
	}
	onDisk, err := digestOf(path)
	if err != nil {
		return nil, fmt.Errorf("index segment %s: %w", name, err)
	}
	return l.writeIndex(at, found.rows, indexHead{
		Types:  found.types.names,
		Digest: found.digest.Sum64(),
		OnDisk: onDisk,
		Bytes:  found.bytes,
	})
}

// digestOf returns the xxhash of a file's bytes.
func digestOf(path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // only read from
	sum, _, err := digestOfReader(f)
	return sum, err
}

// digestOfReader returns the xxhash of what is read, and how many bytes that
// was.
func digestOfReader(r io.Reader) (uint64, int64, error) {
	sum := xxhash.New()
	n, err := io.Copy(sum, r)
	return sum.Sum64(), n, err
}

// isGone says whether an index is missing, or must be made again.
func isGone(err error) bool { return errors.Is(err, errIndex) || errors.Is(err, fs.ErrNotExist) }

// writeIndex writes the index of a segment.
func (l *Lake) writeIndex(path string, rows []row, head indexHead) (*index, error) {
	sortRows(rows)
	w, err := l.newIndex(path, len(rows), head)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if err := w.add(&rows[i]); err != nil {
			return nil, errors.Join(fmt.Errorf("write index %s: %w", path, err), w.abort())
		}
	}
	return w.finish()
}
