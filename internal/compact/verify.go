package compact

import (
	"context"
	"errors"
	"fmt"
	"os"

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
	plans, err := planDays(ctx, l, dayRange(opts.Since, opts.Until), false)
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
			Hint:    "once the raw records are known to be right, remove the Parquet folders of these days and compact again",
		}
	}
	return report, err
}

// verifyDay verifies one day.
func verifyDay(ctx context.Context, raw *stream, p *dayPlan) (VerifyDay, error) {
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
