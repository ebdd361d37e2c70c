package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/power100/tpe/internal/tpe"
)

// copy loads the chunks, makes the indexes and reads everything back. When a
// table turns out to be unlike its sample, its types are chosen again by all
// of its rows.
func (r *run) copy(ctx context.Context) error {
	for {
		err := r.copyAll(ctx)
		var surprise errSurprise
		if !errors.As(err, &surprise) {
			return err
		}
		// The error has cut the connections of the other workers.
		r.disconnect()
		if err := r.connectWorkers(ctx, r.o.staging()); err != nil {
			return err
		}
		if err := r.reconsider(ctx, string(surprise)); err != nil {
			return err
		}
	}
}

func (r *run) copyAll(ctx context.Context) error {
	return r.timed("copy and verify", func() error {
		q := newQueue()
		for _, p := range r.largestFirst() {
			list := r.chunks[p.plan.Name]
			var open atomic.Int64
			open.Store(1)
			loaded := func() {
				if open.Add(-1) == 0 {
					r.loaded(q, p)
				}
			}
			for n := range list {
				k := &list[n]
				if k.done {
					r.found[p].addSource(p, k.n, k.sums)
					continue
				}
				open.Add(1)
				q.put(func(ctx context.Context, w worker) error {
					if err := r.load.chunk(ctx, w, k); err != nil {
						return err
					}
					r.found[p].addSource(p, k.n, k.sums)
					r.tell(k)
					loaded()
					return nil
				})
			}
			loaded()
		}
		q.put(r.hashSource)
		return q.run(ctx, r.workers)
	})
}

func (r *run) tell(k *chunk) {
	rows := r.rows.Add(total(k.sums).Rows)
	bytes := r.bytes.Add(k.bytes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.o.progress(Progress{Phase: "copy and verify", Rows: rows, Total: r.total.Load(), Bytes: bytes})
}

// largestFirst orders the tables so that the workers end together.
func (r *run) largestFirst() []*pair {
	out := slices.Clone(r.pairs)
	slices.SortStableFunc(out, func(a, b *pair) int { return len(b.ranges) - len(a.ranges) })
	return out
}

// loaded puts what follows the last chunk of a table into the queue.
func (r *run) loaded(q *queue, p *pair) {
	r.putIndexes(q, p)
	q.hurry(func(ctx context.Context, w worker) error {
		parts, err := p.parts(ctx, w.pg)
		if err != nil {
			return err
		}
		for _, where := range parts {
			q.hurry(r.readBack(p, where))
		}
		return nil
	})
}

func (r *run) putIndexes(q *queue, p *pair) {
	for n := range p.plan.Indexes {
		q.hurry(func(ctx context.Context, w worker) error { return r.load.index(ctx, w.pg, p.plan, n) })
	}
}

func (r *run) readBack(p *pair, where string) task {
	return func(ctx context.Context, w worker) error {
		sums, err := p.targetSums(ctx, w.pg, where)
		if err == nil {
			r.found[p].addTarget(sums)
		}
		return err
	}
}

// indexes makes the indexes of empty tables.
func (r *run) indexes(ctx context.Context) error {
	q := newQueue()
	for _, p := range r.pairs {
		r.putIndexes(q, p)
	}
	q.put(r.hashSource)
	return q.run(ctx, r.workers)
}

// hashSource is the task that hashes the source for the certificate, and lets
// SQLite check it.
func (r *run) hashSource(ctx context.Context, w worker) (err error) {
	if r.cert.Source.File, err = w.src.Hash(ctx); err != nil {
		return err
	}
	r.cert.Source.Check, err = w.src.Check(ctx, r.snap.Size)
	return err
}

// damaged is the error for a source that fails its own check: what could be
// read of it is in the target, and nobody knows what could not.
func (r *run) damaged() error {
	k := r.cert.Source.Check
	if len(k.Faults) == 0 {
		return nil
	}
	return &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("the source fails SQLite's own check (PRAGMA %s): %s", k.Pragma, k.Faults[0]),
		Hint: `what can be read was moved, and is the same on both sides; sqlite3 FILE ".recover" may save more`}
}
