package source

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// File is one file that may hold records.
type File struct {
	Path   string    // as it can be opened
	Rel    string    // relative to the folder that was asked for, with slashes; the base name for a file asked for itself
	Size   int64     // bytes on disk when it was found
	Time   time.Time // when it was changed last, as of then
	Layout Layout    // what its name promises
	Live   bool      // an open segment: another process may be writing to it
	Pipe   bool      // a named pipe or a device: it may have to be waited for
}

// derived names the folders of a lake that hold no records of their own, or
// records that were refused. They are passed by beside the folder raw.
var derived = []string{"erasures", "index", "parquet", "quarantine", "receipts", "shipped"}

// Find returns the files at the given paths: a file as it is, a folder with
// everything below it whose name ends in .ndjson, .jsonl or .json, plain,
// .gz, .zst or .open. Files come in the order of the paths, sorted by name
// within a folder, and only one folder's names are held at a time. Hidden
// files, temporary files and what a lake derives from its records are passed
// by, and so is an open segment beside its sealed self.
//
// A link to a folder is followed right below a lake's own folder, where raw may
// lie on another disk, and is an error elsewhere.
//
// A path that does not exist is a tpe.Error with the code NotFound, returned
// before anything is read. A folder or file that cannot be looked at comes
// as an error in the sequence, with its File, and the walk goes on.
func Find(paths []string) (iter.Seq2[File, error], error) {
	for _, p := range paths {
		if _, err := os.Stat(p); errors.Is(err, fs.ErrNotExist) {
			return nil, tpe.Errorf(tpe.NotFound, "no such file or folder: %s", p)
		}
	}
	return func(yield func(File, error) bool) {
		for _, p := range paths {
			if !find(p, yield) {
				return
			}
		}
	}, nil
}

// find yields the files of one path that was asked for.
func find(path string, yield func(File, error) bool) bool {
	info, err := os.Stat(path)
	if err != nil {
		return yield(File{Path: path, Rel: filepath.Base(path)}, fmt.Errorf("look at %s: %w", path, err))
	}
	if info.IsDir() {
		return walk(path, "", yield)
	}
	name := filepath.Base(path)
	return yield(File{
		Path:   path,
		Rel:    name,
		Size:   info.Size(),
		Time:   info.ModTime(),
		Layout: layoutOf(name),
		Live:   strings.HasSuffix(name, liveSuffix),
		Pipe:   !info.Mode().IsRegular(),
	}, nil)
}

// walk yields the files below dir, whose path from the start is rel.
func walk(dir, rel string, yield func(File, error) bool) bool {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil && !yield(File{Path: dir, Rel: rel}, fmt.Errorf("list %s: %w", dir, err)) {
		return false
	}
	inLake := has(entries, "raw") || has(entries, "ledger.db")
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		path, below := filepath.Join(dir, name), name
		if rel != "" {
			below = rel + "/" + name
		}
		linked := LinksToFolder(path, e)
		if linked && (!inLake || rel != "") {
			if !yield(File{Path: path, Rel: below}, tpe.LinkedFolder(path)) {
				return false
			}
			continue
		}
		if linked || e.IsDir() {
			if inLake && slices.Contains(derived, name) {
				continue
			}
			if !walk(path, below, yield) {
				return false
			}
			continue
		}
		layout := layoutOf(name)
		if layout == LayoutUnknown || sealed(entries, name) {
			continue
		}
		file := File{Path: path, Rel: below, Layout: layout, Live: strings.HasSuffix(name, liveSuffix)}
		// Stat, not the entry's own information: a link to a file counts as
		// the file.
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && file.Live {
			info, err = file.follow()
		}
		switch {
		case errors.Is(err, fs.ErrNotExist) && e.Type()&fs.ModeSymlink == 0:
			continue // removed since the folder was listed
		case err != nil:
			err = fmt.Errorf("look at %s: %w", path, err)
		case !info.Mode().IsRegular():
			continue
		default:
			file.Size, file.Time = info.Size(), info.ModTime()
		}
		if !yield(file, err) {
			return false
		}
	}
	return true
}

// LinksToFolder says whether the entry of a folder at path is a link to a folder.
func LinksToFolder(path string, e fs.DirEntry) bool {
	if e.Type() != fs.ModeSymlink {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// follow turns the File of an open segment that is gone into the File of the
// sealed one that it has become since the folder was listed.
func (f *File) follow() (fs.FileInfo, error) {
	base := strings.TrimSuffix(f.Path, liveSuffix)
	for _, ext := range []string{".zst", "", ".gz"} {
		if info, err := os.Stat(base + ext); err == nil {
			f.Path, f.Rel, f.Live = base+ext, strings.TrimSuffix(f.Rel, liveSuffix)+ext, false
			return info, nil
		}
	}
	return nil, &fs.PathError{Op: "stat", Path: f.Path, Err: fs.ErrNotExist}
}

// Named returns what the name of a file promises that lies elsewhere than on
// the disk. It is false for a name that Find passes by.
func Named(rel string, size int64) (File, bool) {
	for part := range strings.SplitSeq(rel, "/") {
		if strings.HasPrefix(part, ".") {
			return File{}, false
		}
	}
	f := File{Rel: rel, Size: size, Layout: layoutOf(path.Base(rel)), Live: strings.HasSuffix(rel, liveSuffix)}
	return f, f.Layout != LayoutUnknown
}

// sealed says whether name is an open segment whose sealed self lies beside
// it: the writer stopped between writing the one and removing the other.
func sealed(entries []fs.DirEntry, name string) bool {
	base, open := strings.CutSuffix(name, liveSuffix)
	return open && (has(entries, base) || has(entries, base+".zst") || has(entries, base+".gz"))
}

// has says whether the sorted entries hold name.
func has(entries []fs.DirEntry, name string) bool {
	_, ok := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, name string) int {
		return strings.Compare(e.Name(), name)
	})
	return ok
}
