package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// run is one migration.
type run struct {
	o       Options
	load    *load
	snap    *origin.Snapshot
	control *pgx.Conn // holds the lock
	workers []worker
	plan    *pgschema.Plan
	pairs   []*pair
	chunks  map[string][]chunk
	found   map[*pair]*contents
	full    []string // tables whose types must not be chosen by a sample
	cert    *Certificate

	rows, bytes, total atomic.Int64
	mu                 sync.Mutex // guards the progress that is told
}

// Run moves the source to the target. The certificate is also returned with
// an error of the code Mismatch: then the sides differ, and nothing is shown.
// An interrupted run leaves nothing to be seen; with Resume it goes on.
func Run(ctx context.Context, o Options) (*Certificate, error) {
	r, st, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if st != nil && o.Resume && st.scope != o.Scope {
		return nil, tpe.Errorf(tpe.Misuse, "the interrupted move was made with other flags: --resume needs the same --schema-only or --data-only")
	}
	if o.Resume && st != nil && st.finished != nil {
		return r.verify(ctx, st)
	}
	switch {
	case o.Resume && st != nil:
		err = r.resume(ctx, st)
	case o.Scope == DataOnly:
		err = r.beginData(ctx)
	default:
		err = r.begin(ctx)
	}
	if err != nil {
		return nil, err
	}
	if o.Scope != SchemaOnly {
		if err := r.copy(ctx); err != nil {
			return nil, err
		}
	} else if err := r.indexes(ctx); err != nil {
		return nil, err
	}
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	if o.Scope == DataOnly {
		if err := r.timed("constraints", func() error { return r.attach(ctx) }); err != nil {
			return nil, err
		}
	}
	if err := r.compare(ctx); err != nil {
		return nil, err
	}
	if !r.cert.Equal() {
		more := " Nothing is shown in the schema " + o.Schema + "."
		if o.Scope == DataOnly {
			more = ""
		}
		return r.cert, r.mismatch(more)
	}
	if o.Scope == DataOnly {
		return r.cert, r.end(ctx)
	}
	if err := r.publish(ctx); err != nil {
		return nil, err
	}
	return r.cert, nil
}

// end ends a move into tables that were there.
func (r *run) end(ctx context.Context) error {
	if _, err := r.control.Exec(ctx, "UPDATE tpe_migrate.runs SET finished = $2 WHERE target = $1", r.o.Schema, r.o.Now()); err != nil {
		return explain(ctx, "end the move", err)
	}
	r.cert.Finished = r.o.Now().UTC()
	return r.keep(ctx)
}

// start opens both sides.
func start(ctx context.Context, o Options) (*run, *state, error) {
	r := &run{o: o, load: &load{o: o}, found: map[*pair]*contents{}, chunks: map[string][]chunk{}}
	r.cert = &Certificate{Command: o.Command, Program: o.Version, Started: o.Now().UTC(), Source: SourceSide{Name: o.FromName}, Method: method,
		Tables: []TableResult{}, Sequences: []Sequence{}, Objects: []Object{}, LeftOut: []pgschema.LeftOut{}, Differences: []Difference{},
		Rejects: Rejects{Reasons: map[string]int64{}}, Seconds: map[string]float64{}}
	var err error
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.control, err = connect(ctx, o, ""); err != nil {
		return nil, nil, err
	}
	version, err := server(ctx, r.control)
	if err != nil {
		return nil, nil, err
	}
	r.cert.Target = TargetSide{Name: targetName(o.To), Schema: o.Schema, Postgres: version}
	if err = lock(ctx, r.control, o.Schema); err != nil {
		return nil, nil, err
	}
	if r.snap, err = o.open(ctx); err != nil {
		return nil, nil, err
	}
	r.cert.Source.SQLite, r.cert.Source.Journal, r.cert.Source.Bytes = r.snap.Version, r.snap.Journal, r.snap.Size
	st, err := readState(ctx, r.control, o.Schema)
	if err != nil {
		return nil, nil, err
	}
	return r, st, nil
}

// connectWorkers opens a connection to the target for each reader.
func (r *run) connectWorkers(ctx context.Context, search string) error {
	for _, src := range r.snap.Conns {
		c, err := connect(ctx, r.o, search)
		if err != nil {
			return err
		}
		r.workers = append(r.workers, worker{src: src, pg: c})
	}
	return nil
}

// disconnect closes the workers' connections to the target.
func (r *run) disconnect() {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	for _, w := range r.workers {
		_ = w.pg.Close(ctx) // what was to be kept is committed
	}
	r.workers = nil
}

