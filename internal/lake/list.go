package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// dayFolder is the folder of one day, as it was when it was listed.
type dayFolder struct {
	day     Day
	path    string
	entries []fs.DirEntry
}

// dayFolders lists the year=/month=/day= folders below a folder of the lake,
// in the order of days.
func (l *Lake) dayFolders(ctx context.Context, folder string) iter.Seq2[dayFolder, error] {
	root := l.path(folder)
	return func(yield func(dayFolder, error) bool) {
		for year, err := range subfolders(root, "year=") {
			if err != nil {
				yield(dayFolder{}, err)
				return
			}
			for month, err := range subfolders(filepath.Join(root, year), "month=") {
				if err != nil {
					yield(dayFolder{}, err)
					return
				}
				for name, err := range subfolders(filepath.Join(root, year, month), "day=") {
					if err == nil {
						err = ctx.Err()
					}
					if err != nil {
						yield(dayFolder{}, err)
						return
					}
					day, ok := dayOfFolder(year + "/" + month + "/" + name)
					if !ok {
						continue
					}
					f := dayFolder{day: day, path: filepath.Join(root, year, month, name)}
					f.entries, err = readDir(f.path)
					if !yield(f, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

// subfolders yields the names of the folders in a folder that begin with a
// prefix, in their order.
func subfolders(path, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		entries, err := readDir(path)
		if err != nil {
			yield("", err)
			return
		}
		for _, e := range entries {
			if e.IsDir() && strings.HasPrefix(e.Name(), prefix) && !yield(e.Name(), nil) {
				return
			}
		}
	}
}

// readDir lists a folder; one that does not exist is empty. One with a link
// to a folder is refused.
func readDir(path string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list %s: %w", path, err)
	}
	for _, e := range entries {
		if below := filepath.Join(path, e.Name()); source.LinksToFolder(below, e) {
			return nil, tpe.LinkedFolder(below)
		}
	}
	return entries, nil
}

// segmentFile is a segment as it lies in a folder.
type segmentFile struct {
	name  string
	state State
	file  string
}

// segmentsIn finds the segments among the sorted entries of a folder. Of a
// segment that is there both open and sealed, only the sealed one counts.
func segmentsIn(entries []fs.DirEntry) []segmentFile {
	var out []segmentFile
	for _, e := range entries {
		name, state, ok := splitName(e.Name())
		if !ok || e.IsDir() {
			continue
		}
		s := segmentFile{name, state, e.Name()}
		last := len(out) - 1
		switch {
		case last < 0 || out[last].name != name:
			out = append(out, s)
		case out[last].state == StateOpen:
			out[last] = s
		}
	}
	return out
}
