package ship

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// FeedOptions says what is fed to which table.
type FeedOptions struct {
	Lake  *lake.Lake
	Table *dynamo.Table
	Gate  *redact.Gate
	Log   *slog.Logger
	Now   func() time.Time
	Every time.Duration // between two looks for new segments; 10 s when 0
}

// Feed writes the records of sealed segments to a table, one segment after
// the other, and remembers which ones are done. What fails is done again
// later, so that the table may be away for any time: the lake keeps the
// records, memory holds one batch.
type Feed struct {
	opts    FeedOptions
	done    *shipped
	damaged map[shippedSegment]lake.SealedSegment // as they were when they were sent as far as they can be read
	probed  time.Time                             // when the table was as it should be; zero when it was not

	mu     sync.Mutex
	lag    tpe.Lag
	oldest time.Time // when the oldest of what is pending was sealed
}

const (
	defaultEvery = 10 * time.Second
	feedItems    = 200     // in one write
	feedBytes    = 8 << 20 // in one write
	maxPause     = time.Minute
	probeEvery   = time.Minute
)

// OpenFeed opens the list of segments that are done.
func OpenFeed(opts FeedOptions) (*Feed, error) {
	if opts.Every <= 0 {
		opts.Every = defaultEvery
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	done, err := openShipped(ShippedPath(opts.Lake.Dir(), opts.Table))
	if err != nil {
		return nil, err
	}
	return &Feed{opts: opts, done: done, damaged: map[shippedSegment]lake.SealedSegment{}, lag: tpe.Lag{Name: "dynamodb", Unit: "files"}}, nil
}

// Close closes the list.
func (f *Feed) Close() error { return f.done.close() }

// Lag says how far the table is behind the sealed segments.
func (f *Feed) Lag() tpe.Lag {
	f.mu.Lock()
	defer f.mu.Unlock()
	lag := f.lag
	if lag.Pending > 0 {
		lag.Age = max(0, f.opts.Now().Sub(f.oldest))
	}
	return lag
}

// Run feeds the table until ctx ends. With nothing to feed it asks from time
// to time whether the table is there.
func (f *Feed) Run(ctx context.Context) {
	pause := f.opts.Every
	for {
		err := f.feed(ctx)
		f.note(err)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.opts.Log.Warn("DynamoDB falls behind", "error", err.Error(), "pending", f.Lag().Pending, "hint", tpe.HintOf(err))
			pause = min(2*pause, max(maxPause, f.opts.Every))
		default:
			pause = f.opts.Every
		}
		if f.rest(ctx, pause) != nil {
			return
		}
	}
}

// rest waits. What is sealed meanwhile is counted.
func (f *Feed) rest(ctx context.Context, pause time.Duration) error {
	for ; pause > f.opts.Every; pause -= f.opts.Every {
		if err := tpe.Sleep(ctx, f.opts.Every); err != nil {
			return err
		}
		if _, err := f.look(ctx); err != nil {
			f.opts.Log.Warn("look for sealed segments", "error", err.Error())
		}
	}
	return tpe.Sleep(ctx, pause)
}

// probe asks whether the table is as it should be, and the one that it was,
// when that is not known from a while ago. A table that was made again has
// nothing of what the list says.
func (f *Feed) probe(ctx context.Context) error {
	now := f.opts.Now()
	if now.Sub(f.probed) < probeEvery {
		return nil
	}
	table, err := f.opts.Table.Identity(ctx)
	if err == nil {
		err = f.done.of(table)
	}
	if err == nil {
		f.probed = now
	}
	return err
}

// Once feeds every sealed segment that is not done yet.
func (f *Feed) Once(ctx context.Context) error {
	err := f.feed(ctx)
	f.note(err)
	return err
}

