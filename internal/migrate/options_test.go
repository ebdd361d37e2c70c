package migrate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/tpe"
)

const family = `
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent(id), must INTEGER NOT NULL REFERENCES parent(id));
INSERT INTO child VALUES (1, 1, 1), (2, 99, 1), (3, NULL, 98), (4, 2, 2);
CREATE TABLE grandchild (id INTEGER PRIMARY KEY, child_id INTEGER NOT NULL REFERENCES child(id));
INSERT INTO grandchild VALUES (1, 1), (2, 3), (3, 4);
`

func TestOrphans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how      migrate.Orphans
		children []string
		grand    string
		valid    string
		rejects  []string
	}{
		{migrate.KeepOrphans, []string{"1|1|1", "2|99|1", `3|\N|98`, "4|2|2"}, "3", "f|f|t", nil},
		{migrate.NullOrphans, []string{"1|1|1", `2|\N|1`, "4|2|2"}, "2", "t|t|t",
			[]string{"child|2|parent_id|99", `child|3||{"id":"3","must":"98","parent_id":null}`, `grandchild|2||{"child_id":"3","id":"2"}`}},
		{migrate.RejectOrphans, []string{"1|1|1", "4|2|2"}, "2", "t|t|t",
			[]string{`child|2||{"id":"2","must":"1","parent_id":"99"}`, `child|3||{"id":"3","must":"98","parent_id":null}`, `grandchild|2||{"child_id":"3","id":"2"}`}},
	} {
		t.Run(string(c.how), func(t *testing.T) {
			o := options(t, database(t, family))
			o.Orphans = c.how
			cert := move(t, o)
			check(t, "children", query(t, o.To, "SELECT id, parent_id, must FROM child ORDER BY id"), c.children...)
			check(t, "grandchildren", query(t, o.To, "SELECT count(*) FROM grandchild"), c.grand)
			check(t, "constraints", query(t, o.To, "SELECT string_agg(left(convalidated::text, 1), '|' ORDER BY conname) FROM pg_constraint WHERE contype = 'f'"), c.valid)
			check(t, "rejects", query(t, o.To, "SELECT table_name, rowid, column_name, value FROM _migrate_rejects ORDER BY 1, 2, 3"), c.rejects...)
			for _, table := range cert.Tables {
				if table.SourceRows != table.TargetRows+table.RejectedRows {
					t.Errorf("%s does not add up: %+v", table.Name, table)
				}
			}
			if again, err := migrate.Verify(context.Background(), o); err != nil || !again.Equal() {
				t.Error(err)
			}
		})
	}
}

func TestVerifyFindsChanges(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, family, "CREATE TABLE bag (x, y TEXT)", "INSERT INTO bag VALUES (1, 'a'), (1, 'a'), (2, 'b')",
		"CREATE TABLE pair (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b))", "INSERT INTO pair VALUES ('x', 1, 'p'), ('x', 2, 'q')"))
	move(t, o)
	query(t, o.To, `UPDATE parent SET name = 'ONE' WHERE id = 1; INSERT INTO parent VALUES (7, 'seven'); DELETE FROM grandchild WHERE id = 3;
		DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE x = 1); UPDATE pair SET v = NULL WHERE b = 2;
		SELECT setval(pg_get_serial_sequence('child', 'id'), 1)`)
	c, err := migrate.Verify(context.Background(), o)
	if tpe.CodeOf(err) != tpe.Mismatch {
		t.Fatalf("%v", err)
	}
	var got []string
	for _, d := range c.Differences {
		got = append(got, fmt.Sprintf("%s %s %s %s %s %s", d.Table, d.Row, d.Kind, d.Column, d.Source, d.Target))
	}
	slices.Sort(got)
	for i, want := range []string{"bag hash:", "grandchild 3 missing", "pair [\"x\",\"2\"] changed v q \\N", "parent 1 changed name one ONE", "parent 7 extra"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("%q, want %s", got, want)
		}
	}
	for _, s := range c.Sequences {
		if s.Equal != (s.Table == "grandchild") {
			t.Errorf("%+v", s)
		}
	}
}

