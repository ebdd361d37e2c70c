package migrate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// begin takes the census, plans the schema and makes the tables in the schema
// for loading. What an earlier unfinished run left is dropped.
func (r *run) begin(ctx context.Context) error {
	if err := r.fits(ctx); err != nil {
		return err
	}
	var s *Survey
	err := r.timed("census", func() (err error) {
		s, err = r.o.survey(ctx, r.snap, !r.o.Strict, nil)
		return err
	})
	if err != nil {
		return err
	}
	if err := strict(r.o, s); err != nil {
		return err
	}
	r.plan = s.Schema
	ranges := map[string][]origin.Range{}
	for _, t := range s.Tables {
		if ranges[t.Name], err = r.snap.Conns[0].Ranges(ctx, t.Origin(), r.o.chunkRows()); err != nil {
			return err
		}
		r.total.Add(t.Rows)
	}
	err = pgx.BeginFunc(ctx, r.control, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, stateTables); err != nil {
			return err
		}
		if err := vacant(ctx, tx, r.o, r.plan); err != nil {
			return err
		}
		if err := forget(ctx, tx, r.o); err != nil {
			return err
		}
		return r.create(ctx, tx, ranges)
	})
	if err != nil {
		return explain(ctx, "make the tables", err)
	}
	if err := r.connectWorkers(ctx, r.o.staging()); err != nil {
		return err
	}
	for _, t := range s.Tables {
		r.addPair(t.Origin(), ranges[t.Name], t.Rows, r.o.staging())
	}
	return nil
}

// fits makes sure that Postgres can have the tables at all.
func (r *run) fits(ctx context.Context) error {
	cat, err := r.snap.Conns[0].Catalog(ctx)
	if err != nil {
		return err
	}
	tables, err := chosen(cat, r.o.Tables)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if len(t.Columns) > pgname.MaxColumns {
			return &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("the table %s has %d columns and Postgres allows %d", t.Name, len(t.Columns), pgname.MaxColumns),
				Hint: "--tables names the tables to move; this one must be split before it can be one of them"}
		}
	}
	return nil
}

// strict stops before anything is written when a value does not convert.
func strict(o Options, s *Survey) error {
	if !o.Strict {
		return nil
	}
	for _, t := range s.Tables {
		for _, c := range t.Columns {
			for _, v := range c.Samples {
				return &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("%s not convert (--strict); the first is %s.%s, row %s: the %s %q: %s",
					count(s.Rejects(), "value does", "values do"), t.Name, c.Name, v.Row, v.Class, shorten(v.Value), v.Reason),
					Hint: "--plan lists them all; --type and --using convert in another way; without --strict they go to " + rejectsTable}
			}
		}
	}
	return nil
}

func (r *run) create(ctx context.Context, tx pgx.Tx, ranges map[string][]origin.Range) error {
	staging := pgname.Quote(r.o.staging())
	for _, sql := range []string{"CREATE SCHEMA " + staging, "SET LOCAL search_path = " + staging, createRejects} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	for _, t := range r.plan.Tables {
		if err := r.createTable(ctx, tx, t); err != nil {
			return fmt.Errorf("make the table %s: %w", t.Name, err)
		}
	}
	return r.remember(ctx, tx, ranges)
}

// remember writes the plan and the bookmarks.
func (r *run) remember(ctx context.Context, tx pgx.Tx, ranges map[string][]origin.Range) error {
	var chunks [][]any
	for _, t := range r.plan.Tables {
		for n, g := range ranges[t.Name] {
			bounds, err := json.Marshal(g)
			if err != nil {
				return err
			}
			chunks = append(chunks, []any{r.o.Schema, t.Name, n, string(bounds)})
		}
	}
	plan, err := json.Marshal(r.plan)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO tpe_migrate.runs (target, source, scope, plan, started) VALUES ($1, $2, $3, $4, $5)",
		r.o.Schema, r.o.FromName, string(r.o.Scope), string(plan), r.cert.Started); err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{stateSchema, "chunks"}, []string{"target", "tbl", "n", "bounds"}, pgx.CopyFromRows(chunks))
	return err
}

// createTable makes a table; generated columns become plain ones when
// Postgres refuses their expressions.
func (r *run) createTable(ctx context.Context, tx pgx.Tx, t *pgschema.Table) error {
	refused, err := attempt(ctx, tx, t.Create)
	if err != nil || refused == nil {
		return err
	}
	if len(t.Generated) == 0 {
		return refused
	}
	t.Create = t.Plain
	t.Generated = nil
	r.plan.LeftOut = append(r.plan.LeftOut, pgschema.LeftOut{Object: "generated columns of " + t.Name, Why: refused.Error() + "; they keep their values and are plain ones"})
	_, err = tx.Exec(ctx, t.Create)
	return err
}

func (r *run) addPair(src *origin.Table, ranges []origin.Range, rows int64, schema string) *pair {
	i := slices.IndexFunc(r.plan.Tables, func(t *pgschema.Table) bool { return t.Name == src.Name })
	p := newPair(r.plan.Tables[i], src, schema, ranges, rows)
	r.pairs = append(r.pairs, p)
	r.found[p] = newContents(p)
	if r.chunks[src.Name] == nil {
		for n := range ranges {
			r.chunks[src.Name] = append(r.chunks[src.Name], chunk{n: n})
		}
	}
	for n := range r.chunks[src.Name] {
		r.chunks[src.Name][n].p = p
	}
	return p
}
