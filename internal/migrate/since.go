package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/tpe"
)

// Since brings over what has changed in the source since a finished move, in
// one transaction, and compares both sides again. The chunks that changed are
// found by their hashes. A target that was changed by others is left alone.
func Since(ctx context.Context, o Options) (*Certificate, error) {
	r, st, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	cert, err := r.since(ctx, st)
	return cert, origin.Explain(o.From, err)
}

func (r *run) since(ctx context.Context, st *state) (*Certificate, error) {
	o := r.o
	if st == nil || st.finished == nil {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "no finished move to the schema " + o.Schema + " is known in the target", Hint: "run tpe migrate without --since first"}
	}
	if err := r.restore(ctx, st, o.Schema); err != nil {
		return nil, err
	}
	others, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.connectWorkers(ctx, o.Schema); err != nil {
		return nil, err
	}
	var changed []*chunk
	err = r.timed("check", func() (err error) {
		changed, err = r.changed(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, c := range others {
		if slices.ContainsFunc(changed, func(k *chunk) bool { return k.p == c.p }) {
			return nil, &tpe.Error{Code: tpe.Conflict, Message: c.String() + ": what has changed in the source cannot be brought over", Hint: "move again, into another schema or database"}
		}
		c.compareAs()
	}
	if len(changed) > 0 {
		if err := r.untouched(ctx, changed); err != nil {
			return nil, err
		}
		if err := r.timed("copy", func() error { return r.second(ctx, changed) }); err != nil {
			return nil, err
		}
	}
	if err := r.adoptOthers(ctx); err != nil {
		return nil, err
	}
	cert, err := r.verifyRestored(ctx)
	if cert != nil && cert.Equal() {
		if keepErr := r.keep(ctx); keepErr != nil {
			return nil, keepErr
		}
	}
	return cert, err
}

// untouched makes sure that the rows which will be replaced are those that
// were copied: nobody's changes in the target are overwritten.
func (r *run) untouched(ctx context.Context, changed []*chunk) error {
	c := r.workers[0].pg
	seen := map[*pair]bool{}
	for _, k := range changed {
		if seen[k.p] {
			continue
		}
		seen[k.p] = true
		taken, err := k.p.readOrphans(ctx, c)
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			continue // the bookmarks hold the rows before orphans were taken out
		}
		want := newContents(k.p)
		for _, chunk := range r.chunks[k.p.plan.Name] {
			want.addSource(k.p, chunk.n, chunk.sums)
		}
		sums, err := k.p.targetSums(ctx, c, "")
		if err != nil {
			return err
		}
		want.addTarget(sums)
		if len(want.differ()) > 0 {
			return &tpe.Error{Code: tpe.Conflict, Message: "rows of " + k.p.plan.Target + " in the target were changed since the move: they are not overwritten", Hint: "--verify names them"}
		}
	}
	return nil
}

// second replaces the chunks that changed. Foreign keys are taken away and
// made again around it, so that the order of the tables does not matter, and
// triggers of the target do not fire.
func (r *run) second(ctx context.Context, changed []*chunk) error {
	w := r.workers[0]
	l := r.load
	err := pgx.BeginFunc(ctx, w.pg, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = on"); err != nil {
			return err
		}
		undo, err := r.detach(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range changed {
			if !k.done { // the table was emptied with an earlier chunk of it
				continue
			}
			if err := l.again(ctx, tx, k.p, k.n); err != nil {
				return err
			}
			r.forgetChunk(k)
		}
		for _, p := range r.pairs {
			for n := range r.chunks[p.plan.Name] {
				k := &r.chunks[p.plan.Name][n]
				if k.done {
					continue
				}
				if err := l.rows(ctx, w, k); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, "UPDATE tpe_migrate.chunks SET done = now(), sums = $4, bytes = $5 WHERE target = $1 AND tbl = $2 AND n = $3", l.o.Schema, p.plan.Name, k.n, packSums(k.sums), k.bytes); err != nil {
					return err
				}
			}
			if p.plan.Identity != "" {
				if err := setSequence(ctx, tx, p); err != nil {
					return err
				}
			}
		}
		if l.o.Orphans == NullOrphans || l.o.Orphans == RejectOrphans {
			if err := l.takeAllOrphans(ctx, tx, r.pairs); err != nil {
				return err
			}
		}
		return undo.restore(ctx, tx)
	})
	return explain(ctx, "bring over what has changed", err)
}

// detached is what was taken away while rows are replaced.
type detached struct {
	Keys   []foreignKey `json:"keys"`
	Tables []string     `json:"tables"` // whose triggers are off
}

// foreignKey is a foreign key as Postgres describes it.
type foreignKey struct {
	Table, Name, Definition string
}

// detach takes away the foreign keys of the tables and turns their triggers
// off.
func (r *run) detach(ctx context.Context, tx pgx.Tx) (*detached, error) {
	d := &detached{}
	for _, p := range r.pairs {
		d.Tables = append(d.Tables, p.table())
	}
	rows, err := tx.Query(ctx, `SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
		FROM pg_constraint c WHERE c.contype = 'f' AND (c.conrelid = ANY($1::text[]::regclass[]) OR c.confrelid = ANY($1::text[]::regclass[]))`, d.Tables)
	if err != nil {
		return nil, err
	}
	if d.Keys, err = pgx.CollectRows(rows, pgx.RowToStructByPos[foreignKey]); err != nil {
		return nil, err
	}
	for _, k := range d.Keys {
		if _, err := tx.Exec(ctx, "ALTER TABLE "+k.Table+" DROP CONSTRAINT "+pgname.Quote(k.Name)); err != nil {
			return nil, err
		}
	}
	for _, t := range d.Tables {
		if _, err := tx.Exec(ctx, "ALTER TABLE "+t+" DISABLE TRIGGER USER"); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// restore undoes detach. A foreign key that rows break is not checked for
// them; one that they broke before may hold now.
func (d *detached) restore(ctx context.Context, tx pgx.Tx) error {
	for _, k := range d.Keys {
		sql := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", k.Table, pgname.Quote(k.Name), strings.TrimSuffix(k.Definition, " NOT VALID"))
		refused, err := attempt(ctx, tx, sql)
		if err != nil {
			return err
		}
		if refused == nil {
			continue
		}
		if _, err := tx.Exec(ctx, sql+" NOT VALID"); err != nil {
			return err
		}
	}
	for _, t := range d.Tables {
		if _, err := tx.Exec(ctx, "ALTER TABLE "+t+" ENABLE TRIGGER USER"); err != nil {
			return err
		}
	}
	return nil
}
