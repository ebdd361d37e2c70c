package ship

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// Options says what to replay, and where to.
type Options struct {
	Paths  []string  // files and folders; not used with Stream
	Stream io.Reader // instead of Paths
	Name   string    // what to call Stream
	Limits source.Options
	Filter Filter

	Sink Sink
	// Into is the folder of the lake that Sink writes to, if it does: the
	// input must not lie in it, nor it in the input.
	Into string
	Gate *redact.Gate
	Set  *schema.Set

	Workers int     // cores to use; 0 means 1
	Rate    float64 // records a second at most; 0 is no limit
	Speed   float64 // keep the gaps between timestamps, so many times shorter; 0 is without gaps

	// Bookmark is the file that says how far the replay got, kept until the
	// replay is done; "" is none. With Resume it is read and gone on from.
	Bookmark string
	Resume   bool

	Now   func() time.Time                           // time.Now when nil
	Sleep func(context.Context, time.Duration) error // waits in real time when nil
	// Progress is told how many records were read; it may be nil.
	Progress func(read int64)
}

// saveEvery is after how many records the bookmark moves on.
const saveEvery = 25_000

// replay is one run.
type replay struct {
	ctx    context.Context // a replay lives as long as one call
	opts   Options
	found  iter.Seq2[source.File, error]
	from   bookmark
	report *Report

	sender sender
	at     bookmark // everything before it was sent
	saved  int64    // records read when the bookmark was written

	mu   sync.Mutex
	free []*batch
}

// Replay feeds records to a sink and reports what became of them. The report
// is right also with an error, which means that not all of the input was
// read: Misuse for options that make no sense, NotFound for a path that does
// not exist, Interrupted when ctx ended, else what the sink said. What is
// wrong with records is in the report alone, see Report.Err.
func Replay(ctx context.Context, opts Options) (*Report, error) {
	r := &replay{ctx: ctx, opts: opts, report: newReport()}
	if err := r.prepare(); err != nil {
		return r.report, err
	}
	err := r.run()
	// What was sent is made safe also when the caller has given up.
	last := context.WithoutCancel(ctx)
	if flushErr := opts.Sink.Flush(last); err == nil {
		err = flushErr
	}
	if opts.Bookmark != "" {
		err = r.keep(err)
	}
	if errors.Is(err, context.Canceled) {
		err = &tpe.Error{Code: tpe.Interrupted, Message: "the replay was stopped", Hint: "run it again with --resume to go on", Err: err}
	}
	return r.report, err
}

// prepare checks the options and opens the input.
func (r *replay) prepare() error {
	o := &r.opts
	if o.Rate < 0 || o.Speed < 0 {
		return tpe.Errorf(tpe.Misuse, "a rate or speed below 0 makes no sense")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = tpe.Sleep
	}
	r.sender = sender{sink: o.Sink, gate: o.Gate, report: r.report, sleep: o.Sleep, at: &r.at}
	if o.Rate > 0 || o.Speed > 0 {
		r.sender.pace = &pacer{rate: o.Rate, speed: o.Speed, now: o.Now}
	}
	if o.Speed > 0 {
		r.sender.window = new(window)
	}
	_, r.report.DryRun = o.Sink.(Nowhere)
	names := o.Paths
	if o.Stream != nil {
		names = []string{o.Name}
	} else if err := r.open(); err != nil {
		return err
	}
	r.at.Input = names
	if o.Bookmark == "" || !o.Resume {
		return nil
	}
	var err error
	if r.from, err = loadBookmark(o.Bookmark, names); err != nil {
		return err
	}
	r.at, r.report.Resumed = r.from, r.from.File
	return r.stillThere()
}

// open finds the files and refuses to feed a lake with itself.
func (r *replay) open() error {
	found, err := source.Find(r.opts.Paths)
	if err != nil {
		return err
	}
	r.found = found
	if r.opts.Into == "" {
		return nil
	}
	into := resolve(r.opts.Into)
	for _, p := range r.opts.Paths {
		from := resolve(p)
		if within(from, into) || within(into, from) {
			return &tpe.Error{
				Code:    tpe.Misuse,
				Message: fmt.Sprintf("the input %s and the lake %s lie in one another", p, r.opts.Into),
				Hint:    "replay into another lake",
			}
		}
	}
	return nil
}

// resolve returns an absolute path without links, as far as it exists.
func resolve(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// within says whether path is dir or lies below it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// stillThere checks that the file of the bookmark is in the input.
func (r *replay) stillThere() error {
	if r.from.File == "" || r.opts.Stream != nil {
		return nil
	}
	for f, err := range r.found {
		if err == nil && f.Path == r.from.File {
			return nil
		}
	}
	return &tpe.Error{
		Code:    tpe.NotFound,
		Message: "the file in which the earlier replay stopped is gone: " + r.from.File,
		Hint:    "leave --resume out to begin again; what is there already counts as duplicate",
	}
}

// run reads, refines and sends everything.
func (r *replay) run() error {
	in := &input{r: r, reader: source.NewReader(r.opts.Limits)}
	newWorker := func() func(job) *batch {
		w := &refiner{gate: r.opts.Gate, set: r.opts.Set, filter: r.opts.Filter, kinds: map[string]string{}, get: r.batch}
		return w.refine
	}
	if err := source.Each(r.ctx, in.jobs, max(1, r.opts.Workers), newWorker, r.take); err != nil {
		return err
	}
	return r.sender.drain(r.ctx)
}

// take sends what a worker made of a chunk.
func (r *replay) take(b *batch) error {
	if err := r.sender.take(r.ctx, b); err != nil {
		return err
	}
	if r.opts.Progress != nil {
		r.opts.Progress(r.report.Read)
	}
	if r.sender.waiting() == 0 {
		r.at.File, r.at.Offset = b.file, b.end
	}
	r.mu.Lock()
	r.free = append(r.free, b)
	r.mu.Unlock()
	if r.opts.Bookmark == "" || r.report.Read-r.saved < saveEvery {
		return nil
	}
	r.saved = r.report.Read
	if err := r.opts.Sink.Flush(r.ctx); err != nil {
		return err
	}
	return r.at.save(r.opts.Bookmark)
}

// batch returns a batch that is not in use.
func (r *replay) batch() *batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.free) - 1
	if last < 0 {
		return new(batch)
	}
	b := r.free[last]
	r.free = r.free[:last]
	return b
}

// keep writes the bookmark of a replay that stopped, or removes that of one
// that is done.
func (r *replay) keep(err error) error {
	if err == nil {
		return removeBookmark(r.opts.Bookmark)
	}
	return errors.Join(err, r.at.save(r.opts.Bookmark))
}
