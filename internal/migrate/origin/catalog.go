package origin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/sqltext"
)

// Catalog is the schema of a database.
type Catalog struct {
	Tables   []*Table
	Strange  []Object // virtual tables whose module is not there: they cannot be read
	Views    []Object
	Triggers []Trigger
}

// Object is a named statement.
type Object struct {
	Name string
	SQL  string
}

// Trigger is a trigger and the table or view it is on.
type Trigger struct {
	Name, Table, SQL string
}

// Table is a table, in the order in which it was made.
type Table struct {
	Name         string
	SQL          string
	Columns      []Column
	PrimaryKey   []int // columns, in the order of the key
	RowidColumn  int   // the column that is the rowid, or -1
	WithoutRowid bool
	Virtual      bool  // a virtual table, such as a full text index
	Strict       bool  // declared STRICT
	Sequence     int64 // of sqlite_sequence; 0 when there is none
	Text         sqltext.Table
	ForeignKeys  []ForeignKey
	Indexes      []Index
}

// Column is a column of a table.
type Column struct {
	Name      string
	Declared  string // the declared type as written, or ""
	NotNull   bool
	Default   string // as written; HasDefault tells it from none
	HasDef    bool
	Generated string // the expression, of a generated column
	Collation string // "" is BINARY
}

// ForeignKey is a foreign key.
type ForeignKey struct {
	Name               string // may be empty
	Columns            []int
	Parent             string
	ParentColumns      []string
	OnUpdate, OnDelete string
	Deferred           bool
}

// Index is an index that is not the primary key's.
type Index struct {
	Name       string
	Unique     bool
	Constraint bool // made by UNIQUE in the table
	Parts      []IndexPart
	Where      string // the condition of a partial index
}

// IndexPart is a column, or an expression when Column is -1.
type IndexPart struct {
	Column    int
	Expr      string
	Desc      bool
	Collation string // "" is BINARY
}

// Column returns the place of a column by its name, without regard to case as
// SQLite looks names up, or -1.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return sqltext.Fold(c.Name) == sqltext.Fold(name) })
}

// Table returns a table by its name, without regard to case, or nil.
func (c *Catalog) Table(name string) *Table {
	for _, t := range c.Tables {
		if sqltext.Fold(t.Name) == sqltext.Fold(name) {
			return t
		}
	}
	return nil
}

// Catalog reads the schema.
func (c *Conn) Catalog(ctx context.Context) (*Catalog, error) {
	cat := &Catalog{}
	err := c.each(ctx, `SELECT s.name, s.sql, l.type, l.wr, l.strict FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
		WHERE s.type = 'table' AND l.type IN ('table', 'virtual') AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY s.rowid`, func(r *Rows) {
		cat.Tables = append(cat.Tables, &Table{Name: r.String(0), SQL: r.String(1), Virtual: r.String(2) == "virtual",
			WithoutRowid: r.Int(3) != 0, Strict: r.Int(4) != 0, RowidColumn: -1})
	})
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	sequences := map[string]int64{}
	if n, err := c.One(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'"); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	} else if n > 0 {
		if err := c.each(ctx, "SELECT name, seq FROM sqlite_sequence", func(r *Rows) { sequences[r.String(0)] = r.Int(1) }); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
	}
	var readable []*Table
	for _, t := range cat.Tables {
		t.Sequence = sequences[t.Name]
		err := c.table(ctx, t)
		var answer *Error
		if t.Virtual && errors.As(err, &answer) && strings.HasPrefix(answer.Message, "no such module") {
			cat.Strange = append(cat.Strange, Object{Name: t.Name, SQL: t.SQL})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the schema of %s: %w", t.Name, err)
		}
		readable = append(readable, t)
	}
	cat.Tables = readable
	err = c.each(ctx, "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY rowid", func(r *Rows) {
		if r.String(0) == "view" {
			cat.Views = append(cat.Views, Object{Name: r.String(1), SQL: r.String(3)})
			return
		}
		cat.Triggers = append(cat.Triggers, Trigger{Name: r.String(1), Table: r.String(2), SQL: r.String(3)})
	})
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return cat, nil
}

func (c *Conn) table(ctx context.Context, t *Table) error {
	if !t.Virtual {
		var err error
		if t.Text, err = sqltext.ParseTable(t.SQL); err != nil {
			return err
		}
	}
	keys := map[int64]int{} // place in the primary key, from 1
	err := c.each(ctx, "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)", func(r *Rows) {
		hidden := r.Int(5)
		if hidden == 1 { // a hidden column of a virtual table
			return
		}
		col := Column{Name: r.String(0), Declared: r.String(1), NotNull: r.Int(2) != 0}
		if def := r.Value(3); def.Kind != Null {
			col.Default, col.HasDef = string(def.Bytes), true
		}
		for _, text := range t.Text.Columns {
			if sqltext.Fold(text.Name) == sqltext.Fold(col.Name) {
				col.Collation = text.Collation
				if hidden > 1 {
					col.Generated = text.Generated
				}
			}
		}
		if pk := r.Int(4); pk > 0 {
			keys[pk] = len(t.Columns)
		}
		t.Columns = append(t.Columns, col)
	}, t.Name)
	if err != nil {
		return err
	}
	for i := range len(keys) {
		t.PrimaryKey = append(t.PrimaryKey, keys[int64(i+1)])
	}
	if t.Virtual {
		return nil
	}
	if err := c.indexes(ctx, t); err != nil {
		return err
	}
	return c.foreignKeys(ctx, t)
}

