package lake

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ledger is the index of the receipts, in SQLite: what was sealed, how often
// a record came again, what went to quarantine. It holds nothing that the
// receipts do not hold, and reads on where it stopped the last time.
type ledger struct{ db *sql.DB }

const ledgerSchema = `
CREATE TABLE IF NOT EXISTS receipts (
	file TEXT PRIMARY KEY,
	read INTEGER NOT NULL      -- bytes that have been taken in
) STRICT;
CREATE TABLE IF NOT EXISTS segments (
	kind    TEXT NOT NULL,     -- seal or quarantine
	name    TEXT NOT NULL,
	day     INTEGER NOT NULL,  -- days since 1970-01-01
	records INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,  -- before compression
	hash    TEXT NOT NULL,     -- sum of the content hashes, hexadecimal
	PRIMARY KEY (kind, name)
) STRICT;
CREATE TABLE IF NOT EXISTS segment_types (
	kind    TEXT NOT NULL,
	name    TEXT NOT NULL,
	type    TEXT NOT NULL,
	records INTEGER NOT NULL,
	marked  INTEGER NOT NULL,
	PRIMARY KEY (kind, name, type)
) STRICT;
CREATE TABLE IF NOT EXISTS tallies (
	kind    TEXT NOT NULL,     -- duplicate or erased
	day     INTEGER NOT NULL,
	type    TEXT NOT NULL,
	records INTEGER NOT NULL,
	PRIMARY KEY (kind, day, type)
) STRICT;
CREATE TABLE IF NOT EXISTS erased (
	erasure TEXT NOT NULL,
	kind    TEXT NOT NULL,     -- seal, quarantine or foreign
	name    TEXT NOT NULL,     -- of the segment, or of the folder of foreign files
	day     INTEGER NOT NULL,
	type    TEXT NOT NULL,
	records INTEGER NOT NULL,
	PRIMARY KEY (erasure, kind, name, day, type)
) STRICT;
CREATE TABLE IF NOT EXISTS erasures (
	erasure  TEXT NOT NULL,
	kind     TEXT NOT NULL,    -- seal, quarantine or foreign
	name     TEXT NOT NULL,
	files    INTEGER NOT NULL,
	copies   INTEGER NOT NULL,
	redacted INTEGER NOT NULL,
	PRIMARY KEY (erasure, kind, name)
) STRICT;
CREATE TABLE IF NOT EXISTS removed (
	file TEXT PRIMARY KEY      -- relative to raw; an erasure left nothing in it
) STRICT;
CREATE INDEX IF NOT EXISTS erased_day ON erased (day);
CREATE INDEX IF NOT EXISTS segments_day ON segments (day, name);
`

// openLedger opens the ledger and brings it up to date. A lake that was
// never written to by tpe, or that cannot be written, has one in memory.
func (l *Lake) openLedger(ctx context.Context) (*ledger, error) {
	if _, err := os.Stat(l.path(lockFile)); err == nil {
		g, err := l.openLedgerAt(ctx, l.path(ledgerFile))
		if err == nil || !isUnwritable(err) {
			return g, err
		}
	}
	return l.openLedgerAt(ctx, ":memory:")
}

func (l *Lake) openLedgerAt(ctx context.Context, path string) (*ledger, error) {
	if path != ":memory:" {
		// SQLite would let everybody on the machine read it, and gives its other
		// files to whom this one belongs.
		if f, err := l.owner().OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL); err == nil {
			if err := f.Close(); err != nil {
				return nil, fmt.Errorf("open ledger: %w", err)
			}
		}
	}
	query := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)",
	}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	db.SetMaxOpenConns(1)
	g := &ledger{db: db}
	if err := g.update(ctx, l.path(receiptsFolder)); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, err), db.Close())
	}
	return g, nil
}

// isUnwritable says whether an error of SQLite means that the file cannot be
// written where it is: it may not, or the disk is full. SQLite has many names
// for a full disk, most of them among the errors of the disk.
func isUnwritable(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // without the extension
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return true
	}
	return false
}

func (g *ledger) close() error { return g.db.Close() }

// update takes in the receipts that were written since the last time.
func (g *ledger) update(ctx context.Context, folder string) error {
	if _, err := g.db.ExecContext(ctx, ledgerSchema); err != nil {
		return err
	}
	entries, err := readDir(folder)
	if err != nil {
		return err
	}
	tx, err := g.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), rawEnding) {
			if err := takeIn(ctx, tx, folder, e); err != nil {
				return errors.Join(fmt.Errorf("read receipts %s: %w", e.Name(), err), tx.Rollback())
			}
		}
	}
	return tx.Commit()
}

