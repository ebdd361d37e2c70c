package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/migrate/sqltext"
	"github.com/power100/tpe/internal/tpe"
)

// beginData plans a move into tables that are there: their types are taken as
// they are. The tables must be empty, or are emptied when that was asked for.
func (r *run) beginData(ctx context.Context) error {
	cat, err := r.snap.Conns[0].Catalog(ctx)
	if err != nil {
		return err
	}
	ranges := map[string][]origin.Range{}
	r.plan = &pgschema.Plan{Tables: []*pgschema.Table{}, LeftOut: []pgschema.LeftOut{}}
	sources, err := chosen(cat, r.o.Tables)
	if err != nil {
		return err
	}
	for _, src := range sources {
		t, err := r.existing(ctx, src)
		if err != nil {
			return err
		}
		r.plan.Tables = append(r.plan.Tables, t)
		if ranges[src.Name], err = r.snap.Conns[0].Ranges(ctx, src, r.o.chunkRows()); err != nil {
			return err
		}
	}
	err = pgx.BeginFunc(ctx, r.control, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, stateTables); err != nil {
			return err
		}
		if err := r.reattach(ctx, tx); err != nil {
			return err
		}
		if err := forget(ctx, tx, r.o); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "SET LOCAL search_path = "+pgname.Quote(r.o.Schema)); err != nil {
			return err
		}
		if err := r.vacate(ctx, tx); err != nil {
			return err
		}
		if err := r.emptyRejects(ctx, tx); err != nil {
			return err
		}
		return r.remember(ctx, tx, ranges)
	})
	if err != nil {
		return explain(ctx, "prepare the tables", err)
	}
	if err := r.connectWorkers(ctx, r.o.Schema); err != nil {
		return err
	}
	for _, src := range sources {
		r.addPair(src, ranges[src.Name], int64(len(ranges[src.Name]))*r.o.chunkRows(), r.o.Schema)
	}
	return step(ctx, r.workers[0].pg, r.o.Schema, "detached", func(tx pgx.Tx) (string, error) {
		undo, err := r.detach(ctx, tx)
		if err != nil {
			return "", err
		}
		b, err := json.Marshal(undo)
		return string(b), err
	})
}

// chosen returns the tables that are asked for, all when none is. There must
// be one: nothing is equal to nothing, and proves nothing.
func chosen(cat *origin.Catalog, names []string) ([]*origin.Table, error) {
	if len(cat.Tables) == 0 {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "the source has no tables", Hint: "is it the right file?"}
	}
	if len(names) == 0 {
		return cat.Tables, nil
	}
	var out []*origin.Table
	for _, name := range names {
		t := cat.Table(name)
		if t == nil {
			return nil, tpe.Errorf(tpe.Misuse, "there is no table %q in the source", name)
		}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out, nil
}

// counterpart returns the name of the table of the target that a table of the
// source goes to, "" when there is none. Names may differ in case.
func (r *run) counterpart(ctx context.Context, src *origin.Table) (string, error) {
	var name string
	err := r.control.QueryRow(ctx, `SELECT k.relname FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
		WHERE n.nspname = $1 AND k.relkind IN ('r', 'p') AND lower(k.relname) = lower($2) ORDER BY k.relname = $2 DESC LIMIT 1`, r.o.Schema, pgname.Relation(src.Name)).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if sqltext.Fold(name) != sqltext.Fold(pgname.Relation(src.Name)) {
		name = "" // another letter, that only Postgres takes for the same
	}
	return name, explain(ctx, "look for the table "+src.Name, err)
}