func (r *run) close() {
	r.disconnect()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if r.control != nil {
		_ = r.control.Close(ctx)
	}
	if r.snap != nil {
		r.snap.Close()
	}
}

// targetName is the target without user and password.
func targetName(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return "postgres"
	}
	u.User = nil
	q := u.Query()
	for key := range q {
		if key != "host" && key != "port" && key != "dbname" && key != "sslmode" {
			q.Del(key)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// timed notes how long a phase takes.
func (r *run) timed(phase string, f func() error) error {
	from := r.o.Now()
	r.o.progress(Progress{Phase: phase, Rows: r.rows.Load(), Total: r.total.Load(), Bytes: r.bytes.Load()})
	err := f()
	r.cert.Seconds[phase] += r.o.Now().Sub(from).Seconds()
	return err
}

// begin takes the census, plans the schema and makes the tables in the schema
// for loading. What an earlier unfinished run left is dropped.
func (r *run) begin(ctx context.Context) error {
	var s *Survey
	err := r.timed("census", func() (err error) {
		s, err = r.o.survey(ctx, r.snap, !r.o.Strict, nil)
		return err
	})
	if err != nil {
		return err
	}
	if err := strict(r.o, s); err != nil {
		return err
	}
	r.plan = s.Schema
	ranges := map[string][]origin.Range{}
	for _, t := range s.Tables {
		if ranges[t.Name], err = r.snap.Conns[0].Ranges(ctx, t.Origin(), r.o.chunkRows()); err != nil {
			return err
		}
		r.total.Add(t.Rows)
	}
	err = pgx.BeginFunc(ctx, r.control, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, stateTables); err != nil {
			return err
		}
		if err := vacant(ctx, tx, r.o, r.plan); err != nil {
			return err
		}
		if err := forget(ctx, tx, r.o); err != nil {
			return err
		}
		return r.create(ctx, tx, ranges)
	})
	if err != nil {
		return explain(ctx, "make the tables", err)
	}
	if err := r.connectWorkers(ctx, r.o.staging()); err != nil {
		return err
	}
	for _, t := range s.Tables {
		r.addPair(t.Origin(), ranges[t.Name], t.Rows, r.o.staging())
	}
	return nil
}

// strict stops before anything is written when a value does not convert.
func strict(o Options, s *Survey) error {
	if !o.Strict {
		return nil
	}
	for _, t := range s.Tables {
		for _, c := range t.Columns {
			for _, v := range c.Samples {
				return &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("%s not convert (--strict); the first is %s.%s, row %s: the %s %q: %s",
					count(s.Rejects(), "value does", "values do"), t.Name, c.Name, v.Row, v.Class, shorten(v.Value), v.Reason),
					Hint: "--plan lists them all; --type and --using convert in another way; without --strict they go to " + rejectsTable}
			}
		}
	}
	return nil
}

func (r *run) create(ctx context.Context, tx pgx.Tx, ranges map[string][]origin.Range) error {
	staging := pgname.Quote(r.o.staging())
	for _, sql := range []string{"CREATE SCHEMA " + staging, "SET LOCAL search_path = " + staging, createRejects} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	for _, t := range r.plan.Tables {
		if err := r.createTable(ctx, tx, t); err != nil {
			return fmt.Errorf("make the table %s: %w", t.Name, err)
		}
	}
	return r.remember(ctx, tx, ranges)
}

// remember writes the plan and the bookmarks.
func (r *run) remember(ctx context.Context, tx pgx.Tx, ranges map[string][]origin.Range) error {
	var chunks [][]any
	for _, t := range r.plan.Tables {
		for n, g := range ranges[t.Name] {
			bounds, err := json.Marshal(g)
			if err != nil {
				return err
			}
			chunks = append(chunks, []any{r.o.Schema, t.Name, n, string(bounds)})
		}
	}
	plan, err := json.Marshal(r.plan)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO tpe_migrate.runs (target, source, scope, plan, started) VALUES ($1, $2, $3, $4, $5)",
		r.o.Schema, r.o.FromName, string(r.o.Scope), string(plan), r.cert.Started); err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{stateSchema, "chunks"}, []string{"target", "tbl", "n", "bounds"}, pgx.CopyFromRows(chunks))
	return err
}

// createTable makes a table; generated columns become plain ones when
// Postgres refuses their expressions.
func (r *run) createTable(ctx context.Context, tx pgx.Tx, t *pgschema.Table) error {
	refused, err := attempt(ctx, tx, t.Create)
	if err != nil || refused == nil {
		return err
	}
	if len(t.Generated) == 0 {
		return refused
	}
	t.Create = t.Plain
	t.Generated = nil
	r.plan.LeftOut = append(r.plan.LeftOut, pgschema.LeftOut{Object: "generated columns of " + t.Name, Why: refused.Error() + "; they keep their values and are plain ones"})
	_, err = tx.Exec(ctx, t.Create)
	return err
}

