package census

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/sqltext"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Options say what to read and what is decided already.
type Options struct {
	Name   string                  // of the source, as the report shows it
	Tables []string                // only these; none means all
	Types  map[string]convert.Type // by table.column, or a pattern of it
	Using  map[string]string       // SQLite expressions by table.column
	// Quick is for a move that follows: every value is looked at again when
	// it is copied. Large tables are sampled, unless Full names them or the
	// sample holds a value that does not fit. Constraints are not checked,
	// and values that do not convert are not listed.
	Quick bool
	Full  []string
	// RangeRows is how many rows one reader takes at a time; 0 is 10,000.
	RangeRows int64
	// Clean takes credentials out of a text before the report shows it.
	Clean    func(string) string
	Progress func(rows int64)
}

func (o Options) rangeRows() int64 {
	if o.RangeRows > 0 {
		return o.RangeRows
	}
	return 10_000
}

// Take reads the whole database and chooses the types.
func Take(ctx context.Context, snap *origin.Snapshot, o Options) (*Report, error) {
	cat, err := snap.Conns[0].Catalog(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{Catalog: cat, Source: Source{Name: o.Name, SQLite: snap.Version, Journal: snap.Journal, Size: snap.Size}, Tables: []*Table{}, Notes: []Note{}}
	if err := r.choose(cat, o); err != nil {
		return nil, err
	}
	if err := r.profile(ctx, snap, r.Tables, o); err != nil {
		return nil, err
	}
	if err := r.types(cat, o); err != nil {
		return nil, err
	}
	if o.Quick {
		return r, r.complete(ctx, snap, cat, o)
	}
	if err := r.check(ctx, snap.Conns[0], cat); err != nil {
		return nil, err
	}
	if err := r.rejects(ctx, snap, o); err != nil {
		return nil, err
	}
	r.notes()
	return r, nil
}

// choose makes the tables of the report, and checks the names in the options.
func (r *Report) choose(cat *origin.Catalog, o Options) error {
	for _, name := range o.Tables {
		if cat.Table(name) == nil {
			return &tpe.Error{Code: tpe.Misuse, Message: "there is no table " + strconv.Quote(name) + " in the source", Hint: "the tables are " + strings.Join(tableNames(cat), ", ")}
		}
	}
	for _, src := range cat.Tables {
		if len(o.Tables) > 0 && !slices.ContainsFunc(o.Tables, func(name string) bool { return sqltext.Fold(name) == sqltext.Fold(src.Name) }) {
			continue
		}
		t := &Table{Name: src.Name, source: src, Orphans: []Orphans{}, Violations: []Violation{}}
		for _, c := range src.Columns {
			t.Columns = append(t.Columns, &Column{Name: c.Name, Declared: c.Declared, Samples: []Reject{}, Profile: &Profile{}})
		}
		r.Tables = append(r.Tables, t)
	}
	for key, expr := range o.Using {
		if !r.each(key, func(c *Column) { c.Using = expr }) {
			return unknownColumn("--using", key)
		}
	}
	for key := range o.Types {
		if !r.each(key, func(*Column) {}) {
			return unknownColumn("--type", key)
		}
	}
	return nil
}

func unknownColumn(flag, key string) error {
	return &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("%s %s: there is no such column", flag, key), Hint: "a column is named as table.column; * stands for any text"}
}

func tableNames(cat *origin.Catalog) []string {
	var names []string
	for _, t := range cat.Tables {
		names = append(names, t.Name)
	}
	return names
}

// each calls f for the columns that a pattern names, and reports whether
// there are any. An exact name goes before a pattern.
func (r *Report) each(key string, f func(*Column)) bool {
	found := false
	for _, t := range r.Tables {
		for _, c := range t.Columns {
			pattern, name := sqltext.Fold(key), sqltext.Fold(t.Name+"."+c.Name)
			match, err := path.Match(pattern, name)
			if pattern == name || err == nil && match {
				f(c)
				found = true
			}
		}
	}
	return found
}

