package ddl

import (
	"fmt"
	"io"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Options of Statements.
type Options struct {
	Engine   Engine
	Location string // of the lake: a folder, or s3://bucket/prefix

	// The years that an engine looks for when it computes the partitions.
	FirstYear, LastYear int
}

// Statement is one statement of SQL.
type Statement struct {
	Name  string `json:"name"`  // of the table or view
	About string `json:"about"` // what it is for
	SQL   string `json:"sql"`
}

// Script is a list of statements, to be run in their order.
type Script struct {
	Engine     Engine      `json:"engine"`
	Location   string      `json:"location"`
	Statements []Statement `json:"statements"`
}

// Statements returns the table and the views for an engine. The error is of
// the code Misuse when the engine cannot read files at the location.
func Statements(o Options) (Script, error) {
	s := Script{Engine: o.Engine, Location: o.Location}
	remote := strings.HasPrefix(o.Location, "s3://")
	if !remote && (o.Engine == Athena || o.Engine == Trino) {
		return s, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("%s reads from a bucket, not from %s", o.Engine, o.Location),
			Hint: "name the bucket with --location s3://bucket/prefix or DATA_LAKE_BUCKET"}
	}
	if remote && o.Engine == Spark {
		o.Location = "s3a" + strings.TrimPrefix(o.Location, "s3") // the name that Hadoop's client has
	}
	views, err := o.views()
	if err != nil {
		return s, err
	}
	s.Statements = append(o.table(), views...)
	return s, nil
}

// notes say what must be known before the statements are run.
var notes = map[Engine]string{
	Athena: "-- Athena runs one statement at a time. The days are computed, not listed: new ones need nothing.\n",
	DuckDB: "-- For files in a bucket run first: CREATE SECRET (TYPE s3, PROVIDER credential_chain);\n",
	Trino:  "-- For the Hive connector, with hive.partition-projection-enabled=true. Choose catalog and schema with USE first.\n",
}

// Text writes the script as a file of SQL.
func (s Script) Text(w io.Writer) error {
	note := notes[s.Engine]
	if s.Engine == DuckDB && !strings.Contains(s.Location, "://") {
		note = ""
	}
	if _, err := io.WriteString(w, note); err != nil {
		return err
	}
	for i, st := range s.Statements {
		gap := "\n"
		if i == 0 && note == "" {
			gap = ""
		}
		about := "-- " + strings.ReplaceAll(st.About, "\n", "\n-- ")
		if _, err := fmt.Fprintf(w, "%s%s\n%s;\n", gap, about, st.SQL); err != nil {
			return err
		}
	}
	return nil
}
