package pgschema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/dialect"
	"github.com/power100/tpe/internal/migrate/pgname"
)

// New plans the schema for what a census found.
func New(r *census.Report) *Plan {
	b := &builder{report: r, plan: &Plan{Tables: []*Table{}, Views: []View{}, Triggers: []Trigger{}, LeftOut: []LeftOut{}}, schema: &dialect.Schema{}}
	for _, t := range r.Tables {
		b.schema.Relations = append(b.schema.Relations, relation(t))
	}
	for _, t := range r.Tables {
		b.table(t)
	}
	for _, t := range r.Catalog.Strange {
		b.plan.LeftOut = append(b.plan.LeftOut, Unreadable(t.Name, t.SQL))
	}
	b.views(r.Catalog)
	b.triggers(r.Catalog)
	return b.plan
}

// Unreadable is a virtual table that cannot be read.
func Unreadable(name, sql string) LeftOut {
	return LeftOut{Object: "virtual table " + name, Why: "the module that reads it is not part of tpe; the tables in which it keeps its rows are moved as they are", SQL: sql}
}

type builder struct {
	report *census.Report
	plan   *Plan
	schema *dialect.Schema
}

func (b *builder) leave(object, sql, format string, args ...any) {
	b.plan.LeftOut = append(b.plan.LeftOut, LeftOut{Object: object, Why: fmt.Sprintf(format, args...), SQL: sql})
}

func relation(t *census.Table) *dialect.Relation {
	r := &dialect.Relation{Name: t.Name, Target: pgname.Relation(t.Name)}
	for i, c := range t.Columns {
		r.Columns = append(r.Columns, dialect.RelationColumn{Name: c.Name, Target: pgname.Column(c.Name), Type: c.Type.Kind,
			NoCase: c.Type.Textual() && t.Origin().Columns[i].Collation != "", Rowid: t.Origin().RowidColumn == i})
	}
	if !t.Origin().WithoutRowid && !slices.ContainsFunc(t.Origin().PrimaryKey, func(i int) bool { return !t.Columns[i].NotNull }) {
		for _, i := range t.Origin().PrimaryKey {
			r.Key = append(r.Key, r.Columns[i].Target)
		}
	}
	return r
}

func (b *builder) table(t *census.Table) {
	src := t.Origin()
	out := &Table{Name: t.Name, Target: pgname.Relation(t.Name), Key: append([]int{}, src.PrimaryKey...), RowKey: src.RowidColumn, Sequence: src.Sequence, Sampled: t.Sampled,
		Indexes: []Statement{}, Checks: []Statement{}, Foreign: []Foreign{}, Generated: []int{}}
	b.plan.Tables = append(b.plan.Tables, out)
	var defs, plain []string
	for i, c := range t.Columns {
		col := Column{Name: c.Name, Target: pgname.Column(c.Name), Type: c.Type, Reason: c.Reason, Using: c.Using, NotNull: c.NotNull, Unseen: t.Sampled && c.Profile.Present() == 0}
		out.Columns = append(out.Columns, col)
		def := pgname.Quote(col.Target) + " " + c.Type.SQL()
		if c.Type.Textual() {
			def += ` COLLATE "C"` // the order and equality of BINARY
		}
		computed := ""
		switch {
		case src.Columns[i].Generated != "" && c.Using == "":
			if sql, ok := b.generated(t, i); ok {
				computed = " GENERATED ALWAYS AS (" + sql + ") STORED"
				out.Generated = append(out.Generated, i)
			}
		case i == src.RowidColumn && c.Type.Kind == convert.Bigint:
			out.Identity = col.Target
		case src.Columns[i].HasDef:
			if sql, err := dialect.Default(src.Columns[i].Default, c.Type); err != nil {
				b.leave("default of "+t.Name+"."+c.Name, src.Columns[i].Default, "%v", err)
			} else if sql != "NULL" {
				def += " DEFAULT " + sql
			}
		}
		null := ""
		if c.NotNull {
			null = " NOT NULL"
		} else if src.Columns[i].NotNull {
			b.leave("NOT NULL of "+t.Name+"."+c.Name, "", "values of the column are NULL or do not convert; when they are repaired: ALTER TABLE %s ALTER COLUMN %s SET NOT NULL",
				pgname.Quote(out.Target), pgname.Quote(col.Target))
		}
		if coll := src.Columns[i].Collation; coll != "" && c.Type.Textual() {
			b.leave("collation "+coll+" of "+t.Name+"."+c.Name, "", "Postgres compares the column by bytes; unique constraints and indexes on it keep the collation's rule, comparisons in queries do not")
		}
		defs, plain = append(defs, "\t"+def+computed+null), append(plain, "\t"+def+null)
	}
	out.Plain = fmt.Sprintf("CREATE TABLE %s (\n%s\n)", pgname.Quote(out.Target), strings.Join(plain, ",\n"))
	out.Create = fmt.Sprintf("CREATE TABLE %s (\n%s\n)", pgname.Quote(out.Target), strings.Join(defs, ",\n"))
	b.primaryKey(t, out)
	for _, ix := range src.Indexes {
		b.index(t, out, ix)
	}
	for _, check := range src.Text.Checks {
		b.check(t, out, check.Name, check.Expr)
	}
	for _, fk := range src.ForeignKeys {
		b.foreign(t, out, fk)
	}
}