// Large tables are those of more than sampleAbove ranges. Of them one range in
// sampleStep is read, the first and the last included.
const (
	sampleAbove = 4
	sampleStep  = 16
)

// complete reads the sampled tables whole in which a value does not fit.
func (r *Report) complete(ctx context.Context, snap *origin.Snapshot, cat *origin.Catalog, o Options) error {
	var tables []*Table
	for _, t := range r.Tables {
		if t.Sampled && slices.ContainsFunc(t.Columns, func(c *Column) bool { return c.Profile.fits(c.Type.Kind) < c.Profile.Present() }) {
			tables = append(tables, t)
			o.Full = append(o.Full, t.Name)
			r.Source.Rows -= t.Rows
			t.Rows, t.Bytes, t.Sampled = 0, 0, false
			for _, c := range t.Columns {
				c.Profile = &Profile{}
			}
		}
	}
	if tables == nil {
		return nil
	}
	if err := r.profile(ctx, snap, tables, o); err != nil {
		return err
	}
	return r.types(cat, o)
}

// profile reads the rows of tables, with every reader of the snapshot.
func (r *Report) profile(ctx context.Context, snap *origin.Snapshot, tables []*Table, o Options) error {
	scale := map[*Table]float64{}
	choose := func(t *Table, all []origin.Range) []origin.Range {
		if !o.Quick || len(all) <= sampleAbove || slices.Contains(o.Full, t.Name) {
			return all
		}
		var some []origin.Range
		for i, g := range all {
			if i%sampleStep == 0 || i == len(all)-1 {
				some = append(some, g)
			}
		}
		t.Sampled, scale[t] = true, float64(len(all))/float64(len(some))
		return some
	}
	err := each(ctx, snap, tables, o.rangeRows(), choose, func(ctx context.Context, c *origin.Conn, t *Table, g origin.Range) (func(), error) {
		part := make([]Profile, len(t.Columns))
		for i, col := range t.Columns {
			if want, _ := declaredType(col.Declared); want.Kind == convert.Numeric {
				part[i].bound(want)
			}
		}
		rows, err := c.Scan(ctx, t.source, g, t.Exprs())
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var json tape.Tape
		n := int64(0)
		for rows.Next() {
			n++
			for i := range part {
				part[i].add(rows.Value(i+1), &json)
			}
		}
		if rows.Err() != nil {
			return nil, fmt.Errorf("read %s: %w", t.Name, rows.Err())
		}
		return func() {
			t.Rows += n
			r.Source.Rows += n
			for i := range part {
				t.Columns[i].Profile.merge(&part[i])
				t.Bytes += part[i].Bytes + 8*(part[i].Integer+part[i].Real)
			}
			if o.Progress != nil {
				o.Progress(r.Source.Rows)
			}
		}, nil
	})
	for t, f := range scale {
		r.Source.Rows -= t.Rows
		t.Rows, t.Bytes = int64(float64(t.Rows)*f), int64(float64(t.Bytes)*f)
		r.Source.Rows += t.Rows
	}
	return err
}

