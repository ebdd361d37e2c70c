// Package depot keeps files that people upload: on the local disk while they
// come in, and there or in a bucket when they are whole.
//
// It must never show a file as whole before its bytes are on disk, never take
// a key out of a request, and never hold a file in memory.
package depot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/power100/tpe/internal/tpe"
)

// Remote is a bucket. Keys are those of the depot.
type Remote interface {
	// Store writes an object of the size from r.
	Store(ctx context.Context, key string, r io.ReaderAt, size int64) error
	// Open reads an object.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Remove removes an object. One that is not there is no error.
	Remove(ctx context.Context, key string) error
}

// Depot keeps files below a folder. It is safe for concurrent use; of one key
// one caller at a time may write.
type Depot struct {
	dir    string
	remote Remote // nil: whole files stay on the disk
}

// Open returns the depot of a folder, which it makes.
func Open(dir string, remote Remote) (*Depot, error) {
	for _, sub := range []string{incoming, whole} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, &tpe.Error{Code: tpe.Unavailable, Message: "open the folder of uploads", Err: err, Hint: "UPLOADS_DIR names it"}
		}
	}
	return &Depot{dir, remote}, nil
}

const (
	incoming = "incoming"
	whole    = "whole"
)

// Where says where whole files are kept: local or s3.
func (d *Depot) Where() string {
	if d.remote != nil {
		return "s3"
	}
	return "local"
}

// keys are what a key looks like: the program makes them, nobody else.
var keys = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{7,63}$`)

func (d *Depot) path(sub, key string) (string, error) {
	if !keys.MatchString(key) {
		return "", fmt.Errorf("%q is no key of the depot", key)
	}
	return filepath.Join(d.dir, sub, key), nil
}

// Append writes what r has to an incoming file from the offset on, and
// returns its size then, which is on disk. What the file held from the offset
// on is given up: it was never acknowledged. When r fails, what came before
// is kept. most bounds the size; above it the error is of the code TooLarge.
func (d *Depot) Append(key string, offset, most int64, r io.Reader) (size int64, err error) {
	path, err := d.path(incoming, key)
	if err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, unavailable("write upload", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, unavailable("write upload", err)
	}
	if info.Size() < offset {
		return info.Size(), &tpe.Error{Code: tpe.Conflict, Message: fmt.Sprintf("the file has %d bytes, not %d", info.Size(), offset), Hint: "ask for the offset and go on from there"}
	}
	if err := f.Truncate(offset); err != nil {
		return 0, unavailable("write upload", err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, unavailable("write upload", err)
	}
	w := &writer{f: f}
	n, copyErr := io.Copy(w, io.LimitReader(r, most-offset+1))
	if w.err != nil {
		copyErr = unavailable("write upload", w.err)
	}
	if copyErr == nil && offset+n > most {
		copyErr = &tpe.Error{Code: tpe.TooLarge, Message: fmt.Sprintf("the file is larger than %d bytes", most)}
		n = most - offset
		if err := f.Truncate(most); err != nil {
			return offset, unavailable("write upload", err)
		}
	}
	if err := f.Sync(); err != nil {
		return offset, unavailable("write upload", err)
	}
	return offset + n, copyErr
}

// writer tells errors of the disk from those of the sender.
type writer struct {
	f   *os.File
	err error
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	w.err = err
	return n, err
}

// File is a local file.
type File interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Incoming opens a file that is not kept yet, and returns its size.
func (d *Depot) Incoming(key string) (File, int64, error) { return d.local(incoming, key) }

func (d *Depot) local(sub, key string) (File, int64, error) {
	path, err := d.path(sub, key)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, missing(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(unavailable("read upload", err), f.Close())
	}
	return f, info.Size(), nil
}

// Keep makes an incoming file a whole one: by a rename, or by a copy to the
// bucket after which the local file goes. Done twice it does nothing more.
func (d *Depot) Keep(ctx context.Context, key string) error {
	from, err := d.path(incoming, key)
	if err != nil {
		return err
	}
	f, size, err := d.local(incoming, key)
	if tpe.CodeOf(err) == tpe.NotFound {
		return nil // it is kept already
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	if d.remote != nil {
		if err := d.remote.Store(ctx, key, f, size); err != nil {
			return fmt.Errorf("store upload: %w", err)
		}
		if err := os.Remove(from); err != nil {
			return unavailable("remove upload", err)
		}
		return nil
	}
	to, err := d.path(whole, key)
	if err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return unavailable("keep upload", err)
	}
	return syncFolders(filepath.Dir(from), filepath.Dir(to))
}

// Open reads a file that is kept. What it returns can seek when the file is
// local.
func (d *Depot) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	f, _, err := d.local(whole, key)
	if tpe.CodeOf(err) != tpe.NotFound {
		return f, err
	}
	if f, _, err := d.local(incoming, key); tpe.CodeOf(err) != tpe.NotFound {
		return f, err // it waits to be copied to the bucket
	}
	if d.remote == nil {
		return nil, err
	}
	if !keys.MatchString(key) {
		return nil, fmt.Errorf("%q is no key of the depot", key)
	}
	return d.remote.Open(ctx, key)
}

// Remove removes a file in every place. One that is not there is no error.
func (d *Depot) Remove(ctx context.Context, key string) error {
	var all error
	for _, sub := range []string{incoming, whole} {
		path, err := d.path(sub, key)
		if err != nil {
			return err
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, unavailable("remove upload", err))
		}
	}
	if d.remote != nil {
		all = errors.Join(all, d.remote.Remove(ctx, key))
	}
	return all
}

func syncFolders(dirs ...string) error {
	for _, dir := range dirs {
		f, err := os.Open(dir)
		if err != nil {
			return unavailable("sync folder", err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return unavailable("sync folder", err)
		}
	}
	return nil
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &tpe.Error{Code: tpe.NotFound, Message: "the file is gone", Err: err}
	}
	return unavailable("read upload", err)
}

func unavailable(what string, err error) error {
	return &tpe.Error{Code: tpe.Unavailable, Message: what, Err: err, Hint: "check the disk of UPLOADS_DIR"}
}
