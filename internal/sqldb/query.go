package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/power100/tpe/internal/tpe"
)

// Conn runs queries: on the database, or within a transaction. The queries of
// this room take one, so that each of them can be part of a transaction.
type Conn interface {
	query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	exec(ctx context.Context, query string, args ...any) (int64, error)
	db() *DB
}

func (db *DB) db() *DB { return db }

func (db *DB) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	pool := db.write // INSERT ... RETURNING is a query too
	if strings.HasPrefix(query, "SELECT") {
		pool = db.read
	}
	rows, err := pool.QueryContext(ctx, db.bind(query), storable(args)...)
	if changesPartners(query) {
		db.partners.Add(1)
	}
	return rows, err
}

func (db *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if changesPartners(query) {
		defer db.partners.Add(1)
	}
	return affected(db.write.ExecContext(ctx, db.bind(query), storable(args)...))
}

// storable makes texts such that both engines take them: PostgreSQL knows
// neither the character NUL nor bytes that are not UTF-8.
func storable(args []any) []any {
	for i, a := range args {
		if p, ok := a.(*string); ok && p != nil {
			a = *p
			args[i] = a
		}
		if s, ok := a.(string); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
		}
	}
	return args
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// bind turns the placeholders of a query into those of the engine.
func (db *DB) bind(query string) string {
	if !db.postgres {
		return query
	}
	if known, ok := db.rebound.Load(query); ok {
		return known.(string)
	}
	bound := rebind(query)
	db.rebound.Store(query, bound)
	return bound
}

// rebind writes $1, $2, ... for each question mark outside of quotes.
func rebind(query string) string {
	var b strings.Builder
	n, quote := 0, byte(0)
	for i := range len(query) {
		c := query[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?':
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// all runs a query whose columns are those of T, see columns, and returns
// every row.
func all[T any](ctx context.Context, c Conn, query string, args ...any) (list []T, err error) {
	rows, err := c.query(ctx, query, args...)
	if err != nil {
		return nil, engine(err)
	}
	defer rows.Close()
	list = []T{}
	plan := planOf[T]()
	for rows.Next() {
		list = append(list, *new(T))
		if err := rows.Scan(plan.targets(&list[len(list)-1])...); err != nil {
			return nil, err
		}
	}
	return list, engine(rows.Err())
}

// one runs a query of the columns of T and returns the first row. It is false
// when there is none.
func one[T any](ctx context.Context, c Conn, query string, args ...any) (row T, ok bool, err error) {
	rows, err := c.query(ctx, query, args...)
	if err != nil {
		return row, false, engine(err)
	}
	defer rows.Close()
	if !rows.Next() {
		return row, false, engine(rows.Err())
	}
	if err := rows.Scan(planOf[T]().targets(&row)...); err != nil {
		return row, false, err
	}
	return row, true, engine(rows.Err())
}

// value runs a query of one column and returns its first row. It is false
// when there is none.
func value[T any](ctx context.Context, c Conn, query string, args ...any) (v T, ok bool, err error) {
	rows, err := c.query(ctx, query, args...)
	if err != nil {
		return v, false, engine(err)
	}
	defer rows.Close()
	if !rows.Next() {
		return v, false, engine(rows.Err())
	}
	if err := rows.Scan(&v); err != nil {
		return v, false, err
	}
	return v, true, engine(rows.Err())
}

// run executes a statement and returns how many rows it touched.
func run(ctx context.Context, c Conn, query string, args ...any) (int64, error) {
	n, err := c.exec(ctx, query, args...)
	return n, engine(err)
}

// engine gives an error of either engine its code, so that the rooms above
// need not know the engine.
func engine(err error) error {
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	var lite *sqlite.Error
	code, message := tpe.Internal, ""
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &pg):
		switch pg.Code[:min(2, len(pg.Code))] {
		case "23":
			code = tpe.Conflict
		case "08", "53", "57":
			code, message = tpe.Unavailable, "the database does not answer"
		}
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT:
			code = tpe.Conflict
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			code, message = tpe.Unavailable, "the database cannot be written"
		case sqlite3.SQLITE_INTERRUPT:
			return fmt.Errorf("%w: %w", context.Canceled, err)
		}
	case isConnectError(err):
		code, message = tpe.Unavailable, "the database does not answer"
	}
	if code == tpe.Conflict {
		// What the engine says names columns and values: for the log only.
		message = "It is in conflict with what exists"
	}
	if message == "" {
		return err
	}
	return &tpe.Error{Code: code, Message: message, Err: err}
}

func isConnectError(err error) bool {
	var c *pgconn.ConnectError
	return errors.As(err, &c)
}

// repeatable reports whether a transaction failed only because of another
// one, so that it may succeed when it is done again.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
