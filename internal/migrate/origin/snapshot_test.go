package origin

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/power100/tpe/internal/tpe"
)

// write keeps adding the same rows to two tables, each time in one
// transaction, until stop is closed. It reports an error that a writer of an
// application would see.
func write(t *testing.T, path string, stop chan struct{}) chan error {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(100)")
	if err != nil {
		t.Fatal(err)
	}
	began, ended := make(chan error), make(chan error, 1)
	go func() {
		defer db.Close()
		for i := 0; ; i++ {
			if _, err := db.Exec("BEGIN IMMEDIATE; INSERT INTO a SELECT max(x) + 1 FROM a; INSERT INTO b SELECT max(x) + 1 FROM b; COMMIT"); err != nil {
				ended <- fmt.Errorf("write %d: %w", i, err)
				return
			}
			if i == 0 {
				close(began)
			}
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
		}
	}()
	<-began
	return ended
}

// All readers see one state while a writer goes on, in every journal mode.
func TestSnapshot(t *testing.T) {
	for _, mode := range []string{"wal", "delete", "truncate"} {
		t.Run(mode, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a b#?.db")
			db, err := sql.Open("sqlite", "file:"+filepath.Join(filepath.Dir(path), "a%20b%23%3f.db"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec("PRAGMA journal_mode = " + mode + "; CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			stop := make(chan struct{})
			ended := write(t, "file:"+filepath.Join(filepath.Dir(path), "a%20b%23%3f.db"), stop)
			for range 5 {
				s, err := Open(ctx, Options{Path: path, Readers: 4, WorkDir: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				want, err := s.Conns[0].One(ctx, "SELECT max(x) FROM a")
				if err != nil {
					t.Fatal(err)
				}
				for i, c := range s.Conns {
					for _, table := range []string{"a", "b"} {
						if got, err := c.One(ctx, "SELECT max(x) FROM "+table); err != nil || got != want {
							t.Fatalf("reader %d sees %d in %s and not %d, %v", i, got, table, want, err)
						}
					}
				}
				s.Close()
			}
			close(stop)
			if err := <-ended; err != nil {
				t.Errorf("the application could not write: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte("this is not a database, and long enough to be told from an empty one: "+fmt.Sprint(make([]int, 100))), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]tpe.Code{filepath.Join(dir, "none.db"): tpe.NotFound, dir: tpe.Misuse, text: tpe.Misuse} {
		if _, err := Open(context.Background(), Options{Path: path}); tpe.CodeOf(err) != code || tpe.HintOf(err) == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("a database was made")
	}
}

// Ranges hold every row once, whatever the key is.
func TestRanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		"CREATE TABLE dense (id INTEGER PRIMARY KEY)", "WITH RECURSIVE c(i) AS (SELECT -50 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO dense SELECT i FROM c",
		"CREATE TABLE sparse (id INTEGER PRIMARY KEY)", "INSERT INTO sparse SELECT id * 9000000000000000 FROM dense WHERE id BETWEEN -40 AND 1000",
		"CREATE TABLE ends (id INTEGER PRIMARY KEY)", "INSERT INTO ends VALUES (-9223372036854775808), (0), (9223372036854775807)",
		"CREATE TABLE pairs (a TEXT COLLATE NOCASE, b REAL, PRIMARY KEY (a, b DESC)) WITHOUT ROWID", "INSERT INTO pairs SELECT char(65 + id % 7 + 32 * (id % 2)), id / 3.0 FROM dense",
		"CREATE TABLE hidden (rowid TEXT, oid TEXT, _rowid_ TEXT)", "INSERT INTO hidden SELECT id, id, id FROM dense", "CREATE TABLE none (x)",
	} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path, Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cat, err := s.Conns[0].Catalog(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range cat.Tables {
		ranges, err := s.Conns[0].Ranges(ctx, table, 100)
		if err != nil {
			t.Fatal(table.Name, err)
		}
		want, err := s.Conns[0].One(ctx, "SELECT count(*) FROM "+Quote(table.Name))
		if err != nil {
			t.Fatal(err)
		}
		got := int64(0)
		for _, g := range ranges {
			rows, err := s.Conns[0].Scan(ctx, table, g, nil)
			if err != nil {
				t.Fatal(table.Name, err)
			}
			n := 0
			for rows.Next() {
				n++
			}
			if rows.Err() != nil {
				t.Fatal(rows.Err())
			}
			rows.Close()
			if got += int64(n); n > 202 && table.Name != "hidden" {
				t.Errorf("a range of %s has %d rows", table.Name, n)
			}
		}
		if got != want {
			t.Errorf("%s: the ranges hold %d rows of %d", table.Name, got, want)
		}
	}
}