// --verify also looks for the constraints and the rejects, and it does without
// what a move remembers in the target.
func TestVerifyWithoutState(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, family, "CREATE TABLE code (name TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER CHECK (n > 0), a TEXT, b INTEGER, UNIQUE (a, b))",
		"INSERT INTO code VALUES ('x', 1, 'p', 1), ('y', 2, 'p', 2), ('z', 'many', NULL, NULL)", "CREATE INDEX by_n ON code (n)"))
	move(t, o)
	forget := func() { query(t, o.To, "DROP SCHEMA IF EXISTS tpe_migrate CASCADE") }
	verify := func(what string, want ...string) {
		t.Helper()
		c, err := migrate.Verify(context.Background(), o)
		if (tpe.CodeOf(err) == tpe.Mismatch) != (len(want) > 0) || c == nil {
			t.Fatal(what, err)
		}
		var got []string
		for _, d := range c.Differences {
			got = append(got, d.String())
		}
		slices.Sort(got)
		check(t, what, got, want...)
	}
	verify("as it was")
	undo := func(sql, back string, want ...string) {
		t.Helper()
		query(t, o.To, sql)
		verify(sql, want...)
		query(t, o.To, back)
	}
	for _, known := range []bool{true, false} {
		if !known {
			forget()
			verify("without the state")
		}
		undo("ALTER TABLE grandchild DROP CONSTRAINT grandchild_pkey", "ALTER TABLE grandchild ADD PRIMARY KEY (id)", "grandchild: the target does not have the primary key of grandchild")
		undo("ALTER TABLE grandchild DROP CONSTRAINT grandchild_child_id_fkey", "ALTER TABLE grandchild ADD FOREIGN KEY (child_id) REFERENCES child", "grandchild: the target does not have the foreign key (child_id) of grandchild to child")
		unique := map[bool]string{true: "unique constraint of code", false: "unique (a, b) of code"}[known]
		undo("ALTER TABLE code DROP CONSTRAINT code_a_b_key", "ALTER TABLE code ADD UNIQUE (a, b)", "code: the target does not have the "+unique)
		undo("CREATE TABLE r AS SELECT * FROM _migrate_rejects; DELETE FROM _migrate_rejects", "INSERT INTO _migrate_rejects SELECT * FROM r; DROP TABLE r",
			"code: 1 value and 0 rows of the source do not convert, and _migrate_rejects holds 0 values and 0 rows")
		if known {
			undo("DROP INDEX by_n", "CREATE INDEX by_n ON code (n)", "code: the target does not have the index by_n")
			undo("ALTER TABLE code DROP CONSTRAINT code_n_check", "ALTER TABLE code ADD CHECK (n > 0)", "code: the target does not have the 1 CHECK constraint that the source has: there are 0")
		}
	}
	undo("ALTER TABLE grandchild RENAME TO other", "ALTER TABLE other RENAME TO grandchild", "grandchild: the target has no such table")
	undo("UPDATE code SET b = 3 WHERE name = 'x'", "UPDATE code SET b = 1 WHERE name = 'x'", `code.b, row ["x"]: "1" in the source, "3" in the target`)
	query(t, o.To, "ALTER TABLE code DROP COLUMN b")
	if _, err := migrate.Verify(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch || !strings.Contains(err.Error(), "the table code of the target has no column b") {
		t.Error(err)
	}
	o.Schema = "nowhere"
	if _, err := migrate.Verify(context.Background(), o); tpe.CodeOf(err) != tpe.NotFound || tpe.HintOf(err) == "" {
		t.Error(err)
	}
}

