package migrate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgschema"
)

// Certificate says what was moved and proves that both sides hold the same.
type Certificate struct {
	Result      string             `json:"result"`          // equal or different
	Scope       Scope              `json:"scope,omitempty"` // schema: no rows were copied, and none compared
	Command     []string           `json:"command"`
	Program     string             `json:"program"`
	Started     time.Time          `json:"started"`
	Finished    time.Time          `json:"finished"`
	Source      SourceSide         `json:"source"`
	Target      TargetSide         `json:"target"`
	Tables      []TableResult      `json:"tables"`
	Rejects     Rejects            `json:"rejects"`
	Sequences   []Sequence         `json:"sequences"`
	Objects     []Object           `json:"objects"`
	LeftOut     []pgschema.LeftOut `json:"left_out"`
	Differences []Difference       `json:"differences"`
	Different   int64              `json:"different"` // differences, those that are not listed included
	Seconds     map[string]float64 `json:"seconds"`   // by phase
	Method      string             `json:"method"`
}

// method says how the content was compared.
const method = "Each value is converted to the type of its column and written as a canonical text. " +
	"The hash of a row is the SHA-256 of its texts, each after its length in four bytes, big-endian, -1 for NULL. " +
	"The hash of a table is the sum of its rows' hashes, read as little-endian numbers, modulo 2^256. " +
	"The source was hashed while its rows were read, the target by reading all of it back. " +
	"hash, of a side, is the SHA-256 of one line for each table: its quoted name, the number of its rows and its hash. " +
	"file_sha256 is the SHA-256 of the source's pages in the state that was read: what sha256sum prints of the file as long as nothing is written to it, in WAL mode after PRAGMA wal_checkpoint(TRUNCATE)."

// SourceSide is the database that was moved.
type SourceSide struct {
	Name    string `json:"name"`
	SQLite  string `json:"sqlite_version"`
	Journal string `json:"journal_mode"`
	Bytes   int64  `json:"bytes"`
	Rows    int64  `json:"rows"`
	// Hash is the SHA-256 of the moved tables' names, rows and hashes: of the
	// content alone, whatever the file looks like. It is the same as the
	// target's when both hold the same.
	Hash string `json:"hash"`
	// File is the SHA-256 of the database's pages in the state that was read.
	// It is what sha256sum prints of the file while nothing has been written
	// since; in WAL mode after PRAGMA wal_checkpoint(TRUNCATE).
	File string `json:"file_sha256"`
	// Check is what SQLite says of the file.
	Check origin.Check `json:"check"`
}

// TargetSide is the database that was written.
type TargetSide struct {
	Name     string `json:"name"`
	Schema   string `json:"schema"`
	Postgres string `json:"postgres_version"`
	Rows     int64  `json:"rows"`
	Hash     string `json:"hash"`
}

// TableResult is one table on both sides.
type TableResult struct {
	Name           string         `json:"name"`
	Target         string         `json:"target"`
	SourceRows     int64          `json:"source_rows"`
	TargetRows     int64          `json:"target_rows"`
	RejectedRows   int64          `json:"rejected_rows"`
	RejectedValues int64          `json:"rejected_values"`
	SourceHash     string         `json:"source_hash"` // of the rows that are not rejected
	TargetHash     string         `json:"target_hash"`
	Equal          bool           `json:"equal"`
	Chunks         int            `json:"chunks"`
	Bytes          int64          `json:"bytes"`
	Columns        []ColumnResult `json:"columns"`
}

// ColumnResult says what a column became.
type ColumnResult struct {
	Name   string       `json:"name"`
	Type   convert.Type `json:"type"`
	Reason string       `json:"reason"`
	Using  string       `json:"using,omitempty"`
}

// Rejects counts what did not convert.
type Rejects struct {
	Values  int64            `json:"values"`
	Rows    int64            `json:"rows"`
	Reasons map[string]int64 `json:"reasons"`
}

// Equal reports whether both sides hold the same.
func (c *Certificate) Equal() bool { return c.Result == "equal" }

// sum fills in what follows from the tables.
func (c *Certificate) sum() {
	source, target := sha256.New(), sha256.New()
	equal := c.Different == 0
	c.Source.Rows, c.Target.Rows = 0, 0
	for _, t := range c.Tables {
		fmt.Fprintf(source, "%q %d %s\n", t.Name, t.SourceRows-t.RejectedRows, t.SourceHash)
		fmt.Fprintf(target, "%q %d %s\n", t.Name, t.TargetRows, t.TargetHash)
		equal = equal && t.Equal
		c.Source.Rows += t.SourceRows
		c.Target.Rows += t.TargetRows
	}
	for _, s := range c.Sequences {
		equal = equal && s.Equal
	}
	c.Source.Hash, c.Target.Hash = hex.EncodeToString(source.Sum(nil)), hex.EncodeToString(target.Sum(nil))
	c.Result = map[bool]string{true: "equal", false: "different"}[equal]
}

// Text writes the certificate for people.
func (c *Certificate) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "table\trows\trejected rows\trejected values\tcontent\thash")
	for _, t := range c.Tables {
		state := "equal"
		if !t.Equal {
			state = "different"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%.12s\n", t.Name, thousands(t.TargetRows), thousands(t.RejectedRows), thousands(t.RejectedValues), state, t.TargetHash)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, s := range c.Sequences {
		if !s.Equal {
			fmt.Fprintf(w, "the sequence of %s.%s stands at %d and must be at least at %d\n", s.Table, s.Column, s.Last, max(s.SQLite, deref(s.Greatest)))
		}
	}
	for i, d := range c.Differences {
		if i == 20 {
			fmt.Fprintf(w, "and %s more\n", count(c.Different-20, "difference", "differences"))
			break
		}
		fmt.Fprintln(w, d)
	}
	for _, o := range c.Objects {
		if o.State != made {
			fmt.Fprintf(w, "%s: %s: %s\n", o.State, o.Object, shorten(o.Note))
		}
	}
	for _, l := range c.LeftOut {
		fmt.Fprintf(w, "left out: %s: %s\n", l.Object, l.Why)
	}
	if c.Rejects.Values+c.Rejects.Rows > 0 {
		fmt.Fprintf(w, "%s and %s are in %s.%s\n", count(c.Rejects.Values, "value that does not convert", "values that do not convert"),
			count(c.Rejects.Rows, "row", "rows"), c.Target.Schema, rejectsTable)
	}
	for _, f := range c.Source.Check.Faults {
		fmt.Fprintf(w, "the source is damaged: %s\n", f)
	}
	if why := c.Source.Check.Failed; why != "" {
		fmt.Fprintf(w, "SQLite cannot check the source: %s\n", why)
	}
	verdict := "both sides hold the same"
	if c.Scope == SchemaOnly {
		verdict = "made without the rows of the source"
	}
	if len(c.Source.Check.Faults) > 0 {
		verdict = "both sides hold the same of what can be read of the damaged source"
	}
	if !c.Equal() {
		verdict = fmt.Sprintf("the sides DIFFER: %s", count(c.Different, "difference", "differences"))
	}
	_, err := fmt.Fprintf(w, "%s in %s in %.1f s: %s\n", count(c.Target.Rows, "row", "rows"), count(int64(len(c.Tables)), "table", "tables"), c.Finished.Sub(c.Started).Seconds(), verdict)
	return err
}

func deref(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
