package migrate

import (
	"context"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// resume takes up an unfinished run: it proves that the chunks which were
// copied are still what the source holds, and forgets those that are not.
func (r *run) resume(ctx context.Context, st *state) error {
	schema := r.o.staging()
	if r.o.Scope == DataOnly {
		schema = r.o.Schema
	}
	if err := r.restore(ctx, st, schema); err != nil {
		return err
	}
	if err := r.sameTables(ctx); err != nil {
		return err
	}
	if err := r.connectWorkers(ctx, schema); err != nil {
		return err
	}
	return r.timed("check", func() error {
		changed, err := r.changed(ctx)
		if err != nil {
			return err
		}
		for _, k := range changed {
			err := pgx.BeginFunc(ctx, r.control, func(tx pgx.Tx) error { return r.load.again(ctx, tx, k.p, k.n) })
			if err != nil {
				return explain(ctx, "forget a chunk of "+k.p.plan.Name, err)
			}
			r.forgetChunk(k)
		}
		return nil
	})
}

// sameTables makes sure that the tables to move are those of the plan.
func (r *run) sameTables(ctx context.Context) error {
	_, sources, err := r.sources(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		if !r.planned(src) {
			return &tpe.Error{Code: tpe.Conflict, Message: "the table " + src.Name + " of the source was not to be moved when the move began", Hint: "give the same --tables, or begin again without --resume"}
		}
	}
	if len(sources) < len(r.plan.Tables) {
		return &tpe.Error{Code: tpe.Conflict, Message: "the move began with more tables than --tables names", Hint: "give the same --tables, or begin again without --resume"}
	}
	return nil
}

// restore reads the plan and the bookmarks.
func (r *run) restore(ctx context.Context, st *state, schema string) error {
	r.plan = st.plan
	r.cert.Started = st.started.UTC()
	cat, err := r.snap.Conns[0].Catalog(ctx)
	if err != nil {
		return err
	}
	chunks, ranges, err := readChunks(ctx, r.control, r.o.Schema)
	if err != nil {
		return err
	}
	r.chunks = chunks
	for _, t := range r.plan.Tables {
		src := cat.Table(t.Name)
		if src == nil || len(src.Columns) != len(t.Columns) || slices.ContainsFunc(t.Columns, func(c pgschema.Column) bool { return src.Column(c.Name) < 0 }) {
			return &tpe.Error{Code: tpe.Conflict, Message: "the table " + t.Name + " of the source is not as it was when the move began", Hint: "begin again, without --resume and --since"}
		}
		t.Sequence = max(t.Sequence, src.Sequence)
		if len(ranges[t.Name]) == 0 { // made with --schema-only
			ranges[t.Name] = []origin.Range{{}}
		}
		if st.finished != nil { // the types stand, whatever the source has got since
			t.Sampled = false
			for i := range t.Columns {
				t.Columns[i].Unseen = false
			}
		}
		if !t.Sampled {
			r.full = append(r.full, t.Name)
		}
		groups := 0
		for _, k := range chunks[t.Name] {
			groups = max(groups, len(k.sums))
		}
		p := r.addPair(src, ranges[t.Name], 0, schema)
		if !p.byKey && groups > 0 {
			p.groups = groups
			r.found[p] = newContents(p)
		}
	}
	return nil
}

// changed sums the chunks that are done again and returns those in which the
// source differs from what was copied, or from what was rejected then.
func (r *run) changed(ctx context.Context) ([]*chunk, error) {
	if len(r.pairs) == 0 {
		return nil, nil
	}
	kept, err := r.keptRejects(ctx)
	if err != nil {
		return nil, err
	}
	q := newQueue()
	var mu sync.Mutex
	var out []*chunk
	for _, p := range r.pairs {
		for n := range r.chunks[p.plan.Name] {
			k := &r.chunks[p.plan.Name][n]
			if !k.done {
				continue
			}
			q.put(func(ctx context.Context, w worker) error {
				sums := make([]Sum, p.chunkGroups())
				var found rejected
				d := &reader{p: p, rejects: found.add}
				err := d.sums(ctx, w.src, p.ranges[k.n], func(rec *record) {
					g := 0
					if len(sums) > 1 {
						g = p.group(rec)
					}
					sums[g].row(rec.canon)
				})
				if err != nil {
					return err
				}
				if !slices.Equal(sums, k.sums) || found != kept[p.plan.Name][k.n] {
					mu.Lock()
					defer mu.Unlock()
					out = append(out, k)
				}
				return nil
			})
		}
	}
	return out, q.run(ctx, r.workers)
}

// forgetChunk is again for what is in memory.
func (r *run) forgetChunk(k *chunk) {
	list := r.chunks[k.p.plan.Name]
	for n := range list {
		if !k.p.byKey || n == k.n {
			list[n].done, list[n].sums = false, nil
		}
	}
}
