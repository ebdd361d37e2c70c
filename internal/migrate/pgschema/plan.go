// Package pgschema plans the Postgres schema that a SQLite schema becomes:
// the statements, and what is left out with the reason. It runs nothing.
package pgschema

import (
	"github.com/power100/tpe/internal/migrate/convert"
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

	// Now is the type that the column has got in the target since, if values of
	// it can be compared as those of Type. They are written as those of Now.
	Now convert.Type `json:"-"`
}

// Statement makes one object.
type Statement struct {
	Object string `json:"object"`         // what it makes, for people
	Name   string `json:"name,omitempty"` // of the index or constraint; empty: Postgres chooses
	SQL    string `json:"sql"`
	Must   bool   `json:"must,omitempty"` // a primary key or a unique constraint
	// Key says that it keeps the columns unique: PrimaryKey or Unique. It is
	// empty for what is not unique, or by an expression or a condition.
	Key     Key      `json:"key,omitempty"`
	Columns []string `json:"columns,omitempty"`
}

// Key is a kind of key.
type Key string

// The kinds of keys.
const (
	PrimaryKey Key = "primary"
	Unique     Key = "unique"
)

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
