package dialect

import (
	"strings"
	"testing"

	"github.com/power100/tpe/internal/migrate/convert"
)

func schema() *Schema {
	return &Schema{Relations: []*Relation{
		{Name: "t", Target: "t", Columns: []RelationColumn{
			{Name: "id", Target: "id", Type: convert.Bigint, Rowid: true}, {Name: "Name", Target: "Name", Type: convert.Text}, {Name: "ok", Target: "ok", Type: convert.Boolean},
			{Name: "at", Target: "at", Type: convert.Timestamptz}, {Name: "price", Target: "price", Type: convert.Double}, {Name: "tag", Target: "tag", Type: convert.Text, NoCase: true}, {Name: "total", Target: "total", Type: convert.Numeric}}},
		{Name: "u", Target: "u", Columns: []RelationColumn{{Name: "t_id", Target: "t_id", Type: convert.Bigint}, {Name: "note", Target: "note", Type: convert.Text}}},
	}}
}

func TestExpressions(t *testing.T) {
	for in, want := range map[string]string{
		`ok IN (0, 1)`:                      `"ok" IN (false, true)`,
		`ok`:                                `"ok"`,
		`ok = 1 AND id`:                     `("ok" = true) AND ("id" <> 0)`,
		`name LIKE 'a%'`:                    `"Name" ILIKE 'a%' ESCAPE ''`,
		`length(trim(name)) > 3`:            `length(btrim("Name"))::bigint > 3`,
		`at >= '2026-01-01'`:                `"at" >= '2026-01-01T00:00:00Z'::timestamp with time zone`,
		`id / 2 = 1 OR id % id <> 0`:        `(("id" / 2) = 1) OR (("id" % nullif("id", 0)) <> 0)`,
		`at < datetime('2026-01-01')`:       `"at" < '2026-01-01T00:00:00Z'::timestamp with time zone`,
		`name = date('2026-01-01 10:00')`:   `"Name" = '2026-01-01'`,
		`id = strftime('%s', 'now')`:        `"id" = floor(extract(epoch FROM now()))::bigint`,
		`name = 5`:                          `"Name" = '5'`,
		`id = '5'`:                          `"id" = 5`,
		`name IS NOT NULL AND NOT ok`:       `("Name" IS NOT NULL) AND (NOT "ok")`,
		`rowid BETWEEN 1 AND 9`:             `"id" BETWEEN 1 AND 9`,
		`"no such column" = name`:           `'no such column' = "Name"`,
		`ifnull(name, '') || id`:            `coalesce("Name", '') || "id"::text`,
		`CASE WHEN ok THEN 1 ELSE 0 END`:    `CASE WHEN "ok" THEN 1 ELSE 0 END <> 0`,
		`name IS 'x'`:                       `"Name" IS NOT DISTINCT FROM 'x'`,
		`strftime('%Y-%m', at) = '2026-01'`: `to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM') = '2026-01'`,
	} {
		var got string
		var err error
		if in == "ifnull(name, '') || id" {
			got, _, err = schema().Expr("t", in)
		} else {
			got, err = schema().Condition("t", in)
		}
		if err != nil || got != want {
			t.Errorf("%s:\n  got  %s, %v\n  want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"name GLOB 'a*'", "tag = 'x'", "at = 5", "CAST(name AS INTEGER)", "name + 1", "total / 2 > 1", "julianday(at) > 1", "json_extract(name, '$.a')", "x.y", "no_column", "(1, 2)", "", "1 +", "name = 'a", "random()"} {
		if got, err := schema().Condition("t", in); err == nil {
			t.Errorf("%s was translated to %s", in, got)
		}
	}
}

// A trigger that means the row it was fired for names it by the rowid, or by
// the key where no column is the rowid.
func TestTriggerRow(t *testing.T) {
	s := schema()
	s.Relations = append(s.Relations, &Relation{Name: "k", Target: "k", Key: []string{"a", "B"}, Columns: []RelationColumn{{Name: "a", Target: "a", Type: convert.Bigint}, {Name: "B", Target: "B", Type: convert.Text}, {Name: "at", Target: "at", Type: convert.Timestamptz}}})
	for in, want := range map[string]string{
		"CREATE TRIGGER x AFTER UPDATE ON k BEGIN UPDATE k SET at = DATETIME('NOW') WHERE rowid = new.rowid; END":   `UPDATE "k" SET "at" = CURRENT_TIMESTAMP WHERE "k"."a" = NEW."a" AND "k"."B" = NEW."B";`,
		"CREATE TRIGGER x AFTER UPDATE ON k BEGIN DELETE FROM k WHERE OLD._rowid_ = k.oid; END":                     `DELETE FROM "k" WHERE "k"."a" = OLD."a" AND "k"."B" = OLD."B";`,
		"CREATE TRIGGER x AFTER UPDATE ON t BEGIN UPDATE t SET at = CURRENT_TIMESTAMP WHERE rowid = new.rowid; END": `UPDATE "t" SET "at" = CURRENT_TIMESTAMP WHERE "t"."id" = NEW."id";`,
	} {
		if got, err := s.Trigger(in); err != nil || !strings.Contains(got.Function, want) {
			t.Errorf("%s:\n%s, %v\nwant %s", in, got.Function, err, want)
		}
	}
	for _, in := range []string{"UPDATE k SET B = 'x' WHERE rowid = new.rowid AND a = 1", "UPDATE k SET B = 'x' WHERE rowid = 1", "UPDATE u SET note = 'x' WHERE rowid = new.rowid", "DELETE FROM k WHERE rowid > new.rowid"} {
		if got, err := s.Trigger("CREATE TRIGGER x AFTER UPDATE ON k BEGIN " + in + "; END"); err == nil {
			t.Errorf("%s was translated to %s", in, got.Function)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		in   string
		kind convert.Kind
		want string
	}{
		{"0", convert.Boolean, "false"}, {"'yes'", convert.Boolean, "true"}, {"CURRENT_TIMESTAMP", convert.Timestamptz, "CURRENT_TIMESTAMP"}, {"datetime('now')", convert.Timestamptz, "CURRENT_TIMESTAMP"},
		{"CURRENT_TIMESTAMP", convert.Text, "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"}, {`"web"`, convert.Text, "'web'"}, {"-1.5", convert.Double, "-1.5"}, {"'[]'", convert.JSON, "'[]'::json"},
		{"'2026-01-02'", convert.Date, "'2026-01-02'::date"}, {"1", convert.Text, "'1'"}, {"0x10", convert.Bigint, "16"}, {"TRUE", convert.Boolean, "true"}, {"NULL", convert.Bigint, "NULL"},
	} {
		if got, err := Default(c.in, convert.Type{Kind: c.kind}); err != nil || got != c.want {
			t.Errorf("%s as %v: %s, %v; want %s", c.in, c.kind, got, err, c.want)
		}
	}
	for _, in := range []string{"'soon'", "hex(randomblob(16))", "''"} {
		if got, err := Default(in, convert.Type{Kind: convert.Timestamptz}); err == nil {
			t.Errorf("%s became %s", in, got)
		}
	}
}

// What cannot be read is an error, never a panic.
func FuzzTranslate(f *testing.F) {
	for _, s := range []string{"CREATE VIEW v AS SELECT t.*, count(u.note) AS n FROM t LEFT JOIN u ON u.t_id = t.id WHERE ok GROUP BY t.id ORDER BY 1 DESC LIMIT 3",
		"CREATE TRIGGER x AFTER UPDATE OF name ON t WHEN NEW.ok BEGIN UPDATE t SET name = OLD.name || 'x' WHERE id = NEW.id; INSERT INTO u VALUES (NEW.id, 'a'); SELECT RAISE(ABORT, 'no') WHERE NEW.id < 0; END",
		"CASE name WHEN 'a' THEN 1 END + (SELECT max(id) FROM t)", "name NOT IN (SELECT note FROM u WHERE t_id = id)"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, sql string) {
		s := schema()
		_, _ = s.View(sql)
		_, _ = s.Trigger(sql)
		_, _ = s.Condition("t", sql)
		_, _ = Default(sql, convert.Type{Kind: convert.Timestamptz})
	})
}
