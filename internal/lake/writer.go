package lake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// Durability says how far a record must be when Append returns.
type Durability int

// The durabilities.
const (
	// Buffered: handed to the operating system. It is on disk after the next
	// Sync that returns no error.
	Buffered Durability = iota
	// System: handed to the operating system, and on disk within
	// Options.SyncEvery without being asked.
	System
	// Disk: on disk.
	Disk
)

// Outcome says what became of one record.
type Outcome int

// The outcomes.
const (
	// NotStored: the error of Append says why.
	NotStored Outcome = iota
	// New: stored.
	New
	// Duplicate: the record is there already, with the same id on the same
	// day and the same content. It was not stored again.
	Duplicate
	// Conflict: a record with the same id on the same day has other content.
	// It was stored beside it.
	Conflict
	// Erased: the record belongs to somebody who was erased after the time of
	// the record. It was not stored.
	Erased
)

// String returns the outcome in the words of reports.
func (o Outcome) String() string {
	switch o {
	case New:
		return "new"
	case Duplicate:
		return "duplicate"
	case Conflict:
		return "conflict"
	case Erased:
		return "erased"
	case NotStored:
		return "not stored"
	}
	return fmt.Sprintf("outcome %d", int(o))
}

const (
	groupBytes = 8 << 20 // a group that holds this much takes no more
	shareBytes = 2 << 20 // of one Append, at a time
	sealQueue  = 4       // segments that wait to be sealed
)

// limits bound what a writer holds in memory.
type limits struct {
	openDays  int // beyond, the day that rested longest is sealed
	records   int // in one open segment
	entries   int // in all open segments together
	headBytes int // of indexes of sealed segments
	knownDays int // days of which anything is in memory
}

func defaultLimits() limits {
	return limits{openDays: 64, records: 200_000, entries: 750_000, headBytes: 64 << 20, knownDays: 512}
}

// Writer appends records to a lake. It is safe for concurrent use: many
// callers share one write and one sync. One goroutine commits, one syncs,
// one seals.
type Writer struct {
	l     *Lake
	names *namer
	turn  *turn
	types typeNames
	gate  *redact.Gate

	mu      sync.Mutex
	cur     *group         // takes records
	taken   *sync.Cond     // a full group was taken by the committer
	syncing bool           // the syncer is at work: its end starts the next commit
	armed   bool           // the syncer's timer runs
	tails   map[*tail]bool // files with unsynced bytes; true: to be on disk soon
	waiting []*group       // written groups that someone wants on disk
	sealed  []*sealResult  // since the last commit
	ticked  bool           // the clock moved: look for segments of age
	closing bool
	health  health

	commitKick chan struct{}
	syncKick   chan struct{}
	sealJobs   chan *live
	committed  chan struct{} // closed when the committer has ended
	allSealed  chan struct{} // closed when the sealer has ended
	stop       chan struct{} // ends the syncer and the clock
	running    sync.WaitGroup
	abandon    atomic.Bool // leave what is not sealed yet to the next writer
	unsealed   int         // segments that were left; read after allSealed

	quarantine *quarantine
	receipts   *receipts

	// The committer's own.
	days     map[Day]*known
	commits  uint64
	begun    uint64 // the counts of the turn, as they were last seen
	replaced uint64
	stones   stones
	asked    bool // seal everything that is open
	openDays int  // days with an open segment
	entries  int  // in the tables of open segments, those being sealed included
	heads    int  // bytes of the heads of indexes
	spare    []buffers
}

// NewWriter opens the lake for writing: it adopts what crashed writers left
// and then takes records. Several writers, in several processes, may be open
// at once. The error is of the code Unavailable when the disk refuses.
func (l *Lake) NewWriter(ctx context.Context) (*Writer, error) {
	w, err := l.newWriter()
	if err != nil {
		return nil, refused(err)
	}
	s := &sealer{w: w}
	if err := w.recover(ctx, s); err != nil {
		return nil, errors.Join(refused(err), w.receipts.close(), w.release())
	}
	w.start(s)
	return w, nil
}

func (l *Lake) newWriter() (*Writer, error) {
	for _, folder := range []string{rawFolder, indexFolder, quarantineFolder, receiptsFolder} {
		if err := makeDir(l.disk, l.path(folder)); err != nil {
			return nil, err
		}
	}
	turn, err := l.openTurn()
	if err != nil {
		return nil, err
	}
	w := &Writer{
		l: l, names: newNamer(), turn: turn, types: newTypeNames(), gate: redact.New(redact.Options{}),
		tails:      map[*tail]bool{},
		commitKick: make(chan struct{}, 1),
		syncKick:   make(chan struct{}, 1),
		sealJobs:   make(chan *live, sealQueue),
		committed:  make(chan struct{}),
		allSealed:  make(chan struct{}),
		stop:       make(chan struct{}),
		days:       map[Day]*known{},
	}
	w.cur = newGroup()
	w.taken = sync.NewCond(&w.mu)
	w.receipts = newReceipts(w)
	w.quarantine = newQuarantine(w)
	return w, nil
}

