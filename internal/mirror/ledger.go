package mirror

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/power100/tpe/internal/lake"
)

// ledger is what is known of the objects of one bucket, as files in one
// folder:
//
//	objects  every entry, in the order of keys
//	recent   entries since then, in the order of time; later ones count
//	next     the objects of a pass that is under way, or was cut short: it
//	         counts up to its last whole line
//
// It is written by one process at a time. Another one may read it, and keeps
// what it learns to itself.
type ledger struct {
	owner  lake.Owner
	dir    string
	lock   *os.File // nil: another process writes, or nobody can
	recent map[string]entry
	log    *os.File // recent, once it was written to
}

const (
	objectsFile = "objects"
	recentFile  = "recent"
	nextFile    = "next"
)

func newLedger(lakeDir, target string) *ledger {
	sum := sha256.Sum256([]byte(target))
	return &ledger{owner: lake.Owner{Dir: lakeDir}, dir: filepath.Join(lakeDir, filepath.FromSlash(stateFolder), hex.EncodeToString(sum[:6])), recent: map[string]entry{}}
}

// viewLedger opens the ledger of a bucket for a pass that sends nothing. Where
// there is none, or it cannot be written, nothing is written.
func viewLedger(lakeDir, target string) (*ledger, error) {
	l := newLedger(lakeDir, target)
	if _, err := os.Stat(l.dir); err == nil {
		if l, err := openLedger(lakeDir, target); err == nil {
			return l, nil
		}
	}
	return l, l.read()
}

// openLedger opens the ledger of a bucket in a lake.
func openLedger(lakeDir, target string) (_ *ledger, err error) {
	l := newLedger(lakeDir, target)
	if err = l.owner.MkdirAll(l.dir); err == nil {
		l.lock, err = lockFile(l.owner, filepath.Join(l.dir, "lock"))
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return nil, fmt.Errorf("lock ledger of the sync: %w", err)
	}
	if err := l.read(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if l.lock == nil {
		return l, nil
	}
	if err := l.mend(); err != nil {
		return nil, errors.Join(fmt.Errorf("mend ledger of the sync: %w", err), l.close())
	}
	return l, nil
}

// read takes in the recent entries.
func (l *ledger) read() error {
	for e, err := range readEntries(l.path(recentFile), 0) {
		if err != nil {
			return err
		}
		l.recent[e.key] = e
	}
	return nil
}

func (l *ledger) path(name string) string { return filepath.Join(l.dir, name) }

// writable reports whether this process keeps the ledger.
func (l *ledger) writable() bool { return l.lock != nil }

func (l *ledger) close() error {
	var err error
	if l.log != nil {
		err = l.log.Close()
	}
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	return err
}

// mend takes in what a pass that was cut short has left, or another user.
func (l *ledger) mend() error {
	if _, err := os.Stat(l.path(nextFile)); errors.Is(err, fs.ErrNotExist) {
		f, err := os.OpenFile(l.path(recentFile), os.O_WRONLY, 0)
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, fs.ErrPermission) {
			return nil //nolint:nilerr // there is none, or writing to it tells
		}
	}
	w, err := l.create("mended")
	if err != nil {
		return err
	}
	last := ""
	for e, err := range readEntries(l.path(nextFile), 0) {
		if err != nil {
			return errors.Join(err, w.f.Close())
		}
		if e.key <= last {
			break
		}
		last = e.key
		w.add(e)
	}
	for e, err := range l.entries("") {
		if err != nil {
			return errors.Join(err, w.f.Close())
		}
		if e.key > last {
			w.add(e)
		}
	}
	return l.replace(w)
}

