package compact

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/lake"
)

// scratchPrefix is where in a bucket an engine works: a folder a run, and in
// it one a day. Whoever reads the lake passes it by.
const scratchPrefix = "engine.tmp/"

// scratch is the part of a bucket where an engine makes the Parquet files of
// one run.
type scratch struct {
	at     *objects
	engine Engine
	run    string
}

func (o *objects) newScratch(e Engine) *scratch {
	id := strings.ReplaceAll(uuid.NewString(), "-", "")
	return &scratch{o, e, o.now().UTC().Format("20060102t150405z") + "_" + id[:12]}
}

// folder returns the prefix of a day's keys.
func (s *scratch) folder(day lake.Day) string {
	return scratchPrefix + s.run + "/" + day.String() + "/"
}

// day says what the engine is asked for.
func (s *scratch) day(p *dayPlan, fileBytes int64) EngineDay {
	folder := s.at.bucket.String() + "/" + s.folder(p.day)
	return EngineDay{
		Day: p.day, Segments: folder + "segments/", Folder: folder + "rows/", Other: folder + "other/",
		Name:  "tpe_compact_" + s.run + "_" + strings.ReplaceAll(p.day.String(), "-", ""),
		Files: int(1 + p.size/(engineRatio*fileBytes)),
	}
}

// delegate plans that the engine makes the files of all days that are to be
// written, each when it is its turn. It returns what the engine will be asked.
func (s *scratch) delegate(plans []dayPlan, fileBytes int64) []string {
	var days []EngineDay
	for i := range plans {
		p := &plans[i]
		if !p.delegable() {
			continue
		}
		d := s.day(p, fileBytes)
		days = append(days, d)
		p.made = filepath.Join(s.at.spool, p.day.String()+"-made")
		p.make = func(ctx context.Context) error { return s.make(ctx, p, d) }
	}
	if len(days) == 0 {
		return nil
	}
	return s.engine.Statements(days)
}

// make has the engine make the files of a day, and brings them to the disk.
// Nothing of it stays in the bucket.
func (s *scratch) make(ctx context.Context, p *dayPlan, d EngineDay) (err error) {
	b, folder := s.at.bucket, s.folder(p.day)
	defer func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer stop()
		err = errors.Join(err, s.at.removeAll(ctx, folder))
	}()
	var list strings.Builder
	for _, in := range p.inputs {
		list.WriteString(b.String() + "/raw/" + in.name + "\n")
	}
	if _, _, err := b.Put(ctx, folder+"segments/list", []byte(list.String()), bucket.Condition{}); err != nil {
		return err
	}
	if err := s.engine.Compact(ctx, []EngineDay{d}); err != nil {
		return err
	}
	if err := os.Mkdir(p.made, 0o700); err != nil {
		return fmt.Errorf("compact %s: %w", p.day, err)
	}
	n := 0
	for obj, err := range b.List(ctx, folder+"rows/") {
		if err != nil {
			return err
		}
		if name := path.Base(obj.Key); obj.Size == 0 || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			continue
		}
		to := filepath.Join(p.made, fmt.Sprintf("part-%05d.parquet", n))
		if _, err := s.at.download(ctx, obj.Key, func() (*os.File, error) { return os.Create(to) }); err != nil {
			return err
		}
		n++
	}
	return nil
}

// sweep removes what runs have left that were cut short long ago.
func (s *scratch) sweep(ctx context.Context) error {
	last, days := map[string]time.Time{}, map[string][]EngineDay{}
	for obj, err := range s.at.bucket.List(ctx, scratchPrefix) {
		if err != nil {
			return err
		}
		run, rest, _ := strings.Cut(strings.TrimPrefix(obj.Key, scratchPrefix), "/")
		if obj.Modified.After(last[run]) {
			last[run] = obj.Modified
		}
		folder, _, _ := strings.Cut(rest, "/")
		if day, err := lake.ParseDay(folder); err == nil && !slices.ContainsFunc(days[run], func(d EngineDay) bool { return d.Day == day }) {
			other := scratch{s.at, s.engine, run}
			days[run] = append(days[run], other.day(&dayPlan{day: day}, 1))
		}
	}
	for run, modified := range last {
		if s.at.now().Sub(modified) < abandoned {
			continue
		}
		if s.engine != nil {
			if err := s.engine.Forget(ctx, days[run]); err != nil {
				return err
			}
		}
		if err := s.at.removeAll(ctx, scratchPrefix+run+"/"); err != nil {
			return err
		}
	}
	return nil
}

// removeAll removes the objects whose keys have a prefix, and their versions:
// there are records in them, for which nobody looks there.
func (o *objects) removeAll(ctx context.Context, prefix string) error {
	for v, err := range o.bucket.Versions(ctx, prefix) {
		switch {
		case err != nil:
		case v.ID != "" && v.ID != "null":
			err = o.bucket.DeleteVersion(ctx, v.Key, v.ID)
		case !v.Deleted:
			err = o.bucket.Delete(ctx, v.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