func (r *run) addPair(src *origin.Table, ranges []origin.Range, rows int64, schema string) *pair {
	i := slices.IndexFunc(r.plan.Tables, func(t *pgschema.Table) bool { return t.Name == src.Name })
	p := newPair(r.plan.Tables[i], src, schema, ranges, rows)
	r.pairs = append(r.pairs, p)
	r.found[p] = newContents(p)
	if r.chunks[src.Name] == nil {
		for n := range ranges {
			r.chunks[src.Name] = append(r.chunks[src.Name], chunk{n: n})
		}
	}
	for n := range r.chunks[src.Name] {
		r.chunks[src.Name][n].p = p
	}
	return p
}

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
// source differs from what was copied.
func (r *run) changed(ctx context.Context) ([]*chunk, error) {
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
				d := &reader{p: p}
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
				if !slices.Equal(sums, k.sums) {
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
	return q.run(ctx, r.workers)
}

// finish makes the constraints and sequences, and gathers statistics for the
// planner of Postgres.
func (r *run) finish(ctx context.Context) error {
	return r.timed("constraints", func() error {
		q := newQueue()
		for _, p := range r.pairs {
			q.put(func(ctx context.Context, w worker) error {
				for n := range p.plan.Checks {
					if err := r.load.check(ctx, w.pg, p.plan, n); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := q.run(ctx, r.workers); err != nil {
			return err
		}
		c := r.workers[0].pg
		if err := r.load.orphans(ctx, c, r.pairs); err != nil {
			return err
		}
		for _, p := range r.pairs {
			for n := range p.plan.Foreign {
				if err := r.load.foreign(ctx, c, p, n); err != nil {
					return err
				}
			}
		}
		for _, p := range r.pairs {
			q.put(func(ctx context.Context, w worker) error {
				if err := r.load.sequence(ctx, w.pg, p); err != nil {
					return err
				}
				if !r.o.Analyze {
					return nil
				}
				_, err := w.pg.Exec(ctx, "ANALYZE "+p.table())
				return explain(ctx, "analyze "+p.plan.Name, err)
			})
		}
		return q.run(ctx, r.workers)
	})
}

// compare holds the sums of both sides against each other. Tables from which
// orphans were taken out are read again on both sides.
func (r *run) compare(ctx context.Context) error {
	return r.timed("compare", func() error {
		orphans := map[*pair]map[string][]string{}
		q := newQueue()
		for _, p := range r.pairs {
			taken, err := p.readOrphans(ctx, r.workers[0].pg)
			if err != nil {
				return err
			}
			orphans[p] = taken
			if len(taken) > 0 && r.o.Scope != SchemaOnly {
				r.found[p] = newContents(p)
				r.putBoth(q, p, taken)
			}
		}
		if err := q.run(ctx, r.workers); err != nil {
			return err
		}
		return r.judge(ctx, orphans)
	})
}

// putBoth puts the reading of both sides of a table into the queue.
func (r *run) putBoth(q *queue, p *pair, orphans map[string][]string) {
	found := r.found[p]
	for _, g := range p.ranges {
		q.put(sourceTask(p, g, orphans, func(sums []Sum) {
			found.mu.Lock()
			defer found.mu.Unlock()
			for i := range sums {
				found.source[i].add(sums[i])
			}
		}))
	}
	q.put(func(ctx context.Context, w worker) error {
		parts, err := p.parts(ctx, w.pg)
		if err != nil {
			return err
		}
		for _, where := range parts {
			q.put(r.readBack(p, where))
		}
		return nil
	})
}

// judge finds what differs and fills in the certificate.
func (r *run) judge(ctx context.Context, orphans map[*pair]map[string][]string) error {
	for _, p := range r.pairs {
		for _, g := range r.found[p].differ() {
			if len(r.cert.Differences) >= maxDifferences {
				r.cert.Different++
				continue
			}
			err := p.narrow(ctx, r.workers[0], g, orphans[p], func(d Difference) {
				d.Source, d.Target = r.o.clean(d.Source), r.o.clean(d.Target)
				if r.cert.Different++; len(r.cert.Differences) < maxDifferences {
					r.cert.Differences = append(r.cert.Differences, d)
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return r.report(ctx)
}

func (r *run) mismatch(more string) error {
	return &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("the target differs from the source: %s.%s", count(r.cert.Different, "difference", "differences"), more),
		Hint: "the certificate names the rows and columns"}
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
