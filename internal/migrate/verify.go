package migrate

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
)

// Difference is a row, or a value of it, that is not the same on both sides.
type Difference struct {
	Table  string `json:"table"`
	Row    string `json:"row"`
	Kind   string `json:"kind"`             // missing, extra or changed; or of the table: see below
	Object string `json:"object,omitempty"` // the constraint or the index that is missing
	Column string `json:"column,omitempty"`
	Source string `json:"source,omitempty"` // the canonical text; NULL is \N
	Target string `json:"target,omitempty"`
}

// What else can differ than rows. Row is then empty.
const (
	noTable   = "table missing"   // the target has no such table
	noObject  = "object missing"  // a constraint or an index is not there
	noRejects = "rejects missing" // what does not convert is not in the table of rejects

	otherRejects = "rejects changed" // as many are there, and they are others
)

// String says it in words.
func (d Difference) String() string {
	switch {
	case d.Kind == noTable:
		return d.Table + ": the target has no such table"
	case d.Kind == noObject:
		return d.Table + ": the target does not have the " + d.Object
	case d.Kind == noRejects:
		return fmt.Sprintf("%s: %s of the source do not convert, and %s holds %s", d.Table, d.Source, rejectsTable, d.Target)
	case d.Kind == otherRejects:
		return fmt.Sprintf("%s: %s of the source do not convert, and %s holds others", d.Table, d.Source, rejectsTable)
	case d.Column == "":
		return fmt.Sprintf("%s, row %s: %s in the target", d.Table, d.Row, d.Kind)
	default:
		return fmt.Sprintf("%s.%s, row %s: %q in the source, %q in the target", d.Table, d.Column, d.Row, shorten(d.Source), shorten(d.Target))
	}
}

// maxDifferences is how many differences are told; all are counted.
const maxDifferences = 1000

// contents are the sums of a table's groups on both sides.
type contents struct {
	mu             sync.Mutex
	source, target []Sum

	again   bool     // the source was read again
	rejects rejected // which it then rejected
}

func newContents(p *pair) *contents {
	return &contents{source: make([]Sum, p.groups), target: make([]Sum, p.groups)}
}

// addSource adds the sums of a chunk.
func (c *contents) addSource(p *pair, n int, sums []Sum) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range sums {
		if p.byKey {
			i = n
		}
		c.source[i].add(s)
	}
}

func (c *contents) addTarget(sums []Sum) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range sums {
		c.target[i].add(s)
	}
}

// differ returns the groups that are not equal.
func (c *contents) differ() []int {
	var out []int
	for i := range c.source {
		if c.source[i] != c.target[i] {
			out = append(out, i)
		}
	}
	return out
}

func total(sums []Sum) Sum {
	var t Sum
	for _, s := range sums {
		t.add(s)
	}
	return t
}

// targetSums reads a part of the table in the target.
func (p *pair) targetSums(ctx context.Context, c *pgx.Conn, where string) ([]Sum, error) {
	sums := make([]Sum, p.groups)
	err := p.records(ctx, c, where, func(r *record) error {
		sums[p.group(r)].row(r.canon)
		return nil
	})
	return sums, err
}

// partPages is how many pages of a table one reader takes at a time: 64 MiB.
const partPages = 8192

// parts splits the table in the target by its pages, for several readers.
// Before version 14 Postgres reads a table whole to find a range of pages.
func (p *pair) parts(ctx context.Context, c *pgx.Conn) ([]string, error) {
	var pages int64
	var version int
	err := c.QueryRow(ctx, "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::int, current_setting('server_version_num')::int", p.table()).Scan(&pages, &version)
	if err != nil {
		return nil, explain(ctx, "read the size of "+p.plan.Name, err)
	}
	if pages <= partPages || version < 140000 {
		return []string{""}, nil
	}
	var out []string
	for at := int64(0); at < pages; at += partPages {
		if at+partPages >= pages {
			out = append(out, fmt.Sprintf(" WHERE ctid >= '(%d,0)'", at))
		} else {
			out = append(out, fmt.Sprintf(" WHERE ctid >= '(%d,0)' AND ctid < '(%d,0)'", at, at+partPages))
		}
	}
	return out, nil
}

