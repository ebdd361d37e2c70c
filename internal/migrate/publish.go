package migrate

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// occupants returns what is in the target schema, without what belongs to
// extensions.
func occupants(ctx context.Context, c pgx.Tx, schema string) (map[string]string, error) {
	rows, err := c.Query(ctx, `SELECT k.relname, k.relkind::text FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
		WHERE n.nspname = $1 AND k.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
		AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = k.oid AND d.deptype IN ('e', 'i', 'a'))`, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, err
		}
		out[name] = kind
	}
	return out, rows.Err()
}

// vacant checks that the target schema can take the tables.
func vacant(ctx context.Context, tx pgx.Tx, o Options, plan *pgschema.Plan) error {
	there, err := occupants(ctx, tx, o.Schema)
	if err != nil || o.Conflict == DropConflict {
		return err
	}
	hint := "--schema names another schema; --on-conflict-schema drop replaces what is there once the new tables are complete"
	if o.Conflict != AddToSchema {
		for name := range there {
			return &tpe.Error{Code: tpe.Conflict, Message: fmt.Sprintf("the schema %s of the target is not empty: it holds %s, as %s", o.Schema, count(int64(len(there)), "table or view", "tables and views"), name), Hint: hint}
		}
		return nil
	}
	for _, t := range plan.Tables {
		if _, taken := there[t.Target]; taken {
			return &tpe.Error{Code: tpe.Conflict, Message: "the schema " + o.Schema + " of the target has a table " + t.Target, Hint: hint}
		}
	}
	return nil
}

// publish moves the tables to the target schema, in one transaction: before
// it nothing of the migration is to be seen, after it everything is.
func (l *load) publish(ctx context.Context, w worker, pairs []*pair, plan *pgschema.Plan, now time.Time) ([]Object, error) {
	var objects []Object
	o := l.o
	schema, staging := pgname.Quote(o.Schema), pgname.Quote(o.staging())
	err := pgx.BeginFunc(ctx, w.pg, func(tx pgx.Tx) error {
		exec := func(sql string, args ...any) error {
			_, err := tx.Exec(ctx, sql, args...)
			return err
		}
		if err := exec("SET LOCAL synchronous_commit = on"); err != nil {
			return err
		}
		if err := vacant(ctx, tx, o, plan); err != nil {
			return err
		}
		there, err := occupants(ctx, tx, o.Schema)
		if err != nil {
			return err
		}
		if o.Conflict == DropConflict {
			for name, kind := range there {
				what := map[string]string{"r": "TABLE", "p": "TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE", "S": "SEQUENCE"}[kind]
				if err := exec("DROP " + what + " IF EXISTS " + schema + "." + pgname.Quote(name) + " CASCADE"); err != nil {
					return err
				}
			}
			there = nil
		}
		if err := exec("CREATE SCHEMA IF NOT EXISTS " + schema); err != nil {
			return err
		}
		for _, t := range plan.Tables {
			if err := exec("ALTER TABLE " + staging + "." + pgname.Quote(t.Target) + " SET SCHEMA " + schema); err != nil {
				return err
			}
		}
		if _, kept := there[rejectsTable]; kept { // of tables that were moved before
			err = exec("INSERT INTO " + schema + "." + rejectsTable + " SELECT * FROM " + staging + "." + rejectsTable)
		} else {
			err = exec("ALTER TABLE " + staging + "." + rejectsTable + " SET SCHEMA " + schema)
		}
		if err != nil {
			return err
		}
		if err := exec("SET LOCAL search_path = " + schema); err != nil {
			return err
		}
		if objects, err = l.code(ctx, w.src, tx, plan); err != nil {
			return err
		}
		list, err := json.Marshal(objects)
		if err != nil {
			return err
		}
		if err := exec("INSERT INTO tpe_migrate.steps (target, name, note) VALUES ($1, 'published', $2)", o.Schema, string(list)); err != nil {
			return err
		}
		if err := exec("UPDATE tpe_migrate.runs SET finished = $2 WHERE target = $1", o.Schema, now); err != nil {
			return err
		}
		return exec("DROP SCHEMA " + staging + " CASCADE")
	})
	for _, p := range pairs {
		p.schema = o.Schema
	}
	return objects, explain(ctx, "show the new tables", err)
}

// viewTime bounds how long the rows of a view are counted on each side.
const viewTime = 30 * time.Second

// code makes views and triggers. A view must have as many rows as in the
// source, or it is left out.
func (l *load) code(ctx context.Context, src *origin.Conn, tx pgx.Tx, plan *pgschema.Plan) ([]Object, error) {
	var out []Object
	if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL statement_timeout = %d", viewTime.Milliseconds())); err != nil {
		return nil, err
	}
	for _, v := range plan.Views {
		o := Object{Object: "view " + v.Name, State: made}
		refused, err := attempt(ctx, tx, v.SQL)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			o.State, o.Note = leftOut, refused.Error()
		} else if why := l.viewDiffers(ctx, src, tx, v); why != "" {
			o.State, o.Note = leftOut, why+"; the translation was: "+v.SQL
			if _, err := tx.Exec(ctx, "DROP VIEW "+pgname.Quote(v.Target)+" CASCADE"); err != nil {
				return nil, err
			}
		}
		out = append(out, o)
	}
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
		return nil, err
	}
	for _, t := range plan.Triggers {
		o := Object{Object: "trigger " + t.Name, State: made}
		refused, err := attempt(ctx, tx, t.Function+";\n"+t.Create)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			o.State, o.Note = leftOut, refused.Error()
		}
		out = append(out, o)
	}
	return out, nil
}

// viewDiffers counts the rows of a view on both sides and says how they
// differ. A view that takes too long to count, or that SQLite itself cannot
// run, is taken as it is.
func (l *load) viewDiffers(ctx context.Context, src *origin.Conn, tx pgx.Tx, v pgschema.View) string {
	short, stop := context.WithTimeout(ctx, viewTime)
	defer stop()
	want, err := src.One(short, "SELECT count(*) FROM "+origin.Quote(v.Name))
	if err != nil {
		return ""
	}
	sp, err := tx.Begin(ctx)
	if err != nil {
		return err.Error()
	}
	var got int64
	err = sp.QueryRow(ctx, "SELECT count(*) FROM "+pgname.Quote(v.Target)).Scan(&got)
	if err != nil {
		if rollback := sp.Rollback(ctx); rollback != nil {
			return rollback.Error()
		}
		if sqlState(err) == "57014" { // too slow to count
			return ""
		}
		return err.Error()
	}
	if err := sp.Commit(ctx); err != nil {
		return err.Error()
	}
	if got != want {
		return fmt.Sprintf("it has %s in SQLite and %d in Postgres", count(want, "row", "rows"), got)
	}
	return ""
}

// publish shows the tables and keeps the certificate in the target.
func (r *run) publish(ctx context.Context) error {
	err := r.timed("publish", func() error {
		objects, err := r.load.publish(ctx, r.workers[0], r.pairs, r.plan, r.o.Now())
		r.cert.Objects = append(r.cert.Objects, objects...)
		return err
	})
	if err != nil {
		return err
	}
	r.cert.Finished = r.o.Now().UTC()
	return r.keep(ctx)
}

// keep writes the certificate into the target, beside the state.
func (r *run) keep(ctx context.Context) error {
	b, err := json.Marshal(r.cert)
	if err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	_, err = r.control.Exec(ctx, "UPDATE tpe_migrate.runs SET certificate = $2 WHERE target = $1", r.o.Schema, strings.ReplaceAll(string(b), `\u0000`, `\ufffd`))
	return explain(ctx, "keep the certificate", err)
}
