// Package sqldb keeps the platform's tables: it opens the database, brings
// its schema up to date, and holds every query. It takes what an existing
// database really contains: the old service let any value into any column.
// It must never build SQL from values.
package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/power100/tpe/internal/tpe"
)

//go:embed migrations
var migrations embed.FS

// DB is the platform's database. It is safe for concurrent use.
type DB struct {
	read  *sql.DB
	write *sql.DB // one connection: SQLite takes one writer at a time
	path  string
}

// Open opens the SQLite database in the file path, which is made when it does
// not exist, and brings its schema up to date. The error is of the code
// Unavailable when the file cannot be used.
func Open(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "open database", Err: err}
	}
	db := &DB{path: path}
	var err error
	if db.write, err = sql.Open("sqlite", dsn(path, "immediate")); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.write.SetMaxOpenConns(1)
	if db.read, err = sql.Open("sqlite", dsn(path, "deferred")); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.read.SetMaxOpenConns(8)
	db.read.SetMaxIdleConns(8)
	if err := db.migrate(ctx); err != nil {
		_ = db.Close()
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "open database " + path, Err: err, Hint: "DATABASE_URL names the file; check that it is a SQLite database and may be written"}
	}
	return db, nil
}

// dsn returns the data source name of a file. A writer begins its
// transactions with the lock it needs, so that it waits instead of failing
// half way.
func dsn(path, lock string) string {
	q := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)"},
		"_txlock": {lock},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// migrate brings the schema up to date. goose keeps the versions in a table
// of the database.
func (db *DB) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return fmt.Errorf("read schema versions: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, files)
	if err != nil {
		return fmt.Errorf("read schema versions: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring schema up to date: %w", err)
	}
	return nil
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