// indexes reads the indexes, and finds out whether the primary key is the
// rowid: it is when an INTEGER primary key has no index of its own.
func (c *Conn) indexes(ctx context.Context, t *Table) error {
	keyIndex := false
	err := c.each(ctx, `SELECT l.name, l."unique", l.origin, s.sql FROM pragma_index_list(?) l LEFT JOIN sqlite_schema s ON s.name = l.name AND s.type = 'index' ORDER BY l.seq DESC`, func(r *Rows) {
		if r.String(2) == "pk" {
			keyIndex = true
			return
		}
		t.Indexes = append(t.Indexes, Index{Name: r.String(0), Unique: r.Int(1) != 0, Constraint: r.String(2) == "u", Where: sqltext.IndexWhere(r.String(3))})
		t.Indexes[len(t.Indexes)-1].Parts = parts(r.String(3))
	}, t.Name)
	if err != nil {
		return err
	}
	if len(t.PrimaryKey) == 1 && !t.WithoutRowid && !keyIndex && strings.EqualFold(t.Columns[t.PrimaryKey[0]].Declared, "INTEGER") {
		t.RowidColumn = t.PrimaryKey[0]
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		n := 0
		err := c.each(ctx, `SELECT cid, "desc", coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno`, func(r *Rows) {
			if n == len(ix.Parts) {
				ix.Parts = append(ix.Parts, IndexPart{})
			}
			p := &ix.Parts[n]
			n++
			p.Column, p.Desc = t.place(int(r.Int(0))), r.Int(1) != 0
			if coll := r.String(2); !strings.EqualFold(coll, "BINARY") {
				p.Collation = strings.ToUpper(coll)
			}
		}, ix.Name)
		if err != nil {
			return err
		}
	}
	return nil
}

func parts(sql string) []IndexPart {
	var out []IndexPart
	for _, expr := range sqltext.IndexParts(sql) {
		out = append(out, IndexPart{Expr: expr})
	}
	return out
}

// place turns a column's number in an index into its place in the table: -1
// for an expression and for a rowid that is no column.
func (t *Table) place(cid int) int {
	if cid == -1 && t.RowidColumn >= 0 {
		return t.RowidColumn
	}
	if cid < 0 || cid >= len(t.Columns) {
		return -1
	}
	return cid
}

func (c *Conn) foreignKeys(ctx context.Context, t *Table) error {
	last := int64(-1)
	err := c.each(ctx, `SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq`, func(r *Rows) {
		if id := r.Int(0); id != last {
			last = id
			t.ForeignKeys = append(t.ForeignKeys, ForeignKey{Parent: r.String(1), OnUpdate: r.String(4), OnDelete: r.String(5)})
		}
		fk := &t.ForeignKeys[len(t.ForeignKeys)-1]
		fk.Columns = append(fk.Columns, t.Column(r.String(2)))
		if to := r.Value(3); to.Kind != Null {
			fk.ParentColumns = append(fk.ParentColumns, string(to.Bytes))
		}
	}, t.Name)
	if err != nil {
		return err
	}
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		for _, text := range t.Text.Foreign {
			if slices.EqualFunc(text.Columns, fk.Columns, func(name string, col int) bool { return t.Column(name) == col }) {
				fk.Name, fk.Deferred = text.Name, fk.Deferred || text.Deferred
			}
		}
	}
	return nil
}

// Quote quotes a name for SQLite.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Select returns the query for the columns of a table that are stored or
// computed, in order, preceded by the rowid; of a table WITHOUT ROWID a NULL
// is in its place. exprs replaces columns by expressions.
func (t *Table) Select(exprs map[int]string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if t.WithoutRowid {
		b.WriteString("NULL")
	} else {
		b.WriteString(t.Rowid())
	}
	for i, col := range t.Columns {
		b.WriteString(", ")
		if e, ok := exprs[i]; ok {
			b.WriteString("(" + e + ")")
			continue
		}
		b.WriteString(Quote(col.Name))
	}
	b.WriteString(" FROM " + Quote(t.Name))
	return b.String()
}

// Rowid returns a name of the rowid that no column has taken.
func (t *Table) Rowid() string {
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if t.Column(name) < 0 {
			return name
		}
	}
	if t.RowidColumn >= 0 {
		return Quote(t.Columns[t.RowidColumn].Name)
	}
	return "NULL"
}
