package sqldb

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/power100/tpe/internal/tpe"
)

//go:embed migrations
var migrations embed.FS

// Version is one step of the schema.
type Version struct {
	Number  int64      `json:"version"`
	Name    string     `json:"name"`
	Applied *time.Time `json:"applied_at"` // nil: not yet
}

// provider returns goose's view of the schema versions: one folder a
// dialect, the same numbers in both. goose keeps what is applied in a table.
// Making it asks the database for nothing.
func (db *DB) provider() (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.postgres {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, fmt.Errorf("lock schema: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(l))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("read schema versions: %w", err)
	}
	p, err := goose.NewProvider(dialect, db.write, files, opts...)
	if err != nil {
		return nil, fmt.Errorf("read schema versions: %w", err)
	}
	return p, nil
}

// attempts and pause are for two processes that bring one SQLite file up to
// date at once: each version is one transaction, so the one that comes second
// fails as a whole, and finds it done when it looks again.
const (
	attempts = 20
	pause    = 50 * time.Millisecond
)

// migrate brings the schema up to date.
func (db *DB) migrate(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	newest := p.ListSources()[len(p.ListSources())-1].Version
	for i := range attempts {
		var have int64
		if have, err = p.GetDBVersion(ctx); err == nil && have > newest {
			return fmt.Errorf("the schema is of version %d, and this program knows %d: it needs a newer program", have, newest)
		}
		if err == nil {
			if _, err = p.Up(ctx); err == nil {
				return nil
			}
		}
		if db.postgres || i == attempts-1 {
			break
		}
		if err := tpe.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return fmt.Errorf("bring schema up to date: %w", err)
}

// Up brings the schema of a database up to date, and returns the versions
// that it applied.
func Up(ctx context.Context, source string) ([]Version, error) {
	before, err := Versions(ctx, source)
	if err != nil && tpe.CodeOf(err) != tpe.NotFound {
		return nil, err
	}
	db, err := Open(ctx, source)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	after, err := Versions(ctx, source)
	if err != nil {
		return nil, err
	}
	applied := []Version{}
	for i, v := range after {
		if v.Applied != nil && before[i].Applied == nil {
			applied = append(applied, v)
		}
	}
	return applied, nil
}

// Versions lists the schema versions that this program knows, and when each
// was applied. It only looks. The error is of the code NotFound, with the
// versions, when there is no SQLite file yet.
func Versions(ctx context.Context, source string) (list []Version, err error) {
	db, missing, err := look(source)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := db.provider()
	if err != nil {
		return nil, err
	}
	applied := map[int64]time.Time{}
	if !missing {
		if applied, err = db.applied(ctx); err != nil {
			return nil, db.unusable(err)
		}
	}
	for _, s := range p.ListSources() {
		v := Version{Number: s.Version, Name: s.Path}
		if at, ok := applied[s.Version]; ok {
			v.Applied = &at
		}
		list = append(list, v)
	}
	if missing {
		return list, &tpe.Error{Code: tpe.NotFound, Message: "there is no database yet: " + source, Hint: "tpe db up makes it, and so does tpe serve"}
	}
	return list, nil
}

// applied reads the table in which goose keeps what is applied, by version.
func (db *DB) applied(ctx context.Context) (map[int64]time.Time, error) {
	there := `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`
	if db.postgres {
		there = `SELECT count(to_regclass('goose_db_version'))`
	}
	list := map[int64]time.Time{}
	var n int
	if err := db.read.QueryRowContext(ctx, there).Scan(&n); err != nil || n == 0 {
		return list, err
	}
	rows, err := db.read.QueryContext(ctx, `SELECT version_id, tstamp FROM goose_db_version ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		var at time.Time
		if err := rows.Scan(&version, &at); err != nil {
			return nil, err
		}
		list[version] = at.UTC()
	}
	return list, rows.Err()
}
