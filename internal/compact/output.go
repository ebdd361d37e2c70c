package compact

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// output writes the rows of a day into new Parquet files and proves each of
// them. Until the files are proven and the manifest names them, they have
// names that nobody reads.
type output struct {
	disk     disk
	folder   string
	day      lake.Day
	max      int64 // bytes from which a file is full
	keepRows int64 // rows from which its writer is not kept
	buffer   *bufio.Writer

	version string          // of the program
	writer  *columns.Writer // nil until the first file, and after a large one

	file  file          // nil when none is being written
	path  string        // of the file, until it is proven
	proof columns.Proof // of what went into it
	done  []newFile
	mixed bool // they do not follow on each other
}

// newFile is a file that is proven and waits for its name.
type newFile struct {
	path string
	manifestFile
}

// Names of Parquet files: a number within the day and the proof of the
// content.
const (
	tmpEnding  = ".tmp"
	fileName   = "rows-%04d-%s.parquet"
	tmpPattern = ".rows-%04d.parquet" + tmpEnding
)

// ownFile recognises the names of the files that compaction makes.
var ownFile = regexp.MustCompile(`^rows-\d{4,}-[0-9a-f]{16}\.parquet$`)

// ownTmp recognises the names of files that are not finished.
var ownTmp = regexp.MustCompile(`^(\.rows-\d{4,}\.parquet|_manifest\.json|sort-\d+)\.tmp$`)

// defaultKeepRows is the number of rows in a file from which its writer is not
// kept.
const defaultKeepRows = 100_000

// sizeEvery is the number of rows between two looks at the size of the file.
const sizeEvery = 4096

// add writes a row.
func (o *output) add(r *record) error {
	if o.file == nil {
		if err := o.begin(); err != nil {
			return err
		}
	}
	o.proof.Add(r.hash)
	if err := o.writer.Append(r.tape); err != nil {
		return fmt.Errorf("write parquet of %s: %w", o.day, err)
	}
	return nil
}

// full reports whether the file should be closed. Files end between two rows
// like pages do, so that all but the last of a day have about the same size.
func (o *output) full() bool {
	return o.file != nil && o.proof.Rows%sizeEvery == 0 && o.writer.Size() >= o.max
}

func (o *output) begin() (err error) {
	if o.writer == nil {
		if o.writer, err = columns.NewWriter(columns.Options{Version: o.version}); err != nil {
			return err
		}
	}
	if err := makeDir(o.disk, o.folder); err != nil {
		return err
	}
	o.path = filepath.Join(o.folder, fmt.Sprintf(tmpPattern, len(o.done)))
	f, err := o.disk.create(o.path)
	if err != nil {
		return fmt.Errorf("write parquet of %s: %w", o.day, err)
	}
	o.file, o.proof = f, columns.Proof{}
	o.buffer.Reset(f)
	return o.writer.Reset(o.buffer)
}

// end finishes the file, if there is one, and reads it back: the rows in it
// must be those that went in.
func (o *output) end(ctx context.Context) error {
	if o.file == nil {
		return nil
	}
	err := o.writer.Close()
	if err == nil {
		err = o.buffer.Flush()
	}
	err = finish(o.file, err)
	o.file = nil
	if o.proof.Rows > o.keepRows {
		o.writer = nil // the proof needs the memory, and then the keys of the next day
	}
	if err != nil {
		return fmt.Errorf("write parquet of %s: %w", o.day, err)
	}
	got, size, err := prove(ctx, o.path)
	switch {
	case tpe.CodeOf(err) == tpe.Invalid:
		return mismatch(o.day, "cannot be read back", err)
	case err != nil:
		return fmt.Errorf("read back parquet of %s: %w", o.day, err)
	case got != o.proof:
		return mismatch(o.day, "holds "+difference(o.proof, got), nil)
	}
	name := fmt.Sprintf(fileName, len(o.done), hash(got.Hash))
	o.done = append(o.done, newFile{o.path, manifestFile{Name: name, Rows: got.Rows, Bytes: size, Hash: hash(got.Hash)}})
	o.path = ""
	return nil
}

// drop forgets everything that was written.
func (o *output) drop() error {
	var err error
	if o.file != nil {
		err = o.file.Close()
		o.file = nil
	}
	if o.path != "" {
		err = errors.Join(err, o.disk.remove(o.path))
		o.path = ""
	}
	for _, f := range o.done {
		err = errors.Join(err, o.disk.remove(f.path))
	}
	o.done = nil
	if err != nil {
		return fmt.Errorf("remove unfinished file: %w", err)
	}
	return nil
}

// prove reads a Parquet file and returns its proof and its size.
func prove(ctx context.Context, path string) (columns.Proof, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return columns.Proof{}, 0, err
	}
	f, err := columns.Open(path)
	if err != nil {
		return columns.Proof{}, 0, err
	}
	p, err := f.Proof(ctx)
	return p, info.Size(), errors.Join(err, f.Close())
}

// mismatch says that a new file is not what should be there.
func mismatch(day lake.Day, what string, err error) error {
	return &tpe.Error{
		Code:    tpe.Mismatch,
		Message: fmt.Sprintf("%s: the new file %s", day, what),
		Hint:    "nothing was replaced; check the disk and its memory, and keep the raw records",
		Err:     err,
	}
}

// difference says how two proofs differ.
func difference(want, got columns.Proof) string {
	if got.Rows == want.Rows {
		return fmt.Sprintf("%d rows as it should, but other content: hash %s, not %s", got.Rows, hash(got.Hash), hash(want.Hash))
	}
	return fmt.Sprintf("%d rows with hash %s, not %d with hash %s", got.Rows, hash(got.Hash), want.Rows, hash(want.Hash))
}
