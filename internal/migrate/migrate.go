// Package migrate moves a SQLite database to Postgres: it takes a census,
// plans the schema, copies the rows, compares the content of both sides and
// writes a certificate. Every value is equal on the other side, or converted
// with its reason, or kept in the table of rejects. It never writes to the
// source, and the target shows nothing until everything is there.
package migrate

import (
	"time"

	"github.com/power100/tpe/internal/migrate/convert"
)

// Orphans says what becomes of rows whose foreign key points nowhere.
type Orphans string

// What becomes of orphans.
const (
	KeepOrphans   Orphans = "keep"   // they stay; the constraint is not checked for rows that are there
	NullOrphans   Orphans = "null"   // the columns are made NULL, the values go to the rejects
	RejectOrphans Orphans = "reject" // the rows go to the rejects
)

// Conflict says what to do when the target schema is not empty.
type Conflict string

// What to do with a target schema that is not empty.
const (
	FailOnConflict Conflict = "fail" // refuse
	DropConflict   Conflict = "drop" // replace its tables and views when the new ones are complete
	AddToSchema    Conflict = "keep" // leave what is there, refuse only the same names
)

// Scope says which parts of the move are made.
type Scope string

// The parts of a move.
const (
	Everything Scope = ""
	SchemaOnly Scope = "schema"
	DataOnly   Scope = "data"
)

// Options say what to move and how.
type Options struct {
	From      string // the file of the source
	FromName  string // the source as reports show it
	To        string // the URL of the target
	Schema    string // of the target
	Jobs      int    // tables and ranges that are copied at the same time
	Tables    []string
	Types     map[string]convert.Type
	Using     map[string]string
	Strict    bool // stop when a value does not convert
	Orphans   Orphans
	Conflict  Conflict
	Scope     Scope
	Resume    bool
	WorkDir   string
	Lock      bool
	ChunkRows int64 // rows that are copied in one transaction; 0 is 50,000
	Analyze   bool  // gather statistics for the planner of Postgres

	Command  []string            // for the certificate, without passwords
	Version  string              // of the program
	Clean    func(string) string // takes credentials out of what is shown
	Progress func(Progress)
	Now      func() time.Time
}

// Progress is how far a migration is. Total is 0 when it is not known.
type Progress struct {
	Phase       string
	Rows, Total int64
	Bytes       int64
}

func (o Options) progress(p Progress) {
	if o.Progress != nil {
		o.Progress(p)
	}
}

func (o Options) clean(s string) string {
	if o.Clean == nil {
		return s
	}
	return o.Clean(s)
}
