package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Outgoing is one record of the outbox.
type Outgoing struct {
	ID     int64
	Record []byte
}

// Drain hands the oldest records of the outbox, up to limit, to move, in
// their order. Those that move returns nil for are taken out; those with an
// error stay, and are not handed out again. When move fails as a whole
// nothing is taken out. It returns how many records were handed over.
//
// With PostgreSQL several processes may drain at once: each takes others.
func (db *DB) Drain(ctx context.Context, limit int, move func([]Outgoing) ([]error, error)) (int, error) {
	if db.postgres {
		return db.drainLocked(ctx, limit, move)
	}
	list, err := db.outgoing(ctx, db, `SELECT id, record FROM outbox WHERE fault IS NULL ORDER BY id LIMIT ?`, limit)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	faults, err := move(list)
	if err != nil {
		return 0, err
	}
	return len(list), settle(ctx, db, list, faults)
}

func (db *DB) drainLocked(ctx context.Context, limit int, move func([]Outgoing) ([]error, error)) (n int, err error) {
	_, err = db.Tx(ctx, func(tx *Tx) error {
		list, err := db.outgoing(ctx, tx, `SELECT id, record FROM outbox WHERE fault IS NULL ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`, limit)
		n = len(list)
		if err != nil || n == 0 {
			return err
		}
		faults, err := move(list)
		if err != nil {
			return err
		}
		return settle(ctx, tx, list, faults)
	})
	return n, err
}

func (db *DB) outgoing(ctx context.Context, c Conn, query string, limit int) ([]Outgoing, error) {
	rows, err := c.query(ctx, query, limit)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", engine(err))
	}
	defer rows.Close()
	var list []Outgoing
	for rows.Next() {
		var o Outgoing
		var record sql.RawBytes
		if err := rows.Scan(&o.ID, &record); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		o.Record = append([]byte(nil), record...)
		list = append(list, o)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read outbox: %w", engine(err))
	}
	return list, nil
}

// settle takes out what was moved and marks what was not.
func settle(ctx context.Context, c Conn, list []Outgoing, faults []error) error {
	var done []any
	for i, o := range list {
		if faults[i] == nil {
			done = append(done, o.ID)
			continue
		}
		if _, err := run(ctx, c, `UPDATE outbox SET fault = ? WHERE id = ?`, faults[i].Error(), o.ID); err != nil {
			return fmt.Errorf("mark outbox: %w", err)
		}
	}
	if len(done) == 0 {
		return nil
	}
	if _, err := run(ctx, c, `DELETE FROM outbox WHERE id IN (`+marks(len(done))+`)`, done...); err != nil {
		return fmt.Errorf("empty outbox: %w", err)
	}
	return nil
}

// marks returns n placeholders with commas between.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// OutboxState says what the outbox holds.
type OutboxState struct {
	Waiting int64 `json:"waiting" sql:"count(*) FILTER (WHERE fault IS NULL)"`
	Refused int64 `json:"refused" sql:"count(*) FILTER (WHERE fault IS NOT NULL)"`
}

// Outbox counts what the outbox holds.
func (db *DB) Outbox(ctx context.Context) (OutboxState, error) {
	state, _, err := one[OutboxState](ctx, db, `SELECT `+columns[OutboxState]("")+` FROM outbox`)
	if err != nil {
		return state, fmt.Errorf("count outbox: %w", err)
	}
	return state, nil
}
