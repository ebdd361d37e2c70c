package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
)

// kept is what a table of the target has.
type kept struct {
	primary []string
	unique  [][]string // the primary key included
	foreign []keptForeign
	indexes []string
	checks  int
}

type keptForeign struct {
	Columns []string
	Parent  string
}

// constraints makes sure that the target has the constraints and indexes that
// were planned, those aside that Postgres refused.
func (r *run) constraints(ctx context.Context) error {
	refused := map[string]bool{} // or not to be found by its name
	if !r.unknown {
		if err := r.objects(ctx); err != nil {
			return err
		}
		for _, o := range r.cert.Objects {
			refused[o.Object] = refused[o.Object] || o.State == leftOut || o.Note == otherName
		}
	}
	for _, p := range r.pairs {
		has, err := p.kept(ctx, r.workers[0].pg)
		if err != nil {
			return err
		}
		for _, object := range has.lacks(p.plan, refused) {
			r.differs(Difference{Table: p.plan.Name, Kind: noObject, Object: object})
		}
	}
	return nil
}

// lacks returns what of the plan is not there.
func (k *kept) lacks(t *pgschema.Table, refused map[string]bool) []string {
	var out []string
	lack := func(object string) {
		if !refused[object] {
			out = append(out, object)
		}
	}
	for _, s := range t.Indexes {
		there := true
		switch {
		case s.Key == pgschema.PrimaryKey:
			there = sameSet(k.primary, s.Columns)
		case s.Key == pgschema.Unique:
			there = slices.ContainsFunc(k.unique, func(cols []string) bool { return sameSet(cols, s.Columns) })
		case s.Name != "":
			there = slices.Contains(k.indexes, s.Name)
		}
		if !there {
			lack(s.Object)
		}
	}
	for _, f := range t.Foreign {
		if !slices.ContainsFunc(k.foreign, func(g keptForeign) bool {
			return sameSet(f.Columns, g.Columns) && strings.EqualFold(pgname.Relation(f.Parent), g.Parent)
		}) {
			lack(f.Object)
		}
	}
	checks := 0
	for _, c := range t.Checks {
		if !refused[c.Object] {
			checks++
		}
	}
	if checks > k.checks {
		lack(fmt.Sprintf("%s that the source has: there are %d", count(int64(checks), "CHECK constraint", "CHECK constraints"), k.checks))
	}
	return out
}

// kept reads what the table of the target has.
func (p *pair) kept(ctx context.Context, c *pgx.Conn) (*kept, error) {
	k := &kept{}
	table := pgname.Quote(p.schema) + "." + pgname.Quote(p.plan.Target)
	rows, err := c.Query(ctx, `SELECT i.relname, x.indisprimary, x.indisunique AND x.indisvalid AND x.indexprs IS NULL AND x.indpred IS NULL,
			(SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey))
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = $1::text::regclass`, table)
	if err != nil {
		return nil, explain(ctx, "read the indexes of "+p.plan.Target, err)
	}
	var name string
	var primary, unique bool
	var columns []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &primary, &unique, &columns}, func() error {
		k.indexes = append(k.indexes, name)
		if primary {
			k.primary = slices.Clone(columns)
		}
		if unique {
			k.unique = append(k.unique, slices.Clone(columns))
		}
		return nil
	}); err != nil {
		return nil, explain(ctx, "read the indexes of "+p.plan.Target, err)
	}
	rows, err = c.Query(ctx, `SELECT (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey)), q.relname
		FROM pg_constraint f JOIN pg_class q ON q.oid = f.confrelid WHERE f.contype = 'f' AND f.conrelid = $1::text::regclass`, table)
	if err == nil {
		k.foreign, err = pgx.CollectRows(rows, pgx.RowToStructByPos[keptForeign])
	}
	if err != nil {
		return nil, explain(ctx, "read the foreign keys of "+p.plan.Target, err)
	}
	err = c.QueryRow(ctx, "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::text::regclass", table).Scan(&k.checks)
	return k, explain(ctx, "read the constraints of "+p.plan.Target, err)
}