// Append stores records: see Durability for what holds when it returns. It
// copies them; the caller may reuse its buffers at once. There is one
// outcome for each record, in their order, also with an error: those that
// are NotStored may be sent again.
//
// The error is that of Check when a record cannot be taken (then nothing was
// stored: who has records from outside asks Check of each first), Unavailable when the disk refuses or the writer is closed,
// Interrupted when ctx ended first. After an interrupt the records may have
// been stored all the same.
func (w *Writer) Append(ctx context.Context, d Durability, recs ...redact.Clean) ([]Outcome, error) {
	once := d == System // nobody sends the record again
	if once && w.l.opts.AlwaysSync {
		d = Disk
	}
	out := make([]Outcome, len(recs))
	places := make([]place, len(recs))
	for i, r := range recs {
		id, flaws := identify(r.Tape(), w.types)
		if err := refusal(r, flaws); err != nil {
			return out, fmt.Errorf("record %d: %w", i+1, err)
		}
		places[i].identity = id
	}
	for from := 0; from < len(recs); {
		to, size := from, 0
		for to < len(recs) && size < shareBytes {
			size += len(recs[to].JSON()) + 1
			to++
		}
		if err := w.appendShare(ctx, d, recs[from:to], places[from:to], out[from:to]); err != nil {
			if once && tpe.CodeOf(err) == tpe.Unavailable {
				w.lose(out[from:])
			}
			return out, err
		}
		from = to
	}
	return out, nil
}

// Check returns why the lake cannot take a record, or nil. The error is of the
// code Invalid when the record has no interaction_id or no timestamp that can
// be read, TooLarge when it is larger than what is read back.
func Check(r redact.Clean) error {
	var flaws flaw
	if _, ok := idText(r.Tape()); !ok {
		flaws |= noID
	}
	if _, ok := timeOf(r.Tape()); !ok {
		flaws |= noTime
	}
	return refusal(r, flaws)
}

// refusal is the error for a record with flaws, or of too many bytes.
func refusal(r redact.Clean, flaws flaw) error {
	switch {
	case flaws&noID != 0:
		return tpe.Errorf(tpe.Invalid, "there is no interaction_id")
	case flaws&noTime != 0:
		return tpe.Errorf(tpe.Invalid, "there is no timestamp that can be read")
	case len(r.JSON()) > source.DefaultMaxRecord:
		return tpe.Errorf(tpe.TooLarge, "%d bytes are more than the %d that a record may have", len(r.JSON()), source.DefaultMaxRecord)
	}
	return nil
}

// place is where a record waits in a group.
type place struct {
	identity
	chunk *chunk
	at    int
}

// appendShare puts records into one group and waits for it.
func (w *Writer) appendShare(ctx context.Context, d Durability, recs []redact.Clean, places []place, out []Outcome) error {
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	w.mu.Lock()
	for w.cur.bytes >= groupBytes && !w.closing {
		w.taken.Wait()
	}
	if w.closing {
		w.mu.Unlock()
		return errClosed()
	}
	g := w.cur
	for i := range recs {
		places[i].chunk, places[i].at = g.add(&places[i].identity, recs[i])
	}
	kick := true
	switch d {
	case Disk:
		g.disk = true
		// While a sync runs the group grows; the end of the sync starts it.
		kick = !w.syncing
	case System:
		g.soon = true
	case Buffered:
	}
	w.mu.Unlock()
	if kick {
		signal(w.commitKick)
	}
	wait := g.written
	if d == Disk {
		wait = g.synced
	}
	select {
	case <-wait:
	case <-ctx.Done():
		return interrupted(ctx.Err())
	}
	return collect(d, places, out)
}

// collect reads the outcomes that the committer left in the chunks.
func collect(d Durability, places []place, out []Outcome) error {
	var failed error
	for i := range places {
		c := places[i].chunk
		out[i] = c.outcomes[places[i].at]
		if err := c.failure(d); err != nil {
			out[i], failed = NotStored, err
		}
	}
	if failed != nil {
		return refused(failed)
	}
	return nil
}

// Sync returns when every record whose Append has returned is on disk.
func (w *Writer) Sync(ctx context.Context) error {
	w.mu.Lock()
	if w.closing {
		w.mu.Unlock()
		return errClosed()
	}
	g := w.cur
	g.disk, g.all = true, true
	kick := !w.syncing
	w.mu.Unlock()
	if kick {
		signal(w.commitKick)
	}
	select {
	case <-g.synced:
	case <-ctx.Done():
		return interrupted(ctx.Err())
	}
	if g.allErr != nil {
		return refused(g.allErr)
	}
	return nil
}

// signal wakes a goroutine; one that is awake sees it later.
func signal(kick chan<- struct{}) {
	select {
	case kick <- struct{}{}:
	default:
	}
}

func errClosed() error {
	return tpe.Errorf(tpe.Unavailable, "the lake's writer is closed")
}

func interrupted(err error) error {
	return &tpe.Error{Code: tpe.Interrupted, Message: "the work on the lake was given up", Err: err}
}

// interruptedBy returns the error of a context that has ended.
func interruptedBy(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	return nil
}

// refused gives an error of the disk its code and a hint.
func refused(err error) error {
	if err == nil {
		return nil
	}
	var known *tpe.Error
	if errors.As(err, &known) {
		return err
	}
	return &tpe.Error{Code: tpe.Unavailable, Message: "the lake cannot be written", Hint: hintFor(err), Err: err}
}

// start begins the work of the writer's goroutines.
func (w *Writer) start(s *sealer) {
	w.running.Go(w.commitLoop)
	w.running.Go(w.syncLoop)
	w.running.Go(s.loop)
	w.running.Go(w.clock)
}

// clock lets the committer look for segments that have reached their age.
func (w *Writer) clock() {
	every := min(max(w.l.opts.SealAge/8, time.Millisecond), time.Second)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.tick()
		case <-w.stop:
			return
		}
	}
}

// tick asks the committer to look at the clock.
func (w *Writer) tick() {
	w.mu.Lock()
	w.ticked = true
	w.mu.Unlock()
	signal(w.commitKick)
}