func (f *Feed) feed(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			f.probed = time.Time{} // the table may be gone
		}
	}()
	away := f.probe(ctx)
	todo, err := f.look(ctx)
	if away != nil {
		return away
	}
	if err != nil {
		return err
	}
	gone, err := f.opts.Lake.OpenForgotten(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gone.Close()) }()
	var damaged, unread []lake.SealedSegment
	var unreadable error // of the first of them
	for i, s := range todo {
		f.behind(damaged, unread, todo[i:])
		key := shippedSegment{s.Day, s.Name}
		whole := false
		if before, known := f.damaged[key]; !known || before != s {
			whole, err = f.segment(ctx, s, gone)
			var fault *source.Fault
			if errors.As(err, &fault) { // it concerns this segment alone
				if unread = append(unread, s); unreadable == nil {
					unreadable = fault.Err
				}
				continue
			}
			if err != nil {
				return fmt.Errorf("feed segment %s: %w", s.Name, err)
			}
		}
		if !whole {
			f.damaged[key] = s
			damaged = append(damaged, s)
			continue
		}
		delete(f.damaged, key)
		if err := f.done.add(s.Day, s.Name); err != nil {
			return err
		}
	}
	f.behind(damaged, unread)
	if len(unread) > 0 {
		return &tpe.Error{Code: tpe.Unavailable, Message: fmt.Sprintf("%d segments cannot be read, and are not in the table", len(unread)), Err: unreadable,
			Hint: "let the user of this process read them: they are tried again"}
	}
	if len(damaged) > 0 {
		return &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("segment %s of %s is damaged, and not in the table as a whole", damaged[0].Name, damaged[0].Day),
			Hint: "tpe lake verify says what is lost; bring the segment back from a copy, and it is sent again"}
	}
	return nil
}

// look lists the segments that are not done, and notes them.
func (f *Feed) look(ctx context.Context) ([]lake.SealedSegment, error) {
	todo, err := f.pending(ctx)
	if err == nil {
		f.behind(todo)
	}
	return todo, err
}

// pending lists the segments that are not done. It holds one entry a segment.
func (f *Feed) pending(ctx context.Context) ([]lake.SealedSegment, error) {
	var out []lake.SealedSegment
	for s, err := range f.opts.Lake.Sealed(ctx) {
		if err != nil {
			return nil, err
		}
		if !f.done.has(s.Day, s.Name) {
			out = append(out, s)
		}
	}
	return out, nil
}

// behind notes what is left to do.
func (f *Feed) behind(left ...[]lake.SealedSegment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lag.Pending, f.lag.Bytes = 0, 0
	for _, some := range left {
		for _, s := range some {
			f.lag.Pending++
			f.lag.Bytes += s.Bytes
			if f.lag.Pending == 1 || s.Sealed.Before(f.oldest) {
				f.oldest = s.Sealed
			}
		}
	}
}

func (f *Feed) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lag.Err = ""
	switch {
	case err == nil:
		f.lag.Last = f.opts.Now()
	case tpe.CodeOf(err) != tpe.Interrupted:
		f.lag.Err = err.Error()
	}
}

