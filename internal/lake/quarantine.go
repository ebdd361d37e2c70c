package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Quarantined is a record, or what should have been one, that could not be
// taken.
type Quarantined struct {
	Reason   string       // one of a few sentences; reports group by it
	Source   string       // the file or request it came from
	Line     int          // where in the source, from 1; 0 unknown
	Findings []string     // the faults, one by one
	Body     redact.Clean // the record, or its text when it is not JSON
}

// maxSeen is how many bodies the writer remembers, so that what is
// quarantined twice is stored once.
const maxSeen = 500_000

// quarantine is the open file of quarantine of one writer: one for each day
// of arrival.
type quarantine struct {
	w    *Writer
	gate *redact.Gate

	mu    sync.Mutex
	seen  map[uint64]struct{} // hashes of bodies; nil until it is needed
	day   Day
	name  string
	f     file
	at    int64
	tail  *tail
	types map[string]typeOf
	count uint64
	born  time.Time

	stones stones
	judge  tape.Tape
}

func newQuarantine(w *Writer) *quarantine {
	return &quarantine{w: w, gate: redact.New(redact.Options{})}
}

// Quarantine keeps what could not be taken, with its reason. It is handed to
// the operating system before Quarantine returns and is on disk within
// Options.SyncEvery. The same body a second time is counted as a duplicate.
// The error is of the code Unavailable when the disk refuses.
func (w *Writer) Quarantine(ctx context.Context, q Quarantined) error {
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	w.mu.Lock()
	closing := w.closing
	w.mu.Unlock()
	if closing {
		return errClosed()
	}
	if err := w.quarantine.add(ctx, &q); err != nil {
		return refused(fmt.Errorf("quarantine: %w", err))
	}
	return nil
}

func (q *quarantine) add(ctx context.Context, item *Quarantined) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.addHeld(ctx, item)
}

// addHeld is add while q.mu is held.
func (q *quarantine) addHeld(ctx context.Context, item *Quarantined) error {
	if q.seen == nil {
		if err := q.learn(ctx); err != nil {
			return err
		}
	}
	now := q.w.l.opts.Now()
	day := DayOf(now)
	typeName := bodyType(item.Body)
	if gone, err := q.withhold(item); err != nil || gone {
		if gone {
			q.w.receipts.count(receiptErased, day, typeName)
			q.w.receipts.flush()
		}
		return err
	}
	text := appendBody(nil, item.Body)
	body := xxhash.Sum64(text)
	if _, twice := q.seen[body]; twice && len(text) > 0 {
		q.w.receipts.count(receiptDuplicate, day, typeName)
		q.w.receipts.flush()
		return nil
	}
	if q.f != nil && (q.day != day || q.at >= q.w.l.opts.SealBytes) {
		if err := q.seal(); err != nil {
			return err
		}
	}
	if q.f == nil {
		if err := q.begin(day); err != nil {
			return err
		}
		if q.w.turn.look().stones != q.stones.seen {
			return q.addHeld(ctx, item) // somebody was erased meanwhile
		}
	}
	line := q.appendItem(nil, item)
	if len(line) > source.DefaultMaxRecord { // it could not be read back
		place := fmt.Appendf(nil, "%s, line %d: %d bytes, more than quarantine keeps", item.Source, item.Line, len(text))
		short := *item
		short.Body = q.gate.Text(place)
		line = q.appendItem(nil, &short)
	}
	if _, err := q.f.WriteAt(line, q.at); err != nil {
		return errors.Join(err, q.f.Truncate(q.at))
	}
	q.at += int64(len(line))
	q.count++
	t := q.types[typeName]
	t.Records++
	q.types[typeName] = t
	if len(q.seen) < maxSeen {
		q.seen[body] = struct{}{}
	}
	q.w.dirty(q.tail, q.at)
	return nil
}

// begin opens a file for a day of arrival.
func (q *quarantine) begin(day Day) error {
	l := q.w.l
	name := q.w.names.next(l.opts.Now())
	path := l.quarantinePath(day, name, openEnding)
	if err := makeDir(l.disk, filepath.Dir(path)); err != nil {
		return err
	}
	// The turn keeps a writer that looks for orphans from finding the file
	// before it is locked.
	if _, err := q.w.turn.take(); err != nil {
		return err
	}
	defer q.w.turn.give()
	f, err := l.disk.open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	ok, err := f.tryLock()
	if err == nil && !ok {
		err = errors.New("the file cannot be locked")
	}
	if err == nil {
		err = l.disk.syncDir(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(err, f.Close(), removeIfThere(l.disk, path))
	}
	q.day, q.name, q.f, q.at, q.count, q.born = day, name, f, 0, 0, l.opts.Now()
	q.types, q.tail = map[string]typeOf{}, &tail{file: f}
	return nil
}

// seal gives the open file its final name. q.mu must be held.
func (q *quarantine) seal() error {
	if q.f == nil {
		return nil
	}
	l := q.w.l
	if err := q.f.datasync(); err != nil {
		return err
	}
	line := receipt{Kind: receiptQuarantine, Day: q.day, Segment: q.name, Records: q.count, Types: q.types}
	if err := q.w.receipts.writeSynced(&line); err != nil {
		return err
	}
	open := l.quarantinePath(q.day, q.name, openEnding)
	if err := commitName(l.disk, open, l.quarantinePath(q.day, q.name, rawEnding)); err != nil {
		return err
	}
	q.w.mu.Lock()
	q.tail.closed = true
	delete(q.w.tails, q.tail)
	q.w.mu.Unlock()
	err := q.f.Close()
	q.f = nil
	return err
}

// sealAged seals the open file when it has reached its age.
func (q *quarantine) sealAged() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked := q.w.turn.look().stones != q.stones.seen
	if q.f == nil || !asked && q.w.l.opts.Now().Sub(q.born) < q.w.l.opts.SealAge {
		return nil
	}
	return q.seal()
}

