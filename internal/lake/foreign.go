package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
)

// Foreign files are those in raw that no writer of this kind made: one file
// a record, daily summaries, exports. Their folder need not be the day of
// UTC on which their records lie, and a record may be in several of them.
// One index for each folder says what is in it.

// foreignIndexName is the name of the index of a folder's foreign files.
const foreignIndexName = "foreign" + idxEnding

// isRecordFile says whether a file may hold records, by its name.
func isRecordFile(name string) bool {
	if strings.HasPrefix(name, ".") {
		return false
	}
	name = strings.ToLower(name)
	name = strings.TrimSuffix(name, ".open")
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	return strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".json")
}

// foreignIn lists the foreign files of a folder, in their order.
func (f *folder) foreignIn(entries []fs.DirEntry) ([]indexFile, error) {
	var out []indexFile
	for _, e := range entries {
		if _, _, ok := splitName(e.Name()); e.IsDir() || ok && f.segments || !isRecordFile(e.Name()) {
			continue
		}
		info, err := os.Stat(filepath.Join(f.path, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since the folder was listed
		}
		if err != nil {
			return nil, fmt.Errorf("look at file: %w", err)
		}
		if info.Mode().IsRegular() {
			out = append(out, indexFile{Name: e.Name(), Size: info.Size(), ModTime: info.ModTime().UnixNano()})
		}
	}
	return out, nil
}

// foreignIndex returns the index of a folder's foreign files, made again
// when a file has changed.
func (l *Lake) foreignIndex(ctx context.Context, f *folder, files []indexFile) (*index, error) {
	dir, err := l.derivedDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, filepath.FromSlash(f.rel), foreignIndexName)
	x, err := openIndex(path)
	if err == nil {
		err = x.check()
	}
	switch {
	case err == nil && slices.EqualFunc(x.Files, files, sameFile):
		return x, nil
	case err == nil, isGone(err):
		return l.indexForeign(ctx, f, files, path)
	}
	return nil, err
}

func sameFile(a, b indexFile) bool {
	return a.Name == b.Name && a.Size == b.Size && a.ModTime == b.ModTime
}

// indexForeign reads the foreign files of a folder and writes their index.
func (l *Lake) indexForeign(ctx context.Context, f *folder, files []indexFile, path string) (*index, error) {
	s := newSorter(os.TempDir())
	head := indexHead{Files: files}
	var types typeList
	names := newTypeNames()
	var t tape.Tape
	rd := source.NewReader(source.Options{})
	for i := range files {
		file := &head.Files[i]
		line := uint32(0)
		for it := range rd.FileItems(ctx, source.File{Path: filepath.Join(f.path, file.Name)}) {
			if it.Err != nil || t.Parse(it.Data) != nil {
				file.Damaged++
				line++
				continue
			}
			id, flaws := identify(&t, names)
			if flaws&noTime != 0 {
				id.ms = f.day.Start().UnixMilli()
			}
			r := row{entry: id.entry, file: uint32(i), line: line}
			r.typ = types.number(id.typeName)
			if err := s.add(&r); err != nil {
				s.drop()
				return nil, err
			}
			line++
		}
	}
	if err := ctx.Err(); err != nil {
		s.drop()
		return nil, interrupted(err)
	}
	head.Types = types.names
	w, err := l.newIndex(path, s.count, head)
	if err != nil {
		s.drop()
		return nil, err
	}
	err = merge(s.cursors(), func(r *row, _, _ bool) error { return w.add(r) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("index %s: %w", f.path, err), w.abort())
	}
	return w.finish()
}

// probeBytes is the room below which a disk counts as full.
const probeBytes = 64 << 10

// derivedDir returns the folder for indexes: that of the lake when it is
// kept by tpe and can be written, else a temporary one. A lake that is only
// read stays as it is.
func (l *Lake) derivedDir() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.derived != "" {
		return l.derived, nil
	}
	own := l.path(indexFolder)
	if probe, err := os.CreateTemp(own, "probe-*"+tmpEnding); err == nil {
		_, full := probe.Write(make([]byte, probeBytes))
		if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
			return "", fmt.Errorf("try folder for indexes: %w", err)
		}
		if full == nil {
			l.derived = own
			return own, nil
		}
	}
	dir, err := os.MkdirTemp("", "tpe-lake-*")
	if err != nil {
		return "", fmt.Errorf("create folder for indexes: %w", err)
	}
	l.derived, l.temporary = dir, true
	return dir, nil
}