func (b *builder) generated(t *census.Table, i int) (string, bool) {
	src := t.Origin().Columns[i]
	sql, kind, err := b.schema.Expr(t.Name, src.Generated)
	if err == nil && kind != convert.Unknown && !sameClass(kind, t.Columns[i].Type.Kind) {
		err = fmt.Errorf("it is of type %s and the column of type %s", convert.Type{Kind: kind}.SQL(), t.Columns[i].Type.SQL())
	}
	for k, c := range t.Origin().Columns { // Postgres allows none that is computed from another
		if err == nil && k != i && c.Generated != "" && strings.Contains(strings.ToLower(src.Generated), strings.ToLower(c.Name)) {
			err = fmt.Errorf("it uses the generated column %s", c.Name)
		}
	}
	if err != nil {
		b.leave("generated column "+t.Name+"."+src.Name, src.Generated, "%v; the column keeps its values and is a plain one", err)
		return "", false
	}
	return sql, true
}

func sameClass(a, b convert.Kind) bool {
	number := func(k convert.Kind) bool { return k >= convert.Smallint && k <= convert.Numeric }
	text := func(k convert.Kind) bool { return k == convert.Text || k == convert.Varchar }
	return a == b || number(a) && number(b) || text(a) && text(b)
}

func (b *builder) primaryKey(t *census.Table, out *Table) {
	if len(out.Key) == 0 {
		return
	}
	var names []string
	for _, i := range out.Key {
		names = append(names, out.Columns[i].Target)
		if !t.Columns[i].NotNull {
			b.foldedKey(t, out)
			b.leave("primary key of "+t.Name, "", "%s holds NULL, which SQLite allows and Postgres does not; a unique index takes its place", t.Columns[i].Name)
			out.Indexes = append(out.Indexes, Statement{Object: "unique index of " + t.Name, Must: true, Key: Unique, Columns: keyNames(out),
				SQL: fmt.Sprintf("CREATE UNIQUE INDEX ON %s (%s)", pgname.Quote(out.Target), pgname.List(keyNames(out)))})
			return
		}
	}
	b.foldedKey(t, out)
	out.Indexes = append(out.Indexes, Statement{Object: "primary key of " + t.Name, Must: true, Key: PrimaryKey, Columns: names,
		SQL: fmt.Sprintf("ALTER TABLE %s ADD PRIMARY KEY (%s)", pgname.Quote(out.Target), pgname.List(names))})
}

// foldedKey keeps a primary key unique by the collation of its columns, which
// is wider than the equality of bytes.
func (b *builder) foldedKey(t *census.Table, out *Table) {
	var parts []string
	folded := false
	for _, i := range out.Key {
		part := pgname.Quote(out.Columns[i].Target)
		if t.Columns[i].Type.Textual() && t.Origin().Columns[i].Collation == "NOCASE" {
			part, folded = "lower("+part+")", true
		}
		parts = append(parts, part)
	}
	if folded {
		out.Indexes = append(out.Indexes, Statement{Object: "primary key of " + t.Name + " without regard to case", Must: true,
			SQL: fmt.Sprintf("CREATE UNIQUE INDEX ON %s (%s)", pgname.Quote(out.Target), strings.Join(parts, ", "))})
	}
}

func keyNames(t *Table) []string {
	var names []string
	for _, i := range t.Key {
		names = append(names, t.Columns[i].Target)
	}
	return names
}
