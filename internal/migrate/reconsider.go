package migrate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
)

// reconsider chooses the types again, by all rows of the given table. The
// tables that become others are made again and loaded from the start.
func (r *run) reconsider(ctx context.Context, table string) error {
	r.full = append(r.full, table)
	var s *Survey
	err := r.timed("census", func() (err error) {
		s, err = r.o.survey(ctx, r.snap, true, r.full)
		return err
	})
	if err != nil {
		return err
	}
	old := r.plan
	r.plan = s.Schema
	changed := map[string]bool{}
	err = pgx.BeginFunc(ctx, r.control, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL search_path = "+pgname.Quote(r.o.staging())); err != nil {
			return err
		}
		for i, t := range r.plan.Tables {
			if !sameTable(t, old.Tables[i]) {
				changed[t.Name] = true
				if err := r.remake(ctx, tx, t); err != nil {
					return err
				}
			}
		}
		plan, err := json.Marshal(r.plan)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE tpe_migrate.runs SET plan = $2 WHERE target = $1", r.o.Schema, string(plan))
		return err
	})
	if err != nil {
		return explain(ctx, "make tables again", err)
	}
	pairs := r.pairs
	r.pairs, r.found = nil, map[*pair]*contents{}
	for _, p := range pairs {
		if changed[p.plan.Name] {
			for n := range r.chunks[p.plan.Name] {
				r.chunks[p.plan.Name][n].done = false
			}
		}
		q := r.addPair(p.source, p.ranges, 0, p.schema)
		if !q.byKey {
			q.groups = p.groups
			r.found[q] = newContents(q)
		}
	}
	return nil
}

// sameTable reports whether rows that were loaded for one plan are right for
// the other.
func sameTable(a, b *pgschema.Table) bool {
	return a.Create == b.Create && slices.EqualFunc(a.Columns, b.Columns, func(x, y pgschema.Column) bool { return x.Type == y.Type && x.Using == y.Using })
}

// remake makes a table again, empty.
func (r *run) remake(ctx context.Context, tx pgx.Tx, t *pgschema.Table) error {
	if _, err := tx.Exec(ctx, "DROP TABLE "+pgname.Quote(t.Target)); err != nil {
		return err
	}
	if err := r.createTable(ctx, tx, t); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM "+rejectsTable+" WHERE table_name = $1", t.Name); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE tpe_migrate.chunks SET done = NULL, sums = NULL WHERE target = $1 AND tbl = $2", r.o.Schema, t.Name); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM tpe_migrate.steps WHERE target = $1 AND starts_with(name, $2)", r.o.Schema, fmt.Sprintf("object: %q ", t.Name))
	return err
}