// Both sides hold the same only when all of the source was looked at.
func TestNotEqual(t *testing.T) {
	t.Parallel()
	bad := "CREATE TABLE bad (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO bad VALUES (1, 1), (2, 'many')"
	for _, c := range []struct {
		name   string
		source string
		change string // of the source, after the move
		target string // of the target
		o      func(*migrate.Options)
		want   string
	}{
		{name: "a table that came later", change: "CREATE TABLE extra (x); INSERT INTO extra VALUES (1)", want: "extra: the target has no such table"},
		{name: "a table that was not moved", o: func(o *migrate.Options) { o.Tables = []string{"parent"} }, want: "child: the target has no such table"},
		{name: "a table that is in the target with other rows", change: "CREATE TABLE extra (x); INSERT INTO extra VALUES (1)", target: "CREATE TABLE extra (x bigint)", want: "extra, row hash:"},
		{name: "another value that does not convert", source: bad, change: "UPDATE bad SET n = 'lots' WHERE id = 2", want: "bad: 1 value and 0 rows of the source do not convert, and _migrate_rejects holds others"},
		{name: "a changed reject", source: bad, target: "UPDATE _migrate_rejects SET value = 'few'", want: "bad: 1 value and 0 rows of the source do not convert, and _migrate_rejects holds others"},
		{name: "an orphan that is another row now", o: func(o *migrate.Options) { o.Orphans = migrate.RejectOrphans }, change: "UPDATE child SET must = 2 WHERE id = 2", want: "child, row 2: missing"},
		{name: "an orphan that points elsewhere now", o: func(o *migrate.Options) { o.Orphans = migrate.NullOrphans }, change: "UPDATE child SET parent_id = 77 WHERE id = 2", want: `child.parent_id, row 2: "77" in the source, "\\N" in the target`},
		{name: "a sequence that is gone", target: "ALTER TABLE parent ALTER id DROP IDENTITY", want: "parent: the target does not have the sequence of id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := database(t, family, c.source)
			o := options(t, path)
			if c.o != nil {
				c.o(&o)
			}
			move(t, o)
			o.Tables = nil
			change(t, path, "PRAGMA foreign_keys = OFF", c.change)
			query(t, o.To, c.target)
			cert, err := migrate.Verify(context.Background(), o)
			if tpe.CodeOf(err) != tpe.Mismatch || cert == nil || cert.Equal() {
				t.Fatal(err)
			}
			var got []string
			for _, d := range cert.Differences {
				got = append(got, d.String())
			}
			if !slices.ContainsFunc(got, func(d string) bool { return strings.HasPrefix(d, c.want) }) {
				t.Errorf("%q, want %s", got, c.want)
			}
		})
	}
}

// Names that differ in the case of a letter beyond ASCII are two to SQLite.
func TestCaseOfNames(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, "CREATE TABLE a (É TEXT, é TEXT, k TEXT, \u212a TEXT)", "INSERT INTO a VALUES ('1', '2', '3', '4')",
		"CREATE TABLE Ä (x TEXT)", "CREATE TABLE ä (x TEXT)", "INSERT INTO ä VALUES ('5')"))
	move(t, o)
	check(t, "columns", query(t, o.To, "SELECT * FROM a"), "1|2|3|4")
	check(t, "tables", query(t, o.To, `SELECT (SELECT count(*) FROM "Ä"), (SELECT count(*) FROM "ä")`), "0|1")
	query(t, o.To, `DROP SCHEMA tpe_migrate CASCADE; DROP TABLE "Ä"`)
	if c, err := migrate.Verify(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch || len(c.Differences) != 1 || c.Differences[0].Table != "Ä" {
		t.Error(err)
	}
}

