package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	lib "modernc.org/sqlite/lib"

	"github.com/power100/tpe/internal/tpe"
)

// Options say how to read a database.
type Options struct {
	Path    string
	Readers int    // connections that see the same state; at least 1
	WorkDir string // for the copy of a database in rollback-journal mode; "" is the system's folder for such files
	Lock    bool   // make no copy: hold a read lock, and let writers wait
}

// Snapshot is one state of a database, seen by several connections. Writers
// go on while it is open: in WAL mode SQLite keeps the state, and a database
// in rollback-journal mode, whose writers would have to wait, is read from a
// copy of the file that was made under a read lock.
type Snapshot struct {
	Conns   []*Conn
	Journal string // the journal mode: wal, delete, ...
	Version string // of the SQLite library
	Size    int64  // of the database in bytes
	Copied  bool   // read from a copy of the file
	copy    string
}

// attempts bounds how often Open begins again because a writer came between
// the first reader and the last.
const attempts = 1000

// Open opens a database for reading. Errors are of the code NotFound when
// there is no file, Misuse when it is not a SQLite database, and Unavailable
// when it cannot be read now.
func Open(ctx context.Context, o Options) (*Snapshot, error) {
	info, err := os.Stat(o.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "open the source", Err: err, Hint: "--from takes sqlite:FILE"}
	}
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "open the source", Err: err, Hint: "--from takes sqlite:FILE"}
	}
	if info.IsDir() {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "open the source: " + o.Path + " is a folder", Hint: "--from takes sqlite:FILE"}
	}
	s := &Snapshot{}
	if err := s.open(ctx, o); err != nil {
		s.Close()
		var known *tpe.Error
		if err = Explain(o.Path, err); !errors.As(err, &known) {
			err = &tpe.Error{Code: tpe.Unavailable, Message: "read the source " + o.Path, Err: err}
		}
		return nil, err
	}
	return s, nil
}

func (s *Snapshot) open(ctx context.Context, o Options) error {
	first, err := s.connect(o.Path)
	if err != nil {
		return err
	}
	if err := s.describe(ctx, first); err != nil {
		return err
	}
	if s.Journal != "wal" && !o.Lock {
		if err := s.copyFile(o); err != nil {
			return err
		}
		first.Close()
		s.Conns = s.Conns[:0]
		o.Path, s.Copied = s.copy, true
	}
	for len(s.Conns) < max(1, o.Readers) {
		if _, err := s.connect(o.Path); err != nil {
			return err
		}
	}
	for range attempts {
		same, err := s.begin()
		if same || err != nil {
			return err
		}
	}
	return tpe.Errorf(tpe.Unavailable, "the database changes too fast for %d readers to see the same state", len(s.Conns))
}

func (s *Snapshot) connect(path string) (*Conn, error) {
	c, err := open(path)
	if err != nil {
		return nil, err
	}
	s.Conns = append(s.Conns, c)
	return c, nil
}

// describe begins to read with the first connection, which takes a read lock.
func (s *Snapshot) describe(ctx context.Context, c *Conn) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	pages, err := c.One(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if err != nil {
		return err
	}
	s.Size = pages
	if err := c.each(ctx, "SELECT sqlite_version()", func(r *Rows) { s.Version = r.String(0) }); err != nil {
		return err
	}
	if err := c.each(ctx, "PRAGMA journal_mode", func(r *Rows) { s.Journal = r.String(0) }); err != nil {
		return err
	}
	_, err = c.One(ctx, "SELECT count(*) FROM sqlite_schema")
	return err
}