// replace puts what was written in the place of everything before.
func (l *ledger) replace(w *entryWriter) error {
	if err := w.finish(); err != nil {
		return err
	}
	if err := os.Rename(w.f.Name(), l.path(objectsFile)); err != nil {
		return err
	}
	if l.log != nil {
		if err := l.log.Close(); err != nil {
			return err
		}
		l.log = nil
	}
	l.recent = map[string]entry{}
	for _, name := range []string{recentFile, nextFile} {
		if err := os.Remove(l.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// note adds entries, or strikes them out.
func (l *ledger) note(entries ...entry) error {
	var b []byte
	for i := range entries {
		l.recent[entries[i].key] = entries[i]
		b = entries[i].appendTo(b)
	}
	if !l.writable() || len(b) == 0 {
		return nil
	}
	if l.log == nil {
		f, err := l.owner.OpenFile(l.path(recentFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND)
		if err != nil {
			return fmt.Errorf("write ledger of the sync: %w", err)
		}
		l.log = f
		b = append([]byte{'\n'}, b...) // ends a line that was torn
	}
	if _, err := l.log.Write(b); err != nil {
		return fmt.Errorf("write ledger of the sync: %w", err)
	}
	return nil
}

// entries yields the entries whose keys begin with a prefix, in the order of
// keys.
func (l *ledger) entries(prefix string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		keys := slices.DeleteFunc(slices.Collect(maps.Keys(l.recent)), func(k string) bool { return !strings.HasPrefix(k, prefix) })
		slices.Sort(keys)
		recent := func(before string, all bool) bool {
			for len(keys) > 0 && (all || keys[0] < before) {
				if e := l.recent[keys[0]]; e.etag != "" && !yield(e, nil) {
					return false
				}
				keys = keys[1:]
			}
			return true
		}
		at, err := seekEntry(l.path(objectsFile), prefix)
		if err != nil {
			yield(entry{}, err)
			return
		}
		last := ""
		for e, err := range readEntries(l.path(objectsFile), at) {
			if err != nil {
				yield(entry{}, err)
				return
			}
			if e.key < prefix || e.key <= last && last != "" {
				continue // out of order: a damaged line, which is as good as none
			}
			last = e.key
			if !strings.HasPrefix(e.key, prefix) {
				break
			}
			if !recent(e.key, false) {
				return
			}
			if len(keys) > 0 && keys[0] == e.key {
				continue // recent has it
			}
			if !yield(e, nil) {
				return
			}
		}
		recent("", true)
	}
}

// readEntries yields the entries of a file from an offset on. Lines that are
// none are passed by: what the ledger does not know is found out again.
func readEntries(path string, at int64) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err == nil {
			_, err = f.Seek(at, io.SeekStart)
		}
		if err != nil {
			yield(entry{}, fmt.Errorf("read ledger of the sync: %w", err))
			return
		}
		defer func() { _ = f.Close() }() // only read from
		in := bufio.NewReaderSize(f, 64<<10)
		whole := at == 0 // else the first line may be the end of one
		for {
			line, err := in.ReadSlice('\n')
			if err == nil && !whole {
				whole = true
				continue
			}
			if err == nil {
				if e, bad := parseEntry(line[:len(line)-1]); bad == nil && !yield(e, nil) {
					return
				}
				continue
			}
			if errors.Is(err, io.EOF) {
				return // a line without an end was torn
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				yield(entry{}, fmt.Errorf("read ledger of the sync: %w", err))
				return
			}
		}
	}
}

// seekEntry finds the offset of a line at or before the first whose key is
// not below the key, by halving the file.
func seekEntry(path, key string) (int64, error) {
	if key == "" {
		return 0, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read ledger of the sync: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("read ledger of the sync: %w", err)
	}
	const block = 4 << 10
	low, high := int64(0), (info.Size()+block-1)/block // blocks
	buf := make([]byte, 2*block)
	for low < high {
		middle := (low + high) / 2
		n, err := f.ReadAt(buf, middle*block)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read ledger of the sync: %w", err)
		}
		// The first whole line that begins after the block's first byte.
		_, rest, _ := bytes.Cut(buf[:n], []byte{'\n'})
		line, _, whole := bytes.Cut(rest, []byte{'\n'})
		e, bad := parseEntry(line)
		if !whole || bad != nil || cmp.Compare(e.key, key) >= 0 {
			high = middle
		} else {
			low = middle + 1
		}
	}
	// The line that begins in the block before may be the one.
	return max(0, low-1) * block, nil
}

// entryWriter writes a file of entries.
type entryWriter struct {
	f   *os.File
	out *bufio.Writer
	buf []byte
	err error
}

// create makes a file of entries in the folder of the ledger.
func (l *ledger) create(name string) (*entryWriter, error) {
	f, err := l.owner.OpenFile(l.path(name), os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	return &entryWriter{f: f, out: bufio.NewWriterSize(f, 64<<10)}, nil
}

// add writes an entry. The error is that of finish.
func (w *entryWriter) add(e entry) {
	w.buf = e.appendTo(w.buf[:0])
	if _, err := w.out.Write(w.buf); w.err == nil {
		w.err = err
	}
}

// flush hands what was added to the operating system.
func (w *entryWriter) flush() error {
	if err := w.out.Flush(); w.err == nil {
		w.err = err
	}
	return w.err
}

// finish brings the file to the disk and closes it.
func (w *entryWriter) finish() error {
	err := w.flush()
	if err == nil {
		err = w.f.Sync()
	}
	return errors.Join(err, w.f.Close())
}
