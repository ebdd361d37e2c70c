package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/power100/tpe/internal/tpe"
)

// Sync makes the bucket hold what the lake holds. The listing of the bucket,
// the lake's folders and the ledger are read side by side, so that memory
// does not grow with them. A sync that is cut short is finished by the next
// one, which sends nothing twice.
//
// The error is of the code Mismatch when a check found something wanting, or
// a sealed segment is not what it was.
func Sync(ctx context.Context, opts Options) (Report, error) {
	opts = opts.withDefaults()
	report := Report{To: opts.Bucket.String(), DryRun: opts.DryRun, Checked: opts.Check, PassedBy: []string{}}
	if err := opts.Bucket.Check(ctx); err != nil {
		return report, err
	}
	open, looks := openLedger, opts.DryRun || opts.Check
	if looks {
		open = viewLedger
	}
	l, err := open(opts.Lake.Dir(), opts.Bucket.Target())
	if err != nil {
		return report, err
	}
	report.Unkept = !looks && !l.writable()
	strangers, err := opts.Lake.Strangers()
	if err != nil {
		return report, errors.Join(err, l.close())
	}
	report.PassedBy = append(report.PassedBy, strangers...)
	s := newPass(ctx, opts, l, &report)
	err = s.run()
	err = errors.Join(err, l.close())
	if err != nil && ctx.Err() != nil {
		return report, ctx.Err()
	}
	if err == nil {
		err = report.wanting()
	}
	return report, err
}

// pass is one run over everything.
type pass struct {
	opts   Options
	ledger *ledger
	report *Report

	// ctx ends when the pass fails; a cause other than that of the caller is
	// in failed.
	ctx    context.Context
	stop   context.CancelFunc
	failed error
	once   sync.Once

	results chan *slot   // in the order of keys
	jobs    chan []*task // for workers that are idle
	work    sync.WaitGroup
	group   []*task // files that must change hands together
	groupOf string

	files, bytes           int64 // done, for the progress; collect counts
	totalFiles, totalBytes atomic.Int64
}

// task is one key with the slot for what becomes of it.
type task struct {
	place
	slot  *slot
	ready bool // there is nothing to do
	// assumed says that remote is what the ledger has, not what the bucket
	// says.
	assumed bool
	guard   *guard // of the folder that the file changes hands with; may be nil
}

// slot is what becomes of one key.
type slot struct {
	done    chan struct{} // nil: it is done already
	action  Action
	entry   entry // what the ledger is to say; without a key nothing
	attempt error
}

// queue is how many keys may be looked at ahead of the first one that is not
// done.
const queue = 4096

func newPass(ctx context.Context, opts Options, l *ledger, report *Report) *pass {
	s := &pass{opts: opts, ledger: l, report: report, results: make(chan *slot, queue), jobs: make(chan []*task)}
	s.ctx, s.stop = context.WithCancel(ctx)
	return s
}

