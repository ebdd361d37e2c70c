// Package dialect says in the SQL of Postgres what SQL of SQLite says. It
// translates only what it knows to mean the same there; everything else is an
// error that says why, never a guess.
package dialect

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

// Schema is what the translated statements may name.
type Schema struct {
	Relations []*Relation
}

// Relation is a table or a view.
type Relation struct {
	Name    string // in SQLite
	Target  string // in Postgres
	Columns []RelationColumn
	Key     []string // in Postgres: the primary key of a table with a rowid, none of it NULL
}

// RelationColumn is a column of a relation.
type RelationColumn struct {
	Name   string // in SQLite
	Target string // in Postgres
	Type   convert.Kind
	NoCase bool // compares by another collation than BINARY
	Rowid  bool // is the rowid
}

func (s *Schema) relation(name string) *Relation {
	for _, r := range s.Relations {
		if sqltext.Fold(r.Name) == sqltext.Fold(name) {
			return r
		}
	}
	return nil
}

// Expr translates an expression over the columns of one table.
func (s *Schema) Expr(table, sql string) (string, convert.Kind, error) {
	p, err := s.parser(table, sql)
	if err != nil {
		return "", 0, err
	}
	e, err := p.whole(p.expr)
	if err != nil {
		return "", 0, err
	}
	return e.sql, e.typ, nil
}

// Condition translates an expression that is true or false, over the columns
// of one table.
func (s *Schema) Condition(table, sql string) (string, error) {
	p, err := s.parser(table, sql)
	if err != nil {
		return "", err
	}
	e, err := p.whole(p.condition)
	return e.sql, err
}

func (s *Schema) parser(table, sql string) (*parser, error) {
	tokens, err := sqltext.Scan(sql)
	if err != nil {
		return nil, err
	}
	p := &parser{schema: s, sql: sql, tokens: tokens, scope: &scope{}}
	if table != "" {
		r := s.relation(table)
		if r == nil {
			return nil, fmt.Errorf("there is no table %s", table)
		}
		p.scope.sources = []source{{alias: r.Name, relation: r, plain: true}}
	}
	return p, nil
}

// Default translates the default of a column of type t.
func Default(sql string, t convert.Type) (string, error) {
	s := &Schema{}
	p, err := s.parser("", sql)
	if err != nil {
		return "", err
	}
	p.typed = t.Kind
	e, err := p.whole(p.expr)
	if err != nil {
		return "", err
	}
	e, err = e.as(t.Kind)
	return e.sql, err
}

// scope holds the names that an expression may use.
type scope struct {
	sources []source
	aliases []output
	outer   *scope
}

// source is a relation in FROM. The columns of a plain one are written
// without its name, those of a record (NEW and OLD) after it.
type source struct {
	alias    string
	relation *Relation
	plain    bool
	record   bool
}

// output is a column of a SELECT.
type output struct {
	name string
	expr expr
}

// column finds a column by its name, and its relation's when that is given.
func (s *scope) column(table, name string) (expr, error) {
	for ; s != nil; s = s.outer {
		var found []expr
		for _, src := range s.sources {
			if table != "" && sqltext.Fold(src.alias) != sqltext.Fold(table) {
				continue
			}
			if c := src.find(name); c != nil {
				found = append(found, src.expr(c))
			}
		}
		if len(found) > 1 && found[0].sql != found[1].sql {
			return expr{}, fmt.Errorf("the column %s is in several tables", name)
		}
		if len(found) > 0 {
			return found[0], nil
		}
		if table == "" {
			for _, a := range s.aliases {
				if sqltext.Fold(a.name) == sqltext.Fold(name) {
					return a.expr, nil
				}
			}
		}
	}
	if table != "" {
		name = table + "." + name
	}
	return expr{}, errNoColumn(name)
}

type errNoColumn string

// Error names the column.
func (e errNoColumn) Error() string { return "there is no column " + string(e) }

func (s source) find(name string) *RelationColumn {
	for i := range s.relation.Columns {
		if sqltext.Fold(s.relation.Columns[i].Name) == sqltext.Fold(name) {
			return &s.relation.Columns[i]
		}
	}
	if rowid(name) {
		for i := range s.relation.Columns {
			if s.relation.Columns[i].Rowid {
				return &s.relation.Columns[i]
			}
		}
	}
	return nil
}

// rowid reports whether name is one that SQLite gives the rowid.
func rowid(name string) bool {
	switch strings.ToLower(name) {
	case "rowid", "oid", "_rowid_":
		return true
	}
	return false
}

func (s source) expr(c *RelationColumn) expr {
	e := expr{typ: c.Type, atom: true, column: true, noCase: c.NoCase, name: c.Name}
	switch {
	case s.record:
		e.sql = s.alias + "." + pgname.Quote(c.Target)
	case s.plain:
		e.sql = pgname.Quote(c.Target)
	default:
		e.sql = pgname.Quote(s.alias) + "." + pgname.Quote(c.Target)
	}
	return e
}
