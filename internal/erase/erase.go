// Package erase forgets a person everywhere: it goes from place to place, in
// an order in which nothing can come back, and ends with a signed receipt.
//
// It may be stopped at any moment; the same call goes on. What it keeps of
// the person are keyed hashes of the ids. It must never write an id of a
// person anywhere, and never sign for a place that it has not looked at
// again.
package erase

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/spool"
	"github.com/power100/tpe/internal/tpe"
)

// Place is where something of a person may be. Both calls may be repeated;
// each is told of every file, object or table that is concerned.
type Place interface {
	Name() string
	// Look counts what is there of the person.
	Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error)
	// Erase takes it out.
	Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error)
}

// Copy is a place to which records of the lake are sent: what was read before
// and is on its way to it must come there first.
type Copy interface {
	Place
	IsCopy()
}

// IsCopy says that records are sent to the bucket.
func (*Objects) IsCopy() {}

// Options says whom to erase, and from where.
type Options struct {
	Lake   *lake.Lake
	Person person.Person
	// Places come after the lake's own files, in this order: what is made from
	// them, then copies, and last what tells which ids are the person's.
	Places  []Place
	Wait    time.Duration // for other processes, see lake.EraseOptions
	Version string        // of the program
	Now     func() time.Time
	// Each is told of every file, object or table that is concerned; may be nil.
	Each func(place, what string)
}

// Plan is what a person's erasure would change.
type Plan struct {
	Places  []PlaceFound      `json:"places"`
	Roles   map[string]uint64 `json:"roles"`   // user_type of the person's signed-in records
	Rebuild []string          `json:"rebuild"` // exports in the lake's folder, to be made again by hand
}

// PlaceFound is what one place has, or had, of the person.
type PlaceFound struct {
	Place string `json:"place"`
	person.Found
}

// Empty says whether there is nothing to erase.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Places, func(f PlaceFound) bool { return !f.Found.Empty() })
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Each == nil {
		o.Each = func(string, string) {}
	}
	return o
}

// Look says what an erasure would change, and changes nothing. The error is of
// the code Invalid when something cannot be read; the plan has the rest.
func Look(ctx context.Context, opts Options) (Plan, error) {
	opts = opts.withDefaults()
	plan := Plan{Places: []PlaceFound{}}
	var unreadable error
	files := &filesOfLake{lake: opts.Lake, until: opts.Now()}
	for _, place := range append([]Place{files}, opts.Places...) {
		found, err := place.Look(ctx, opts.Person, func(what string) { opts.Each(place.Name(), what) })
		if err != nil {
			err = fmt.Errorf("look for the person in %s: %w", place.Name(), err)
		}
		if err != nil && tpe.CodeOf(err) != tpe.Invalid {
			return plan, err
		}
		unreadable = errors.Join(unreadable, err)
		plan.Places = append(plan.Places, PlaceFound{place.Name(), found})
	}
	plan.Roles = files.roles
	var err error
	plan.Rebuild, err = exports(opts.Lake.Dir())
	return plan, errors.Join(unreadable, err)
}

// Run erases the person and returns the signed receipt. The error is of the
// code Conflict when the user id is that of several persons with different
// roles and no role was given, Unavailable when a place is away or another
// erasure runs: the same call goes on where it stopped.
func Run(ctx context.Context, opts Options) (*Receipt, error) {
	opts = opts.withDefaults()
	release, err := opts.Lake.LockErasures()
	if err != nil {
		return nil, err
	}
	defer release()
	if err := spool.Sweep(); err != nil { // there may be something of the person
		return nil, err
	}
	secret, err := opts.Lake.MakeErasureSecret()
	if err != nil {
		return nil, err
	}
	j, err := openJournal(opts, secret)
	if err != nil {
		return nil, err
	}
	if err := j.run(ctx); err != nil {
		if len(j.Looked) == 0 { // nothing was changed
			err = errors.Join(err, os.Remove(j.path))
		}
		return nil, err
	}
	return j.finish(ctx, secret)
}

// run erases place by place.
func (j *journal) run(ctx context.Context) error {
	opts := &j.opts
	p := opts.Person
	p.Before = j.Until // what the person does from then on stays, everywhere
	for _, place := range j.places() {
		name := place.Name()
		if _, sent := place.(Copy); sent {
			if err := opts.Lake.AwaitCopies(ctx, opts.Wait); err != nil {
				return err
			}
		}
		_, known := j.Looked[name]
		if !known {
			// What was there is written down before anything is changed.
			found, err := place.Look(ctx, p, func(string) {})
			if err == nil {
				err = j.check(place)
			}
			if err == nil {
				err = j.looked(name, found)
			}
			if err != nil {
				return fmt.Errorf("look for the person in %s: %w", name, err)
			}
		}
		found, err := place.Erase(ctx, p, func(what string) { opts.Each(name, what) })
		files, own := place.(*filesOfLake)
		if err == nil && own {
			if p.Also, err = opts.Lake.LaterOf(j.ID); err == nil {
				found, err = files.erased(ctx, found)
			}
		}
		if err == nil && (own || !known) {
			err = j.looked(name, found) // more may have come since
		}
		if err != nil {
			return fmt.Errorf("erase the person from %s: %w", name, err)
		}
		// Nothing is signed for that was not looked at again.
		left, err := place.Look(ctx, p, func(string) {})
		if err != nil {
			return fmt.Errorf("look again in %s: %w", name, err)
		}
		if !left.Empty() {
			return &tpe.Error{
				Code:    tpe.Mismatch,
				Message: fmt.Sprintf("%s still has something of the person: %d records, %d mentions", name, left.Records, left.Redacted),
				Hint:    "run the same command again",
			}
		}
	}
	return nil
}

// places returns all places, the lake's own files first.
func (j *journal) places() []Place {
	files := &filesOfLake{lake: j.opts.Lake, erasure: j.ID, until: time.UnixMilli(j.Until), wait: j.opts.Wait}
	return append([]Place{files}, j.opts.Places...)
}

// check refuses to erase several persons with one user id.
func (j *journal) check(place Place) error {
	files, ok := place.(*filesOfLake)
	if !ok || j.opts.Person.Role != "" {
		return nil
	}
	return ambiguous(files.roles)
}

func ambiguous(roles map[string]uint64) error {
	var known []string
	for _, role := range tpe.Accounts() {
		if roles[role] > 0 {
			known = append(known, role)
		}
	}
	if len(known) < 2 {
		return nil
	}
	return &tpe.Error{
		Code:    tpe.Conflict,
		Message: fmt.Sprintf("the user id is that of a %s and of a %s: they may be two persons", known[0], known[1]),
		Hint:    "say which one is meant by --user-type",
	}
}

// exports lists the files in the folder exports of the lake: copies that
// nobody keeps up to date.
func exports(dir string) ([]string, error) {
	out := []string{}
	err := filepath.WalkDir(filepath.Join(dir, "exports"), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	return out, nil
}