// A source without tables proves nothing, and leaves nothing behind.
func TestNoTables(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, "PRAGMA user_version = 1"))
	for _, f := range []func(context.Context, migrate.Options) (*migrate.Certificate, error){migrate.Run, migrate.Verify} {
		if _, err := f(context.Background(), o); tpe.CodeOf(err) != tpe.NotFound {
			t.Error(err)
		}
	}
	o.From = database(t, family)
	move(t, o)
	o.From = database(t, "PRAGMA user_version = 1")
	for _, f := range []func(context.Context, migrate.Options) (*migrate.Certificate, error){migrate.Verify, migrate.Since} {
		if _, err := f(context.Background(), o); err == nil {
			t.Error("nothing is equal to a database")
		}
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	path := database(t, many)
	o := options(t, path)
	o.ChunkRows = 125
	move(t, o)
	change(t, path, "PRAGMA foreign_keys = OFF", "UPDATE a SET name = 'changed' WHERE id = 3", "DELETE FROM a WHERE id = 6", "INSERT INTO a (name, n) VALUES ('late', 'odd')",
		"UPDATE b SET v = NULL WHERE k = 'k00007'", "INSERT INTO log VALUES ('new', 9)")
	if c, err := migrate.Verify(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch || c.Different != 6 {
		t.Fatalf("%v, %d differences", err, c.Different)
	}
	c, err := migrate.Since(context.Background(), o)
	if err != nil || !c.Equal() {
		t.Fatalf("%v", err)
	}
	check(t, "a", query(t, o.To, "SELECT count(*), (SELECT name FROM a WHERE id = 3), (SELECT count(*) FROM _migrate_rejects WHERE table_name = 'a') FROM a"), "1000|changed|11")
	change(t, path, "UPDATE a SET n = 'another' WHERE name = 'late'")
	if c, err := migrate.Since(context.Background(), o); err != nil || !c.Equal() {
		t.Fatal(err)
	}
	check(t, "reject", query(t, o.To, "SELECT count(*) FILTER (WHERE value = 'another'), count(*) FROM _migrate_rejects WHERE table_name = 'a'"), "1|11")
	change(t, path, "CREATE TABLE later (x)", "INSERT INTO later VALUES (1)")
	if c, err := migrate.Since(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch || c.Equal() || c.Different != 1 {
		t.Error(err)
	}
	change(t, path, "DROP TABLE later")
	check(t, "next id", query(t, o.To, "INSERT INTO a (name) VALUES ('x') RETURNING id"), "3002")
	change(t, path, "UPDATE a SET name = 'again' WHERE id = 9")
	query(t, o.To, "UPDATE a SET name = 'mine' WHERE id = 12")
	if _, err := migrate.Since(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("rows that others changed were overwritten: %v", err)
	}
}

// A type that the target's columns have got since the move, as tpe db up gives
// them, stops neither command.
func TestRetyped(t *testing.T) {
	t.Parallel()
	path := database(t, "CREATE TABLE a (id INTEGER PRIMARY KEY, day DATE, at TIMESTAMP, n INTEGER, flag BOOLEAN, doc JSON)",
		`INSERT INTO a VALUES (1, '2025-01-05', '2025-07-28 09:00:00', 0, 1, '{"b": 1, "a": [2]}'), (2, '2025-02-01', NULL, 1, 0, NULL)`,
		"CREATE TABLE b (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO b VALUES (1, 0), (2, 1)")
	o := options(t, path)
	move(t, o)
	types := query(t, o.To, "SELECT data_type FROM information_schema.columns WHERE table_name = 'a' ORDER BY ordinal_position")
	if !slices.Contains(types, "date") || !slices.Contains(types, "boolean") || !slices.Contains(types, "jsonb") {
		t.Fatal(types)
	}
	query(t, o.To, `ALTER TABLE a ALTER day TYPE TEXT, ALTER at TYPE TEXT, ALTER n TYPE INTEGER, ALTER doc TYPE JSON USING doc::TEXT::JSON, ALTER flag TYPE TEXT;
		ALTER TABLE b ALTER n TYPE BOOLEAN USING n <> 0`)
	if c, err := migrate.Verify(context.Background(), o); err != nil || !c.Equal() {
		t.Fatalf("%+v, %v", c, err)
	}
	change(t, path, `INSERT INTO a VALUES (3, '2025-03-01', '2025-07-28 10:00:00', 7, 1, '[]')`, "UPDATE a SET day = '2025-01-06' WHERE id = 1")
	if c, err := migrate.Since(context.Background(), o); err != nil || !c.Equal() {
		t.Fatalf("%+v, %v", c, err)
	}
	check(t, "a", query(t, o.To, "SELECT id, day, n FROM a ORDER BY id"), "1|2025-01-06|0", "2|2025-02-01|1", "3|2025-03-01|7")
	change(t, path, "UPDATE b SET n = 1")
	if c, err := migrate.Verify(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch || c.Different != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := migrate.Since(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict || !strings.Contains(err.Error(), "b.n was moved as bigint and is boolean now") {
		t.Error(err)
	}
	query(t, o.To, "ALTER TABLE b ALTER n TYPE INET USING NULL")
	if _, err := migrate.Verify(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch {
		t.Error(err)
	}
}

func TestConflict(t *testing.T) {
	t.Parallel()
	path := database(t, family)
	o := options(t, path)
	query(t, o.To, "CREATE TABLE mine (x int); CREATE VIEW seen AS SELECT x FROM mine")
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict || !strings.Contains(tpe.HintOf(err), "drop") {
		t.Errorf("%v", err)
	}
	o.Conflict = migrate.AddToSchema
	move(t, o)
	check(t, "kept", query(t, o.To, "SELECT count(*) FROM seen"), "0")
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("%v", err)
	}
	o.Conflict = migrate.DropConflict
	move(t, o)
	check(t, "dropped", query(t, o.To, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1"), "_migrate_rejects", "child", "grandchild", "parent")
}

func TestSchemaOnly(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, traps))
	o.Scope = migrate.SchemaOnly
	cert := move(t, o)
	var said strings.Builder
	if err := cert.Text(&said); err != nil || cert.Scope != migrate.SchemaOnly || strings.Contains(said.String(), "both sides hold the same") {
		t.Error(said.String(), err)
	}
	check(t, "rows", query(t, o.To, `SELECT count(*) FROM "Order"`), "0")
	check(t, "next id", query(t, o.To, `INSERT INTO "Order" (note) VALUES ('x') RETURNING id`), "501")
}

func TestDataOnly(t *testing.T) {
	t.Parallel()
	path := database(t, family, "INSERT INTO parent VALUES (3, 'a name that is too long for its column')")
	o := options(t, path)
	o.Scope = migrate.DataOnly
	query(t, o.To, `CREATE TABLE parent (id int PRIMARY KEY, name varchar(10), extra text DEFAULT 'x');
		CREATE TABLE child (id serial PRIMARY KEY, parent_id smallint REFERENCES parent, must bigint NOT NULL REFERENCES parent);
		CREATE TABLE "Grandchild" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, child_id int NOT NULL REFERENCES child ON DELETE CASCADE)`)
	c := move(t, o)
	check(t, "parent", query(t, o.To, "SELECT * FROM parent ORDER BY id"), "1|one|x", "2|two|x", `3|\N|x`)
	check(t, "rejects", query(t, o.To, "SELECT table_name, rowid, column_name, reason FROM _migrate_rejects"), "parent|3|name|longer than 10 characters")
	check(t, "constraints", query(t, o.To, "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1"), "Grandchild_child_id_fkey|t", "child_must_fkey|f", "child_parent_id_fkey|f")
	check(t, "next id", query(t, o.To, "INSERT INTO child (must) VALUES (1) RETURNING id"), "5")
	if len(c.Tables) != 3 {
		t.Errorf("%+v", c.Tables)
	}
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("%v", err)
	}
	o.Tables = []string{"child"} // the rejects of the others stay
	query(t, o.To, "TRUNCATE child CASCADE")
	move(t, o)
	check(t, "rejects", query(t, o.To, "SELECT table_name FROM _migrate_rejects"), "parent")
	o.Tables, o.Conflict = nil, migrate.DropConflict
	move(t, o)
}

// An interrupted copy that is begun again, and not resumed, does not lose the
// foreign keys and triggers that the first one took away.
func TestDataOnlyAgain(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, family, "DELETE FROM child WHERE id IN (2, 3); DELETE FROM grandchild WHERE id = 2"))
	o.Scope, o.ChunkRows = migrate.DataOnly, 1
	query(t, o.To, `CREATE TABLE parent (id int PRIMARY KEY, name text);
		CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, must int REFERENCES parent);
		CREATE TABLE grandchild (id int PRIMARY KEY, child_id int REFERENCES child);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END';
		CREATE TRIGGER fires BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION f()`)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o.Progress = func(p migrate.Progress) {
		if p.Phase == "copy and verify" && p.Rows > 0 {
			cancel()
		}
	}
	if _, err := migrate.Run(ctx, o); tpe.CodeOf(err) != tpe.Interrupted {
		t.Fatal(err)
	}
	o.Progress = nil
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict || !strings.Contains(tpe.HintOf(err), "--resume") {
		t.Fatal(err)
	}
	o.Conflict = migrate.DropConflict
	move(t, o)
	check(t, "constraints", query(t, o.To, "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1"), "child_must_fkey|t", "child_parent_id_fkey|t", "grandchild_child_id_fkey|t")
	check(t, "triggers", query(t, o.To, "SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"), "fires|O")
}

func TestTypesAndUsing(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, made_at INTEGER, cents INTEGER, code TEXT, other TEXT)",
		"INSERT INTO t VALUES (1, 1795445463, 1999, '0042', 'a'), (2, 1795445464, 5, 'x', '')"))
	o.Types = map[string]convert.Type{"*.made_at": {Kind: convert.Timestamptz}, "t.code": {Kind: convert.Bigint}, "T.CENTS": {Kind: convert.Numeric, Precision: 10, Scale: 2}}
	o.Using = map[string]string{"t.cents": "cents / 100.0", "t.other": "nullif(other, '')"}
	move(t, o)
	check(t, "rows", query(t, o.To, "SELECT * FROM t ORDER BY id"), `1|2026-11-23 14:51:03+00|19.99|42|a`, `2|2026-11-23 14:51:04+00|0.05|\N|\N`)
	check(t, "rejects", query(t, o.To, "SELECT rowid, column_name, value FROM _migrate_rejects"), "2|code|x")
	o.Using["t.nothing"] = "1"
	if _, err := migrate.Plan(context.Background(), o); tpe.CodeOf(err) != tpe.Misuse {
		t.Errorf("%v", err)
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO t VALUES (1, 2), (2, 'two')"))
	o.Strict = true
	_, err := migrate.Run(context.Background(), o)
	if tpe.CodeOf(err) != tpe.Mismatch || !strings.Contains(err.Error(), `t.n, row 2: the text "two"`) {
		t.Errorf("%v", err)
	}
	check(t, "nothing is there", query(t, o.To, "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"), "0")
}

