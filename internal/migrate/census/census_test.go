package census

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/tpe"
)

// take takes the census of a database made by the statements.
func take(t *testing.T, o Options, statements string) (*Report, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	snap, err := origin.Open(context.Background(), origin.Options{Path: path, Readers: 2, Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(snap.Close)
	o.Clean = func(s string) string { return s }
	return Take(context.Background(), snap, o)
}

func must(t *testing.T, o Options, statements string) *Report {
	t.Helper()
	r, err := take(t, o, statements)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The type follows from the declaration and the values together.
func TestTypes(t *testing.T) {
	for _, c := range []struct{ declared, values, want, reason string }{
		{"INTEGER", "1, 5000000000", "bigint", "from 1 to 5000000000; 1 is over 32 bits"},
		{"INTEGER", "1, 2.5", "double precision", "holds fractions"},
		{"INTEGER", "1, 2, 'x'", "bigint", "2 of 3 values convert"},
		{"INTEGER", "1, 'x', 'y'", "text", "but only 1 of 3 values fit"},
		{"INT", "", "bigint", "no values"},
		{"REAL", "1.5, 2", "double precision", "floating point"},
		{"DECIMAL(10,2)", "1.25, 3", "numeric(10,2)", "decimal"},
		{"DECIMAL(4,2)", "1.25, 1234", "numeric", "SQLite does not enforce"},
		{"BOOLEAN", "0, 1, 'yes'", "boolean", "1 as 0, 1 as 1, 1 as text for true"},
		{"BOOLEAN", "0, 7", "bigint", "holds other integers"},
		{"DATETIME", "'2026-01-01 10:00:00', 1795445463, '01/02/2026'", "timestamp with time zone", "1 as numbers since 1970"},
		{"DATE", "'2026-01-01', '2026-01-02'", "date", "2 as YYYY-MM-DD"},
		{"DATE", "'2026-01-01', '2026-01-02 10:00'", "timestamp with time zone", "holds times of day"},
		{"TEXT", "'2026-01-01', '2026-01-02'", "date", "every value is a date"},
		{"TEXT", "'7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d', '8f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d'", "uuid", "every value is a UUID"},
		{"TEXT", "'{}', '[1]'", "json", "every value is a JSON"},
		{"TEXT", "'{}', 'x'", "text", "declared as text"},
		{"NVARCHAR(160)", "'a', 5", "text", "declared as text"},
		{"JSON", "'{}', 'null'", "jsonb", "declared as JSON"},
		{"BLOB", "x'00', x'ff'", "bytea", "declared as binary"},
		{"BLOB", "'a', 'b'", "text", "holds only texts"},
		{"", "1, 2", "bigint", "every value is an integer"},
		{"", "1, 'a'", "text", "texts keep every value"},
		{"", "x'00', x'ff'", "bytea", "binary"},
		{"YEAR", "2006, 2007", "bigint", "not known"},
		{"MONEY", "1.5", "numeric", "decimal"},
	} {
		list := ""
		if c.values != "" {
			list = "INSERT INTO t VALUES (" + strings.Join(strings.Split(c.values, ", "), "), (") + ");"
		}
		r := must(t, Options{}, fmt.Sprintf("CREATE TABLE t (v %s); %s", c.declared, list))
		if got := r.Tables[0].Columns[0]; got.Type.SQL() != c.want || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%s with %s is %s: %s; want %s: %s", c.declared, c.values, got.Type.SQL(), got.Reason, c.want, c.reason)
		}
	}
}

// What the report lists: rejects by rowid, orphans, broken constraints, names.
func TestFindings(t *testing.T) {
	r := must(t, Options{}, `PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
		CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
		CREATE TABLE "User" (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p, n INTEGER CHECK (n > 0), "select" TEXT, ctid TEXT, bad TEXT);
		INSERT INTO "User" VALUES (1, 1, 1, 'a', 'b', 'ok'), (7, 9, -1, 'a', 'b', CAST(x'ff' AS TEXT)), (8, NULL, 'many', NULL, NULL, 'x' || char(0));
		CREATE TABLE later (k TEXT PRIMARY KEY, v TEXT); INSERT INTO later VALUES (NULL, 'x'), ('b', 'y');`)
	u := r.Table("User")
	if len(u.Orphans) != 1 || u.Orphans[0].Count != 1 || !slices.Equal(u.Orphans[0].Rows, []int64{7}) || u.Orphans[0].Parent != "p" {
		t.Errorf("orphans %+v", u.Orphans)
	}
	// A text is above every number in SQLite: 'many' > 0 holds.
	if len(u.Violations) != 1 || !slices.Equal(u.Violations[0].Rows, []int64{7}) || u.Violations[0].Constraint != "CHECK (n > 0)" {
		t.Errorf("violations %+v", u.Violations)
	}
	var rejects []string
	for _, c := range u.Columns {
		for _, v := range c.Samples {
			rejects = append(rejects, c.Name+" "+v.Row+" "+v.Class+" "+v.Value)
		}
	}
	if want := []string{"n 8 text many", `bad 7 text \xff`, `bad 8 text x\x00`}; !slices.Equal(rejects, want) || r.Rejects() != 3 {
		t.Errorf("rejects %q, want %q", rejects, want)
	}
	if v := r.Table("later").Violations; len(v) != 1 || !strings.Contains(v[0].Constraint, "PRIMARY KEY") {
		t.Errorf("NULL in a key: %+v", v)
	}
	notes := map[string]string{}
	for _, n := range r.Notes {
		notes[n.Object] += n.Text + "\n"
	}
	for object, text := range map[string]string{"User": "a word of SQL", "User.select": "a word of SQL", "User.ctid": "called ctid_", "User.bad": "1 text is invalid UTF-8\n1 text contains the character NUL"} {
		if !strings.Contains(notes[object], text) {
			t.Errorf("the note of %s is %q", object, notes[object])
		}
	}
}

// Columns of foreign keys get one type with those that they point to, given
// types go before all others, and an exact name before a pattern.
func TestGivenTypes(t *testing.T) {
	const tables = `CREATE TABLE p (id TEXT PRIMARY KEY, at INTEGER, b_at INTEGER); INSERT INTO p VALUES ('7f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d', 1, 1), ('8f1f24a4-53a2-4b0e-9f0c-1d2f3a4b5c6d', 2, 2);
		CREATE TABLE c (p_id TEXT REFERENCES p); INSERT INTO c VALUES ('none')`
	r := must(t, Options{Types: map[string]convert.Type{"*at": {Kind: convert.Timestamptz}, "P.B_AT": {Kind: convert.Smallint}}}, tables)
	for object, want := range map[string]convert.Kind{"p.id": convert.Text, "c.p_id": convert.Text, "p.at": convert.Timestamptz, "p.b_at": convert.Smallint} {
		table, column, _ := strings.Cut(object, ".")
		for _, c := range r.Table(table).Columns {
			if c.Name == column && c.Type.Kind != want {
				t.Errorf("%s is %s: %s", object, c.Type.SQL(), c.Reason)
			}
		}
	}
	for _, o := range []Options{{Types: map[string]convert.Type{"p.nothing": {}}}, {Using: map[string]string{"x.id": "1"}}, {Tables: []string{"x"}}} {
		if _, err := take(t, o, tables); tpe.CodeOf(err) != tpe.Misuse || tpe.HintOf(err) == "" {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// A quick census reads a part of a large table, and all of it when that part
// holds a value that does not fit.
func TestSample(t *testing.T) {
	const rows = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO t SELECT i, i FROM c;"
	o := Options{Quick: true, RangeRows: 10}
	r := must(t, o, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"+rows)
	if tab := r.Tables[0]; !tab.Sampled || tab.Rows < 900 || tab.Rows > 1100 || tab.Columns[1].Profile.Integer > 100 {
		t.Errorf("%+v of %+v", tab.Columns[1].Profile, tab)
	}
	r = must(t, o, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"+rows+"UPDATE t SET n = 'x' WHERE id = 3")
	if tab := r.Tables[0]; tab.Sampled || tab.Rows != 1000 || tab.Columns[1].Profile.Integer != 999 {
		t.Errorf("%+v of %+v", tab.Columns[1].Profile, tab)
	}
}
