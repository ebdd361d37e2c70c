package compact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// errCompacting is in the error of lock when another process has the lock.
var errCompacting = errors.New("the lock is taken")

// Eraser takes a person out of the Parquet files of a lake, by making the
// days that have something of the person again from the raw records. Those
// must have been erased before.
type Eraser struct {
	Lake *lake.Lake
	Options
	// Wait is how long another process may go on compacting.
	Wait time.Duration
}

// Name names the place in reports.
func (e *Eraser) Name() string { return "parquet" }

// Look counts the files and rows that have something of the person. each is
// told of every such file.
func (e *Eraser) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	found, _, err := e.look(ctx, p, each)
	return found, err
}

// look also returns the days that must be made again: those and the ones in
// whose folders a compaction that was killed left something. The error is also
// of the code Invalid when a manifest cannot be read; the other days count.
func (e *Eraser) look(ctx context.Context, p person.Person, each func(string)) (found person.Found, days map[lake.Day]bool, err error) {
	days = map[lake.Day]bool{}
	known, err := manifests(parquetFolder(e.Lake), dayRange(time.Time{}, time.Time{}))
	if err != nil {
		return found, nil, err
	}
	match := person.NewMatcher(p)
	var t tape.Tape
	if found.Unread, err = e.foreign(known); err != nil {
		return found, nil, err
	}
	for day, m := range known.manifests {
		folder := filepath.Join(parquetFolder(e.Lake), filepath.FromSlash(day.Folder()))
		left, err := leftovers(folder, m)
		if err != nil {
			return found, nil, err
		}
		days[day] = len(left) > 0
		for _, f := range m.Files {
			var own, mentions uint64
			for record, err := range Read(ctx, filepath.Join(folder, f.Name)) {
				if errors.Is(err, fs.ErrNotExist) {
					days[day] = true // a crash left the manifest without it
					break
				}
				if err == nil {
					err = t.Parse(record)
				}
				if err != nil {
					return found, nil, fmt.Errorf("look into %s: %w", f.Name, err)
				}
				switch match.Judge(&t) {
				case person.Belongs:
					own++
				case person.Mentions:
					mentions++
				case person.Untouched:
				}
			}
			if own+mentions > 0 {
				days[day] = true
				found.Files++
				found.Records += own
				found.Redacted += mentions
				each("parquet/" + day.Folder() + "/" + f.Name)
			}
		}
	}
	for day, concerned := range days {
		if !concerned {
			delete(days, day)
		}
	}
	var damaged []error
	for _, day := range slices.Sorted(maps.Keys(known.damaged)) {
		damaged = append(damaged, known.damaged[day])
	}
	return found, days, firstOf(damaged)
}

// foreign lists the Parquet files in the folders of days that somebody else
// put there: they cannot be made again, and are not looked into.
func (e *Eraser) foreign(known inForce) ([]string, error) {
	var out []string
	for day, err := range dayFolders(parquetFolder(e.Lake), dayRange(time.Time{}, time.Time{})) {
		if err != nil {
			return nil, err
		}
		if known.damaged[day] != nil {
			continue // nobody knows whose they are
		}
		names, err := foreignStrays(filepath.Join(parquetFolder(e.Lake), filepath.FromSlash(day.Folder())), known.manifests[day])
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			out = append(out, "parquet/"+day.Folder()+"/"+name)
		}
	}
	return out, nil
}

// Erase makes the days again that have something of the person. The error is
// of the code Unavailable when another process goes on compacting, Mismatch
// when a day cannot be made again because raw files of it are gone.
func (e *Eraser) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	found, days, err := e.look(ctx, p, each)
	if err != nil || len(days) == 0 {
		return found, err
	}
	gone, err := e.Lake.RemovedFiles(ctx)
	if err != nil {
		return found, err
	}
	opts := e.Options
	opts.again, opts.gone = days, gone
	if err := e.run(ctx, opts); err != nil {
		return found, err
	}
	left, _, err := e.look(ctx, p, func(string) {})
	if err == nil && left.Files > 0 {
		err = &tpe.Error{
			Code:    tpe.Mismatch,
			Message: fmt.Sprintf("%d Parquet files have something of the person that the raw records do not show", left.Files),
			Hint:    "run the same command again",
		}
	}
	return found, err
}

// run compacts, once the process that does so already has ended.
func (e *Eraser) run(ctx context.Context, opts Options) error {
	end := time.Now().Add(e.Wait)
	for {
		_, err := Run(ctx, e.Lake, opts)
		if !errors.Is(err, errCompacting) || !time.Now().Before(end) {
			return err
		}
		if err := tpe.Sleep(ctx, 50*time.Millisecond); err != nil {
			return interrupted(err)
		}
	}
}

// again returns the plans of the days that are to be made again.
func again(plans []dayPlan, opts *Options) []dayPlan {
	var out []dayPlan
	for _, p := range plans {
		if !opts.again[p.day] {
			continue
		}
		p.broken = true // whatever the manifest says
		p.gone = slices.DeleteFunc(p.gone, func(name string) bool { return opts.gone[name] })
		p.problem = p.lost()
		out = append(out, p)
	}
	return out
}
