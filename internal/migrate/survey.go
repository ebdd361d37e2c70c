package migrate

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgschema"
)

// Survey is what a migration finds and what it will do: the census and the
// plan of the schema. Making it writes nothing.
type Survey struct {
	*census.Report
	Schema *pgschema.Plan `json:"schema"`
}

// Plan reads the source and returns the survey.
func Plan(ctx context.Context, o Options) (*Survey, error) {
	snap, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	s, err := o.survey(ctx, snap, false, nil)
	return s, origin.Explain(o.From, err)
}

func (o Options) open(ctx context.Context) (*origin.Snapshot, error) {
	return origin.Open(ctx, origin.Options{Path: o.From, Readers: o.Jobs, WorkDir: o.WorkDir, Lock: o.Lock})
}

// survey takes the census. A quick one samples large tables that full does
// not name.
func (o Options) survey(ctx context.Context, snap *origin.Snapshot, quick bool, full []string) (*Survey, error) {
	r, err := census.Take(ctx, snap, census.Options{
		Name: o.FromName, Tables: o.Tables, Types: o.Types, Using: o.Using, Clean: o.clean, Quick: quick, Full: full, RangeRows: min(o.ChunkRows, 10_000),
		Progress: func(rows int64) { o.progress(Progress{Phase: "census", Rows: rows}) },
	})
	if err != nil {
		return nil, err
	}
	return &Survey{Report: r, Schema: pgschema.New(r)}, nil
}

// shownRejects is how many values a text lists for a column; the JSON and the
// page list all that the census kept.
const shownRejects = 10

// Text writes the survey for people.
func (s *Survey) Text(w io.Writer) error {
	fmt.Fprintf(w, "%s: SQLite %s, journal mode %s, %s bytes, %s in %s\n", s.Source.Name, s.Source.SQLite, s.Source.Journal,
		thousands(s.Source.Size), count(s.Source.Rows, "row", "rows"), count(int64(len(s.Tables)), "table", "tables"))
	for _, t := range s.Tables {
		fmt.Fprintf(w, "\n%s: %s\n", t.Name, count(t.Rows, "row", "rows"))
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, c := range t.Columns {
			null := ""
			if c.NotNull {
				null = " not null"
			}
			fmt.Fprintf(tw, "  %s\t%s\t%s%s\t%s\t%s\n", c.Name, c.Declared, c.Type.SQL(), null, classes(c.Profile), c.Reason)
		}
		if err := tw.Flush(); err != nil {
			return err
		}
		for _, c := range t.Columns {
			if c.Rejects == 0 {
				continue
			}
			fmt.Fprintf(w, "  %s: %s\n", c.Name, count(c.Rejects, "value does not convert", "values do not convert"))
			for i, r := range c.Samples {
				if i == shownRejects {
					fmt.Fprintf(w, "    and %s more; --json lists them\n", thousands(c.Rejects-shownRejects))
					break
				}
				fmt.Fprintf(w, "    row %s: %s %q: %s\n", r.Row, r.Class, shorten(r.Value), r.Reason)
			}
		}
		for _, o := range t.Orphans {
			if o.Fault != "" {
				fmt.Fprintf(w, "  foreign key (%s) to %s cannot be checked: %s\n", strings.Join(o.Columns, ", "), o.Parent, o.Fault)
				continue
			}
			fmt.Fprintf(w, "  foreign key (%s) to %s: %s nowhere: rows %s\n", strings.Join(o.Columns, ", "), o.Parent, count(o.Count, "row points", "rows point"), rowList(o.Rows, o.Count))
		}
		for _, v := range t.Violations {
			if v.Fault != "" {
				fmt.Fprintf(w, "  %s cannot be checked: %s\n", v.Constraint, v.Fault)
				continue
			}
			fmt.Fprintf(w, "  %s is broken by %s: rows %s\n", v.Constraint, count(v.Count, "row", "rows"), rowList(v.Rows, v.Count))
		}
	}
	if len(s.Notes) > 0 {
		fmt.Fprintln(w, "\nTo know:")
		for _, n := range s.Notes {
			fmt.Fprintf(w, "  %s: %s\n", n.Object, n.Text)
		}
	}
	if len(s.Schema.LeftOut) > 0 {
		fmt.Fprintln(w, "\nWill be left out of the schema:")
		for _, l := range s.Schema.LeftOut {
			fmt.Fprintf(w, "  %s: %s\n", l.Object, l.Why)
		}
	}
	fmt.Fprintf(w, "\n%s; %s left out of the schema. Nothing was written.\n", count(s.Rejects(), "value does not convert", "values do not convert"), count(int64(len(s.Schema.LeftOut)), "thing is", "things are"))
	return nil
}

// classes says which storage classes a column holds.
func classes(p *census.Profile) string {
	var parts []string
	for _, c := range []struct {
		n    int64
		name string
	}{{p.Null, "null"}, {p.Integer, "integer"}, {p.Real, "real"}, {p.Text, "text"}, {p.Blob, "blob"}} {
		if c.n > 0 {
			parts = append(parts, thousands(c.n)+" "+c.name)
		}
	}
	return strings.Join(parts, ", ")
}

func rowList(rows []int64, n int64) string {
	var parts []string
	for i, r := range rows {
		if i == shownRejects {
			break
		}
		parts = append(parts, fmt.Sprint(r))
	}
	if n > int64(len(parts)) {
		parts = append(parts, "...")
	}
	return strings.Join(parts, ", ")
}

func shorten(s string) string {
	const most = 80
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "..."
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
