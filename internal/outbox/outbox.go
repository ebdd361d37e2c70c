// Package outbox moves records from the database's outbox to the lake. A
// transaction that causes an outcome puts its record into the outbox, so that
// the record is there if and only if the transaction committed; from there it
// comes to the lake, once, however often the process is killed on the way.
//
// It must never take a record out of the outbox before the lake has it on
// disk.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Options says what a Drainer works with. All but Log are required.
type Options struct {
	DB     *sqldb.DB
	Writer *lake.Writer
	Gate   *redact.Gate
	Log    *slog.Logger // discards when nil
}

const (
	batch = 500         // records that are moved at once
	pause = time.Second // before the next look, unless something wakes it
)

// Drainer moves records. It is safe for concurrent use.
type Drainer struct {
	opts Options
	kick chan struct{}

	mu       sync.Mutex
	asked    int64 // how often somebody has begun to wait
	waiting  map[int64]chan struct{}
	refusing bool // the last look failed
}

// New returns a drainer, which does nothing until Run is called.
func New(o Options) *Drainer {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Drainer{opts: o, kick: make(chan struct{}, 1), waiting: map[int64]chan struct{}{}}
}

// Run moves records as they come, until ctx ends; then it moves what is left,
// as far as the lake takes it.
func (d *Drainer) Run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-d.kick:
		case <-tick.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			if err := d.Drain(last); err != nil {
				d.opts.Log.Warn("outcomes stay in the outbox until the next start", "error", err)
			}
			return
		}
		err := d.Drain(ctx)
		d.mu.Lock()
		first := err != nil && !d.refusing
		d.refusing = err != nil
		d.mu.Unlock()
		if first && ctx.Err() == nil {
			d.opts.Log.Error("outcomes stay in the outbox for now", "error", err)
		}
	}
}

// Drain moves everything that is in the outbox now. When it fails, what is
// left stays there.
func (d *Drainer) Drain(ctx context.Context) error {
	for {
		d.mu.Lock()
		asked := d.asked
		d.mu.Unlock()
		n, err := d.opts.DB.Drain(ctx, batch, func(list []sqldb.Outgoing) ([]error, error) { return d.move(ctx, list) })
		if err != nil {
			return err
		}
		if n < batch {
			// Whoever waited before this look sees the outbox empty, or its
			// record under way in another process.
			d.release(asked)
			if n == 0 {
				return nil
			}
		}
	}
}

// move writes records to the lake. The record was clean when it was put into
// the database; what the lake takes passes the gate all the same.
func (d *Drainer) move(ctx context.Context, list []sqldb.Outgoing) ([]error, error) {
	faults := make([]error, len(list))
	var clean []redact.Clean
	for i, o := range list {
		t := new(tape.Tape)
		if faults[i] = t.Parse(o.Record); faults[i] == nil {
			c, _ := d.opts.Gate.Record(t)
			clean = append(clean, c)
		}
	}
	_, err := d.opts.Writer.Append(ctx, lake.Disk, clean...)
	if code := tpe.CodeOf(err); code != tpe.Invalid && code != tpe.TooLarge {
		return faults, err
	}
	// One of them cannot be stored: find out which.
	at := 0
	for i := range list {
		if faults[i] != nil {
			continue
		}
		_, err := d.opts.Writer.Append(ctx, lake.Disk, clean[at])
		at++
		switch tpe.CodeOf(err) {
		case "":
		case tpe.Invalid, tpe.TooLarge:
			faults[i] = err
			d.opts.Log.Error("an outcome cannot be stored in the lake", "outbox", list[i].ID, "error", err)
		default:
			return nil, err
		}
	}
	return faults, nil
}

// Wait asks for what is in the outbox to be moved, and returns when all that
// was committed before is in the lake, when the lake refuses, or when ctx
// ends: the records are in the database either way. It reports whether they
// are in the lake.
func (d *Drainer) Wait(ctx context.Context) bool {
	d.mu.Lock()
	if d.refusing {
		d.mu.Unlock()
		return false
	}
	d.asked++
	me, done := d.asked, make(chan struct{})
	d.waiting[me] = done
	d.mu.Unlock()
	select {
	case d.kick <- struct{}{}:
	default:
	}
	select {
	case <-done:
		return true
	case <-ctx.Done():
		d.mu.Lock()
		delete(d.waiting, me)
		d.mu.Unlock()
		return false
	}
}

// release wakes those who began to wait up to then.
func (d *Drainer) release(asked int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, done := range d.waiting {
		if i <= asked {
			close(done)
			delete(d.waiting, i)
		}
	}
}
