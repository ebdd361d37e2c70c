package compact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// Verify holds the Parquet files of a lake against the raw records that they
// were made from: every record, by its content. It changes nothing. Since,
// Until, Jobs, Memory, Gate and Progress of the options count.
//
// When something differs the error is of the code Mismatch, and the report
// names each record that is missing, doubled, changed or not expected, up to
// a limit a day.
func Verify(ctx context.Context, l *lake.Lake, opts Options) (VerifyReport, error) {
	opts = opts.withDefaults()
	report := VerifyReport{Days: []VerifyDay{}}
	r := dayRange(opts.Since, opts.Until)
	plans, err := planDays(ctx, l, r, false)
	if err == nil {
		plans, err = withStrays(l, r, plans)
	}
	if err != nil {
		return report, interrupted(err)
	}
	progress := newMeter(plans, opts.Progress)
	report.Days, err = eachPlan(ctx, plans, opts.Jobs, func() func(*dayPlan) (VerifyDay, error) {
		raw := newStream(opts.Gate, opts.Memory)
		return func(p *dayPlan) (VerifyDay, error) {
			var end func()
			raw.read, end = progress.day(p)
			defer end()
			return verifyDay(ctx, raw, p)
		}
	})
	report.total()
	if err == nil && report.Differing > 0 {
		err = &tpe.Error{
			Code:    tpe.Mismatch,
			Message: fmt.Sprintf("on %d days the Parquet files differ from the raw records", report.Differing),
			Hint:    "do what the findings say; else, once the raw records are known to be right, remove the Parquet folders of these days and compact again",
		}
	}
	return report, err
}

// withStrays notes the strays of each day, also of those that have nothing
// else.
func withStrays(l *lake.Lake, r days, plans []dayPlan) ([]dayPlan, error) {
	planned := map[lake.Day]bool{}
	for i := range plans {
		planned[plans[i].day] = true
		if err := plans[i].lookForStrays(); err != nil {
			return nil, err
		}
	}
	for day, err := range dayFolders(parquetFolder(l), r) {
		if err != nil {
			return nil, err
		}
		p := dayPlan{day: day, folder: filepath.Join(parquetFolder(l), filepath.FromSlash(day.Folder()))}
		if planned[day] || !r.has(day) {
			continue
		}
		if err := p.lookForStrays(); err != nil {
			return nil, err
		}
		if len(p.strays) > 0 {
			plans = append(plans, p)
		}
	}
	slices.SortFunc(plans, func(a, b dayPlan) int { return cmp.Compare(a.day, b.day) })
	return plans, nil
}

// verifyDay verifies one day.
func verifyDay(ctx context.Context, raw *stream, p *dayPlan) (VerifyDay, error) {
	day, err := compareDay(ctx, raw, p)
	day.addStrays(p.strays)
	return day, err
}

// compareDay holds what the manifest of a day names against the raw records.
func compareDay(ctx context.Context, raw *stream, p *dayPlan) (VerifyDay, error) {
	if p.damaged != nil {
		reason := p.damaged.Error()
		if hint := tpe.HintOf(p.damaged); hint != "" {
			reason += "; " + hint
		}
		return VerifyDay{Day: p.day, State: Differs, Types: []VerifyType{}, Findings: []Finding{{Kind: Unreadable, Reason: reason}}}, nil
	}
	if p.manifest == nil {
		return VerifyDay{Day: p.day, State: NotCompacted, Types: []VerifyType{}, Pending: p.added}, nil
	}
	c := &check{plan: p, inputs: p.compacted()}
	defer c.end()
	err := c.begin(ctx)
	if err == nil && len(p.gone)+len(p.changed) == 0 {
		err = raw.each(ctx, p.day, c.inputs, os.TempDir(), func() error { return c.begin(ctx) }, c.raw)
		if err == nil {
			err = c.resolve()
		}
	}
	if err == nil {
		err = c.rest()
	}
	if ctx.Err() != nil {
		return VerifyDay{}, ctx.Err()
	}
	day := c.result(err)
	if tpe.CodeOf(err) == tpe.Invalid || errors.Is(err, os.ErrNotExist) {
		return day, nil // the findings say it
	}
	if err != nil {
		err = fmt.Errorf("verify %s: %w", p.day, err)
	}
	return day, err
}
