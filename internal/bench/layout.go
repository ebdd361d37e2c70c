package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The seed of the records that all benchmarks use.
const seed = 20250601

// partBytes is the size from which a part of a day's raw files is full.
const partBytes = 64 << 20

// output is one file that records are written to.
type output struct {
	file *os.File
	*bufio.Writer
	size int64
}

func create(path string) (*output, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &output{file: f, Writer: bufio.NewWriterSize(f, 1<<20)}, nil
}

func (o *output) line(b []byte) error {
	o.size += int64(len(b)) + 1
	if _, err := o.Write(b); err != nil {
		return err
	}
	return o.WriteByte('\n')
}

func (o *output) close() error {
	err := o.Flush()
	if closeErr := o.file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// writeFile writes n records to one NDJSON file and returns its size in
// bytes.
func writeFile(path string, n, days int) (size int64, err error) {
	out, err := create(path)
	if err != nil {
		return 0, err
	}
	g := newGenerator(seed, n, days)
	var b []byte
	for range n {
		b, _ = g.next(b[:0])
		if err := out.line(b); err != nil {
			_ = out.close()
			return 0, err
		}
	}
	return out.size, out.close()
}

// writeLake writes the same records as writeFile, as the sealed raw segments
// of a lake.
func writeLake(dir string, n, days int) (err error) {
	g := newGenerator(seed, n, days)
	var (
		out *output
		day string
		seq int
		b   []byte
	)
	defer func() {
		if out != nil {
			if closeErr := out.close(); err == nil {
				err = closeErr
			}
		}
	}()
	for range n {
		var at time.Time
		b, at = g.next(b[:0])
		if d := at.Format("year=2006/month=01/day=02"); out == nil || d != day || out.size >= partBytes {
			if out != nil {
				if err := out.close(); err != nil {
					return err
				}
			}
			day, seq = d, seq+1
			name := fmt.Sprintf("%s-00bec400-%06d.ndjson", at.Format("20060102T150405Z"), seq)
			if out, err = create(filepath.Join(dir, "raw", filepath.FromSlash(day), name)); err != nil {
				return err
			}
		}
		if err := out.line(b); err != nil {
			return err
		}
	}
	return nil
}

// linkTree makes a copy of a folder whose files are hard links.
func linkTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		return os.Link(path, filepath.Join(to, rel))
	})
}

// treeSize returns the bytes and the number of the files under dir whose
// names match the pattern.
func treeSize(dir, pattern string) (bytes int64, files int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ok, err := filepath.Match(pattern, d.Name()); !ok || err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		bytes, files = bytes+info.Size(), files+1
		return nil
	})
	return bytes, files, err
}
