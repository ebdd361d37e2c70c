package compact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// Engine makes Parquet files on other machines, for lakes that have outgrown
// one. Its files count only after they were read back and hold what the raw
// records hold, like all others.
type Engine interface {
	// Statements returns what the engine is asked for these days.
	Statements(days []EngineDay) []string
	// Compact makes the Parquet files of these days, each in its folder.
	Compact(ctx context.Context, days []EngineDay) error
}

// EngineDay is a day whose Parquet files an engine makes.
type EngineDay struct {
	Day      lake.Day
	Segments string // a pattern for the paths of the sealed segments: {a,b} and *
	Folder   string // for the files: part-*.parquet, in the order of their names
	Files    int    // how many, so that each has about the size that is asked for
}

// engineRatio is about how many bytes of raw records make one of Parquet.
const engineRatio = 10

// scratchFolder holds what an engine makes until it is proven. It lies in the
// lake, so that a file gets its place by a rename.
func scratchFolder(l *lake.Lake) string { return filepath.Join(l.Dir(), "engine.tmp") }

// delegate has the engine make the files of all days that are to be written.
// It returns what the engine was asked, or would be.
func delegate(ctx context.Context, l *lake.Lake, opts Options, plans []dayPlan) ([]string, error) {
	var days []EngineDay
	for i := range plans {
		p := &plans[i]
		if p.problem != nil || p.report().Action != Written {
			continue
		}
		if n := slices.IndexFunc(p.inputs, func(in input) bool { return in.foreign != nil }); n >= 0 {
			p.problem = &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("raw/%s is no segment of this lake: another engine cannot read it", p.inputs[n].name),
				Hint: "bring the file in with tpe replay, or compact the day without --engine"}
			continue
		}
		p.made = filepath.Join(scratchFolder(l), p.day.String())
		day := filepath.Join(rawFolder(l), filepath.FromSlash(p.day.Folder()))
		days = append(days, EngineDay{
			Day: p.day, Segments: filepath.ToSlash(day) + "/{*.ndjson,*.ndjson.zst}", Folder: filepath.ToSlash(p.made),
			Files: int(1 + p.bytes()/(engineRatio*opts.FileBytes)),
		})
	}
	if len(days) == 0 {
		return nil, nil
	}
	statements := opts.Engine.Statements(days)
	if opts.DryRun {
		return statements, nil
	}
	if err := os.RemoveAll(scratchFolder(l)); err != nil {
		return nil, fmt.Errorf("remove old scratch files: %w", err)
	}
	if err := makeDir(opts.disk, scratchFolder(l)); err != nil {
		return nil, err
	}
	return statements, opts.Engine.Compact(ctx, days)
}

// adopt takes the files that an engine made for a day, after they were read
// back and held against the raw records.
func (w *worker) adopt(ctx context.Context, p *dayPlan) error {
	var want, got columns.Proof
	again := func() error { want = columns.Proof{}; return nil }
	err := w.stream.each(ctx, p.day, p.inputs, p.folder, again, func(rec *record) error {
		want.Add(rec.hash)
		return nil
	})
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(p.made)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list the engine's files: %w", err)
	}
	out := w.output
	for _, e := range entries { // in the order of their names
		if !strings.HasPrefix(e.Name(), "part-") || !strings.HasSuffix(e.Name(), ".parquet") {
			continue
		}
		path := filepath.Join(p.made, e.Name())
		proof, size, err := prove(ctx, path)
		if tpe.CodeOf(err) == tpe.Invalid {
			return mismatch(p.day, "of the engine cannot be read back", err)
		}
		if err == nil {
			err = syncFile(path)
		}
		if err != nil {
			return fmt.Errorf("read back parquet of %s: %w", p.day, err)
		}
		if proof.Rows == 0 {
			continue
		}
		got.Join(proof)
		name := fmt.Sprintf(fileName, len(out.done), hash(proof.Hash))
		out.done = append(out.done, newFile{path, manifestFile{Name: name, Rows: proof.Rows, Bytes: size, Hash: hash(proof.Hash)}})
	}
	if got != want {
		return mismatch(p.day, "of the engine holds "+difference(want, got), nil)
	}
	return nil
}

// syncFile makes a file durable that somebody else wrote.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