// narrow finds the rows and columns of a group that differ.
func (p *pair) narrow(ctx context.Context, w worker, group int, orphans orphans, found func(Difference)) error {
	type entry struct {
		rec   record
		count int
	}
	rows := map[string]*entry{}
	ranges := p.ranges
	where := ""
	if p.byKey {
		ranges, where = p.ranges[group:group+1], p.where(group)
	}
	d := &reader{p: p, orphans: orphans}
	for _, g := range ranges {
		err := d.sums(ctx, w.src, g, func(r *record) {
			if !p.byKey && p.group(r) != group {
				return
			}
			key := string(p.key(r))
			if e := rows[key]; e != nil {
				e.count++
				return
			}
			rows[key] = &entry{rec: record{canon: slices.Clone(r.canon), at: slices.Clone(r.at)}, count: 1}
		})
		if err != nil {
			return err
		}
	}
	err := p.records(ctx, w.pg, where, func(r *record) error {
		if !p.byKey && p.group(r) != group {
			return nil
		}
		e := rows[string(p.key(r))]
		if e == nil || e.count == 0 {
			found(Difference{Table: p.plan.Name, Row: p.name(r), Kind: "extra"})
			return nil
		}
		e.count--
		if bytes.Equal(e.rec.canon, r.canon) {
			return nil
		}
		for i, c := range p.plan.Columns {
			a, okA := e.rec.field(i)
			b, okB := r.field(i)
			if okA != okB || !bytes.Equal(a, b) {
				found(Difference{Table: p.plan.Name, Row: p.name(r), Kind: "changed", Column: c.Name, Source: canonText(a, okA), Target: canonText(b, okB)})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range rows {
		for range e.count {
			found(Difference{Table: p.plan.Name, Row: p.name(&e.rec), Kind: "missing"})
		}
	}
	return nil
}

func canonText(b []byte, ok bool) string {
	if !ok {
		return `\N`
	}
	return string(b)
}

// orphans is what was done about the orphans of a table, by row.
type orphans map[string][]orphaned

// orphaned is a value that was made NULL, or with an empty column the row, as
// JSON, that was taken out.
type orphaned struct{ column, value string }

func (p *pair) readOrphans(ctx context.Context, c *pgx.Conn) (orphans, error) {
	rows, err := c.Query(ctx, "SELECT rowid, column_name, coalesce(value, '') FROM "+pgname.Quote(p.schema)+"."+rejectsTable+" WHERE table_name = $1 AND storage_class = 'orphan'", p.plan.Name)
	if sqlState(err) == "42P01" {
		return nil, nil
	}
	if err != nil {
		return nil, explain(ctx, "read the rejects", err)
	}
	defer rows.Close()
	out := orphans{}
	for rows.Next() {
		var row string
		var o orphaned
		if err := rows.Scan(&row, &o.column, &o.value); err != nil {
			return nil, explain(ctx, "read the rejects", err)
		}
		out[row] = append(out[row], o)
	}
	if sqlState(rows.Err()) == "42P01" {
		return nil, nil
	}
	return out, explain(ctx, "read the rejects", rows.Err())
}

// sourceTask sums a range of the source again.
func sourceTask(p *pair, g origin.Range, orphans orphans, add func([]Sum, rejected)) task {
	return func(ctx context.Context, w worker) error {
		sums := make([]Sum, p.groups)
		var found rejected
		d := &reader{p: p, orphans: orphans, rejects: found.add}
		err := d.sums(ctx, w.src, g, func(r *record) { sums[p.group(r)].row(r.canon) })
		if err != nil {
			return err
		}
		add(sums, found)
		return nil
	}
}
