package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// report is all that one run has found.
type report struct {
	Machine machine   `json:"machine"`
	Results []*result `json:"results"`
}

// result is what one benchmark has found.
type result struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Seconds float64  `json:"seconds"` // that it took
	Table   table    `json:"cases"`
	Figures []figure `json:"figures"` // ratios first
	Notes   []string `json:"notes,omitempty"`
}

// figure is one number that matters.
type figure struct {
	Name string `json:"name"`
	Runs series `json:"runs"`
}

func (r *result) figure(name string, runs series) {
	if len(runs) > 0 {
		r.Figures = append(r.Figures, figure{name, runs})
	}
}

func (r *result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// table holds, for each case and column, what each run has measured.
type table struct {
	columns []string
	rows    []row
}

type row struct {
	name  string
	cells map[string]series
}

// add appends one measured value.
func (t *table) add(name, column string, value float64) {
	known := false
	for _, c := range t.columns {
		known = known || c == column
	}
	if !known {
		t.columns = append(t.columns, column)
	}
	for _, r := range t.rows {
		if r.name == name {
			r.cells[column] = append(r.cells[column], value)
			return
		}
	}
	t.rows = append(t.rows, row{name, map[string]series{column: {value}}})
}

// get returns what was measured of a case, nothing when it did not run.
func (t *table) get(name, column string) series {
	for _, r := range t.rows {
		if r.name == name {
			return r.cells[column]
		}
	}
	return nil
}

// addUsage adds what a process took to do its work.
func (t *table) addUsage(name string, u usage) {
	t.add(name, "CPU s", u.cpu.Seconds())
	t.add(name, "wall s", u.wall.Seconds())
	t.add(name, "peak MB", float64(u.peak)/1e6)
}

// MarshalJSON writes an object of cases with an object of columns each.
func (t table) MarshalJSON() ([]byte, error) {
	cases := map[string]map[string]series{}
	for _, r := range t.rows {
		cases[r.name] = r.cells
	}
	return json.Marshal(cases)
}

func (r *result) print(w io.Writer) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
	p("\n%s: %s\n", r.Name, r.About)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(tw, "case\t%s\n", strings.Join(r.Table.columns, "\t"))
	for _, row := range r.Table.rows {
		_, _ = fmt.Fprint(tw, row.name)
		for _, c := range r.Table.columns {
			_, _ = fmt.Fprint(tw, "\t", spread(row.cells[c], grouped))
		}
		_, _ = fmt.Fprintln(tw)
	}
	_ = tw.Flush()
	for _, n := range r.Notes {
		p("%s\n", n)
	}
	p("FIGURE %s", r.Name)
	for _, f := range r.Figures {
		p(" %s=%s", f.Name, strings.ReplaceAll(spread(f.Runs, plain), " ", ""))
	}
	p("\n")
}

// spread shows the median of some runs, with the least and the most when
// they differ.
func spread(s series, number func(float64) string) string {
	if len(s) == 0 {
		return "-"
	}
	mid, low, high := number(s.median()), number(s.least()), number(s.most())
	if low == high {
		return mid
	}
	return mid + " (" + low + ".." + high + ")"
}

// plain shows three digits, or all that stand before the point.
func plain(v float64) string {
	switch a := math.Abs(v); {
	case a >= 100 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

// grouped is plain with a comma before every third digit.
func grouped(v float64) string {
	s := plain(v)
	whole, _, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	at := len(s) - len(strings.TrimPrefix(s, "-"))
	for i := len(whole) - 3; i > 0; i -= 3 {
		s = s[:at+i] + "," + s[at+i:]
	}
	return s
}
