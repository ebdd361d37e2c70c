package compact

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// dayPlan says what is to be done with a day.
type dayPlan struct {
	day      lake.Day
	folder   string // of its Parquet files
	inputs   []input
	manifest *manifest                   // in force; nil when there is none
	added    []string                    // inputs that are not in the manifest, or have changed
	changed  []string                    // those of them that have changed
	gone     []string                    // inputs of the manifest that are not there any more
	broken   bool                        // a file of the manifest is gone or has another size
	leftover []string                    // files that nobody needs any more
	made     string                      // the folder where another engine made the Parquet files
	make     func(context.Context) error // has it make them now; nil when it has, or does not
	problem  error                       // why nothing can be done
	damaged  error                       // why the manifest or a raw file cannot be read, which is a problem
	strays   []Finding                   // what engines read though the manifest does not name it; of Verify
	remote   *objectDay                  // of a bucket
	before   int                         // inputs of the manifest
	size     int64                       // bytes of the inputs
}

// planDays finds out what is to be done with each day of the range. For
// believing see inputsOf.
func planDays(ctx context.Context, l *lake.Lake, r days, believing bool) ([]dayPlan, error) {
	known, err := manifests(parquetFolder(l), r)
	if err != nil {
		return nil, err
	}
	return planWith(ctx, l, r, known, believing)
}

// planWith does it with the manifests of another place.
func planWith(ctx context.Context, l *lake.Lake, r days, known inForce, believing bool) ([]dayPlan, error) {
	inputs, err := inputsOf(ctx, rawFiles(rawFolder(l)), r, known, believing)
	if err != nil {
		return nil, err
	}
	return eachDay(r, inputs, known, func(p *dayPlan) (map[string]int64, error) {
		p.folder = filepath.Join(parquetFolder(l), filepath.FromSlash(p.day.Folder()))
		return filesIn(p.folder)
	}, func(*dayPlan) {})
}

// eachDay plans the days that have inputs or a manifest. look returns the
// sizes of what compaction has left in the day's folder, by name; done is told
// of each plan.
func eachDay(r days, inputs map[lake.Day][]input, known inForce, look func(*dayPlan) (map[string]int64, error), done func(*dayPlan)) ([]dayPlan, error) {
	all := slices.AppendSeq(known.days(), maps.Keys(inputs))
	slices.Sort(all)
	var plans []dayPlan
	for _, day := range slices.Compact(all) {
		if !r.has(day) {
			continue
		}
		p := dayPlan{day: day, inputs: inputs[day], manifest: known.manifests[day], damaged: known.damaged[day]}
		have, err := look(&p)
		if err != nil {
			return nil, err
		}
		p.compare(have)
		if p.manifest != nil {
			p.manifest.Inputs = nil // there may be many, and they have been compared
		}
		delete(inputs, day)
		done(&p)
		plans = append(plans, p)
	}
	return plans, nil
}

// compare holds the inputs and the files of the day's folder against the
// manifest.
func (p *dayPlan) compare(have map[string]int64) {
	for name := range have {
		if !p.manifest.live(name) && p.damaged == nil {
			p.leftover = append(p.leftover, name)
		}
	}
	slices.Sort(p.leftover)
	made := map[string]manifestInput{}
	if p.manifest != nil {
		p.before = len(p.manifest.Inputs)
		for _, in := range p.manifest.Inputs {
			made[stem(in.Name)] = in
		}
		for _, f := range p.manifest.Files {
			bytes, ok := have[f.Name]
			p.broken = p.broken || !ok || bytes != f.Bytes
		}
	}
	if len(made) == 0 {
		p.added = make([]string, 0, len(p.inputs))
	}
	for _, in := range p.inputs {
		p.size += in.bytes
		before, ok := made[stem(in.name)]
		if !ok || !in.is(before) {
			p.added = append(p.added, in.name)
		}
		if ok && !in.is(before) {
			p.changed = append(p.changed, in.name)
		}
		delete(made, stem(in.name))
	}
	for _, in := range made {
		p.gone = append(p.gone, in.Name)
	}
	slices.Sort(p.gone)
	p.problem = p.lost()
}

// lost is why a day cannot be written: its manifest or a raw file cannot be
// read, or raw files of it are gone.
func (p *dayPlan) lost() error {
	if p.damaged != nil {
		return p.damaged
	}
	if len(p.gone) == 0 || p.action() != Written {
		return nil
	}
	where := p.folder
	if p.remote != nil {
		where = p.remote.name
	}
	return &tpe.Error{
		Code:    tpe.Mismatch,
		Message: lostFiles(p.gone) + "; the day's Parquet still has the records",
		Hint:    "bring the raw files back; or, to drop their records, remove " + where + " and run it again",
	}
}

// lostFiles names the first of the raw files that are gone, and counts the
// others.
func lostFiles(gone []string) string {
	if len(gone) == 1 {
		return "raw/" + gone[0] + " is gone"
	}
	return fmt.Sprintf("raw/%s is gone, and with it %d more", gone[0], len(gone)-1)
}

// stem is the name of an input without the ending that tells how it is
// compressed: a segment that was compressed later is still the same.
func stem(name string) string { return strings.TrimSuffix(name, ".zst") }

// is reports whether the input is as it was when it was compacted.
func (in *input) is(before manifestInput) bool {
	switch {
	case in.foreign != nil:
		return in.name == before.Name && in.bytes == before.Bytes && in.foreign.modified == before.Modified
	case in.name != before.Name:
		return before.Modified == 0
	default:
		return in.bytes == before.Bytes
	}
}

// compacted returns the inputs that the manifest names.
func (p *dayPlan) compacted() []input {
	return slices.DeleteFunc(slices.Clone(p.inputs), func(in input) bool { return slices.Contains(p.added, in.name) })
}

// action says what is to be done.
func (p *dayPlan) action() Action {
	if len(p.added) == 0 && !p.broken {
		return Unchanged
	}
	return Written
}

// report begins the report of the day.
func (p *dayPlan) report() DayReport {
	r := DayReport{Day: p.day, Action: p.action(), Inputs: len(p.inputs), New: p.added, Removes: slices.Clone(p.leftover), BytesIn: p.size, Files: []string{}}
	if p.manifest == nil {
		return r
	}
	for _, f := range p.manifest.Files {
		if r.Action == Written {
			r.Removes = append(r.Removes, f.Name)
		} else {
			r.Files = append(r.Files, f.Name)
			r.BytesOut += f.Bytes
		}
	}
	if r.Action == Unchanged {
		r.Inputs = p.before
		r.Rows, r.Duplicates, r.Proof = p.manifest.Rows, p.manifest.Duplicates, p.manifest.Hash.String()
		r.Records = r.Rows + r.Duplicates
	}
	return r
}
