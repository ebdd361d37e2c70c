package migrate_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/pgtest"
)

var server pgtest.Server

func TestMain(m *testing.M) {
	if args := os.Getenv(child); args != "" {
		os.Exit(runChild(args))
	}
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// database makes a SQLite database and returns its path.
func database(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.db")
	change(t, path, statements...)
	return path
}

// change runs statements on a SQLite database.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%.200s: %v", s, err)
		}
	}
}

func options(t *testing.T, path string) migrate.Options {
	t.Helper()
	return migrate.Options{From: path, FromName: "sqlite:test.db", To: server.Database(t), Schema: "public", Jobs: 2, Now: time.Now}
}

// move runs a migration that must succeed.
func move(t *testing.T, o migrate.Options) *migrate.Certificate {
	t.Helper()
	c, err := migrate.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Equal() {
		t.Fatalf("%+v", c.Differences)
	}
	if len(c.Source.File) != 64 {
		t.Errorf("the hash of the source is %q", c.Source.File)
	}
	return c
}

// query returns the rows of a query in the target as text.
func query(t *testing.T, url, sql string, args ...any) []string {
	t.Helper()
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	rows, err := c.Query(context.Background(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		line := ""
		for i, b := range row.RawValues() {
			if i > 0 {
				line += "|"
			}
			if b == nil {
				line += `\N`
			}
			line += string(b)
		}
		return line, nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func check(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  got  %q\n  want %q", what, got, want)
	}
}

// Nothing is lost and nothing is changed without a word: every value of the
// traps is equal, converted or in the rejects.
func TestTraps(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, traps))
	c := move(t, o)
	check(t, "orders", query(t, o.To, `SELECT id, "select", "Mixed Case", xmin_, placed, due, paid, total, big, qty, ratio, meta, note, raw FROM "Order" ORDER BY id`),
		`1|a|b|1|2026-11-23 14:51:03.343+00|2026-11-23|t|12.50|9223372036854775807|4294967295|0.1|{"a": [1.50, 100], "b": 1}|x|\x00ff`,
		`2|\N|c|\N|2026-11-23 14:51:03+00|2026-11-24|t|7.25|18446744073709552000|0|1|[]||\x74657874`,
		`3|tab	quote" back\slash|d|3|2026-11-23 14:51:03.343+00|\N|t|1000.00|-1|\N|1e+308|null|0007|\N`,
		`9||e|3|2026-11-23 14:51:03+00|2026-11-23|\N|\N|\N|\N|0|\N|NULL|\x`,
		`10|\N|f|3|2025-09-05 14:00:00+00|\N|f|99999999.99|5|1|3|\N|\\|\x41`,
		`11|\N|f|3|\N|\N|f|0.00|5|1|3|\N|\\|\x41`)
	check(t, "rejects", query(t, o.To, `SELECT table_name, rowid, column_name, storage_class, value, bytes, reason FROM _migrate_rejects ORDER BY 1, 2, 3`),
		`Order|10|meta|text|[object Object]|\N|no JSON that Postgres keeps whole: invalid value at byte 1`,
		`Order|11|placed|text|0000-00-00 00:00:00|\N|a zero date: there is no such day`,
		`Order|3|due|text|0000-00-00|\N|a zero date: there is no such day`,
		`Order|3|qty|text|twelve|\N|a text that is no integer of 64 bits`,
		`Order|9|meta|text|{"k":"\u0000"}|\N|JSON with the character \u0000, which jsonb cannot hold`,
		`Order|9|paid|integer|2|\N|neither true nor false`,
		`Order|9|qty|text||\N|an empty text`,
		`bad|1|t|text|\xff\xfe|\xfffe|invalid UTF-8`,
		`bad|2|t|text|a\x00b|\x610062|contains the character NUL, which Postgres texts cannot`,
		`bad|4|t|blob|x'fffe'|\xfffe|a blob that is no UTF-8 text`,
		`tag|4|weight|blob|x'00'|\x00|contains the character NUL, which Postgres texts cannot`)
	check(t, "types", query(t, o.To, `SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name IN ('ids', 'refs', 'line', 'tag', 'nokey') GROUP BY table_name ORDER BY table_name`),
		"id uuid, at timestamp with time zone, day date, doc json, epoch bigint, jd double precision",
		"order_id bigint, n bigint, what text, price double precision, twice double precision",
		"a bigint, b text", "id bigint, ids_id uuid", "name text, parent text, weight text")
	check(t, "json keeps its text", query(t, o.To, `SELECT doc FROM ids ORDER BY at`), `{"a": 1}`, `[1,  2]`)
	check(t, "rows without a key", query(t, o.To, `SELECT a, b, count(*) FROM nokey GROUP BY 1, 2 ORDER BY 1`), `1|x|3`, `2|ä|1`, `\N|\N|1`)
	check(t, "generated", query(t, o.To, `SELECT attgenerated::text FROM pg_attribute WHERE attrelid = 'line'::regclass AND attname = 'twice'`), "s")
	check(t, "next ids", query(t, o.To, `INSERT INTO "Order" ("select") VALUES ('new') RETURNING id`), "501")
	check(t, "next id of an empty table", query(t, o.To, `INSERT INTO empty_auto (v) VALUES ('new') RETURNING id`), "78")
	check(t, "first id", query(t, o.To, `INSERT INTO never (v) VALUES ('new') RETURNING id`), "1")
	check(t, "partial index", query(t, o.To, `SELECT indexdef FROM pg_indexes WHERE indexname = 'by_total'`), `CREATE INDEX by_total ON public."Order" USING btree (total DESC) WHERE (paid = true)`)
	check(t, "keys", query(t, o.To, `SELECT conname, contype::text, convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1`),
		"Order_paid_check|c|t", "Order_pkey|p|t",
		"a_table_with_a_name_that_is_much_longer_than_postgres__b15_pkey|p|t", "a_table_with_a_name_that_is_much_longer_than_postgres__e51_pkey|p|t",
		"bad_pkey|p|t", "empty_auto_pkey|p|t", "ids_pkey|p|t", "line_order_id_fkey|f|f", "line_pkey|p|t", "never_pkey|p|t", "refs_ids_id_fkey|f|t", "refs_pkey|p|t",
		"tag_parent_fkey|f|t", "tag_parent_weight_key|u|t")
	query(t, o.To, `UPDATE "Order" SET made = '2000-01-01'; UPDATE "Order" SET note = 'touched' WHERE id = 1`)
	check(t, "trigger", query(t, o.To, `SELECT made > '2020-01-01' FROM "Order" WHERE id IN (1, 2) ORDER BY id`), "t", "f")
	var left []string
	for _, l := range c.LeftOut {
		left = append(left, l.Object)
	}
	check(t, "left out", left, "collation NOCASE of line.what", "collation NOCASE of tag.name", "primary key of tag", "view globbed", "trigger odd")
}
