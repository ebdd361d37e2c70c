package migrate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/pgname"
)

// report fills in the certificate from what was found.
func (r *run) report(ctx context.Context) error {
	c := r.cert
	c.Finished = r.o.Now().UTC()
	c.Tables, c.Sequences, c.Objects = c.Tables[:0], c.Sequences[:0], c.Objects[:0]
	if err := r.countRejects(ctx); err != nil {
		return err
	}
	for _, p := range r.pairs {
		found := r.found[p]
		source, target := total(found.source), total(found.target)
		t := TableResult{Name: p.plan.Name, Target: p.plan.Target, TargetRows: target.Rows, SourceHash: source.Hash(), TargetHash: target.Hash(),
			Equal: len(found.differ()) == 0, Chunks: len(p.ranges)}
		for _, k := range r.chunks[p.plan.Name] {
			t.Bytes += k.bytes
		}
		for _, col := range p.plan.Columns {
			t.Columns = append(t.Columns, ColumnResult{Name: col.Name, Type: col.Type, Reason: col.Reason, Using: col.Using})
		}
		var err error
		if t.RejectedRows, t.RejectedValues, err = r.rejectsOf(ctx, p); err != nil {
			return err
		}
		if err := r.rejectsKept(ctx, p); err != nil {
			return err
		}
		t.SourceRows = source.Rows + t.RejectedRows
		c.Tables = append(c.Tables, t)
		if p.plan.Identity != "" {
			s, err := readSequence(ctx, r.workers[0].pg, p)
			if err != nil {
				return err
			}
			c.Sequences = append(c.Sequences, *s)
		}
	}
	if err := r.objects(ctx); err != nil {
		return err
	}
	c.LeftOut = append(c.LeftOut[:0], r.plan.LeftOut...)
	c.sum()
	return nil
}

// rejectsTables is the name of the table of rejects, where it is now.
func (r *run) rejects() string {
	return pgname.Quote(r.pairs[0].schema) + "." + rejectsTable
}

func (r *run) rejectsOf(ctx context.Context, p *pair) (rows, values int64, err error) {
	err = r.workers[0].pg.QueryRow(ctx, "SELECT count(*) FILTER (WHERE column_name = ''), count(*) FILTER (WHERE column_name <> '') FROM "+r.rejects()+" WHERE table_name = $1", p.plan.Name).Scan(&rows, &values)
	if sqlState(err) == "42P01" {
		return 0, 0, nil
	}
	return rows, values, explain(ctx, "count the rejects", err)
}

// rejectsKept makes sure that what a second reading of the source rejects is in
// the table of rejects: else it is in neither place.
func (r *run) rejectsKept(ctx context.Context, p *pair) error {
	found := r.found[p]
	if !found.again {
		return nil
	}
	var rows, values int64
	err := r.workers[0].pg.QueryRow(ctx, "SELECT count(*) FILTER (WHERE column_name = ''), count(*) FILTER (WHERE column_name <> '') FROM "+r.rejects()+" WHERE table_name = $1 AND storage_class <> 'orphan'", p.plan.Name).Scan(&rows, &values)
	if err != nil && sqlState(err) != "42P01" {
		return explain(ctx, "count the rejects", err)
	}
	if rows < found.rows || values < found.values { // more may be of a table of that name that was there before
		say := func(values, rows int64) string {
			return count(values, "value", "values") + " and " + count(rows, "row", "rows")
		}
		r.differs(Difference{Table: p.plan.Name, Kind: noRejects, Source: say(found.values, found.rows), Target: say(values, rows)})
	}
	return nil
}

func (r *run) countRejects(ctx context.Context) error {
	if len(r.pairs) == 0 {
		return nil
	}
	rows, err := r.workers[0].pg.Query(ctx, "SELECT reason, count(*) FILTER (WHERE column_name = ''), count(*) FILTER (WHERE column_name <> '') FROM "+r.rejects()+" GROUP BY reason")
	if err != nil {
		return explain(ctx, "count the rejects", err)
	}
	defer rows.Close()
	for rows.Next() {
		var reason string
		var whole, values int64
		if err := rows.Scan(&reason, &whole, &values); err != nil {
			return explain(ctx, "count the rejects", err)
		}
		r.cert.Rejects.Reasons[reason] += whole + values
		r.cert.Rejects.Rows += whole
		r.cert.Rejects.Values += values
	}
	if sqlState(rows.Err()) == "42P01" {
		return nil
	}
	return explain(ctx, "count the rejects", rows.Err())
}

// objects reads what became of the parts of the schema.
func (r *run) objects(ctx context.Context) error {
	if r.unknown {
		return nil
	}
	notes, err := stepNotes(ctx, r.control, r.o.Schema, "object: ")
	if err != nil {
		return err
	}
	for name, n := range notes {
		var o Object
		if err := json.Unmarshal([]byte(n), &o); err != nil {
			return fmt.Errorf("read the step %s: %w", name, err)
		}
		r.cert.Objects = append(r.cert.Objects, o)
	}
	slices.SortFunc(r.cert.Objects, func(a, b Object) int { return strings.Compare(a.Object, b.Object) })
	published, err := stepNotes(ctx, r.control, r.o.Schema, "published")
	if err != nil {
		return err
	}
	for _, n := range published {
		var list []Object
		if err := json.Unmarshal([]byte(n), &list); err != nil {
			return fmt.Errorf("read the step of showing: %w", err)
		}
		r.cert.Objects = append(r.cert.Objects, list...)
	}
	return nil
}
