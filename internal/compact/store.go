package compact

import "context"

// store is where a lake lies, and where the Parquet files of its days change
// hands: on the disk or in a bucket.
type store interface {
	// begin makes the plan's folder ready, in which the new files of a day are
	// written and proven. end lets go of it.
	begin(p *dayPlan) (end func(), err error)
	// swap puts the new files of a day in force and removes what they replace.
	// Wherever it is cut short, the old files are in force or the new ones.
	swap(ctx context.Context, p *dayPlan, m *manifest, files []newFile) error
	// clean removes what nobody needs of a day that has not changed.
	clean(ctx context.Context, p *dayPlan) error
}

// folders is a lake on the disk: the files of a day are written where they
// stay.
type folders struct{ disk disk }

func (f folders) begin(p *dayPlan) (end func(), err error) {
	if err := makeDir(f.disk, p.folder); err != nil {
		return nil, err
	}
	_, err = clean(f.disk, p.folder, p.manifest)
	return func() {}, err
}

func (f folders) swap(_ context.Context, p *dayPlan, m *manifest, files []newFile) error {
	return swap(f.disk, p.folder, m, files)
}

func (f folders) clean(_ context.Context, p *dayPlan) error {
	_, err := clean(f.disk, p.folder, p.manifest)
	return err
}
