// Package pgschema plans the Postgres schema that a SQLite schema becomes:
// the statements, and what is left out with the reason. It runs nothing.
package pgschema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/dialect"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
)

// Plan is a schema to be made. Its statements name tables without a schema.
type Plan struct {
	Tables   []*Table  `json:"tables"`
	Views    []View    `json:"views"`
	Triggers []Trigger `json:"triggers"`
	LeftOut  []LeftOut `json:"left_out"`
}

// Table is a table to be made.
type Table struct {
	Name      string      `json:"name"`              // in the source
	Target    string      `json:"target"`            // in Postgres
	Sampled   bool        `json:"sampled,omitempty"` // the types were chosen by a part of the rows
	Create    string      `json:"create"`
	Plain     string      `json:"plain"` // the same without generated columns
	Columns   []Column    `json:"columns"`
	Key       []int       `json:"key"`                // columns of the primary key
	RowKey    int         `json:"row_key"`            // the column that is the rowid, or -1
	Identity  string      `json:"identity,omitempty"` // the column, in Postgres
	Sequence  int64       `json:"sequence,omitempty"` // what sqlite_sequence says
	Indexes   []Statement `json:"indexes"`            // primary key and unique constraints included
	Checks    []Statement `json:"checks"`
	Foreign   []Foreign   `json:"foreign_keys"`
	Generated []int       `json:"generated"` // columns that Postgres computes
}

// Column is a column to be made.
type Column struct {
	Unseen  bool         `json:"unseen,omitempty"` // the sample of the census held no value of it
	Name    string       `json:"name"`
	Target  string       `json:"target"`
	Type    convert.Type `json:"type"`
	Reason  string       `json:"reason"` // of the type
	Using   string       `json:"using,omitempty"`
	NotNull bool         `json:"not_null,omitempty"`
}

// Statement makes one object.
type Statement struct {
	Object string `json:"object"`         // what it makes, for people
	Name   string `json:"name,omitempty"` // of the index or constraint; empty: Postgres chooses
	SQL    string `json:"sql"`
	Must   bool   `json:"must,omitempty"` // a primary key or a unique constraint
}

// Foreign is a foreign key to be made.
type Foreign struct {
	Statement
	Table         string   `json:"table"`
	Columns       []string `json:"columns"`
	Parent        string   `json:"parent"`
	ParentColumns []string `json:"parent_columns"`
}

// View is a view to be made.
type View struct {
	Name   string `json:"name"`
	Target string `json:"target"`
	SQL    string `json:"sql"`
}

// Trigger is a trigger to be made.
type Trigger struct {
	Name     string `json:"name"`
	Function string `json:"function"`
	Create   string `json:"create"`
}

// LeftOut is something that the source has and the target will not.
type LeftOut struct {
	Object string `json:"object"`
	Why    string `json:"why"`
	SQL    string `json:"sql,omitempty"` // as the source has it
}

// New plans the schema for what a census found.
func New(r *census.Report) *Plan {
	b := &builder{report: r, plan: &Plan{Tables: []*Table{}, Views: []View{}, Triggers: []Trigger{}, LeftOut: []LeftOut{}}, schema: &dialect.Schema{}}
	for _, t := range r.Tables {
		b.schema.Relations = append(b.schema.Relations, relation(t))
	}
	for _, t := range r.Tables {
		b.table(t)
	}
	b.views(r.Catalog)
	b.triggers(r.Catalog)
	return b.plan
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
	return r
}

