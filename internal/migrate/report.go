package migrate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

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
	kept, err := r.keptRejects(ctx)
	if err != nil {
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
		if t.RejectedRows, t.RejectedValues, err = r.rejectsOf(ctx, p); err != nil {
			return err
		}
		r.rejectsKept(p, kept[p.plan.Name])
		t.SourceRows = source.Rows + t.RejectedRows
		c.Tables = append(c.Tables, t)
		if p.plan.Identity != "" {
			s, err := readSequence(ctx, r.workers[0].pg, p)
			if err != nil {
				return err
			}
			if s == nil {
				r.differs(Difference{Table: p.plan.Name, Kind: noObject, Object: "sequence of " + p.plan.Identity})
				continue
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

// keptRejects reads what the table of rejects holds of each table and chunk,
// orphans aside.
func (r *run) keptRejects(ctx context.Context) (map[string]map[int]rejected, error) {
	out := map[string]map[int]rejected{}
	if len(r.pairs) == 0 {
		return out, nil
	}
	rows, err := r.workers[0].pg.Query(ctx, "SELECT table_name, chunk, rowid, column_name, storage_class, coalesce(value, ''), bytes FROM "+r.rejects()+" WHERE storage_class <> 'orphan'")
	if err == nil {
		var table string
		var chunk int
		var one reject
		_, err = pgx.ForEachRow(rows, []any{&table, &chunk, &one.row, &one.column, &one.class, &one.value, &one.bytes}, func() error {
			if out[table] == nil {
				out[table] = map[int]rejected{}
			}
			found := out[table][chunk]
			defer func() { out[table][chunk] = found }()
			return found.add(one)
		})
	}
	if sqlState(err) == "42P01" {
		return out, nil
	}
	return out, explain(ctx, "read the rejects", err)
}

// rejectsKept makes sure that what a second reading of the source rejects is in
// the table of rejects: else it is in neither place.
func (r *run) rejectsKept(p *pair, chunks map[int]rejected) {
	found := r.found[p]
	if !found.again {
		return
	}
	var kept rejected
	for _, k := range chunks {
		kept.join(k)
	}
	say := func(d rejected) string {
		return count(d.values, "value", "values") + " and " + count(d.rows, "row", "rows")
	}
	d := Difference{Table: p.plan.Name, Kind: noRejects, Source: say(found.rejects), Target: say(kept)}
	switch {
	case kept.rows < found.rejects.rows || kept.values < found.rejects.values:
		r.differs(d)
	case kept.rows > found.rejects.rows || kept.values > found.rejects.values: // the rest may be of a table of that name that was there before
	case kept.sum != found.rejects.sum:
		d.Kind = otherRejects
		r.differs(d)
	}
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
