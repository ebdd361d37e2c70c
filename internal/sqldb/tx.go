package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// Tx is a transaction. It is used by one goroutine.
type Tx struct {
	tx       *sql.Tx
	of       *DB
	recorded bool // it has put something into the outbox
	partners bool // it may have changed a partner
}

func (tx *Tx) db() *DB { return tx.of }

func (tx *Tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	tx.partners = tx.partners || changesPartners(query)
	return tx.tx.QueryContext(ctx, tx.of.bind(query), storable(args)...)
}

func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tx.partners = tx.partners || changesPartners(query)
	return affected(tx.tx.ExecContext(ctx, tx.of.bind(query), storable(args)...))
}

// tries is how often a transaction is done that fails because of another one.
const tries = 10

// Tx runs f in a transaction, which commits when f returns nil, and else has
// no effect. f may run more than once: it must change nothing outside of the
// transaction that it would not change again, and send no message.
//
// With SQLite transactions run one after the other. With PostgreSQL they run
// at once and see what others have committed: say conditions in the statement
// that writes (UPDATE ... WHERE status = 'pending') and look at how many rows
// it touched, or use [Tx.Lock].
//
// It reports whether f has put a record into the outbox, for whoever waits
// until it is in the lake.
func (db *DB) Tx(ctx context.Context, f func(tx *Tx) error) (recorded bool, err error) {
	for range tries {
		recorded, err = db.try(ctx, f)
		if !repeatable(err) {
			break
		}
	}
	return recorded, engine(err)
}

func (db *DB) try(ctx context.Context, f func(tx *Tx) error) (bool, error) {
	sqlTx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("begin transaction: %w", engine(err))
	}
	defer func() { _ = sqlTx.Rollback() }() // after Commit it does nothing
	tx := &Tx{tx: sqlTx, of: db}
	if err := f(tx); err != nil {
		return false, err
	}
	if err := sqlTx.Commit(); err != nil {
		return false, fmt.Errorf("commit: %w", engine(err))
	}
	if tx.partners {
		db.partners.Add(1)
	}
	return tx.recorded, nil
}

// Lock waits until no other transaction holds the lock of that name and id,
// and holds it to the end of this one.
func (tx *Tx) Lock(ctx context.Context, name string, id int64) error {
	if !tx.of.postgres {
		return nil // there is one writer
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name + "/" + strconv.FormatInt(id, 10)))                               // a hash takes everything
	if _, err := tx.exec(ctx, `SELECT pg_advisory_xact_lock(?)`, int64(h.Sum64())); err != nil { //nolint:gosec // any bits will do
		return fmt.Errorf("lock %s: %w", name, engine(err))
	}
	return nil
}

// lockRow waits until no other transaction holds on to a row, and keeps
// others from referring to it until the end of this one. It is for rows that
// are deleted: what refers to them can be deleted after it, and nothing new
// comes.
func (tx *Tx) lockRow(ctx context.Context, table string, id int64) error {
	if !tx.of.postgres {
		return nil // there is one writer
	}
	if _, err := tx.exec(ctx, `SELECT 1 FROM `+table+` WHERE id = ? FOR UPDATE`, id); err != nil {
		return fmt.Errorf("lock a row of %s: %w", table, engine(err))
	}
	return nil
}

// Record puts an interaction into the outbox: it comes to be in the lake if
// and only if this transaction commits.
func (tx *Tx) Record(ctx context.Context, rec redact.Clean) error {
	t := rec.Tape()
	if t == nil {
		return errors.New("record interaction: a text is no record")
	}
	n, ok := t.Find("interaction_id")
	if !ok {
		return errors.New("record interaction: it has no interaction_id")
	}
	if _, err := run(ctx, tx, `INSERT INTO outbox (interaction_id, record, created_ms) VALUES (?, ?, ?)`, t.Text(n), string(rec.JSON()), time.Now().UnixMilli()); err != nil {
		return fmt.Errorf("record interaction: %w", err)
	}
	tx.recorded = true
	return nil
}

// notFound is the error for a row that does not exist.
func notFound(what string) error { return tpe.Errorf(tpe.NotFound, "%s not found", what) }
