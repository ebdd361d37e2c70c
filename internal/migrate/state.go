package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// stateSchema holds what a migration remembers in the target: the plan, the
// bookmark of each chunk and the steps that are done. A chunk's rows and its
// bookmark are written in one transaction, and so are a step and its mark.
const stateSchema = "tpe_migrate"

const stateTables = `
CREATE SCHEMA IF NOT EXISTS tpe_migrate;
CREATE TABLE IF NOT EXISTS tpe_migrate.runs (
	target text PRIMARY KEY, source text NOT NULL, scope text NOT NULL, plan text NOT NULL,
	started timestamptz NOT NULL, finished timestamptz, certificate text);
CREATE TABLE IF NOT EXISTS tpe_migrate.chunks (
	target text NOT NULL, tbl text NOT NULL, n int NOT NULL, bounds text NOT NULL,
	done timestamptz, sums bytea, bytes bigint, PRIMARY KEY (target, tbl, n));
CREATE TABLE IF NOT EXISTS tpe_migrate.steps (
	target text NOT NULL, name text NOT NULL, note text NOT NULL, done timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (target, name));
`

// rejectsTable is the side table of the values that did not convert.
const rejectsTable = pgname.Rejects

const createRejects = `CREATE TABLE _migrate_rejects (
	table_name text NOT NULL, rowid text NOT NULL, column_name text NOT NULL, value text, reason text NOT NULL,
	storage_class text NOT NULL, bytes bytea, chunk int NOT NULL);
COMMENT ON TABLE _migrate_rejects IS 'Values that tpe migrate could not convert. An empty column_name stands for a whole row, with its values as JSON. bytes holds what value cannot show exactly.'`

// staging is the schema that tables are loaded into before they are shown.
func (o Options) staging() string { return pgname.Relation("_tpe_load_" + o.Schema) }

// state is what the target remembers of a migration.
type state struct {
	target   string
	source   string
	scope    Scope
	plan     *pgschema.Plan
	started  time.Time
	finished *time.Time
	cert     *string
}

// lock makes sure that only one migration writes to a schema. It waits a
// little for one that was killed a moment ago.
func lock(ctx context.Context, c *pgx.Conn, schema string) error {
	if _, err := c.Exec(ctx, "SET lock_timeout = '15s'"); err != nil {
		return explain(ctx, "lock the target", err)
	}
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", "tpe migrate "+schema); err != nil {
		if sqlState(err) == "55P03" {
			return &tpe.Error{Code: tpe.Conflict, Message: "another tpe migrate is writing to the schema " + schema, Hint: "wait until it has ended"}
		}
		return explain(ctx, "lock the target", err)
	}
	_, err := c.Exec(ctx, "SET lock_timeout = 0")
	return explain(ctx, "lock the target", err)
}

// readState returns what the target remembers, nil for nothing.
func readState(ctx context.Context, c *pgx.Conn, target string) (*state, error) {
	var exists bool
	if err := c.QueryRow(ctx, "SELECT to_regclass('tpe_migrate.runs') IS NOT NULL").Scan(&exists); err != nil {
		return nil, explain(ctx, "read the state of the migration", err)
	}
	if !exists {
		return nil, nil
	}
	s := &state{target: target}
	var plan string
	err := c.QueryRow(ctx, "SELECT source, scope, plan, started, finished, certificate FROM tpe_migrate.runs WHERE target = $1", target).
		Scan(&s.source, &s.scope, &plan, &s.started, &s.finished, &s.cert)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(ctx, "read the state of the migration", err)
	}
	if err := json.Unmarshal([]byte(plan), &s.plan); err != nil {
		return nil, fmt.Errorf("read the plan of the migration: %w", err)
	}
	return s, nil
}

// forget removes what an earlier migration to the schema left: its state, and
// tables that were never shown.
func forget(ctx context.Context, tx pgx.Tx, o Options) error {
	for _, table := range []string{"runs", "chunks", "steps"} {
		if _, err := tx.Exec(ctx, "DELETE FROM tpe_migrate."+table+" WHERE target = $1", o.Schema); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "DROP SCHEMA IF EXISTS "+pgname.Quote(o.staging())+" CASCADE")
	return err
}

// chunk is a range of a table, which is copied in one transaction.
type chunk struct {
	p     *pair
	n     int
	done  bool
	sums  []Sum
	bytes int64
}

// readChunks returns the chunks of the tables, with the bookmarks of those
// that are done.
func readChunks(ctx context.Context, c *pgx.Conn, target string) (map[string][]chunk, map[string][]origin.Range, error) {
	chunks, ranges := map[string][]chunk{}, map[string][]origin.Range{}
	rows, err := c.Query(ctx, "SELECT tbl, n, bounds, done IS NOT NULL, sums, coalesce(bytes, 0) FROM tpe_migrate.chunks WHERE target = $1 ORDER BY tbl, n", target)
	if err != nil {
		return nil, nil, explain(ctx, "read the bookmarks", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, bounds string
		var k chunk
		var sums []byte
		if err := rows.Scan(&table, &k.n, &bounds, &k.done, &sums, &k.bytes); err != nil {
			return nil, nil, explain(ctx, "read the bookmarks", err)
		}
		var g origin.Range
		if err := json.Unmarshal([]byte(bounds), &g); err != nil {
			return nil, nil, fmt.Errorf("read the bookmark of %s: %w", table, err)
		}
		if k.sums, err = unpackSums(sums); err != nil {
			return nil, nil, fmt.Errorf("read the bookmark of %s: %w", table, err)
		}
		chunks[table], ranges[table] = append(chunks[table], k), append(ranges[table], g)
	}
	return chunks, ranges, explain(ctx, "read the bookmarks", rows.Err())
}

// step does something once, also when the migration is interrupted and goes
// on later: the mark is written in the same transaction. f returns what the
// certificate should say of it.
func step(ctx context.Context, c *pgx.Conn, target, name string, f func(pgx.Tx) (string, error)) error {
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "INSERT INTO tpe_migrate.steps (target, name, note) VALUES ($1, $2, '') ON CONFLICT DO NOTHING", target, name)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		note, err := f(tx)
		if err != nil || note == "" {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE tpe_migrate.steps SET note = $3 WHERE target = $1 AND name = $2", target, name, note)
		return err
	})
	return explain(ctx, name, err)
}

// notes returns what the steps whose name begins with prefix said.
func stepNotes(ctx context.Context, c *pgx.Conn, target, prefix string) (map[string]string, error) {
	rows, err := c.Query(ctx, "SELECT name, note FROM tpe_migrate.steps WHERE target = $1 AND starts_with(name, $2) AND note <> ''", target, prefix)
	if err != nil {
		return nil, explain(ctx, "read the steps", err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var name, note string
		if err := rows.Scan(&name, &note); err != nil {
			return nil, explain(ctx, "read the steps", err)
		}
		out[name] = note
	}
	return out, explain(ctx, "read the steps", rows.Err())
}