func (s *pass) run() error {
	defer s.stop()
	var next *entryWriter
	if s.ledger.writable() && !s.opts.DryRun && !s.opts.Check {
		var err error
		if next, err = s.ledger.create(nextFile); err != nil {
			return fmt.Errorf("write ledger of the sync: %w", err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- s.collect(next) }()
	err := s.look()
	s.flushGroup()
	s.finish()
	err = errors.Join(<-ended, err)
	if s.failed != nil {
		err = s.failed
	}
	if next == nil {
		return err
	}
	if err != nil {
		return errors.Join(err, next.flush(), next.f.Close())
	}
	if err := s.ledger.replace(next); err != nil {
		return fmt.Errorf("write ledger of the sync: %w", err)
	}
	return nil
}

// look goes through all keys and hands each to where it belongs.
func (s *pass) look() error {
	if s.opts.Progress != nil {
		s.work.Go(s.count)
	}
	objects := s.opts.Bucket.List(s.ctx, "")
	for p, err := range places(walk(s.ctx, s.opts.Lake.Dir()), s.ledger.entries(""), objects) {
		if err != nil {
			return err
		}
		if err := s.ctx.Err(); err != nil {
			return err
		}
		folder := together(p.key)
		if s.groupOf != "" && folder != s.groupOf {
			s.flushGroup()
		}
		t := &task{place: p, slot: &slot{}}
		t.ready = s.settled(t)
		switch {
		case folder != "":
			s.group, s.groupOf = append(s.group, t), folder
		case t.ready:
			s.results <- t.slot
		default:
			s.start(t)
			s.results <- t.slot
		}
	}
	return nil
}

// settled decides what can be decided without reading or asking: false when
// it cannot.
func (s *pass) settled(t *task) bool {
	l, k, r := t.local, t.known, t.remote
	switch {
	case l == nil && r == nil: // struck out of the ledger
	case l == nil && replaceable(t.key):
		return false
	case l == nil:
		t.slot.action = Action{Verb: keep, Key: t.key, Bytes: r.Size}
	case k != nil && r != nil && k.stamp == l.stamp && k.etag == r.ETag && r.Size == l.size:
		if s.opts.Check {
			return false
		}
		t.slot.action = Action{Verb: same, Key: t.key, Bytes: l.size}
		t.slot.entry = *k
	default:
		return false
	}
	return true
}

// start works on tasks beside the others, one after the other, as soon as
// the gate lets it in.
func (s *pass) start(tasks ...*task) {
	for _, t := range tasks {
		t.slot.done = make(chan struct{})
	}
	if err := s.opts.Gate.enter(s.ctx); err != nil {
		for _, t := range tasks {
			close(t.slot.done)
		}
		return
	}
	select {
	case s.jobs <- tasks: // a worker is idle
	default:
		s.work.Go(func() { s.worker(tasks) })
	}
}

// worker works on tasks until there are no more. It is kept, because a
// request needs a deep stack, which is dear to grow each time.
func (s *pass) worker(tasks []*task) {
	for more := true; more; tasks, more = <-s.jobs {
		goesOn := true
		for _, t := range tasks {
			if goesOn && s.ctx.Err() == nil {
				goesOn = s.do(t)
			}
			close(t.slot.done)
		}
		s.opts.Gate.leave(s.opts.Now())
	}
}

// finish waits until every task is done.
func (s *pass) finish() {
	close(s.jobs)
	s.work.Wait()
	close(s.results)
}

// flushGroup works on the files that must change hands together: the
// manifest after the others, and what it replaces after the manifest.
func (s *pass) flushGroup() {
	var files, manifest, gone []*task
	for _, t := range s.group {
		switch {
		case t.ready:
		case t.local == nil:
			gone = append(gone, t)
		case t.key == s.groupOf+manifestName:
			manifest = append(manifest, t)
		default:
			files = append(files, t)
		}
	}
	if todo := slices.Concat(files, manifest, gone); len(todo) > 0 {
		if len(manifest) > 0 && !s.opts.force {
			g := &guard{manifest: manifest[0]}
			for _, t := range todo {
				t.guard = g
			}
		}
		s.start(todo...)
	}
	for _, t := range s.group {
		s.results <- t.slot
	}
	s.group, s.groupOf = nil, ""
}

// do does what is to be done with one key, and says whether those that must
// change hands after it may.
func (s *pass) do(t *task) bool {
	err := s.opts.apply(s.ctx, t)
	if err == nil {
		return true
	}
	t.slot.attempt = err
	t.slot.action = Action{Verb: fail, Key: t.key, Why: err.Error()}
	if t.local != nil {
		t.slot.action.Bytes = t.local.size
	}
	// An object that somebody else is writing concerns that object alone, and so
	// does a file that cannot be read. All else would come up again with the next
	// one.
	if tpe.CodeOf(err) != tpe.Conflict && !isUnreadable(err) {
		s.fail(err)
	}
	return !isUnreadable(err)
}

// fail ends the pass.
func (s *pass) fail(err error) {
	s.once.Do(func() { s.failed = err })
	s.stop()
}

// collect takes the results in the order of keys, and writes the ledger of
// the pass up to the first key that failed.
func (s *pass) collect(next *entryWriter) error {
	var first error // of those that concern one key alone
	whole := true
	for slot := range s.results {
		if slot.done != nil {
			<-slot.done
		}
		a := &slot.action
		if slot.done != nil && a.Verb == "" && slot.attempt == nil && s.ctx.Err() != nil {
			whole = false // it was not begun
			continue
		}
		if a.Verb != "" {
			s.report.count(a)
			if a.Verb != Delete && a.Verb != keep {
				s.report.Files.add(a.Bytes)
				s.advance(a.Bytes)
			}
			if s.opts.Each != nil && a.Verb != same && a.Verb != keep {
				s.opts.Each(*a)
			}
		}
		if slot.attempt != nil && first == nil && (tpe.CodeOf(slot.attempt) == tpe.Conflict || isUnreadable(slot.attempt)) {
			first = slot.attempt
		}
		if a.Verb == Correct {
			if err := s.ledger.note(entry{key: a.Key}); err != nil {
				s.fail(err)
			}
		}
		if next != nil && whole && slot.entry.key != "" {
			next.add(slot.entry)
		}
	}
	return first
}

// advance tells the progress.
func (s *pass) advance(bytes int64) {
	if s.opts.Progress == nil {
		return
	}
	s.files++
	s.bytes += bytes
	s.opts.Progress(Progress{Files: s.files, Bytes: s.bytes, TotalFiles: s.totalFiles.Load(), TotalBytes: s.totalBytes.Load()})
}

// count counts the files beside the work, for the progress.
func (s *pass) count() {
	for f, err := range walk(s.ctx, s.opts.Lake.Dir()) {
		if err != nil {
			return // the walk that counts will say it
		}
		s.totalFiles.Add(1)
		s.totalBytes.Add(f.size)
	}
}
