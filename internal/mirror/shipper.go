package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/tpe"
)

// fullEvery is how often a shipper reads the listing of the bucket and looks
// at every file. In between it looks at folders that have changed.
const fullEvery = 6 * time.Hour

// probeEvery is how often a shipper asks for an object that was copied, so
// that a bucket that is gone, or was emptied or made again, is noticed.
const probeEvery = time.Minute

// Bounds of the pause after a failure.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// growing is the folder whose files grow, which a folder's times do not tell;
// they are looked at every growEvery.
const (
	growing   = "receipts/"
	growEvery = time.Minute
)

// settling is how long a folder counts as changed after its last change:
// longer than the grain of a file system's clock.
const settling = 2 * time.Second

// Shipper copies what comes into a lake to a bucket, continuously. While the
// bucket is away it remembers a few bytes a folder, and what is to be copied
// stays where it is: in the lake.
type Shipper struct {
	// OnPass is told of every pass that did something or failed; it may be
	// nil.
	OnPass func(Report, error)

	opts    Options
	folders map[string]*folder // by key
	full    time.Time          // when the listing was read
	probed  time.Time          // when the bucket had what was copied

	mu     sync.Mutex
	lag    tpe.Lag
	oldest time.Time // of what is pending
}

// folder is what is remembered of one folder of the lake.
type folder struct {
	stamp    stamp
	seen     time.Time
	children []string // keys of its folders
	pending  Tally    // files that the bucket lacks, by the ledger
	oldest   int64    // of them: mtime, ns since 1970
}

// NewShipper returns a shipper. DryRun and Check of the options do not count.
func NewShipper(opts Options) *Shipper {
	opts = opts.withDefaults()
	opts.DryRun, opts.Check = false, false
	return &Shipper{opts: opts, folders: map[string]*folder{}, lag: tpe.Lag{Name: "s3", Unit: "files"}}
}

// Lag says how far the bucket is behind.
func (s *Shipper) Lag() tpe.Lag {
	s.mu.Lock()
	defer s.mu.Unlock()
	lag := s.lag
	if lag.Pending > 0 {
		lag.Age = max(0, s.opts.Now().Sub(s.oldest))
	}
	return lag
}

// Run ships until ctx ends. It looks at the lake at every interval; after a
// failure it waits longer before it tries the bucket again.
func (s *Shipper) Run(ctx context.Context, interval time.Duration) {
	pause, next := firstPause, time.Time{}
	for ctx.Err() == nil {
		now := s.opts.Now()
		var err error
		if now.Before(next) {
			err = s.look(ctx)
		} else if err = s.Once(ctx); err != nil && ctx.Err() == nil {
			// Not all senders that lost a server are to come back at once.
			next = now.Add(pause/2 + rand.N(pause/2)) //nolint:gosec // not a secret
			pause = min(2*pause, lastPause)
		} else {
			pause = firstPause
		}
		if err != nil && ctx.Err() == nil {
			s.opts.Log.Warn("the copy in S3 falls behind", "error", err.Error(), "pending", s.Lag().Pending)
		}
		_ = tpe.Sleep(ctx, interval) // the loop sees that ctx has ended
	}
}

// Once copies what the bucket lacks.
func (s *Shipper) Once(ctx context.Context) error {
	report := Report{To: s.opts.Bucket.String()}
	err := s.look(ctx)
	if now := s.opts.Now(); err == nil && (s.full.IsZero() || now.Sub(s.full) >= fullEvery) {
		if report, err = Sync(ctx, s.opts); err == nil || tpe.CodeOf(err) == tpe.Mismatch || isUnreadable(err) {
			s.full, s.probed = now, now
		}
	} else if err == nil {
		if err = s.ship(ctx, &report); err == nil {
			err = s.probe(ctx)
		}
	}
	if ctx.Err() == nil {
		err = errors.Join(err, s.look(ctx))
	}
	s.mu.Lock()
	s.lag.Err = ""
	switch {
	case err != nil && ctx.Err() == nil:
		s.lag.Err = err.Error()
	case err == nil && s.lag.Pending == 0:
		s.lag.Last = s.opts.Now()
	}
	s.mu.Unlock()
	if s.OnPass != nil && ctx.Err() == nil && (err != nil || report.Files.Files > 0) {
		s.OnPass(report, err)
	}
	return err
}