// segment writes the records of one segment, and says whether it is whole.
func (f *Feed) segment(ctx context.Context, s lake.SealedSegment, gone *lake.Forgotten) (whole bool, err error) {
	ref, err := filepath.Rel(f.opts.Lake.Dir(), s.Path)
	if err != nil {
		return false, err
	}
	whole = true
	ref = filepath.ToSlash(ref)
	var items []*dynamo.Item
	size := 0
	var release func() // while there are items that were judged
	let := func() {
		if release != nil {
			release()
			release = nil
		}
	}
	defer let()
	flush := func() error {
		_, err := f.opts.Table.Put(ctx, items)
		items, size = items[:0], 0
		let()
		return err
	}
	var t tape.Tape
	for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: s.Path}) {
		if it.Err != nil && it.Err.Kind == source.Unreadable {
			return false, it.Err
		}
		if it.Err != nil || t.Parse(it.Data) != nil {
			f.opts.Log.Warn("a place in a segment is no record", "segment", s.Name, "line", it.Line) // verify names it
			whole = false
			continue
		}
		if release == nil {
			if release, err = gone.Hold(); err != nil {
				return false, err
			}
		}
		keep, err := gone.Pass(&t)
		if err != nil {
			return false, err
		}
		if !keep {
			continue
		}
		clean, _ := f.opts.Gate.Record(&t)
		item, err := f.opts.Table.NewItem(clean, ref)
		if err != nil {
			f.opts.Log.Warn("a record cannot be an item", "segment", s.Name, "line", it.Line, "error", err.Error())
			continue
		}
		items, size = append(items, item), size+len(clean.JSON())
		if len(items) >= feedItems || size >= feedBytes {
			if err := flush(); err != nil {
				return false, err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return false, &tpe.Error{Code: tpe.Interrupted, Message: "feeding the table was given up", Err: err}
	}
	return whole, flush()
}

// ShippedPath returns the file that lists the segments that are in a table.
// Tables of one name in several regions, or on several servers, have a list
// each.
func ShippedPath(lakeDir string, table *dynamo.Table) string {
	sum := sha256.Sum256([]byte(table.Target()))
	return filepath.Join(lakeDir, "shipped", "dynamodb-"+table.Name()+"-"+hex.EncodeToString(sum[:6])+".ndjson")
}

// shipped is the list of segments that are done: one a line, appended to. A
// line with a table says of which one the lines behind it speak; those before
// it speak of one that was there earlier.
type shipped struct {
	f     *os.File
	table string // its identity
	seen  map[shippedSegment]bool
}

type shippedTable struct {
	Table string `json:"table"`
}

type shippedSegment struct {
	Day     lake.Day `json:"day"`
	Segment string   `json:"segment"`
}

func openShipped(path string) (*shipped, error) {
	owner := lake.Owner{Dir: filepath.Dir(filepath.Dir(path))}
	if err := owner.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("open list of shipped segments: %w", err)
	}
	s, whole, err := readShipped(path)
	if err != nil {
		return nil, err
	}
	f, err := owner.OpenFile(path, os.O_RDWR|os.O_CREATE)
	if err == nil {
		// A torn last line was never counted on.
		if err = f.Truncate(whole); err == nil {
			_, err = f.Seek(whole, 0)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open list of shipped segments: %w", err)
	}
	s.f = f
	return s, nil
}

// readShipped reads the list and says how many bytes of it are whole lines.
func readShipped(path string) (s *shipped, whole int64, err error) {
	s = &shipped{seen: map[shippedSegment]bool{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read list of shipped segments: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return s, whole, nil //nolint:nilerr // the end, or a torn line
		}
		whole += int64(len(line))
		var is struct {
			shippedTable
			shippedSegment
		}
		switch {
		case json.Unmarshal(line, &is) != nil:
		case is.Table != "":
			s.table, s.seen = is.Table, map[shippedSegment]bool{}
		default:
			s.seen[is.shippedSegment] = true
		}
	}
}

func (s *shipped) has(day lake.Day, name string) bool { return s.seen[shippedSegment{day, name}] }

// of begins the list anew when the table is not the one that it speaks of.
func (s *shipped) of(table string) error {
	if s.table == table {
		return nil
	}
	if err := s.write(shippedTable{table}); err != nil {
		return err
	}
	s.table, s.seen = table, map[shippedSegment]bool{}
	return nil
}

// add notes a segment once it is done.
func (s *shipped) add(day lake.Day, name string) error {
	if err := s.write(shippedSegment{day, name}); err != nil {
		return err
	}
	s.seen[shippedSegment{day, name}] = true
	return nil
}

// write appends a line and brings it to the disk.
func (s *shipped) write(v any) error {
	line, err := json.Marshal(v)
	if err == nil {
		_, err = s.f.Write(append(line, '\n'))
	}
	if err == nil {
		err = s.f.Sync()
	}
	if err != nil {
		return fmt.Errorf("note a shipped segment: %w", err)
	}
	return nil
}

func (s *shipped) close() error { return s.f.Close() }