// each calls f for those ranges of the tables, of about rows rows, that choose
// returns, in parallel with one reader each. The function that f returns is
// called by one goroutine at a time.
func each(ctx context.Context, snap *origin.Snapshot, tables []*Table, rows int64, choose func(*Table, []origin.Range) []origin.Range, f func(context.Context, *origin.Conn, *Table, origin.Range) (func(), error)) error {
	type part struct {
		t *Table
		g origin.Range
	}
	var parts []part
	for _, t := range tables {
		ranges, err := snap.Conns[0].Ranges(ctx, t.source, rows)
		if err != nil {
			return err
		}
		for _, g := range choose(t, ranges) {
			parts = append(parts, part{t, g})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan part)
	done := make(chan func())
	group.Go(func() error {
		defer close(work)
		for _, p := range parts {
			select {
			case work <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	readers := len(snap.Conns)
	for _, c := range snap.Conns {
		group.Go(func() error {
			for p := range work {
				finish, err := f(ctx, c, p.t, p.g)
				if err != nil {
					return err
				}
				select {
				case done <- finish:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			select {
			case done <- nil:
			case <-ctx.Done():
			}
			return nil
		})
	}
	group.Go(func() error {
		for readers > 0 {
			select {
			case finish := <-done:
				if finish == nil {
					readers--
					continue
				}
				finish()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return group.Wait()
}

// rejects converts the columns that hold values which do not convert, and
// notes each of them.
func (r *Report) rejects(ctx context.Context, snap *origin.Snapshot, o Options) error {
	var tables []*Table
	suspects := map[*Table][]int{}
	for _, t := range r.Tables {
		for i, c := range t.Columns {
			if c.Profile.Present() > c.Profile.fits(c.Type.Kind) || c.fixed || c.Type.Precision > 15 {
				suspects[t] = append(suspects[t], i)
			}
		}
		if suspects[t] != nil {
			tables = append(tables, t)
		}
	}
	whole := func(_ *Table, all []origin.Range) []origin.Range { return all }
	return each(ctx, snap, tables, o.rangeRows(), whole, func(ctx context.Context, conn *origin.Conn, t *Table, g origin.Range) (func(), error) {
		rows, err := conn.Scan(ctx, t.source, g, t.Exprs())
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var enc convert.Encoder
		count := map[int]int64{}
		found := map[int][]Reject{}
		for rows.Next() {
			for _, i := range suspects[t] {
				v := rows.Value(i + 1)
				_, _, reason := enc.Value(t.Columns[i].Type, v)
				if reason == "" {
					continue
				}
				if count[i]++; len(found[i]) < maxRejects {
					found[i] = append(found[i], Reject{Row: RowName(t.source, rows), Class: v.Kind.String(), Value: o.Clean(Show(v)), Reason: reason})
				}
			}
		}
		if rows.Err() != nil {
			return nil, fmt.Errorf("read %s: %w", t.Name, rows.Err())
		}
		return func() {
			for i, n := range count {
				c := t.Columns[i]
				c.Rejects += n
				c.Samples = append(c.Samples, found[i]...)
				c.Samples = c.Samples[:min(len(c.Samples), maxRejects)]
			}
		}, nil
	})
}

// RowName names the row that rows, a scan of t, stands on: by its rowid, or
// by its primary key as a JSON array.
func RowName(t *origin.Table, rows *origin.Rows) string {
	if !t.WithoutRowid && t.Rowid() != "NULL" {
		return strconv.FormatInt(rows.Int(0), 10)
	}
	key := []any{}
	for _, i := range t.PrimaryKey {
		switch v := rows.Value(i + 1); v.Kind {
		case origin.Integer:
			key = append(key, v.Int)
		case origin.Real:
			key = append(key, v.Float)
		case origin.Text, origin.Blob:
			key = append(key, Show(v))
		default:
			key = append(key, nil)
		}
	}
	b, err := json.Marshal(key)
	if err != nil {
		return fmt.Sprint(key) // an infinite real has no JSON
	}
	return string(b)
}

// Show writes a value for people: bytes that are no text in hexadecimal.
func Show(v origin.Value) string {
	switch v.Kind {
	case origin.Null:
		return "NULL"
	case origin.Integer:
		return strconv.FormatInt(v.Int, 10)
	case origin.Real:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case origin.Text:
		if utf8.Valid(v.Bytes) && !strings.ContainsRune(string(v.Bytes), 0) {
			return string(v.Bytes)
		}
		return strings.Trim(strconv.QuoteToGraphic(string(v.Bytes)), `"`)
	default:
		return fmt.Sprintf("x'%x'", v.Bytes)
	}
}
