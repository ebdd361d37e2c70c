// Package census reads a SQLite database and says what is in it: for each
// column what its values really are, which Postgres type they are given and
// why, and which of them will not convert. It only reads.
package census

import (
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
)

// Report is what was found.
type Report struct {
	Source  Source          `json:"source"`
	Tables  []*Table        `json:"tables"`
	Notes   []Note          `json:"notes"` // what an operator should know before the move
	Catalog *origin.Catalog `json:"-"`
}

// Source is the database that was read.
type Source struct {
	Name    string `json:"name"`
	SQLite  string `json:"sqlite_version"`
	Journal string `json:"journal_mode"`
	Size    int64  `json:"bytes"`
	Rows    int64  `json:"rows"`
}

// Table is a table and its columns.
type Table struct {
	Name       string      `json:"name"`
	Rows       int64       `json:"rows"`
	Bytes      int64       `json:"bytes"` // of its texts and blobs, and 8 for each other value
	Columns    []*Column   `json:"columns"`
	Orphans    []Orphans   `json:"orphans"`
	Violations []Violation `json:"violations"`
	Sampled    bool        `json:"sampled,omitempty"` // only a part of the rows was read; Rows is an estimate

	source *origin.Table
}

// Column is a column with the type that was chosen for it.
type Column struct {
	Name     string           `json:"name"`
	Declared string           `json:"declared"`
	Type     convert.Type     `json:"type"`
	Reason   string           `json:"reason"`
	Using    string           `json:"using,omitempty"` // an expression that is read instead of the column
	NotNull  bool             `json:"not_null"`        // declared, and true of every value that is moved
	Profile  *Profile         `json:"values"`
	Dates    map[string]int64 `json:"dates,omitempty"`
	Rejects  int64            `json:"rejects"`  // values that do not convert
	Samples  []Reject         `json:"rejected"` // the values, up to a limit

	fixed bool // the type was given
	place place
}

// Reject is a value that does not convert.
type Reject struct {
	Row    string `json:"row"` // the rowid, or the primary key as JSON
	Class  string `json:"class"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Orphans are the rows whose foreign key points nowhere.
type Orphans struct {
	Columns []string `json:"columns"`
	Parent  string   `json:"parent"`
	Count   int64    `json:"count"`
	Rows    []int64  `json:"rows"`            // rowids, up to a limit
	Fault   string   `json:"fault,omitempty"` // why it could not be checked
}

// Violation is a constraint that rows break although it is declared.
type Violation struct {
	Constraint string  `json:"constraint"`
	Count      int64   `json:"count"`
	Rows       []int64 `json:"rows"` // rowids, up to a limit
	Fault      string  `json:"fault,omitempty"`
}

// Note is something that an operator should know. Object names the table,
// column or index that it is about.
type Note struct {
	Object string `json:"object"`
	Text   string `json:"text"`
}

// Limits of what a report lists; counts are whole.
const (
	maxRejects = 10_000 // a column
	maxRows    = 1_000  // an orphaned foreign key or a violated constraint
)

// Table returns a table by its exact name, or nil.
func (r *Report) Table(name string) *Table {
	for _, t := range r.Tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Origin returns the table as the source declares it.
func (t *Table) Origin() *origin.Table { return t.source }

// Exprs returns the expressions that are read instead of columns.
func (t *Table) Exprs() map[int]string {
	exprs := map[int]string{}
	for i, c := range t.Columns {
		if c.Using != "" {
			exprs[i] = c.Using
		}
	}
	return exprs
}

// Rejects is the number of values that do not convert.
func (r *Report) Rejects() int64 {
	n := int64(0)
	for _, t := range r.Tables {
		for _, c := range t.Columns {
			n += c.Rejects
		}
	}
	return n
}
