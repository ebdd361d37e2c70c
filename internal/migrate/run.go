package migrate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/power100/tpe/internal/migrate/origin"
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
	unknown bool     // the target remembers nothing of a move
	full    []string // tables whose types must not be chosen by a sample
	cert    *Certificate

	rows, bytes, total atomic.Int64
	mu                 sync.Mutex // guards the progress that is told
}

// Run moves the source to the target. The certificate is also returned with
// an error of the code Mismatch: then the sides differ, and nothing is shown;
// and of the code Invalid: then the source is damaged, and what can be read of
// it is moved.
// An interrupted run leaves nothing to be seen; with Resume it goes on.
func Run(ctx context.Context, o Options) (*Certificate, error) {
	r, st, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	cert, err := r.run(ctx, st)
	return cert, r.explain(err)
}

// explain says what an error means for the move.
func (r *run) explain(err error) error {
	if !errors.Is(err, context.Canceled) {
		return origin.Explain(r.o.From, err)
	}
	e := &tpe.Error{Code: tpe.Interrupted, Message: "interrupted before rows were copied; nothing is shown in the target", Hint: "the same command begins again"}
	rows := int64(0)
	for _, list := range r.chunks {
		for _, k := range list {
			if k.done {
				rows += total(k.sums).Rows
			}
		}
	}
	if rows > 0 {
		e.Message = fmt.Sprintf("interrupted: %s copied and kept; nothing is shown in the schema %s", count(rows, "row is", "rows are"), r.o.Schema)
		if r.o.Scope == DataOnly {
			e.Message = fmt.Sprintf("interrupted: %s copied and kept in the schema %s", count(rows, "row is", "rows are"), r.o.Schema)
		}
		e.Hint = "the same command with --resume goes on where this one stopped; without it, it begins again"
	}
	return e
}

func (r *run) run(ctx context.Context, st *state) (*Certificate, error) {
	o := r.o
	if st != nil && o.Resume && st.scope != o.Scope {
		return nil, tpe.Errorf(tpe.Misuse, "the interrupted move was made with other flags: --resume needs the same --schema-only or --data-only")
	}
	if o.Resume && st != nil && st.finished != nil {
		return r.verify(ctx, st)
	}
	var err error
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
	r.cert.Scope = o.Scope
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
		err = r.end(ctx)
	} else {
		err = r.publish(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r.cert, r.damaged()
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
