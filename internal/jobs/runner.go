// Package jobs does the work that a transaction has asked for: it takes jobs
// from the database, one worker a job, and tries again what fails.
//
// A job is done at least once: one whose process died is taken up again when
// its lease ends. It must never write a job's payload to a log.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

const (
	workers = 4
	lease   = 10 * time.Minute // for one try
	idle    = 5 * time.Second  // until a worker without work looks again
	// Between two tries the wait of a job doubles from the first one on.
	firstWait = 10 * time.Second
)

// Tries is how often a job is tried: then it has failed for good.
const Tries = 6

// Work does a job. An error of the code Invalid, NotFound or Misuse says that
// trying again does not help.
type Work func(ctx context.Context, job sqldb.Job) error

// Options says what a Runner works with. DB is required.
type Options struct {
	DB  *sqldb.DB
	Log *slog.Logger     // discards when nil
	Now func() time.Time // time.Now when nil
}

// Runner does jobs. It is safe for concurrent use.
type Runner struct {
	opts  Options
	kinds map[string]Work
	wake  chan struct{}
}

// New returns a runner that does nothing before Run.
func New(o Options) *Runner {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Runner{opts: o, kinds: map[string]Work{}, wake: make(chan struct{}, workers)}
}

// Handle says how jobs of a kind are done. It must not be called after Run.
func (r *Runner) Handle(kind string, work Work) { r.kinds[kind] = work }

// Wake lets idle workers look for work now.
func (r *Runner) Wake() {
	for range workers {
		select {
		case r.wake <- struct{}{}:
		default:
			return
		}
	}
}

// Run does jobs until ctx ends. A job under way is broken off then, and taken
// up again by whoever runs next.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { r.work(ctx, uuid.NewString()) })
	}
	all.Wait()
}

func (r *Runner) work(ctx context.Context, worker string) {
	for ctx.Err() == nil {
		job, ok, err := sqldb.ClaimJob(ctx, r.opts.DB, worker, r.opts.Now(), lease)
		if err != nil && ctx.Err() == nil {
			r.opts.Log.Error("cannot take a job", "error", err)
		}
		if ok {
			r.do(ctx, job)
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-time.After(idle):
		}
	}
}

// do does one job and notes how it ended.
func (r *Runner) do(ctx context.Context, job sqldb.Job) {
	limit, cancel := context.WithTimeout(ctx, lease)
	defer cancel()
	err := r.try(limit, job)
	end := context.WithoutCancel(ctx)
	switch {
	case err == nil:
		err = sqldb.EndJob(end, r.opts.DB, job.ID, nil)
	case ctx.Err() != nil:
		err = sqldb.DelayJob(end, r.opts.DB, job.ID, r.opts.Now(), "the server stopped")
	case final(err) || job.Attempts >= Tries:
		r.opts.Log.Error("a job failed", "job", job.ID, "kind", job.Kind.String, "attempts", job.Attempts, "error", err)
		fault := err.Error()
		err = sqldb.EndJob(end, r.opts.DB, job.ID, &fault)
	default:
		wait := firstWait << (job.Attempts - 1)
		err = sqldb.DelayJob(end, r.opts.DB, job.ID, r.opts.Now().Add(wait), err.Error())
	}
	if err != nil {
		r.opts.Log.Error("cannot note how a job ended", "job", job.ID, "error", err)
	}
}

// try calls the work of the job's kind; a panic is an error.
func (r *Runner) try(ctx context.Context, job sqldb.Job) (err error) {
	work, ok := r.kinds[job.Kind.String]
	if !ok {
		return tpe.Errorf(tpe.Invalid, "no such kind of job: %s", job.Kind.String)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the job panicked: %v", p)
		}
	}()
	return work(ctx, job)
}

// final reports whether another try would fail as well.
func final(err error) bool {
	var e *tpe.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == tpe.Invalid || e.Code == tpe.NotFound || e.Code == tpe.Misuse
}
