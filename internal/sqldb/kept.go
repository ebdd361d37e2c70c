package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// sqliteConn is what SQLite's driver opens.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeping is a connection to SQLite that keeps the statements that it has
// parsed: to parse one costs as much as to run it. A connection is used by
// one goroutine at a time.
type keeping struct {
	sqliteConn
	kept map[string]*keptStmt
}

// keptStmt is a statement that is used by one query at a time.
type keptStmt struct {
	driver.Stmt
	busy bool
}

// mostKept is how many statements a connection keeps.
const mostKept = 300

// statement returns a kept statement for a text, or nil when it is better not
// kept, or in use.
func (c *keeping) statement(ctx context.Context, text string) (*keptStmt, error) {
	if s := c.kept[text]; s != nil {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	// Scripts have several statements, and .* may come to mean other columns.
	if strings.ContainsRune(text, ';') || strings.Contains(text, ".*") {
		return nil, nil
	}
	verb, _, _ := strings.Cut(text, " ")
	switch verb {
	case "SELECT", "INSERT", "UPDATE", "DELETE":
	default:
		return nil, nil
	}
	if len(c.kept) >= mostKept {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	stmt, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &keptStmt{Stmt: stmt}
	c.kept[text] = s
	return s, nil
}

// forget closes the statements that are not in use.
func (c *keeping) forget() error {
	var all error
	for text, s := range c.kept {
		if !s.busy {
			delete(c.kept, text)
			all = errors.Join(all, s.Close())
		}
	}
	return all
}

// Close closes the connection.
func (c *keeping) Close() error {
	return errors.Join(c.forget(), c.sqliteConn.Close())
}

// ExecContext runs a statement.
func (c *keeping) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if exec, ok := stmtOf[driver.StmtExecContext](s); ok {
		return exec.ExecContext(ctx, args)
	}
	return c.sqliteConn.ExecContext(ctx, text, args)
}

// QueryContext runs a query.
func (c *keeping) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	query, ok := stmtOf[driver.StmtQueryContext](s)
	if !ok {
		return c.sqliteConn.QueryContext(ctx, text, args)
	}
	rows, err := query.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{rows, s}, nil
}

func stmtOf[T any](s *keptStmt) (t T, ok bool) {
	if s == nil {
		return t, false
	}
	t, ok = s.Stmt.(T)
	return t, ok
}

// keptRows are the rows of a kept statement.
type keptRows struct {
	driver.Rows
	of *keptStmt
}

// Close lets the statement be used again.
func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