func (b *builder) table(t *census.Table) {
	src := t.Origin()
	out := &Table{Name: t.Name, Target: pgname.Relation(t.Name), Key: src.PrimaryKey, RowKey: src.RowidColumn, Sequence: src.Sequence, Sampled: t.Sampled,
		Indexes: []Statement{}, Checks: []Statement{}, Foreign: []Foreign{}}
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
			out.Indexes = append(out.Indexes, Statement{Object: "unique index of " + t.Name, Must: true,
				SQL: fmt.Sprintf("CREATE UNIQUE INDEX ON %s (%s)", pgname.Quote(out.Target), pgname.List(keyNames(out)))})
			return
		}
	}
	b.foldedKey(t, out)
	out.Indexes = append(out.Indexes, Statement{Object: "primary key of " + t.Name, Must: true,
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

func (b *builder) index(t *census.Table, out *Table, ix origin.Index) {
	what := "index " + ix.Name
	if ix.Constraint {
		what = "unique constraint of " + t.Name
	}
	var parts []string
	plain := true
	for _, p := range ix.Parts {
		var part string
		switch {
		case p.Column >= 0 && (p.Collation == "" || !t.Columns[p.Column].Type.Textual()):
			part = pgname.Quote(out.Columns[p.Column].Target)
		case p.Column >= 0 && p.Collation == "NOCASE":
			part, plain = "lower("+pgname.Quote(out.Columns[p.Column].Target)+")", false
		case p.Column >= 0 && p.Collation == "RTRIM":
			part, plain = "rtrim("+pgname.Quote(out.Columns[p.Column].Target)+")", false
		case p.Column >= 0 || p.Collation != "":
			b.leave(what, "", "it uses the collation %s", p.Collation)
			return
		default:
			sql, _, err := b.schema.Expr(t.Name, p.Expr)
			if err != nil {
				b.leave(what, p.Expr, "%v", err)
				return
			}
			part, plain = "("+sql+")", false
		}
		if p.Desc {
			part += " DESC"
		}
		parts = append(parts, part)
	}
	if ix.Constraint && plain {
		out.Indexes = append(out.Indexes, Statement{Object: what, Must: true,
			SQL: fmt.Sprintf("ALTER TABLE %s ADD UNIQUE (%s)", pgname.Quote(out.Target), strings.Join(parts, ", "))})
		return
	}
	s := Statement{Object: what, Must: ix.Unique}
	kind := "INDEX"
	if ix.Unique {
		kind = "UNIQUE INDEX"
	}
	name := ""
	if !ix.Constraint {
		s.Name = pgname.Relation(ix.Name)
		name = pgname.Quote(s.Name) + " "
	}
	s.SQL = fmt.Sprintf("CREATE %s %sON %s (%s)", kind, name, pgname.Quote(out.Target), strings.Join(parts, ", "))
	if ix.Where != "" {
		where, err := b.schema.Condition(t.Name, ix.Where)
		if err != nil {
			b.leave(what, ix.Where, "%v", err)
			return
		}
		s.SQL += " WHERE " + where
	}
	out.Indexes = append(out.Indexes, s)
}

func (b *builder) check(t *census.Table, out *Table, name, expr string) {
	what := "CHECK (" + expr + ") of " + t.Name
	sql, err := b.schema.Condition(t.Name, expr)
	if err != nil {
		b.leave(what, "", "%v", err)
		return
	}
	constraint := ""
	if name != "" {
		constraint = "CONSTRAINT " + pgname.Quote(pgname.Relation(name)) + " "
	}
	out.Checks = append(out.Checks, Statement{Object: what, Name: name, SQL: fmt.Sprintf("ALTER TABLE %s ADD %sCHECK (%s)", pgname.Quote(out.Target), constraint, sql)})
}

func (b *builder) foreign(t *census.Table, out *Table, fk origin.ForeignKey) {
	f := Foreign{Table: out.Target}
	for _, i := range fk.Columns {
		if i < 0 {
			return
		}
		f.Columns = append(f.Columns, out.Columns[i].Target)
	}
	f.Object = fmt.Sprintf("foreign key (%s) of %s to %s", strings.Join(f.Columns, ", "), t.Name, fk.Parent)
	parent, cols, err := b.report.Parent(fk)
	if err != nil {
		b.leave(f.Object, "", "%v", err)
		return
	}
	f.Parent = pgname.Relation(parent.Name)
	for _, c := range cols {
		f.ParentColumns = append(f.ParentColumns, pgname.Column(c.Name))
	}
	if !uniqueOn(parent, cols) {
		b.leave(f.Object, "", "the columns of %s that it points to are not unique there", parent.Name)
		return
	}
	constraint := ""
	if fk.Name != "" {
		constraint = "CONSTRAINT " + pgname.Quote(pgname.Relation(fk.Name)) + " "
	}
	f.SQL = fmt.Sprintf("ALTER TABLE %s ADD %sFOREIGN KEY (%s) REFERENCES %s (%s)", pgname.Quote(f.Table), constraint, pgname.List(f.Columns), pgname.Quote(f.Parent), pgname.List(f.ParentColumns))
	if fk.OnDelete != "NO ACTION" {
		f.SQL += " ON DELETE " + fk.OnDelete
	}
	if fk.OnUpdate != "NO ACTION" {
		f.SQL += " ON UPDATE " + fk.OnUpdate
	}
	if fk.Deferred {
		f.SQL += " DEFERRABLE INITIALLY DEFERRED"
	}
	out.Foreign = append(out.Foreign, f)
}

// uniqueOn reports whether the columns are a key of their table.
func uniqueOn(t *census.Table, cols []*census.Column) bool {
	var want []int
	for _, c := range cols {
		want = append(want, slices.Index(t.Columns, c))
	}
	slices.Sort(want)
	same := func(list []int) bool {
		list = slices.Clone(list)
		slices.Sort(list)
		return slices.Equal(list, want)
	}
	if same(t.Origin().PrimaryKey) {
		return true
	}
	return slices.ContainsFunc(t.Origin().Indexes, func(ix origin.Index) bool {
		var list []int
		for _, p := range ix.Parts {
			if p.Column < 0 || p.Collation != "" && t.Columns[p.Column].Type.Textual() {
				return false
			}
			list = append(list, p.Column)
		}
		return ix.Unique && ix.Where == "" && same(list)
	})
}

// views translates the views, those that others need first.
func (b *builder) views(cat *origin.Catalog) {
	waiting := slices.Clone(cat.Views)
	for len(waiting) > 0 {
		var next []origin.Object
		for _, v := range waiting {
			view, err := b.schema.View(v.SQL)
			if err != nil {
				next = append(next, v)
				continue
			}
			b.schema.Relations = append(b.schema.Relations, &view.Relation)
			b.plan.Views = append(b.plan.Views, View{Name: v.Name, Target: view.Relation.Target,
				SQL: fmt.Sprintf("CREATE VIEW %s AS %s", pgname.Quote(view.Relation.Target), view.Query)})
		}
		if len(next) == len(waiting) {
			break
		}
		waiting = next
	}
	for _, v := range cat.Views {
		if slices.ContainsFunc(waiting, func(w origin.Object) bool { return w.Name == v.Name }) {
			_, err := b.schema.View(v.SQL)
			b.leave("view "+v.Name, v.SQL, "%v", err)
		}
	}
}

func (b *builder) triggers(cat *origin.Catalog) {
	var list []dialect.Trigger
	var sources []origin.Trigger
	for _, src := range cat.Triggers {
		t, err := b.schema.Trigger(src.SQL)
		if err != nil {
			b.leave("trigger "+src.Name, src.SQL, "%v", err)
			continue
		}
		list, sources = append(list, t), append(sources, src)
	}
	for i, t := range list {
		// A trigger that writes to its own table must not fire itself, and
		// may only be kept from it where no other trigger writes there.
		own := slices.Contains(t.Writes, t.Table)
		other := slices.ContainsFunc(list, func(o dialect.Trigger) bool {
			return o.Name != t.Name && o.Table != t.Table && slices.Contains(o.Writes, t.Table)
		})
		if own && other {
			b.leave("trigger "+sources[i].Name, sources[i].SQL, "it writes to its own table, and so do triggers of other tables: whether it fires then is different in Postgres")
			continue
		}
		b.plan.Triggers = append(b.plan.Triggers, Trigger{Name: sources[i].Name, Function: t.Function, Create: t.Create})
	}
}
