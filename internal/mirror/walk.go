package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/power100/tpe/internal/tpe"
)

// file is a file of the lake that belongs into the copy.
type file struct {
	key string // its path below the lake, with slashes
	stamp
	err error // it cannot be looked at
}

// walk yields the files below the lake's folder in the order of their keys,
// which is the one in which S3 lists. Of the folders on the way to a file one
// at a time is in memory.
func walk(ctx context.Context, root string) iter.Seq2[file, error] {
	return func(yield func(file, error) bool) {
		w := walker{ctx: ctx, yield: yield}
		w.folder(root, "")
	}
}

type walker struct {
	ctx   context.Context
	yield func(file, error) bool
}

// folder walks one folder; false when the walk is over.
func (w *walker) folder(path, key string) bool {
	files, folders, err := listFolder(w.ctx, path, key)
	if err != nil {
		w.yield(file{}, err)
		return false
	}
	// A folder sorts as its name with a slash.
	for len(files) > 0 || len(folders) > 0 {
		if len(folders) == 0 || len(files) > 0 && files[0].key < folders[0] {
			if !w.yield(files[0], nil) {
				return false
			}
			files = files[1:]
			continue
		}
		name := folders[0][len(key) : len(folders[0])-1]
		if !w.folder(filepath.Join(path, name), folders[0]) {
			return false
		}
		folders = folders[1:]
	}
	return true
}

// listFolder lists a folder: its files, and its folders as keys that end with
// a slash, both sorted. One that is gone is empty. A link counts as what it
// leads to, as it does for who reads the lake.
func listFolder(ctx context.Context, path, key string) (files []file, folders []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	dir, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list folder: %w", err)
	}
	defer func() { _ = dir.Close() }() // only read from
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, nil, fmt.Errorf("list folder: %w", err)
	}
	for _, e := range entries {
		child := key + e.Name()
		switch {
		case key == "" && !entered(child):
			continue
		case e.IsDir():
			folders = append(folders, child+"/")
			continue
		case !e.Type().IsRegular() && e.Type() != fs.ModeSymlink || !mirrored(child):
			continue
		}
		if !utf8.ValidString(child) || strings.ContainsFunc(child, unicode.IsControl) {
			return nil, nil, &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("the name %q is not plain UTF-8, and no listing of S3 can hold it", filepath.Join(path, e.Name())), Hint: "rename the file"}
		}
		st, mode, err := statIn(dir, e.Name())
		linked := e.Type() == fs.ModeSymlink
		switch {
		case linked && mode.IsDir() && key == "": // a folder of the lake on another disk
			folders = append(folders, child+"/")
			continue
		case key == "" && (!linked || err == nil):
			continue // a file, whatever its name
		case linked && mode.IsDir():
			return nil, nil, tpe.LinkedFolder(filepath.Join(path, e.Name()))
		case !linked && errors.Is(err, fs.ErrNotExist) || err == nil && !mode.IsRegular():
			continue // gone, or replaced, in the meantime
		case err != nil:
			if info, err := e.Info(); err == nil {
				st.mtime = info.ModTime().UnixNano()
			}
		}
		files = append(files, file{child, st, err})
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.key, b.key) })
	slices.Sort(folders)
	return files, folders, nil
}
