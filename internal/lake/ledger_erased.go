package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
)

// ofForeign is the kind of files that no writer of this kind made. The others
// are called as the receipts of their sealing.
const ofForeign = "foreign"

// applyErasure takes the receipt of an erasure in. One that was interrupted
// and went on finds fewer records the second time: the larger number counts.
func applyErasure(ctx context.Context, tx *sql.Tx, r *receipt) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET files = max(files, excluded.files), copies = max(copies, excluded.copies), redacted = max(redacted, excluded.redacted)`,
		r.Erasure, r.Of, r.Segment, int64(r.Files), int64(r.Copies), int64(r.Redacted))
	if err != nil {
		return err
	}
	for name, n := range r.Erased {
		_, err := tx.ExecContext(ctx, `INSERT INTO erased VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET records = max(records, excluded.records)`, r.Erasure, r.Of, r.Segment, r.Day, name, int64(n))
		if err != nil {
			return err
		}
	}
	for _, file := range r.Removed {
		if _, err := tx.ExecContext(ctx, `INSERT INTO removed VALUES (?) ON CONFLICT DO NOTHING`, file); err != nil {
			return err
		}
	}
	return nil
}

// erased returns how many records of a day were erased, or were not stored
// because their person had been erased, by type.
func (g *ledger) erased(ctx context.Context, day Day) (map[string]uint64, error) {
	out, err := g.byType(ctx, `SELECT type, sum(records) FROM erased WHERE day = ? GROUP BY type`, day)
	if err != nil {
		return nil, err
	}
	withheld, err := g.byType(ctx, `SELECT type, records FROM tallies WHERE kind = ? AND day = ?`, receiptErased, day)
	for name := range maps.Keys(withheld) {
		out[name] += withheld[name]
	}
	return out, err
}

// ErasedCounts says what one erasure took out of files of one kind, over all
// times that it was begun.
type ErasedCounts struct {
	Files    uint64 `json:"files"`
	Records  uint64 `json:"records"`  // those that lay in several files count each time
	Redacted uint64 `json:"redacted"` // records of others, without the person now
}

// The kinds of files of the lake in Erased.
const (
	ErasedSegments   = receiptSeal
	ErasedQuarantine = receiptQuarantine
	ErasedForeign    = ofForeign
)

// Erased says what an erasure took out of the lake's own files, by kind.
func (l *Lake) Erased(ctx context.Context, erasure string) (_ map[string]ErasedCounts, err error) {
	g, err := l.openLedger(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	rows, err := g.db.QueryContext(ctx, `SELECT kind, sum(files), sum(copies), sum(redacted) FROM erasures WHERE erasure = ? GROUP BY kind`, erasure)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	out := map[string]ErasedCounts{}
	for rows.Next() {
		var kind string
		var c ErasedCounts
		if err := rows.Scan(&kind, &c.Files, &c.Records, &c.Redacted); err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		out[kind] = c
	}
	return out, rows.Err()
}

// RemovedFiles returns the files below raw that are gone because an erasure
// left nothing in them, relative to raw, with slashes.
func (l *Lake) RemovedFiles(ctx context.Context) (map[string]bool, error) {
	g, err := l.openLedger(ctx)
	if err != nil {
		return nil, err
	}
	out, err := g.removed(ctx)
	return out, errors.Join(err, g.close())
}

func (g *ledger) removed(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	rows, err := g.db.QueryContext(ctx, `SELECT file FROM removed`)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		out[name] = true
	}
	return out, rows.Err()
}
