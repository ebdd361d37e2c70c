package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/tpe"
)

// block is how much of a chunk is handed to the connection at a time.
const block = 256 << 10

// chunkRows is about how many rows a chunk has.
func (o Options) chunkRows() int64 {
	if o.ChunkRows > 0 {
		return o.ChunkRows
	}
	return 50_000
}

// load is the part of a run that copies.
type load struct {
	o Options
}

// errRejected ends a run with --strict at the first value that does not convert.
type errRejected struct {
	table string
	r     reject
}

// Error says which value it is.
func (e errRejected) Error() string {
	if e.r.column == "" {
		return fmt.Sprintf("%s, row %s: %s", e.table, e.r.row, e.r.reason)
	}
	return fmt.Sprintf("%s.%s, row %s: the %s %q: %s", e.table, e.r.column, e.r.row, e.r.class, shorten(e.r.value), e.r.reason)
}

// chunk copies one chunk with its bookmark, in one transaction. It does
// nothing when the chunk is done already.
func (l *load) chunk(ctx context.Context, w worker, k *chunk) (err error) {
	p := k.p
	tx, err := w.pg.Begin(ctx)
	if err != nil {
		return explain(ctx, "copy "+p.plan.Name, err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback(context.WithoutCancel(ctx)) // the first error is told
		}
	}()
	// The mark is set first: it waits for a transaction that an interrupted
	// run may have left open, and finds out whether that one was committed.
	tag, err := tx.Exec(ctx, "UPDATE tpe_migrate.chunks SET done = now() WHERE target = $1 AND tbl = $2 AND n = $3 AND done IS NULL", l.o.Schema, p.plan.Name, k.n)
	if err != nil {
		return explain(ctx, "copy "+p.plan.Name, err)
	}
	if tag.RowsAffected() == 0 {
		return tx.Rollback(ctx)
	}
	if err := l.rows(ctx, w, k); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE tpe_migrate.chunks SET sums = $4, bytes = $5 WHERE target = $1 AND tbl = $2 AND n = $3", l.o.Schema, p.plan.Name, k.n, packSums(k.sums), k.bytes)
	if err != nil {
		return explain(ctx, "copy "+p.plan.Name, err)
	}
	if err := tx.Commit(ctx); err != nil {
		return explain(ctx, "copy "+p.plan.Name, err)
	}
	k.done = true
	return nil
}

// rows copies the rows of a chunk and its rejects, and computes its sums.
func (l *load) rows(ctx context.Context, w worker, k *chunk) error {
	p := k.p
	k.sums, k.bytes = make([]Sum, p.chunkGroups()), 0
	s := &chunkStream{d: reader{p: p}, k: k}
	var rejected [][]any
	s.d.rejects = func(r reject) error {
		if l.o.Strict {
			return errRejected{table: p.plan.Name, r: r}
		}
		rejected = append(rejected, []any{p.plan.Name, r.row, r.column, text(r.value), r.reason, r.class, r.bytes, k.n})
		return nil
	}
	var err error
	if s.rows, err = w.src.Scan(ctx, p.source, p.ranges[k.n], p.exprs); err != nil {
		return fmt.Errorf("read %s: %w", p.plan.Name, err)
	}
	defer s.rows.Close()
	s.d.enc.Wire = append(s.d.enc.Wire, copySignature+"\x00\x00\x00\x00\x00\x00\x00\x00"...)
	_, err = w.pg.PgConn().CopyFrom(ctx, s, "COPY "+p.table()+" ("+p.columns(true)+") FROM STDIN (FORMAT binary)")
	s.stop()
	if s.err != nil {
		return sourceError(ctx, p, s.err)
	}
	if err != nil {
		return copyError(ctx, p, err)
	}
	if len(rejected) > 0 {
		_, err := w.pg.CopyFrom(ctx, pgx.Identifier{p.schema, rejectsTable},
			[]string{"table_name", "rowid", "column_name", "value", "reason", "storage_class", "bytes", "chunk"}, pgx.CopyFromRows(rejected))
		if err != nil {
			return explain(ctx, "write the rejects of "+p.plan.Name, err)
		}
	}
	return nil
}

// text is a text that Postgres can keep.
func text(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r == 0 {
			r = '\ufffd'
		}
		out = append(out, r)
	}
	return string(out)
}

