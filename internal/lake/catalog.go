package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folder is a folder below raw.
type folder struct {
	rel      string // relative to raw, with slashes; empty for raw itself
	path     string
	day      Day  // by its name
	dated    bool // its name tells a day
	segments bool // it is where a writer puts the segments of its day
}

// folders lists the folders below raw, in the order of their names.
func (l *Lake) folders(ctx context.Context) ([]folder, error) {
	var out []folder
	var walk func(rel, path string) error
	walk = func(rel, path string) error {
		if err := ctx.Err(); err != nil {
			return interrupted(err)
		}
		f := folder{rel: rel, path: path}
		f.day, f.dated = dayOfFolder(rel)
		f.segments = f.dated && f.day.Folder() == rel
		out = append(out, f)
		entries, err := readDir(path)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() {
				below := e.Name()
				if rel != "" {
					below = rel + "/" + below
				}
				if err := walk(below, filepath.Join(path, e.Name())); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return out, walk("", l.path(rawFolder))
}

// plan says where the records of each day are.
type plan struct {
	days map[Day]*dayPlan
}

// dayPlan says where the records of one day may be.
type dayPlan struct {
	segments bool // its folder holds segments
	foreign  []foreignPart
}

// foreignPart is a folder with foreign files.
type foreignPart struct {
	folder folder
	index  string // path of the index
	home   bool   // damage in the files is reported with this day
}

// planFor finds the records whose days are from first to last. Indexes of
// foreign files are made on the way.
func (l *Lake) planFor(ctx context.Context, first, last Day) (*plan, error) {
	folders, err := l.folders(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{days: map[Day]*dayPlan{}}
	for _, f := range folders {
		// The old service named folders by its local day: one day off at most.
		if f.dated && (f.day < first-1 || f.day > last+1) {
			continue
		}
		entries, err := readDir(f.path)
		if err != nil {
			return nil, err
		}
		if f.segments && f.day >= first && f.day <= last && len(segmentsIn(entries)) > 0 {
			p.day(f.day).segments = true
		}
		files, err := f.foreignIn(entries)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			continue
		}
		x, err := l.foreignIndex(ctx, &f, files)
		if err != nil {
			return nil, fmt.Errorf("index foreign files of %s: %w", f.path, err)
		}
		p.addForeign(f, x, first, last)
	}
	return p, nil
}

func (p *plan) day(d Day) *dayPlan {
	dp := p.days[d]
	if dp == nil {
		dp = &dayPlan{}
		p.days[d] = dp
	}
	return dp
}

// addForeign notes a folder of foreign files with every day on which it has
// records.
func (p *plan) addForeign(f folder, x *index, first, last Day) {
	days := slices.Clone(x.Days)
	slices.Sort(days)
	home := f.day
	if len(days) > 0 && !slices.Contains(days, home) {
		home = days[0]
	}
	if len(days) == 0 && x.damaged() > 0 {
		days = append(days, home)
	}
	for _, d := range days {
		if d >= first && d <= last {
			dp := p.day(d)
			dp.foreign = append(dp.foreign, foreignPart{folder: f, index: x.path, home: d == home})
		}
	}
}

// order returns the days of the plan in their order.
func (p *plan) order() []Day { return slices.Sorted(maps.Keys(p.days)) }

// Days returns the days on which the lake has records, in their order.
func (l *Lake) Days(ctx context.Context) ([]Day, error) {
	p, err := l.planFor(ctx, minDay, maxDay)
	if err != nil {
		return nil, err
	}
	return p.order(), nil
}

// Segment is one file with records.
type Segment struct {
	Name    string // the file's name; of a foreign file relative to raw
	State   State
	Path    string
	Day     Day
	Records uint64 // those of the day; of an open segment as far as it is written
	Bytes   int64  // on disk
	Hash    uint64 // sum of the content hashes of the records
}

// Segments returns the files that hold records of a day, in the order in
// which Records reads them. A record that lies in two files counts in both.
func (l *Lake) Segments(ctx context.Context, day Day) ([]Segment, error) {
	p, err := l.planFor(ctx, day, day)
	if err != nil || p.days[day] == nil {
		return nil, err
	}
	all := func(*index) (bool, error) { return true, nil }
	d, err := l.filesOf(ctx, day, p.days[day], all)
	if err != nil {
		return nil, err
	}
	err = d.merge(func(r *row, _, _ bool) error {
		if f := &d.files[r.file]; f.state == StateForeign {
			f.records++
			f.hash += r.hash
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Segment, 0, len(d.files))
	for _, f := range d.files {
		if f.records == 0 {
			continue // a foreign file of another day
		}
		info, err := os.Stat(f.path)
		if errors.Is(err, fs.ErrNotExist) && f.state == StateOpen {
			return l.Segments(ctx, day) // sealed in the meantime
		}
		if err != nil {
			return nil, fmt.Errorf("look at segment: %w", err)
		}
		name := f.name
		if f.state == StateForeign {
			name = l.relative(f.path)
		}
		out = append(out, Segment{
			Name: name, State: f.state, Path: f.path, Day: day,
			Records: f.records, Bytes: info.Size(), Hash: f.hash,
		})
	}
	return out, nil
}

// relative returns the path of a file in raw, relative to raw, with slashes.
func (l *Lake) relative(path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, l.path(rawFolder)+string(filepath.Separator)))
}

// segmentsOf lists the segments of a day as they are now.
func (l *Lake) segmentsOf(day Day) ([]segmentFile, error) {
	entries, err := readDir(l.rawFolder(day))
	if err != nil {
		return nil, err
	}
	return segmentsIn(entries), nil
}
