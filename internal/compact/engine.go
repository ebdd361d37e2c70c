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
	// Compact makes the Parquet files of these days, each in its folder. What
	// else it needed meanwhile it has removed when it returns.
	Compact(ctx context.Context, days []EngineDay) error
	// Forget removes what a Compact of these days that was killed has left at
	// the engine itself.
	Forget(ctx context.Context, days []EngineDay) error
}

// EngineDay is a day whose Parquet files an engine makes.
type EngineDay struct {
	Day lake.Day
	// Segments is a pattern for the paths of the sealed segments: {a,b} and *.
	// In a bucket it is a folder with a list of them, one a line.
	Segments string
	Folder   string // for the files, each sorted: part-*.parquet, in a bucket any name
	Files    int    // how many, so that each has about the size that is asked for

	// In a bucket only.
	Other string // a folder for whatever else the engine writes
	Name  string // of letters, digits and underscores; no other day of any run has it
}

// engineRatio is about how many bytes of raw records make one of Parquet.
const engineRatio = 10

// scratchFolder holds what an engine makes until it is proven. It lies in the
// lake, so that a file gets its place by a rename.
func scratchFolder(l *lake.Lake) string { return filepath.Join(l.Dir(), scratchPrefix) }

// delegable reports whether an engine is to make the day's files. A day that
// no engine can read gets a problem.
func (p *dayPlan) delegable() bool {
	if p.problem != nil || p.report().Action != Written {
		return false
	}
	n := slices.IndexFunc(p.inputs, func(in input) bool { return in.foreign != nil })
	if n >= 0 {
		p.problem = &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("raw/%s is no segment of this lake: another engine cannot read it", p.inputs[n].name),
			Hint: "bring the file in with tpe replay, or compact the day without --engine"}
	}
	return n < 0
}

// delegate has the engine make the files of all days that are to be written.
// It returns what the engine was asked, or would be.
func delegate(ctx context.Context, l *lake.Lake, opts Options, plans []dayPlan) ([]string, error) {
	var days []EngineDay
	for i := range plans {
		p := &plans[i]
		if !p.delegable() {
			continue
		}
		p.made = filepath.Join(scratchFolder(l), p.day.String())
		day := filepath.Join(rawFolder(l), filepath.FromSlash(p.day.Folder()))
		days = append(days, EngineDay{
			Day: p.day, Segments: filepath.ToSlash(day) + "/{*.ndjson,*.ndjson.zst}", Folder: filepath.ToSlash(p.made),
			Files: int(1 + p.size/(engineRatio*opts.FileBytes)),
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
	made, err := readMade(ctx, p)
	if err != nil {
		return err
	}
	out := w.output
	out.mixed = false
	for i, f := range made {
		got.Join(f.proof)
		out.mixed = out.mixed || i > 0 && compareKeys(f.first, made[i-1].last) < 0
		name := fmt.Sprintf(fileName, i, hash(f.proof.Hash))
		out.done = append(out.done, newFile{f.path, manifestFile{Name: name, Rows: f.proof.Rows, Bytes: f.bytes, Hash: hash(f.proof.Hash)}})
	}
	if got != want {
		return mismatch(p.day, "of the engine holds "+difference(want, got), nil)
	}
	return nil
}

// madeFile is a Parquet file that an engine made.
type madeFile struct {
	path        string
	bytes       int64
	proof       columns.Proof
	first, last key
}

// readMade reads the files that an engine made for a day, which must be
// sorted. Those without rows are left out. They come in the order of their
// first rows.
func readMade(ctx context.Context, p *dayPlan) ([]madeFile, error) {
	entries, err := os.ReadDir(p.made)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the engine's files: %w", err)
	}
	var out []madeFile
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "part-") || !strings.HasSuffix(e.Name(), ".parquet") {
			continue
		}
		f := madeFile{path: filepath.Join(p.made, e.Name())}
		err := f.read(ctx)
		if tpe.CodeOf(err) == tpe.Invalid {
			return nil, mismatch(p.day, "of the engine cannot be read back", err)
		}
		if err == nil {
			err = syncFile(f.path)
		}
		if err != nil {
			return nil, fmt.Errorf("read back parquet of %s: %w", p.day, err)
		}
		if f.proof.Rows > 0 {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b madeFile) int { return compareKeys(a.first, b.first) })
	return out, nil
}

// read proves the file, and finds its first and last row. The error is of the
// code Invalid when it cannot be read or its rows are not in order.
func (f *madeFile) read(ctx context.Context) error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	f.bytes = info.Size()
	in, err := columns.Open(f.path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read from
	for e, err := range in.Entries(ctx) {
		if err != nil {
			return err
		}
		k := keyOfEntry(e)
		if f.proof.Rows > 0 && compareKeys(k, f.last) < 0 {
			return errOrder
		}
		f.last.set(k)
		if f.proof.Rows == 0 {
			f.first.set(k)
		}
		f.proof.Add(e.Hash)
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
