// Package compact turns the sealed segments of a lake into Parquet, one
// folder a day, reads Parquet back, and holds the two against each other.
//
// Raw records are the truth and are never touched; Parquet can be made again.
// New files count only after they were read back and hold what went in, and
// they replace the old ones by one rename. The package must never write a row
// that the raw records do not have, nor leave one out without saying so.
package compact

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// Defaults of Options.
const (
	DefaultJobs      = 2
	DefaultMemory    = 36 << 20
	DefaultFileBytes = 256 << 20
)

// Options says what Run does. The zero value compacts every day.
type Options struct {
	Since time.Time // only days that end after this time; zero: from the first
	Until time.Time // only days that begin before this time; zero: to the last

	DryRun    bool
	Jobs      int    // days at once; each takes about 120 MB
	Memory    int    // bytes of records that a job sorts in memory
	FileBytes int64  // bytes from which a day goes on in another file
	Version   string // of the program, for manifests and files
	Gate      *redact.Gate
	Now       func() time.Time
	Progress  func(done, total int64) // bytes of raw files; called by one goroutine at a time
	Engine    Engine                  // makes the Parquet files; nil: Run itself does

	again map[lake.Day]bool // nil: all days; else these alone, whatever their manifests say
	gone  map[string]bool   // raw files that may be gone

	stray func() // told when a file was believed in vain
	disk  disk   // the file system; tests put faults in between

	keepRows int64 // rows of a file from which its writer is not kept
}

func (o Options) withDefaults() Options {
	if o.Jobs <= 0 {
		o.Jobs = min(DefaultJobs, runtime.GOMAXPROCS(0))
	}
	if o.Memory <= 0 {
		o.Memory = DefaultMemory
	}
	if o.FileBytes <= 0 {
		o.FileBytes = DefaultFileBytes
	}
	if o.Gate == nil {
		o.Gate = redact.New(redact.Options{})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.disk == nil {
		o.disk = osDisk{}
	}
	if o.keepRows <= 0 {
		o.keepRows = defaultKeepRows
	}
	return o
}

// days returns the days between Since and Until.
func dayRange(since, until time.Time) days {
	r := days{lake.DayOf(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), lake.DayOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))}
	if !since.IsZero() {
		r.first = max(r.first, lake.DayOf(since))
	}
	if !until.IsZero() {
		r.last = min(r.last, lake.DayOf(until.Add(-time.Nanosecond)))
	}
	return r
}

// Run compacts the days whose raw files are not all in their manifest yet,
// several at once. A day that fails does not stop the others. The report says
// what was done, also beside an error; the error is that of the first day
// that failed: of the code Invalid for a raw record that cannot be read,
// Mismatch when what was written differs from what was read or raw files are
// gone, Unavailable when another process compacts the lake.
func Run(ctx context.Context, l *lake.Lake, opts Options) (Report, error) {
	if opts.disk == nil {
		opts.disk = osDisk{lake.Owner{Dir: l.Dir()}}
	}
	opts = opts.withDefaults()
	began := opts.Now()
	report := Report{Days: []DayReport{}, DryRun: opts.DryRun}
	if !opts.DryRun {
		release, err := lock(opts.disk, parquetFolder(l))
		if err != nil {
			return report, err
		}
		defer func() { _ = release() }() // the lock ends with the process at the latest
	}
	exact := opts.DryRun || opts.Engine != nil || opts.again != nil
	plans, err := planDays(ctx, l, dayRange(opts.Since, opts.Until), !exact)
	if err != nil {
		return report, interrupted(err)
	}
	if opts.again != nil {
		plans = again(plans, &opts)
	}
	if opts.Engine != nil {
		report.Statements, err = delegate(ctx, l, opts, plans)
		defer func() { _ = os.RemoveAll(scratchFolder(l)) }() // the next run removes it at the latest
		if err != nil {
			return report, interrupted(err)
		}
	}
	if slices.ContainsFunc(plans, believing) {
		report.Days, err = opts.attempt(ctx, l, plans)
	} else {
		report.Days, err = opts.compact(ctx, folders{opts.disk}, plans)
	}
	report.total()
	report.Seconds = opts.Now().Sub(began).Seconds()
	return report, err
}

// compact works on the days of a lake that lies in a store.
func (o Options) compact(ctx context.Context, at store, plans []dayPlan) ([]DayReport, error) {
	progress := newMeter(plans, o.Progress)
	return eachPlan(ctx, plans, o.Jobs, func() func(*dayPlan) (DayReport, error) {
		w := worker{opts: o, store: at}
		return func(p *dayPlan) (DayReport, error) {
			read, end := progress.day(p)
			defer end()
			return w.run(ctx, p, read)
		}
	})
}

// eachPlan works on the days, several at once; each worker is made once.
// It returns the results of the days that were worked on, in the order of
// the days, and the first error. A cancelled context ends it between two
// days at the latest; the days that it cut short are not among the results.
func eachPlan[T any](ctx context.Context, plans []dayPlan, jobs int, newWorker func() func(*dayPlan) (T, error)) ([]T, error) {
	results, errs := make([]T, len(plans)), make([]error, len(plans))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(jobs, len(plans)) {
		workers.Go(func() {
			work := newWorker()
			for i := range next {
				results[i], errs[i] = work(&plans[i])
			}
		})
	}
	begun := 0
	for ; begun < len(plans) && ctx.Err() == nil; begun++ {
		next <- begun
	}
	close(next)
	workers.Wait()
	err := ctx.Err()
	if err == nil {
		return results, firstOf(errs)
	}
	out := make([]T, 0, begun)
	for i := range begun {
		if !errors.Is(errs[i], err) {
			out = append(out, results[i])
		}
	}
	return out, interrupted(err)
}

