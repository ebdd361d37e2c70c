package compact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

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
			return judgeDay(ctx, l, raw, p)
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

// A day that differs while a compaction replaces its files is looked at anew,
// so often and after such a pause.
const (
	looks     = 5
	lookPause = 100 * time.Millisecond
)

// judgeDay verifies one day as it is when no compaction is replacing its
// files.
func judgeDay(ctx context.Context, l *lake.Lake, raw *stream, p *dayPlan) (VerifyDay, error) {
	for n := 1; ; n++ {
		day, err := verifyDay(ctx, raw, p)
		if err != nil || day.State != Differs || n == looks || !p.moving() {
			return day, err
		}
		if err := tpe.Sleep(ctx, lookPause); err != nil {
			return day, err
		}
		r := days{p.day, p.day}
		plans, err := planDays(ctx, l, r, false)
		if err == nil {
			plans, err = withStrays(l, r, plans)
		}
		if err != nil || len(plans) != 1 {
			return day, err
		}
		p = &plans[0]
	}
}

// moving reports whether the files of the day may be changing hands: another
// manifest is in force than the one that was planned with, or there are files
// of compaction that no manifest names, or none any more.
func (p *dayPlan) moving() bool {
	if slices.ContainsFunc(p.strays, func(f Finding) bool { return ownFile.MatchString(f.File) }) {
		return true
	}
	m, err := readManifest(p.folder)
	return err == nil && m != nil && (p.manifest == nil || !slices.Equal(m.Files, p.manifest.Files))
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
		return VerifyDay{Day: p.day, State: NotCompacted, Types: []VerifyType{}, Findings: []Finding{}, Pending: p.added}, nil
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
