package migrate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/tpe"
)

// What SQLite allows and Postgres does not, or does otherwise.
func TestOdd(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, `
		CREATE TABLE _migrate_rejects (x); INSERT INTO _migrate_rejects VALUES (1);
		CREATE TABLE "" ("" INTEGER); INSERT INTO "" VALUES (2);
		CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER, made INTEGER DEFAULT (strftime('%s', 'now')), ms INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INT) * 1000));
		INSERT INTO a VALUES (1, 5, 6, 7);
		CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a); INSERT INTO b VALUES (3, 1);
		CREATE INDEX b_pkey ON a (x);
		CREATE VIEW two (p, q) AS SELECT id, x FROM a;
		CREATE VIEW pairs AS SELECT * FROM a JOIN b ON b.a_id = a.id;`,
		"PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'old', 'old', 0, 'CREATE VIRTUAL TABLE old USING fts4(x)')"))
	c := move(t, o)
	check(t, "a table called as the rejects", query(t, o.To, `SELECT x FROM "_migrate_rejects_"`), "1")
	check(t, "empty names", query(t, o.To, `SELECT unnamed FROM unnamed`), "2")
	check(t, "view with names", query(t, o.To, `SELECT p, q FROM two`), "1|5")
	check(t, "view with a name twice", query(t, o.To, `SELECT id, "id:1", a_id FROM pairs`), "1|3|1")
	check(t, "index with a name that is taken", query(t, o.To, `SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND NOT indisprimary`), "1")
	check(t, "seconds since 1970", query(t, o.To, `INSERT INTO a (x) VALUES (1) RETURNING abs(made - extract(epoch FROM now())) < 60, ms / 1000 = made`), "t|t")
	if len(c.LeftOut) != 1 || c.LeftOut[0].Object != "virtual table old" || c.LeftOut[0].SQL == "" {
		t.Errorf("%+v", c.LeftOut)
	}
}

// More columns than Postgres allows are refused before anything is written.
func TestTooManyColumns(t *testing.T) {
	t.Parallel()
	var cols []string
	for i := range 1601 {
		cols = append(cols, fmt.Sprintf("c%d", i))
	}
	o := options(t, database(t, "CREATE TABLE wide ("+strings.Join(cols, ", ")+"); CREATE TABLE t (x)"))
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), "the table wide has 1601 columns") {
		t.Error(err)
	}
	o.Tables = []string{"t"}
	move(t, o)
}

// A file that SQLite itself finds faults in is moved as far as it can be read,
// and nobody is told that all is well.
func TestDamagedSource(t *testing.T) {
	t.Parallel()
	path := database(t, "PRAGMA page_size = 4096; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT CHECK (v <> 'x')); CREATE INDEX by_v ON t (v)",
		"PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (1, 'x'), (2, 'b'), (3, 'c')")
	o := options(t, path)
	if c := move(t, o); len(c.Source.Check.Faults) > 0 || c.Source.Check.Pragma != "integrity_check" {
		t.Errorf("a sound file: %+v", c.Source.Check)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := b[2*4096:] // of the index
	copy(page[bytes.LastIndexByte(page, 'c'):], "z")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Conflict = migrate.DropConflict
	c, err := migrate.Run(t.Context(), o)
	if tpe.CodeOf(err) != tpe.Invalid || c == nil || !c.Equal() || len(c.Source.Check.Faults) == 0 {
		t.Fatalf("%v\n%+v", err, c)
	}
	check(t, "what can be read", query(t, o.To, "SELECT count(*) FROM t"), "3")
	var text, html strings.Builder
	if err := errors.Join(c.Text(&text), c.Page(&html)); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), html.String()} {
		if !strings.Contains(strings.ToLower(out), "the source is damaged: ") {
			t.Error(out)
		}
	}
	if _, err := migrate.Verify(t.Context(), o); tpe.CodeOf(err) != tpe.Invalid {
		t.Error(err)
	}
}
