package compact

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// Action says what was done with a day.
type Action string

// The actions.
const (
	Written   Action = "written"   // its Parquet files are new
	Planned   Action = "planned"   // they would be, were it not a dry run
	Unchanged Action = "unchanged" // all raw files were compacted before
	Failed    Action = "failed"    // nothing was changed; see the error
)

// Report says what Run did, or would do.
type Report struct {
	DryRun bool        `json:"dry_run"`
	Days   []DayReport `json:"days"`

	Written    int     `json:"written"`    // days
	Planned    int     `json:"planned"`    // days
	Unchanged  int     `json:"unchanged"`  // days
	Failed     int     `json:"failed"`     // days
	Records    int64   `json:"records"`    // of the days that were written
	Duplicates int64   `json:"duplicates"` // of the days that were written
	Rows       int64   `json:"rows"`       // of the days that were written
	BytesIn    int64   `json:"bytes_in"`   // of the days that were, or would be, written
	BytesOut   int64   `json:"bytes_out"`  // of the days that were written
	Seconds    float64 `json:"seconds"`

	Statements []string `json:"statements,omitempty"` // what another engine was asked, or would be
}

// DayReport says what was done with one day. Of a dry run records, rows and
// the proof are not known.
type DayReport struct {
	Day        lake.Day `json:"day"`
	Action     Action   `json:"action"`
	Inputs     int      `json:"inputs"`            // raw files
	New        []string `json:"new,omitempty"`     // raw files that were not compacted before, or have changed
	Records    int64    `json:"records"`           // in the raw files
	Duplicates int64    `json:"duplicates"`        // that came again with the same content
	Rows       int64    `json:"rows"`              // in the Parquet files
	Upcast     int64    `json:"upcast"`            // records of an older service that were turned into today's form
	Redacted   int64    `json:"redacted"`          // records from which a credential was taken out
	BytesIn    int64    `json:"bytes_in"`          // of the raw files on disk
	BytesOut   int64    `json:"bytes_out"`         // of the Parquet files
	Files      []string `json:"files"`             // the Parquet files in force
	Removes    []string `json:"removes,omitempty"` // files that were replaced, or left behind by a crash
	Proof      string   `json:"proof,omitempty"`   // sum over the content of all rows, the same read from raw and from Parquet
	Seconds    float64  `json:"seconds"`
	Error      string   `json:"error,omitempty"`
}

// MarshalJSON writes the raw files under the names that the text has, which
// are only made here: there may be a million.
func (r DayReport) MarshalJSON() ([]byte, error) {
	type plain DayReport
	files := make([]string, 0, len(r.New))
	for _, name := range r.New {
		files = append(files, "raw/"+name)
	}
	r.New = files
	return tpe.Marshal(plain(r))
}

// fill takes over what was written.
func (r *DayReport) fill(m *manifest, s *stream) {
	r.Rows, r.Duplicates, r.Proof = m.Rows, m.Duplicates, m.Hash.String()
	r.Records = m.Rows + m.Duplicates
	r.Upcast, r.Redacted = s.upcast, s.redacted
	r.BytesOut, r.Files = 0, []string{}
	for _, f := range m.Files {
		r.Files = append(r.Files, f.Name)
		r.BytesOut += f.Bytes
	}
	removes := r.Removes[:0]
	for _, name := range r.Removes {
		if !m.live(name) {
			removes = append(removes, name)
		}
	}
	r.Removes = removes
}

// total adds up the days.
func (r *Report) total() {
	for _, d := range r.Days {
		switch d.Action {
		case Unchanged:
			r.Unchanged++
			continue
		case Failed:
			r.Failed++
			continue
		case Planned:
			r.Planned++
		case Written:
			r.Written++
			r.Records += d.Records
			r.Duplicates += d.Duplicates
			r.Rows += d.Rows
			r.BytesOut += d.BytesOut
		}
		r.BytesIn += d.BytesIn
	}
}

// Text writes the report for people: a line a day, and a sum.
func (r Report) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(tw, format, args...) } // Flush tells the error
	row("day\taction\tfiles in\trecords\tduplicates\trows\tMB in\tMB out\tproof\tseconds\t\n")
	for _, d := range r.Days {
		if d.Action == Planned || d.Action == Failed {
			row("%s\t%s\t%d\t\t\t\t%s\t\t\t\t\n", d.Day, d.Action, d.Inputs, megabytes(d.BytesIn))
			continue
		}
		row("%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%.2f\t\n",
			d.Day, d.Action, d.Inputs, d.Records, d.Duplicates, d.Rows, megabytes(d.BytesIn), megabytes(d.BytesOut), d.Proof, d.Seconds)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, d := range r.Days {
		if err := d.details(w); err != nil {
			return err
		}
	}
	if r.DryRun {
		for _, sql := range r.Statements {
			if _, err := fmt.Fprintf(w, "%s;\n", sql); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%d days would be written from %s MB, %d are unchanged; nothing was changed\n", r.Planned, megabytes(r.BytesIn), r.Unchanged)
		return err
	}
	_, err := fmt.Fprintf(w, "%d days written, %d unchanged, %d failed: %d records, %d of them duplicates, in %d rows, proven by content; %s MB in, %s MB out\n",
		r.Written, r.Unchanged, r.Failed, r.Records, r.Duplicates, r.Rows, megabytes(r.BytesIn), megabytes(r.BytesOut))
	return err
}

// JSON writes the report as one JSON document, a day at a time: a dry run may
// name a million files.
func (r Report) JSON(w io.Writer) error {
	days := r.Days
	r.Days = []DayReport{}
	frame, err := tpe.Marshal(r)
	if err != nil {
		return err
	}
	const empty = `"days":[]`
	head, tail, _ := bytes.Cut(frame, []byte(empty))
	if _, err := fmt.Fprintf(w, "%s%s", head, empty[:len(empty)-1]); err != nil {
		return err
	}
	for i := range days {
		text, err := tpe.Marshal(days[i])
		if err != nil {
			return err
		}
		if i > 0 {
			text = append([]byte{','}, text...)
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "]%s\n", tail)
	return err
}

// details writes what does not fit into the line of the day.
func (r *DayReport) details(w io.Writer) error {
	line := func(format string, args ...any) error {
		_, err := fmt.Fprintf(w, "%s: "+format+"\n", append([]any{r.Day}, args...)...)
		return err
	}
	if r.Error != "" {
		return line("%s", r.Error)
	}
	if r.Action == Planned {
		for _, name := range r.New {
			if err := line("would read raw/%s", name); err != nil {
				return err
			}
		}
		for _, name := range r.Removes {
			if err := line("would remove %s", name); err != nil {
				return err
			}
		}
	}
	if r.Upcast > 0 || r.Redacted > 0 {
		return line("%d records brought to today's form, credentials taken out of %d", r.Upcast, r.Redacted)
	}
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }
