package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// An erasure takes a person out of the lake in this order, so that it can be
// stopped after any step and be done again:
//
//  1. the stone is set: from now on no writer stores the person's records of
//     before
//  2. every writer seals what it has open; those that died are recovered
//  3. file by file: the stone is told of records whose time is yet to come, what
//     is left is written beside it, then the receipt, then one rename replaces
//     it, then its index is made again
//
// A file that was done has nothing of the person any more, so doing it again
// changes nothing.

// EraseOptions says whom to erase.
type EraseOptions struct {
	Erasure string // a name of the erasure, the same when it is done again
	// Person with Before keeps the records from that time on. Without Also,
	// those go of which the time was yet to come when their file was written
	// last: they are not of the time of the erasure.
	Person person.Person
	Until  time.Time // the person's records from this time on are let in again
	DryRun bool      // look only
	// Wait is how long other processes may take to seal what they have open.
	Wait time.Duration
	// File is told of each file that is concerned, once it is done; may be nil.
	File func(ErasedFile)
	// Read is told how many bytes of files were read; may be nil.
	Read func(int64)
}

// ErasedFile is a file that had something of the person.
type ErasedFile struct {
	Path     string `json:"path"`     // relative to the lake, with slashes
	Records  uint64 `json:"records"`  // that belong to the person
	Redacted uint64 `json:"redacted"` // that mention the person
	Removed  bool   `json:"removed,omitempty"`
	Day      Day    `json:"day"`
}

// EraseReport says what was erased from the lake's own files.
type EraseReport struct {
	Files     int               `json:"files"` // that were concerned
	Records   uint64            `json:"records"`
	Redacted  uint64            `json:"redacted"`
	Looked    int               `json:"looked"`    // files that were looked into
	Roles     map[string]uint64 `json:"roles"`     // user_type of the person's signed-in records
	Unread    []string          `json:"unread"`    // files in raw that hold no records by their names: not looked into
	Leftovers int               `json:"leftovers"` // temporary files of killed processes that were removed
}

// defaultEraseWait is the default of EraseOptions.Wait: writers look for
// erasures every second.
const defaultEraseWait = 60 * time.Second

// eraser is one erasure.
type eraser struct {
	l      *Lake
	opts   EraseOptions
	w      *Writer // nil when nothing is changed
	match  *person.Matcher
	report EraseReport
	tape   tape.Tape
	inner  tape.Tape
	names  typeNames
	tmps   map[string]bool // temporary files that were there at the start
	stone  stoneLine
	key    person.Key
	later  int   // of the stone's that are on disk
	until  int64 // ms since 1970 up to which the records of the file at hand may be of their time
}

// Erase takes a person out of segments, foreign files and quarantine, with
// their indexes, and keeps copies from coming back. The receipts know of it
// under the name of the erasure. The errors are of the code Unavailable when
// a file cannot be changed because a process still writes to it, Invalid for
// a file that cannot be looked into. Doing it again with the same name goes
// on.
func (l *Lake) Erase(ctx context.Context, opts EraseOptions) (_ EraseReport, err error) {
	if opts.File == nil {
		opts.File = func(ErasedFile) {}
	}
	if opts.Read == nil {
		opts.Read = func(int64) {}
	}
	if opts.Wait <= 0 {
		opts.Wait = defaultEraseWait
	}
	e := &eraser{
		l: l, opts: opts, names: newTypeNames(),
		report: EraseReport{Roles: map[string]uint64{}, Unread: []string{}}, tmps: map[string]bool{},
	}
	p := opts.Person
	if p.Also == nil {
		p.Also = e.ahead
	}
	e.match = person.NewMatcher(p)
	if !opts.DryRun {
		if err := e.begin(ctx); err != nil {
			return e.report, err
		}
		defer func() {
			end := context.WithoutCancel(ctx)
			if closeErr := e.w.Close(end); err == nil {
				err = closeErr
			}
		}()
	}
	for _, work := range []func(context.Context) error{e.segments, e.foreign, e.quarantine, e.leftovers} {
		if err := work(ctx); err != nil {
			return e.report, err
		}
	}
	return e.report, nil
}

// begin sets the stone and waits until everything that was open is sealed.
func (e *eraser) begin(ctx context.Context) error {
	l := e.l
	secret, err := l.makeErasureSecret()
	if err != nil {
		return refused(err)
	}
	e.key = secret.IDKey()
	e.stone = stoneLine{e.opts.Erasure, person.Stone{Until: e.opts.Until.UnixMilli(), Role: e.opts.Person.Role, Hashes: person.Hashes(&e.key, e.opts.Person)}}
	// The writer comes first: it makes the folders, and recovers what dead
	// writers left open.
	if e.w, err = l.NewWriter(ctx); err != nil {
		return err
	}
	if err = e.ask(); err == nil {
		err = e.awaitSeals(ctx)
	}
	if err != nil {
		return errors.Join(refused(err), e.w.Close(context.WithoutCancel(ctx)))
	}
	return nil
}

// ask sets the stone, and so has all writers seal what they have open.
func (e *eraser) ask() error {
	if _, err := e.w.turn.take(); err != nil {
		return err
	}
	defer e.w.turn.give()
	if err := e.l.setStone(e.stone); err != nil {
		return err
	}
	return e.w.turn.stone()
}

// clocksDiffer is how far the time of a record may be ahead of that of its file.
const clocksDiffer = time.Minute

// at begins with a file: what is in it happened before it was written last. One
// that was begun after the erasure holds nothing of before.
func (e *eraser) at(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	e.until = info.ModTime().Add(clocksDiffer).UnixMilli()
	if name, _, ok := splitName(filepath.Base(path)); ok {
		if begun, err := time.Parse(nameTime, name[:len(nameTime)]); err == nil && begun.UnixMilli() >= e.opts.Person.Before {
			e.until = math.MaxInt64
		}
	}
	return nil
}

// ahead says whether the time of a record was yet to come when its file was
// written last.
func (e *eraser) ahead(t *tape.Tape) bool {
	n, ok := t.Find("timestamp")
	if !ok {
		n, ok = t.Find("body", "timestamp") // an item of quarantine
	}
	if !ok || t.Kind(n) != tape.KindString {
		return false
	}
	ms, ok := tpe.TimeMillis(t.Bytes(n))
	return ok && ms > e.until
}

// LaterOf returns what says of a record of later times whether an erasure has
// taken it, or a mention in it, out of the lake's own files: copies of it go
// as well.
func (l *Lake) LaterOf(erasure string) (func(*tape.Tape) bool, error) {
	lines, err := l.readStones()
	if err != nil {
		return nil, err
	}
	later := map[string]bool{}
	for _, line := range lines {
		if line.Erasure != erasure {
			continue
		}
		for _, hash := range line.Later {
			later[hash] = true
		}
	}
	secret, err := l.ErasureSecret()
	if err != nil {
		return nil, err
	}
	key, names := secret.IDKey(), newTypeNames()
	var inner tape.Tape
	return func(t *tape.Tape) bool {
		if len(later) == 0 {
			return false
		}
		if _, timed := t.Find("timestamp"); !timed { // an item of quarantine
			if body, ok := t.Find("body"); ok && inner.Parse(t.Raw(body)) == nil {
				t = &inner
			}
		}
		id, _ := identify(t, names)
		return later[key.LaterHash(id.key)]
	}, nil
}

// changes notes a record that is to be erased or to lose a mention. The stone
// tells those of later times one by one.
func (e *eraser) changes(id *identity) {
	if e.opts.DryRun || id.ms < e.stone.Until {
		return
	}
	e.stone.Later = append(e.stone.Later, e.key.LaterHash(id.key))
}

// remember brings the records of later times to the disk before the file that
// had them is replaced.
func (e *eraser) remember() error {
	if len(e.stone.Later) == e.later {
		return nil
	}
	e.later = len(e.stone.Later)
	return e.ask()
}

// asks is how many times writers are asked while an erasure waits for them.
const asks = 8

// awaitSeals waits until the files that are open now are sealed by their
// writers, and notes which temporary files are there. A writer that saw the
// stone may have begun a file before the files were noted: it keeps that one
// until it is asked again.
func (e *eraser) awaitSeals(ctx context.Context) error {
	opens := map[string]bool{}
	note := func(folder string, entries []fs.DirEntry) {
		for _, entry := range entries {
			path := filepath.Join(folder, entry.Name())
			_, state, segment := splitName(entry.Name())
			switch {
			case segment && state == StateOpen:
				opens[path] = true
			case strings.HasSuffix(path, tmpEnding):
				e.tmps[path] = true
			}
		}
	}
	for _, folder := range []string{quarantineFolder, indexFolder} {
		for f, err := range e.l.dayFolders(ctx, folder) {
			if err != nil {
				return err
			}
			note(f.path, f.entries)
		}
	}
	folders, err := e.l.folders(ctx)
	if err != nil {
		return err
	}
	for _, f := range folders {
		entries, err := readDir(f.path)
		if err != nil {
			return err
		}
		note(f.path, entries)
	}
	end := time.NewTimer(e.opts.Wait)
	defer end.Stop()
	const pause = 20 * time.Millisecond
	look, again := time.NewTicker(pause), time.NewTicker(max(pause, e.opts.Wait/asks))
	defer look.Stop()
	defer again.Stop()
	for {
		for path := range opens {
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				delete(opens, path)
			}
		}
		if len(opens) == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-again.C:
			if err := e.ask(); err != nil {
				return err
			}
		case <-ctx.Done():
			return interrupted(ctx.Err())
		case <-end.C:
			// A writer may have died since: recovery seals what it left.
			if err := e.w.recover(ctx, &sealer{w: e.w}); err != nil {
				return err
			}
			for path := range opens {
				if _, err := os.Stat(path); err == nil {
					return &tpe.Error{
						Code:    tpe.Unavailable,
						Message: fmt.Sprintf("a process still writes to %s and does not seal it", e.l.within(path)),
						Hint:    "stop that process, then run the same command again",
					}
				}
			}
			return nil
		}
	}
}

// within returns a path relative to the lake, with slashes.
func (l *Lake) within(path string) string {
	if rel, err := filepath.Rel(l.opts.Dir, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// leftovers removes temporary files of processes that were killed.
func (e *eraser) leftovers(context.Context) error {
	for path := range e.tmps {
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := removeIfThere(e.l.disk, path); err != nil {
			return refused(err)
		}
		e.report.Leftovers++
	}
	return nil
}

// done counts a file and tells of it.
func (e *eraser) done(f ErasedFile) {
	e.report.Files++
	e.report.Records += f.Records
	e.report.Redacted += f.Redacted
	e.opts.File(f)
}

// role counts the user_type of a record that belongs to the person by its
// user_id.
func (e *eraser) role(t *tape.Tape) {
	if e.match.Named(t) {
		return
	}
	if n, ok := t.Find("user_id"); !ok || string(t.Bytes(n)) == tpe.Anonymous {
		return
	}
	name := ""
	if n, ok := t.Find("user_type"); ok {
		name = t.Text(n)
	}
	e.report.Roles[name]++
}

// unreadable is the error for a place that nobody can look into.
func (e *eraser) unreadable(path string, line int, why string) error {
	return &tpe.Error{
		Code:    tpe.Invalid,
		Message: fmt.Sprintf("%s, line %d cannot be looked into: %s", e.l.within(path), line, why),
		Hint:    "bring the file back from a copy, or take that line out of it, then run the same command again",
	}
}
