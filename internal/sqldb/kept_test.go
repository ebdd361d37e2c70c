package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
)

// A connection that keeps its statements answers as one that does not: while
// rows are open, after the schema has changed, with more statements than it
// keeps, and after a statement that failed.
func TestKeptStatements(t *testing.T) {
	ctx := t.Context()
	db := openSQLite(dsn(filepath.Join(t.TempDir(), "x.db"), "immediate"))
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(query, err)
		}
	}
	exec(`CREATE TABLE a (n INTEGER PRIMARY KEY); CREATE TABLE b (n INTEGER)`)
	for i := range 10 {
		exec(`INSERT INTO a VALUES (?)`, i)
	}
	if _, err := db.ExecContext(ctx, `INSERT INTO a VALUES (?)`, 5); err == nil {
		t.Error("a row twice")
	}
	exec(`INSERT INTO a VALUES (?)`, 10)

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	below := func(q interface {
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	}, n int, each func(int)) (list []int) {
		rows, err := q.QueryContext(ctx, `SELECT n FROM a WHERE n < ? ORDER BY n`, n)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			list = append(list, n)
			each(n)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return list
	}
	// The same query while its rows are open.
	if got := below(tx, 4, func(n int) {
		if in := below(tx, n, func(int) {}); len(in) != n {
			t.Errorf("within: %v below %d", in, n)
		}
	}); fmt.Sprint(got) != "[0 1 2 3]" {
		t.Error(got)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}

	exec(`ALTER TABLE a ADD COLUMN m INTEGER DEFAULT 7`)
	for i := range mostKept + 50 {
		var got int
		if err := db.QueryRowContext(ctx, fmt.Sprintf(`SELECT n + m + %d FROM a WHERE n = ?`, i), 2).Scan(&got); err != nil || got != 9+i {
			t.Fatal(got, err)
		}
	}
	if got := below(db, 3, func(int) {}); fmt.Sprint(got) != "[0 1 2]" {
		t.Error(got)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error {
		if kept := len(c.(*keeping).kept); kept == 0 || kept > mostKept {
			t.Errorf("%d statements are kept", kept)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
