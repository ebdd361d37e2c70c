package compact

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/power100/tpe/internal/lake"
)

// State says how a day's Parquet files stand to its raw records.
type State string

// The states of a day.
const (
	Proven       State = "proven"        // the same records, by content
	Pending      State = "pending"       // so are those that were compacted, but there are new raw files
	NotCompacted State = "not_compacted" // there is no Parquet
	Differs      State = "differs"       // see the findings
)

// Kind says what is wrong with a record.
type Kind string

// The kinds of findings.
const (
	Missing    Kind = "missing"    // in the raw files and not in Parquet; or a raw file that is gone
	Doubled    Kind = "doubled"    // more often in Parquet than in the raw files
	Changed    Kind = "changed"    // with other content
	Unexpected Kind = "unexpected" // in Parquet and not in the raw files
	Unreadable Kind = "unreadable" // a file that cannot be read; what came before it was compared
)

// VerifyReport is what Verify found.
type VerifyReport struct {
	Days []VerifyDay `json:"days"`

	Proven       int   `json:"proven"`        // days
	Pending      int   `json:"pending"`       // days
	NotCompacted int   `json:"not_compacted"` // days
	Differing    int   `json:"differing"`     // days
	Records      int64 `json:"records"`
	Rows         int64 `json:"rows"`
}

// VerifyDay is what was found on one day.
type VerifyDay struct {
	Day        lake.Day     `json:"day"`
	State      State        `json:"state"`
	Records    int64        `json:"records"` // distinct ones in the raw files
	Rows       int64        `json:"rows"`    // in Parquet
	Types      []VerifyType `json:"types"`
	Missing    int64        `json:"missing"`
	Doubled    int64        `json:"doubled"`
	Changed    int64        `json:"changed"`
	Unexpected int64        `json:"unexpected"`
	Findings   []Finding    `json:"findings"`          // the first of them
	Pending    []string     `json:"pending,omitempty"` // raw files that are not compacted yet
}

// VerifyType counts the records of one type.
type VerifyType struct {
	Type    string `json:"type"` // empty for records without one
	Records int64  `json:"records"`
	Rows    int64  `json:"rows"`
}

// Finding is one thing that is wrong. File is the raw file of what should be
// there, or the Parquet file of what should not.
type Finding struct {
	Kind   Kind   `json:"kind"`
	Type   string `json:"type,omitempty"`
	ID     string `json:"id,omitempty"`
	Time   string `json:"time,omitempty"`
	File   string `json:"file,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// String returns the finding as one line.
func (f Finding) String() string {
	s := string(f.Kind)
	for _, part := range []struct{ name, text string }{{"", f.Type}, {"", f.ID}, {"of ", f.Time}, {"in ", f.File}} {
		if part.text != "" {
			s += " " + part.name + part.text
		}
	}
	if f.Reason != "" {
		s += ": " + f.Reason
	}
	return s
}

// total adds up the days.
func (r *VerifyReport) total() {
	for _, d := range r.Days {
		r.Records += d.Records
		r.Rows += d.Rows
		switch d.State {
		case Proven:
			r.Proven++
		case Pending:
			r.Pending++
		case NotCompacted:
			r.NotCompacted++
		case Differs:
			r.Differing++
		}
	}
}

// Text writes the report for people: a line for each day and type, the
// findings, and a sum.
func (r VerifyReport) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(tw, format, args...) } // Flush tells the error
	row("day\ttype\traw\tparquet\tstate\t\n")
	for _, d := range r.Days {
		for _, t := range d.Types {
			name := t.Type
			if name == "" {
				name = "(none)"
			}
			row("%s\t%s\t%d\t%d\t%s\t\n", d.Day, name, t.Records, t.Rows, d.State)
		}
		if len(d.Types) == 0 {
			row("%s\t\t\t\t%s\t\n", d.Day, d.State)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, d := range r.Days {
		for _, f := range d.Findings {
			if _, err := fmt.Fprintf(w, "%s: %s\n", d.Day, f); err != nil {
				return err
			}
		}
		if more := d.Missing + d.Doubled + d.Changed + d.Unexpected - int64(len(d.Findings)); more > 0 {
			if _, err := fmt.Fprintf(w, "%s: and %d more\n", d.Day, more); err != nil {
				return err
			}
		}
		if len(d.Pending) > 0 && d.State != NotCompacted {
			if _, err := fmt.Fprintf(w, "%s: %d raw files are not compacted yet\n", d.Day, len(d.Pending)); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "%d days proven, %d differ, %d have new raw files, %d are not compacted: %d raw records, %d Parquet rows\n",
		r.Proven, r.Differing, r.Pending, r.NotCompacted, r.Records, r.Rows)
	return err
}