// close seals what is open.
func (q *quarantine) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.seal()
}

// appendItem writes one line. What came from outside passes the gate, the
// body has passed it already.
func (q *quarantine) appendItem(dst []byte, item *Quarantined) []byte {
	dst = append(dst, `{"at":"`...)
	dst = tpe.AppendTime(dst, q.w.l.opts.Now())
	dst = append(dst, `","reason":`...)
	dst = append(dst, q.gate.Text([]byte(item.Reason)).JSON()...)
	dst = append(dst, `,"source":`...)
	dst = append(dst, q.gate.Text([]byte(item.Source)).JSON()...)
	if item.Line > 0 {
		dst = append(dst, `,"line":`...)
		dst = strconv.AppendInt(dst, int64(item.Line), 10)
	}
	if len(item.Findings) > 0 {
		dst = append(dst, `,"findings":[`...)
		for i, f := range item.Findings {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, q.gate.Text([]byte(f)).JSON()...)
		}
		dst = append(dst, ']')
	}
	switch body := item.Body; {
	case body.Tape() != nil:
		dst = appendBody(append(dst, `,"body":`...), body)
	case len(body.JSON()) > 0:
		dst = appendBody(append(dst, `,"text":`...), body)
	}
	return append(dst, '}', '\n')
}

// appendBody appends a body as it is stored: on one line.
func appendBody(dst []byte, body redact.Clean) []byte {
	if body.Tape() == nil {
		return append(dst, body.JSON()...)
	}
	dst = appendLine(dst, body)
	return dst[:len(dst)-1]
}

// bodyType is the type under which a quarantined body is counted: empty when
// it tells none.
func bodyType(body redact.Clean) string {
	if t := body.Tape(); t != nil {
		return typeText(t, 0)
	}
	return ""
}

// typeText returns the interaction_type of the object at node n.
func typeText(t *tape.Tape, n int) string {
	if v, ok := t.Get(n, "interaction_type"); ok && t.Kind(v) == tape.KindString {
		return t.Text(v)
	}
	return ""
}

// learn reads which bodies are in quarantine.
func (q *quarantine) learn(ctx context.Context) error {
	seen := map[uint64]struct{}{}
	for item, err := range q.w.l.Quarantine(ctx) {
		if err != nil {
			return err
		}
		if len(seen) == maxSeen {
			break
		}
		seen[xxhash.Sum64(item.raw())] = struct{}{}
	}
	q.seen = seen
	return nil
}

// adopt seals a file of quarantine that a crashed writer left open. A torn
// last line is cut: its writer had not answered for it.
func (q *quarantine) adopt(o *live) error {
	left := &quarantine{w: q.w, day: o.day, name: o.name, f: o.f, types: map[string]typeOf{}, tail: &tail{file: o.f}}
	err := left.reread()
	if err == nil && left.count == 0 {
		return errors.Join(removeIfThere(q.w.l.disk, o.path), o.f.Close())
	}
	if err == nil {
		err = left.seal()
	}
	if err != nil {
		return errors.Join(err, o.f.Close())
	}
	return nil
}

// reread counts the lines of a file and cuts a torn one.
func (q *quarantine) reread() error {
	size, err := q.f.size()
	if err != nil {
		return err
	}
	var t tape.Tape
	err = linesOf(q.f, size, func(_ int64, _ int, line []byte) error {
		if !bytes.HasSuffix(line, []byte{'\n'}) {
			return nil
		}
		typeName := ""
		if t.Parse(line) == nil {
			if body, ok := t.Find("body"); ok {
				typeName = typeText(&t, body)
			}
		}
		n := q.types[typeName]
		n.Records++
		q.types[typeName] = n
		q.count++
		q.at += int64(len(line))
		return nil
	})
	if err != nil {
		return err
	}
	if q.at < size {
		return q.f.Truncate(q.at)
	}
	return nil
}

// quarantinePath returns the path of a file in quarantine.
func (l *Lake) quarantinePath(day Day, name, ending string) string {
	return l.path(quarantineFolder, filepath.FromSlash(day.Folder()), name+ending)
}
