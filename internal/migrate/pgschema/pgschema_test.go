package pgschema

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/origin"
)

func plan(t *testing.T, statements string) *Plan {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.db")
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
	snap, err := origin.Open(context.Background(), origin.Options{Path: path, Readers: 1, Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	r, err := census.Take(context.Background(), snap, census.Options{Clean: func(s string) string { return s }})
	if err != nil {
		t.Fatal(err)
	}
	return New(r)
}

// sqls returns the statements of a table in their order.
func sqls(t *Table) []string {
	out := []string{t.Create}
	for _, list := range [][]Statement{t.Indexes, t.Checks} {
		for _, s := range list {
			out = append(out, s.SQL)
		}
	}
	for _, f := range t.Foreign {
		out = append(out, f.SQL)
	}
	return out
}

func TestTables(t *testing.T) {
	p := plan(t, `CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'x', n INTEGER CHECK (n > 0), twice INT AS (n * 2) STORED, UNIQUE (name, n));
		CREATE UNIQUE INDEX one ON a (n DESC) WHERE n > 5; CREATE INDEX folded ON a (lower(name), id);
		CREATE TABLE "Line Item" (a_id INTEGER NOT NULL REFERENCES a ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, "No" INTEGER, tag TEXT COLLATE NOCASE UNIQUE, PRIMARY KEY (a_id, "No")) WITHOUT ROWID;`)
	want := [][]string{{
		"CREATE TABLE \"a\" (\n\t\"id\" bigint NOT NULL,\n\t\"name\" text COLLATE \"C\" DEFAULT 'x' NOT NULL,\n\t\"n\" bigint,\n\t\"twice\" bigint GENERATED ALWAYS AS (\"n\" * 2) STORED\n)",
		`ALTER TABLE "a" ADD PRIMARY KEY ("id")`, `ALTER TABLE "a" ADD UNIQUE ("name", "n")`, `CREATE UNIQUE INDEX "one" ON "a" ("n" DESC) WHERE "n" > 5`, `CREATE INDEX "folded" ON "a" ((lower("name")), "id")`,
		`ALTER TABLE "a" ADD CHECK ("n" > 0)`,
	}, {
		"CREATE TABLE \"Line Item\" (\n\t\"a_id\" bigint NOT NULL,\n\t\"No\" bigint NOT NULL,\n\t\"tag\" text COLLATE \"C\"\n)",
		`ALTER TABLE "Line Item" ADD PRIMARY KEY ("a_id", "No")`, `CREATE UNIQUE INDEX ON "Line Item" (lower("tag"))`,
		`ALTER TABLE "Line Item" ADD FOREIGN KEY ("a_id") REFERENCES "a" ("id") ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED`,
	}}
	for i, list := range want {
		if got := sqls(p.Tables[i]); !slices.Equal(got, list) {
			t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(list, "\n"))
		}
	}
	if p.Tables[0].Identity != "id" || p.Tables[1].Identity != "" {
		t.Errorf("identities %q and %q", p.Tables[0].Identity, p.Tables[1].Identity)
	}
	var keys []string
	for _, table := range p.Tables {
		for _, s := range table.Indexes {
			keys = append(keys, string(s.Key)+" "+strings.Join(s.Columns, ","))
		}
	}
	if want := []string{"primary id", "unique name,n", " ", " ", "primary a_id,No", " "}; !slices.Equal(keys, want) {
		t.Errorf("keys %q, want %q", keys, want)
	}
}

// What has no certain translation is listed with the reason, and with what the
// source says.
func TestLeftOut(t *testing.T) {
	p := plan(t, `CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT CHECK (n GLOB 'a*'), u TEXT DEFAULT (hex(randomblob(4))), other INTEGER REFERENCES nowhere, loose INTEGER REFERENCES w(v));
		CREATE TABLE w (k TEXT PRIMARY KEY, v INTEGER); INSERT INTO w VALUES (NULL, 1), ('a', 2);
		CREATE INDEX j ON t (json_extract(n, '$.a'));
		CREATE VIEW odd AS SELECT printf('%d', id) FROM t; CREATE VIEW even AS SELECT id FROM t; CREATE VIEW needs AS SELECT * FROM odd;
		CREATE TRIGGER instead INSTEAD OF DELETE ON even BEGIN DELETE FROM t; END;`)
	var got []string
	for _, l := range p.LeftOut {
		if l.Why == "" {
			t.Errorf("%s is left out without a reason", l.Object)
		}
		got = append(got, l.Object)
	}
	slices.Sort(got)
	want := []string{"CHECK (n GLOB 'a*') of t", "default of t.u", "foreign key (loose) of t to w", "foreign key (other) of t to nowhere", "index j", "primary key of w", "trigger instead", "view needs", "view odd"}
	if !slices.Equal(got, want) {
		t.Errorf("left out %q\nwant %q", got, want)
	}
	if len(p.Views) != 1 || p.Views[0].SQL != `CREATE VIEW "even" ("id") AS SELECT "t"."id" AS "id" FROM "t"` {
		t.Errorf("views %+v", p.Views)
	}
}