// copyFile copies the database while the first connection holds its read
// lock: no writer can change the file meanwhile.
func (s *Snapshot) copyFile(o Options) (err error) {
	from, err := os.Open(o.Path)
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() { _ = from.Close() }() // it was only read
	to, err := os.CreateTemp(o.WorkDir, "tpe-migrate-*.db")
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	s.copy = to.Name()
	_, err = io.Copy(to, from)
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	if errors.Is(err, syscall.ENOSPC) {
		return &tpe.Error{Code: tpe.Unavailable, Message: "copy the database to " + filepath.Dir(s.copy), Err: err,
			Hint: "--work-dir names another folder; --lock needs no copy and makes writers wait; a database in WAL mode needs none of this"}
	}
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

// begin starts a read transaction on every connection and reports whether all
// of them see the same state. Without WAL the read lock sees to it.
func (s *Snapshot) begin() (bool, error) {
	for _, c := range s.Conns {
		if lib.Xsqlite3_get_autocommit(c.tls, c.db) == 0 {
			if err := c.exec("ROLLBACK"); err != nil {
				return false, err
			}
		}
	}
	var state uintptr
	for i, c := range s.Conns {
		// A connection that never read cannot open a snapshot.
		if err := c.exec("PRAGMA application_id"); err != nil {
			return false, err
		}
		if err := c.exec("BEGIN"); err != nil {
			return false, err
		}
		if state != 0 {
			if rc := lib.Xsqlite3_snapshot_open(c.tls, c.db, c.main(), state); rc != lib.SQLITE_OK {
				return false, nil // a checkpoint took the state away
			}
		}
		if err := c.exec("SELECT count(*) FROM sqlite_schema"); err != nil {
			return false, err
		}
		if s.Journal != "wal" || s.Copied {
			continue
		}
		// There is no snapshot to get while nothing was written to the WAL
		// since it was made: then all readers must find it so.
		got := c.snapshot()
		if i == 0 {
			if state = got; state != 0 {
				defer lib.Xsqlite3_snapshot_free(c.tls, state)
			}
			continue
		}
		if got != 0 {
			defer lib.Xsqlite3_snapshot_free(c.tls, got)
		}
		if (got != 0) != (state != 0) || got != 0 && lib.Xsqlite3_snapshot_cmp(c.tls, got, state) != 0 {
			return false, nil
		}
	}
	return true, nil
}

// snapshot returns a handle of the state that c reads, 0 for none.
func (c *Conn) snapshot() uintptr {
	if rc := lib.Xsqlite3_snapshot_get(c.tls, c.db, c.main(), c.out); rc != lib.SQLITE_OK {
		return 0
	}
	return *(*uintptr)(pointer(c.out))
}

// mainName is the name of the opened database as C text.
var mainName = [...]byte{'m', 'a', 'i', 'n', 0}

func (c *Conn) main() uintptr { return uintptr(unsafe.Pointer(&mainName)) }

// Close ends the snapshot and takes the copy away.
func (s *Snapshot) Close() {
	for _, c := range s.Conns {
		c.Close()
	}
	s.Conns = nil
	if s.copy != "" {
		os.Remove(s.copy)
		s.copy = ""
	}
}

// Explain turns what SQLite answered into an error for the user. Other errors
// it returns as they are.
func Explain(path string, err error) error {
	var known *tpe.Error
	var answer *Error
	if errors.As(err, &known) || !errors.As(err, &answer) {
		return err
	}
	e := &tpe.Error{Code: tpe.Unavailable, Message: "read the source " + path, Err: err}
	switch codeOf(err) {
	case lib.SQLITE_NOTADB:
		e.Code, e.Hint = tpe.Misuse, "the file is not a SQLite database, or it is encrypted"
	case lib.SQLITE_CORRUPT:
		e.Code, e.Hint = tpe.Invalid, `the database is damaged: sqlite3 FILE ".recover" saves what can be read`
	case lib.SQLITE_BUSY:
		e.Hint = "another program keeps the database locked; end its transaction and try again"
	case lib.SQLITE_READONLY:
		e.Hint = "a crash left a journal: open the database once with its application, so that SQLite rolls it back"
	case lib.SQLITE_FULL:
		e.Hint = "the disk for SQLite's temporary files is full; the variable SQLITE_TMPDIR names another folder"
	case lib.SQLITE_IOERR:
		e.Hint = "the disk did not give what was asked of it; the system's log may say why"
	case lib.SQLITE_CANTOPEN:
		e.Hint = "the folder must be readable, and writable for a database in WAL mode"
	}
	return e
}
