// Package sqldb keeps the platform's tables, in SQLite or in PostgreSQL: it
// opens the database, brings its schema up to date, and holds every query.
// One text of a query serves both engines. It takes what an existing
// database really contains: the old service let any value into any column.
//
// What a transaction causes is recorded with it, in the outbox, so that the
// two cannot part. The room must never build SQL from values, and never put
// a record into the outbox that has not passed the gate.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/power100/tpe/internal/tpe"
)

// DB is the platform's database. It is safe for concurrent use.
type DB struct {
	read     *sql.DB
	write    *sql.DB // with SQLite one connection, since it takes one writer at a time; else read
	postgres bool
	name     string   // for people, without a password
	rebound  sync.Map // text of a query: its text for PostgreSQL
	partners atomic.Uint64
}

// Open opens a database and brings its schema up to date. The source is the
// path of a SQLite file, which is made when it does not exist, or a
// postgres:// URL. Several processes may open it at once. The error is of the
// code Unavailable when the database cannot be used.
func Open(ctx context.Context, source string) (*DB, error) {
	db, err := connect(source)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		_ = db.Close()
		return nil, db.unusable(err)
	}
	return db, nil
}

// connect opens a database as it is.
func connect(source string) (*DB, error) {
	if isPostgres(source) {
		return openPostgres(source)
	}
	if err := os.MkdirAll(filepath.Dir(source), 0o700); err != nil {
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "open database", Err: err}
	}
	// SQLite would let everybody on the machine read the file, and the files
	// beside it are as it is.
	if f, err := os.OpenFile(source, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		if err := f.Close(); err != nil {
			return nil, &tpe.Error{Code: tpe.Unavailable, Message: "open database", Err: err}
		}
	}
	db := &DB{name: source, write: openSQLite(dsn(source, "immediate")), read: openSQLite(dsn(source, "deferred"))}
	db.write.SetMaxOpenConns(1)
	db.read.SetMaxOpenConns(8)
	db.read.SetMaxIdleConns(8)
	return db, nil
}

// look opens a database that is there for reading only, and reports whether
// it is missing. It makes nothing.
func look(source string) (db *DB, missing bool, err error) {
	if isPostgres(source) {
		db, err = openPostgres(source)
		return db, false, err
	}
	_, err = os.Stat(source)
	if missing = errors.Is(err, fs.ErrNotExist); err != nil && !missing {
		return nil, false, &tpe.Error{Code: tpe.Unavailable, Message: "open database", Err: err}
	}
	// Not ro: it would leave the files of the WAL behind.
	q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)", "query_only(ON)"}}
	pool := openSQLite("file:" + (&url.URL{Path: source}).EscapedPath() + "?" + q.Encode())
	return &DB{name: source, write: pool, read: pool}, missing, nil
}

func isPostgres(source string) bool {
	return strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://")
}

// dsn returns the data source name of a SQLite file. A writer begins its
// transactions with the lock it needs, so that it waits instead of failing
// half way. A commit is on disk when it returns, and what it deletes is
// overwritten.
func dsn(path, lock string) string {
	q := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "secure_delete(ON)"},
		"_txlock": {lock},
	}
	if lock == "deferred" {
		q.Add("_pragma", "query_only(ON)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// poolSize is how many connections to PostgreSQL one process holds at most.
const poolSize = 20

func openPostgres(source string) (*DB, error) {
	conf, err := pgx.ParseConfig(source)
	if err != nil {
		// The library's text may quote the URL with its password.
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "DATABASE_URL cannot be read", Hint: "it must be postgres://USER:PASSWORD@HOST/NAME"}
	}
	conf.RuntimeParams["timezone"] = "UTC"
	conf.RuntimeParams["application_name"] = "tpe"
	pool := stdlib.OpenDB(*conf)
	pool.SetMaxOpenConns(poolSize)
	pool.SetMaxIdleConns(poolSize)
	return &DB{read: pool, write: pool, postgres: true, name: fmt.Sprintf("postgres://%s/%s", conf.Host, conf.Database)}, nil
}

// rewrite makes SQLite's file anew. Rows that were deleted or changed can be
// read in its free places, and in the log beside it, until then. Others may use
// the database meanwhile; the error is of the code Unavailable when one of them
// reads for so long that the old log must stay. PostgreSQL does this on its own
// terms.
func (db *DB) rewrite(ctx context.Context) error {
	if db.postgres {
		return nil
	}
	var busy, pages, moved int
	_, err := db.write.ExecContext(ctx, `VACUUM`)
	if err == nil {
		err = db.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	}
	if err == nil && busy != 0 {
		err = errors.New("somebody reads it all the time")
	}
	if err != nil {
		return &tpe.Error{
			Code: tpe.Unavailable, Message: "write the database anew, without deleted rows", Err: engine(err),
			Hint: "run the same command again, with the server stopped if it happens again",
		}
	}
	return nil
}

func (db *DB) unusable(err error) error {
	hint := "DATABASE_URL names the file; check that it is a SQLite database and may be written"
	if db.postgres {
		hint = "DATABASE_URL names the server; check that it runs, and that the user may create tables"
	}
	return &tpe.Error{Code: tpe.Unavailable, Message: "open database " + db.name, Err: err, Hint: hint}
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.read.PingContext(ctx); err != nil {
		return &tpe.Error{Code: tpe.Unavailable, Message: "the database does not answer", Err: err}
	}
	return nil
}

// Close closes the database.
func (db *DB) Close() error {
	readErr := db.read.Close()
	if err := db.write.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	if readErr != nil {
		return fmt.Errorf("close database: %w", readErr)
	}
	return nil
}