// probe asks for one object that was copied. When the bucket does not have it
// as it was, the next pass reads the listing.
func (s *Shipper) probe(ctx context.Context) error {
	now := s.opts.Now()
	if now.Sub(s.probed) < probeEvery {
		return nil
	}
	known, err := s.sample()
	if err != nil {
		return err
	}
	if known == nil {
		err = s.opts.Bucket.Check(ctx)
	} else {
		var there *bucket.Object
		if there, err = s.opts.object(ctx, known.key); err == nil && (there == nil || there.ETag != known.etag) {
			s.full = time.Time{}
			err = tpe.Errorf(tpe.Unavailable, "%s does not have %s as it was copied: everything is compared with it again", s.opts.Bucket, known.key)
		}
	}
	if err == nil {
		s.probed = now
	}
	return err
}

// sample returns an object that the ledger knows, of raw when there is one:
// those change least. It is nil when the ledger knows none.
func (s *Shipper) sample() (found *entry, err error) {
	l, err := openLedger(s.opts.Lake.Dir(), s.opts.Bucket.Target())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	for _, prefix := range []string{"raw/", ""} {
		for e, err := range l.entries(prefix) {
			if err != nil {
				return nil, err
			}
			return &e, nil
		}
	}
	return nil, nil
}

// look finds out what the bucket lacks by the ledger, without asking it. It
// lists the folders that have changed, and those with something pending.
func (s *Shipper) look(ctx context.Context) error {
	var l *ledger
	open := func() (_ *ledger, err error) {
		if l == nil {
			l, err = openLedger(s.opts.Lake.Dir(), s.opts.Bucket.Target())
		}
		return l, err
	}
	seen := map[string]bool{}
	err := s.lookInto(ctx, "", seen, open)
	if l != nil {
		err = errors.Join(err, l.close())
	}
	if err != nil {
		return err
	}
	var pending Tally
	oldest := int64(0)
	for key, f := range s.folders {
		if !seen[key] {
			delete(s.folders, key)
			continue
		}
		pending.Files += f.pending.Files
		pending.Bytes += f.pending.Bytes
		if f.pending.Files > 0 && (oldest == 0 || f.oldest < oldest) {
			oldest = f.oldest
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag.Pending, s.lag.Bytes, s.oldest = pending.Files, pending.Bytes, time.Unix(0, oldest)
	return nil
}

func (s *Shipper) lookInto(ctx context.Context, key string, seen map[string]bool, open func() (*ledger, error)) error {
	path := filepath.Join(s.opts.Lake.Dir(), filepath.FromSlash(key))
	now := s.opts.Now()
	st, err := statPath(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at folder: %w", err)
	}
	seen[key] = true
	f := s.folders[key]
	grown := strings.HasPrefix(key, growing) && f != nil && now.Sub(f.seen) >= growEvery
	if f == nil || f.stamp != st || f.pending.Files > 0 || grown || f.seen.Sub(time.Unix(0, st.mtime)) < settling {
		l, err := open()
		if err != nil {
			return err
		}
		if f, err = s.list(ctx, l, key, path); err != nil {
			return err
		}
		f.stamp, f.seen = st, now
		s.folders[key] = f
	}
	for _, child := range f.children {
		if err := s.lookInto(ctx, child, seen, open); err != nil {
			return err
		}
	}
	return nil
}

// list looks at the files of one folder.
func (s *Shipper) list(ctx context.Context, l *ledger, key, path string) (*folder, error) {
	tasks, children, err := s.lacking(ctx, l, key, path)
	if err != nil {
		return nil, err
	}
	f := &folder{children: children}
	for _, t := range tasks {
		if t.local == nil {
			continue // to be removed
		}
		f.pending.add(t.local.size)
		if f.oldest == 0 || t.local.mtime < f.oldest {
			f.oldest = t.local.mtime
		}
	}
	return f, nil
}

// lacking returns what is to be done for one folder: the files of which the
// ledger does not say that the bucket has them, and what they replace.
func (s *Shipper) lacking(ctx context.Context, l *ledger, key, path string) ([]*task, []string, error) {
	files, folders, err := listFolder(ctx, path, key)
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 { // nothing replaces anything here
		return nil, folders, nil
	}
	known := map[string]entry{}
	for e, err := range l.entries(key) {
		if err != nil {
			return nil, nil, err
		}
		if !strings.Contains(e.key[len(key):], "/") {
			known[e.key] = e
		}
	}
	var tasks []*task
	for i := range files {
		f := &files[i]
		e, ok := known[f.key]
		delete(known, f.key)
		if ok && e.stamp == f.stamp {
			continue
		}
		t := &task{place: place{key: f.key, local: f}, slot: &slot{}, assumed: true}
		if ok {
			t.known, t.remote = &e, &bucket.Object{Key: e.key, Size: e.size, ETag: e.etag}
		}
		tasks = append(tasks, t)
	}
	for k, e := range known {
		if replaceable(k) {
			tasks = append(tasks, &task{place: place{key: k, known: &e, remote: &bucket.Object{Key: k, Size: e.size, ETag: e.etag}}, slot: &slot{}, assumed: true})
		}
	}
	return tasks, folders, nil
}

// ship copies what is pending, folder by folder.
func (s *Shipper) ship(ctx context.Context, report *Report) error {
	var keys []string
	for key, f := range s.folders {
		if f.pending.Files > 0 {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	l, err := openLedger(s.opts.Lake.Dir(), s.opts.Bucket.Target())
	if err != nil {
		return err
	}
	if !l.writable() {
		return l.close() // another sync is at it
	}
	var unread error
	for _, key := range keys {
		err = s.shipFolder(ctx, l, key, report)
		if isUnreadable(err) {
			unread, err = errors.Join(unread, err), nil
		}
		if err != nil {
			break
		}
	}
	return errors.Join(err, unread, l.close())
}

// Bring copies what the bucket lacks of some folders of the lake, such as
// receipts/, in the order of a sync; what lies below them is not looked at.
// It is for an erasure: what the bucket has of them does not stay.
func Bring(ctx context.Context, opts Options, folders []string) (Report, error) {
	opts.force = true
	s := NewShipper(opts)
	report := Report{To: opts.Bucket.String()}
	l, err := openLedger(opts.Lake.Dir(), opts.Bucket.Target())
	if err != nil {
		return report, err
	}
	for _, key := range folders {
		if err = s.shipFolder(ctx, l, key, &report); err != nil {
			break
		}
	}
	if err = errors.Join(err, l.close()); err == nil {
		err = report.wanting()
	}
	return report, err
}

func (s *Shipper) shipFolder(ctx context.Context, l *ledger, key string, report *Report) error {
	tasks, _, err := s.lacking(ctx, l, key, filepath.Join(s.opts.Lake.Dir(), filepath.FromSlash(key)))
	if err != nil {
		return err
	}
	one := newPass(ctx, s.opts, l, report)
	defer one.stop()
	collected := make(chan error, 1)
	go func() { collected <- one.note() }()
	if together(key+"x") != "" {
		one.group, one.groupOf = tasks, key
		one.flushGroup()
	} else {
		for _, t := range tasks {
			one.start(t)
			one.results <- t.slot
		}
	}
	one.finish()
	err = <-collected
	if one.failed != nil {
		err = one.failed
	}
	return err
}

// note takes the results of one folder into the ledger.
func (s *pass) note() error {
	var first error
	for slot := range s.results {
		if slot.done != nil {
			<-slot.done
		}
		err := slot.attempt
		a := &slot.action
		if a.Verb != "" {
			s.report.count(a)
			s.report.Files.add(a.Bytes)
		}
		switch {
		case err != nil:
		case slot.entry.key != "":
			err = s.ledger.note(slot.entry)
		case a.Verb == Delete:
			err = s.ledger.note(entry{key: a.Key})
		}
		if first == nil {
			first = err
		}
	}
	return first
}