func sourceError(ctx context.Context, p *pair, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var surprise errSurprise
	if errors.As(err, &surprise) {
		return surprise
	}
	var rejected errRejected
	if errors.As(err, &rejected) {
		return &tpe.Error{Code: tpe.Mismatch, Message: "stopped at a value that does not convert (--strict): " + rejected.Error(),
			Hint: "--plan lists them all; --type and --using convert in another way; without --strict the value goes to " + rejectsTable}
	}
	return fmt.Errorf("read %s: %w", p.plan.Name, err)
}

// copyError names the table and the column that Postgres objects to.
func copyError(ctx context.Context, p *pair, err error) error {
	what := "copy " + p.plan.Name
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Where != "" {
		what += " (" + pg.Where + ")"
	}
	return explain(ctx, what, err)
}

// chunkGroups is how many sums a chunk has: one with an integer key.
func (p *pair) chunkGroups() int {
	if p.byKey {
		return 1
	}
	return p.groups
}

// chunkStream is a chunk in the form of COPY BINARY. It is made while the
// connection reads it.
type chunkStream struct {
	mu   sync.Mutex // held by Read and stop, and guards the rest
	d    reader
	rows *origin.Rows
	k    *chunk
	sent int
	end  bool
	err  error

	stopped bool
}

// stop ends the stream. A connection that is lost during a COPY leaves a
// goroutine behind that still reads: stop waits for that read, and those after
// it find the end.
func (s *chunkStream) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
}

// Read returns the next part of the stream.
func (s *chunkStream) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return 0, io.EOF
	}
	if s.sent == len(s.d.enc.Wire) {
		s.d.enc.Wire, s.sent = s.d.enc.Wire[:0], 0
		if s.end {
			return 0, io.EOF
		}
	}
	for !s.end && len(s.d.enc.Wire) < block {
		if !s.rows.Next() {
			if s.err = s.rows.Err(); s.err != nil {
				return 0, s.err
			}
			s.end = true
			s.d.enc.Wire = append(s.d.enc.Wire, 0xff, 0xff)
			break
		}
		keep, err := s.d.next(s.rows)
		if err != nil {
			s.err = err
			return 0, err
		}
		if keep {
			s.add()
		}
	}
	n := copy(b, s.d.enc.Wire[s.sent:])
	s.sent += n
	s.k.bytes += int64(n)
	return n, nil
}

func (s *chunkStream) add() {
	g := 0
	if len(s.k.sums) > 1 {
		g = s.d.p.group(&s.d.rec)
	}
	s.k.sums[g].row(s.d.rec.canon)
}

// again takes the rows of a chunk out of the target, so that it is copied
// again: the source has changed since. A table whose rows the chunk cannot
// name is emptied, and all its chunks are copied again.
func (l *load) again(ctx context.Context, tx pgx.Tx, p *pair, n int) error {
	rejects := pgname.Quote(p.schema) + "." + rejectsTable
	if !p.byKey {
		for _, sql := range []string{"DELETE FROM " + p.table(), "DELETE FROM " + rejects + " WHERE table_name = " + pgname.Text(p.plan.Name)} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "UPDATE tpe_migrate.chunks SET done = NULL, sums = NULL WHERE target = $1 AND tbl = $2", l.o.Schema, p.plan.Name)
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM "+p.table()+p.where(n)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM "+rejects+" WHERE table_name = $1 AND chunk = $2", p.plan.Name, n); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE tpe_migrate.chunks SET done = NULL, sums = NULL WHERE target = $1 AND tbl = $2 AND n = $3", l.o.Schema, p.plan.Name, n)
	return err
}

// where is the condition of a group in the target, for a table that is
// grouped by its integer key.
func (p *pair) where(group int) string {
	key := pgname.Quote(p.plan.Columns[p.plan.RowKey].Target)
	switch {
	case len(p.bounds) == 0:
		return ""
	case group == 0:
		return fmt.Sprintf(" WHERE %s <= %d", key, p.bounds[0])
	case group == len(p.bounds):
		return fmt.Sprintf(" WHERE %s > %d", key, p.bounds[group-1])
	default:
		return fmt.Sprintf(" WHERE %s > %d AND %s <= %d", key, p.bounds[group-1], key, p.bounds[group])
	}
}
