package compact

import (
	"context"
	"errors"
	"slices"

	"github.com/power100/tpe/internal/lake"
)

// errStray says that a file was believed to hold records of the day of its
// folder alone, and holds another.
var errStray = errors.New("a record lies on another day than its folder says")

// believing reports whether a plan believes the name of a folder.
func believing(p dayPlan) bool {
	return slices.ContainsFunc(p.inputs, func(in input) bool { return in.foreign != nil && in.foreign.believed })
}

// attempt compacts days whose plans believe the names of folders, which saves
// reading the files of most lakes a second time. When that was wrong, or
// anything else fails before all files were read, it looks into them, plans
// anew and goes on: days that hold what they should stay as they are.
func (o Options) attempt(ctx context.Context, l *lake.Lake, plans []dayPlan) ([]DayReport, error) {
	trial, stop := context.WithCancel(ctx)
	defer stop()
	o.stray = stop
	first, err := o.compact(trial, folders{o.disk}, plans)
	if err == nil || ctx.Err() != nil {
		return first, err
	}
	plans, err = planDays(ctx, l, dayRange(o.Since, o.Until), false)
	if err != nil {
		return first, interrupted(err)
	}
	days, err := o.compact(ctx, folders{o.disk}, plans)
	for i, d := range days {
		at := slices.IndexFunc(first, func(f DayReport) bool { return f.Day == d.Day && f.Action == Written })
		if d.Action == Unchanged && at >= 0 {
			days[i] = first[at]
		}
	}
	return days, err
}