// firstOf returns the first error and says how many more there are.
func firstOf(errs []error) error {
	errs = slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	if len(errs) < 2 {
		return errors.Join(errs...)
	}
	return &tpe.Error{Code: tpe.CodeOf(errs[0]), Message: fmt.Sprintf("%d days failed, the first of them", len(errs)), Err: errs[0]}
}

// interrupted gives an error that comes from a cancelled context its code.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &tpe.Error{Code: tpe.Interrupted, Message: "interrupted", Hint: "run it again: days that are done stay done", Err: err}
	}
	return err
}

// worker compacts one day after the other. What it needs is made for its
// first day and kept, unless a day was large.
type worker struct {
	opts   Options
	store  store
	stream *stream
	output *output
}

// run does what the plan of a day says. read is told the bytes that were read.
func (w *worker) run(ctx context.Context, p *dayPlan, read func(int64)) (DayReport, error) {
	began := w.opts.Now()
	r := p.report()
	err := p.problem
	switch {
	case err != nil:
	case w.opts.DryRun:
		if r.Action == Written {
			r.Action = Planned
		}
	case r.Action == Unchanged:
		err = w.store.clean(ctx, p)
	default:
		err = refused(w.write(ctx, p, read, &r))
	}
	r.Seconds = w.opts.Now().Sub(began).Seconds()
	if errors.Is(err, errStray) {
		w.opts.stray()
	}
	if err != nil {
		r.Action, r.Error = Failed, err.Error()
	}
	return r, err
}

// write makes the Parquet files of a day and puts them in force.
func (w *worker) write(ctx context.Context, p *dayPlan, read func(int64), r *DayReport) (err error) {
	w.prepare()
	w.stream.read = read
	end, err := w.store.begin(p)
	if err != nil {
		return err
	}
	defer end()
	out := w.output
	out.day, out.folder, out.done, out.mixed = p.day, p.folder, nil, false
	defer func() {
		if err != nil {
			err = errors.Join(err, out.drop())
		}
	}()
	if p.make != nil {
		err = p.make(ctx)
	}
	if err != nil {
		return err
	}
	if p.made != "" {
		err = w.adopt(ctx, p)
	} else {
		err = w.stream.each(ctx, p.day, p.inputs, p.folder, out.drop, func(rec *record) error {
			if out.full() {
				if err := out.end(ctx); err != nil {
					return err
				}
			}
			return out.add(rec)
		})
		if err == nil {
			err = out.end(ctx)
		}
	}
	if err != nil {
		return err
	}
	m := w.manifest(p)
	r.fill(m, w.stream)
	err = w.store.swap(ctx, p, m, out.done)
	out.done = nil // they are in force, or the next run sees to them
	if w.stream.sorter.spilt {
		w.stream = nil // its buffers fit a large day, and others need the memory before the next one
	}
	return err
}

// prepare makes what all days need.
func (w *worker) prepare() {
	if w.stream == nil {
		w.stream = newStream(w.opts.Gate, w.opts.Memory)
	}
	if w.output == nil {
		w.output = &output{disk: w.opts.disk, max: w.opts.FileBytes, keepRows: w.opts.keepRows, version: w.opts.Version, buffer: bufio.NewWriterSize(nil, 256<<10)}
	}
}

// manifest describes the files that were just written.
func (w *worker) manifest(p *dayPlan) *manifest {
	m := &manifest{Version: manifestVersion, Day: p.day, Tool: w.opts.Version, Files: []manifestFile{}, Inputs: []manifestInput{}, Mixed: w.output.mixed}
	for _, f := range w.output.done {
		m.Rows += f.Rows
		m.Hash += f.Hash
		m.Files = append(m.Files, f.manifestFile)
	}
	for i, in := range p.inputs {
		c := w.stream.counts[i]
		x := manifestInput{Name: in.name, Bytes: in.bytes, Records: c.Rows, Hash: hash(c.Hash)}
		if in.foreign != nil {
			x.Modified, x.Total = in.foreign.modified, in.foreign.total
			if in.foreign.believed {
				x.Total = c.Rows
			}
		}
		m.Duplicates += c.Rows
		m.Inputs = append(m.Inputs, x)
	}
	m.Duplicates -= m.Rows
	return m
}

// meter tells how many bytes of raw files are done.
type meter struct {
	mu          sync.Mutex
	done, total int64
	tell        func(done, total int64)
}

func newMeter(plans []dayPlan, tell func(done, total int64)) *meter {
	m := &meter{tell: tell}
	for i := range plans {
		m.total += plans[i].size
	}
	return m
}

// day begins a day. What is read of it is told to read; end adds the rest,
// so that a day counts the same whatever became of it.
func (m *meter) day(p *dayPlan) (read func(int64), end func()) {
	left := p.size
	read = func(n int64) {
		n = min(n, left)
		left -= n
		m.add(n)
	}
	return read, func() { read(left) }
}

func (m *meter) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += n
	m.tell(m.done, m.total)
}