// existing describes the table of the target that a table of the source goes
// to.
func (r *run) existing(ctx context.Context, src *origin.Table) (*pgschema.Table, error) {
	t := &pgschema.Table{Name: src.Name, Key: src.PrimaryKey, RowKey: src.RowidColumn, Sequence: src.Sequence}
	var err error
	if t.Target, err = r.counterpart(ctx, src); err != nil {
		return nil, err
	}
	if t.Target == "" {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("the schema %s of the target has no table %s", r.o.Schema, src.Name), Hint: "--tables chooses those to copy; without --data-only the tables are made"}
	}
	list, err := r.attributes(ctx, t.Target)
	if err != nil {
		return nil, err
	}
	for i, c := range src.Columns {
		at := -1
		for k, a := range list {
			if a.Name == pgname.Column(c.Name) || at < 0 && sqltext.Fold(a.Name) == sqltext.Fold(c.Name) {
				at = k
			}
		}
		if at < 0 {
			return nil, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("the table %s of the target has no column %s, and its values would be lost", t.Target, c.Name)}
		}
		typ, err := convert.Parse(list[at].Type)
		if err != nil {
			return nil, &tpe.Error{Code: tpe.Misuse, Message: "the column " + t.Target + "." + list[at].Name, Err: err}
		}
		if list[at].Generated {
			t.Generated = append(t.Generated, i)
		}
		if i == src.RowidColumn {
			t.Identity = list[at].Name
		}
		t.Columns = append(t.Columns, pgschema.Column{Name: c.Name, Target: list[at].Name, Type: typ, Reason: "as the target has it", NotNull: list[at].NotNull, Using: r.using(src.Name + "." + c.Name)})
	}
	return t, nil
}

// attribute is a column of the target.
type attribute struct {
	Name, Type         string
	NotNull, Generated bool
}

// attributes returns the columns of a table of the target.
func (r *run) attributes(ctx context.Context, table string) ([]attribute, error) {
	rows, err := r.control.Query(ctx, `SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> ''
		FROM pg_attribute a WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped`, pgname.Quote(r.o.Schema)+"."+pgname.Quote(table))
	if err != nil {
		return nil, explain(ctx, "read the columns of "+table, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[attribute])
	return list, explain(ctx, "read the columns of "+table, err)
}

// using returns the expression that was given for a column, by its exact name.
func (r *run) using(column string) string {
	for name, expr := range r.o.Using {
		if sqltext.Fold(name) == sqltext.Fold(column) {
			return expr
		}
	}
	return ""
}

// vacate makes sure that the tables are empty.
func (r *run) vacate(ctx context.Context, tx pgx.Tx) error {
	var full []string
	var all []string
	for _, t := range r.plan.Tables {
		name := pgname.Quote(t.Target)
		all = append(all, name)
		var any bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+name+")").Scan(&any); err != nil {
			return err
		}
		if any {
			full = append(full, t.Target)
		}
	}
	if len(full) == 0 {
		return nil
	}
	if r.o.Conflict != DropConflict {
		return &tpe.Error{Code: tpe.Conflict, Message: "tables of the target are not empty: " + strings.Join(full, ", "), Hint: "--on-conflict-schema drop empties them first; --resume goes on with an interrupted copy"}
	}
	_, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(all, ", "))
	return err
}

// emptyRejects makes the table of rejects. In one that is there, those of other
// tables stay.
func (r *run) emptyRejects(ctx context.Context, tx pgx.Tx) error {
	var names []string
	for _, t := range r.plan.Tables {
		names = append(names, t.Name)
	}
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", pgname.Quote(r.o.Schema)+"."+rejectsTable).Scan(&there); err != nil {
		return err
	}
	if !there {
		_, err := tx.Exec(ctx, createRejects)
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM "+rejectsTable+" WHERE table_name = ANY ($1)", names)
	return err
}

// reattach gives the tables back what an interrupted copy took away: that is
// written down in the state, which is forgotten next.
func (r *run) reattach(ctx context.Context, tx pgx.Tx) error {
	var text string
	err := tx.QueryRow(ctx, `SELECT note FROM tpe_migrate.steps d WHERE target = $1 AND name = 'detached'
		AND NOT EXISTS (SELECT 1 FROM tpe_migrate.steps a WHERE a.target = d.target AND a.name = 'attached')`, r.o.Schema).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	var undo detached
	if err := json.Unmarshal([]byte(text), &undo); err != nil {
		return fmt.Errorf("read what was taken away: %w", err)
	}
	return undo.restore(ctx, tx)
}

// attach makes the foreign keys again that were taken away for the load, and
// turns the triggers on.
func (r *run) attach(ctx context.Context) error {
	notes, err := stepNotes(ctx, r.control, r.o.Schema, "detached")
	if err != nil {
		return err
	}
	var undo detached
	if err := json.Unmarshal([]byte(notes["detached"]), &undo); err != nil {
		return fmt.Errorf("read what was taken away: %w", err)
	}
	return step(ctx, r.workers[0].pg, r.o.Schema, "attached", func(tx pgx.Tx) (string, error) {
		return "", undo.restore(ctx, tx)
	})
}