// takeIn reads one file of receipts from where it was left. A last line
// without an end is still being written, or was torn by a crash.
func takeIn(ctx context.Context, tx *sql.Tx, folder string, e fs.DirEntry) error {
	var read int64
	err := tx.QueryRowContext(ctx, `SELECT read FROM receipts WHERE file = ?`, e.Name()).Scan(&read)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if info, err := e.Info(); err != nil || info.Size() <= read {
		return err
	}
	f, err := os.Open(filepath.Join(folder, e.Name()))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	if _, err := f.Seek(read, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 64<<10)
	twice := map[tallyKey]uint64{}
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		read += int64(len(line))
		var r receipt
		if json.Unmarshal(line, &r) != nil {
			continue // bytes that a power cut left
		}
		if r.Kind == receiptDuplicate || r.Kind == receiptErased {
			for name, t := range r.Types {
				twice[tallyKey{r.Kind, r.Day, name}] += t.Records
			}
			continue
		}
		if err := apply(ctx, tx, &r); err != nil {
			return err
		}
	}
	for k, n := range twice {
		_, err := tx.ExecContext(ctx, `INSERT INTO tallies VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET records = records + excluded.records`, k.kind, k.day, k.typeName, int64(n))
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO receipts VALUES (?, ?) ON CONFLICT DO UPDATE SET read = excluded.read`, e.Name(), read)
	return err
}

// apply takes one receipt in. That of a segment replaces an earlier one of
// the same segment: it was sealed again after a crash.
func apply(ctx context.Context, tx *sql.Tx, r *receipt) error {
	kind := r.Kind
	switch kind {
	case receiptSeal, receiptQuarantine:
		// Writers have files of receipts of their own, so that of the sealing
		// may be read after that of an erasure which came later.
		var n int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM erasures WHERE kind = ? AND name = ?`, kind, r.Segment).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
	case receiptErase:
		if err := applyErasure(ctx, tx, r); err != nil || r.Of == ofForeign {
			return err
		}
		kind = r.Of
	default:
		return nil
	}
	for _, stmt := range []string{`DELETE FROM segments WHERE kind = ? AND name = ?`, `DELETE FROM segment_types WHERE kind = ? AND name = ?`} {
		if _, err := tx.ExecContext(ctx, stmt, kind, r.Segment); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)`,
		kind, r.Segment, r.Day, int64(r.Records), int64(r.Bytes), r.Hash)
	if err != nil {
		return err
	}
	for name, t := range r.Types {
		_, err := tx.ExecContext(ctx, `INSERT INTO segment_types VALUES (?, ?, ?, ?, ?)`,
			kind, r.Segment, name, int64(t.Records), int64(t.Marked))
		if err != nil {
			return err
		}
	}
	return nil
}

// tallyKey is what duplicates are counted by.
type tallyKey struct {
	kind     string
	day      Day
	typeName string
}

// segmentReceipt is what the ledger knows of a segment.
type segmentReceipt struct {
	name    string
	records uint64
	hash    string
	types   map[string]uint64 // records
}

// segments returns what was sealed for a day, by name.
func (g *ledger) segments(ctx context.Context, kind string, day Day) (map[string]*segmentReceipt, error) {
	out := map[string]*segmentReceipt{}
	rows, err := g.db.QueryContext(ctx, `
		SELECT s.name, s.records, s.hash, t.type, t.records FROM segments s
		LEFT JOIN segment_types t USING (kind, name) WHERE s.kind = ? AND s.day = ?`, kind, day)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var name, hash string
		var typeName sql.NullString
		var records uint64
		var n sql.NullInt64
		if err := rows.Scan(&name, &records, &hash, &typeName, &n); err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		s := out[name]
		if s == nil {
			s = &segmentReceipt{name: name, records: records, hash: hash, types: map[string]uint64{}}
			out[name] = s
		}
		if typeName.Valid {
			s.types[typeName.String] = uint64(n.Int64)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	return out, nil
}

// days returns the days of which the ledger knows anything.
func (g *ledger) days(ctx context.Context) (map[Day]bool, error) {
	out := map[Day]bool{}
	rows, err := g.db.QueryContext(ctx, `SELECT day FROM segments UNION SELECT day FROM tallies UNION SELECT day FROM erased`)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var d Day
		if err := rows.Scan(&d); err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		out[d] = true
	}
	return out, rows.Err()
}

// duplicates returns how many records of a day came again, by type.
func (g *ledger) duplicates(ctx context.Context, day Day) (map[string]uint64, error) {
	return g.byType(ctx, `SELECT type, records FROM tallies WHERE kind = ? AND day = ?`, receiptDuplicate, day)
}

// byType reads numbers by type.
func (g *ledger) byType(ctx context.Context, query string, args ...any) (map[string]uint64, error) {
	out := map[string]uint64{}
	rows, err := g.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var name string
		var n uint64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		out[name] = n
	}
	return out, rows.Err()
}

// Rebuild makes ledger.db and the indexes again from the receipts and the
// segments. It restores everything but the names of records that had
// vanished from a segment while its index was gone, and what no file tells
// any more: with the receipts deleted as well, how often records came again.
func (l *Lake) Rebuild(ctx context.Context) error {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := removeIfThere(l.disk, l.path(ledgerFile+ending)); err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
	}
	for f, err := range l.dayFolders(ctx, rawFolder) {
		if err != nil {
			return err
		}
		for _, s := range segmentsIn(f.entries) {
			if s.state != StateSealed {
				continue
			}
			if _, err := l.ensureIndex(ctx, f.day, s.name, filepath.Join(f.path, s.file)); err != nil {
				return fmt.Errorf("rebuild: %w", err)
			}
		}
	}
	g, err := l.openLedgerAt(ctx, l.path(ledgerFile))
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return g.close()
}