// A large table is sampled first. A value that the sample did not show makes
// its types be chosen again, as if all had been read.
func TestSurprise(t *testing.T) {
	t.Parallel()
	path := database(t, `CREATE TABLE big (id INTEGER PRIMARY KEY, day TEXT, rare TEXT, n INTEGER NOT NULL);
		WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5200)
		INSERT INTO big SELECT i, '2026-01-01', NULL, i FROM c;
		UPDATE big SET day = 'someday' WHERE id = 2400; UPDATE big SET rare = '2026-01-02' WHERE id IN (2601, 2602); UPDATE big SET n = 'x' WHERE id = 2800`)
	o := options(t, path)
	o.ChunkRows = 200
	move(t, o)
	check(t, "types", query(t, o.To, "SELECT data_type FROM information_schema.columns WHERE table_name = 'big' ORDER BY ordinal_position"), "bigint", "text", "date", "bigint")
	check(t, "rejects", query(t, o.To, "SELECT rowid, column_name, value FROM _migrate_rejects"), "2800|n|x")
	check(t, "rows", query(t, o.To, "SELECT count(*) FROM big"), "5200")
}

// Two keys that differ in SQLite only by their storage class stop the move.
func TestEqualAfterConversion(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, "CREATE TABLE t (k PRIMARY KEY)", "INSERT INTO t VALUES (1), ('1')"))
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Mismatch || !strings.Contains(err.Error(), "primary key of t") {
		t.Errorf("%v", err)
	}
	o.Using = map[string]string{"t.k": "typeof(k) || ' ' || k"}
	move(t, o)
	check(t, "keys", query(t, o.To, "SELECT k FROM t ORDER BY k"), "integer 1", "text 1")
}
