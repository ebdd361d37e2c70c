package ship

import (
	"context"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// RetryOptions says what of quarantine is tried again.
type RetryOptions struct {
	Writer *lake.Writer
	Gate   *redact.Gate
	Set    *schema.Set
	Reason string // only what has this reason; empty: all
	DryRun bool
}

// Retry tries again what lies in quarantine: what can be taken now, because
// the contract or the program has changed, is stored and leaves quarantine.
// The record is on disk before it leaves.
func Retry(ctx context.Context, opts RetryOptions) (lake.EditedQuarantine, error) {
	w := &refiner{gate: opts.Gate, set: opts.Set, kinds: map[string]string{}}
	b := new(batch)
	return opts.Writer.EditQuarantine(ctx, lake.QuarantineEdit{ID: "retry-" + tpe.NewID().String(), DryRun: opts.DryRun,
		Leaves: func(ctx context.Context, item *lake.QuarantinedItem) (bool, error) {
			if opts.Reason != "" && item.Reason != opts.Reason {
				return false, nil
			}
			data := []byte(item.Body)
			if item.Text != nil {
				data = []byte(*item.Text)
			}
			b.reset(0)
			r := w.record(b, &source.Item{File: item.Source, Line: item.Line, Data: data}, nil)
			if r.refusal != nil || opts.DryRun {
				return r.refusal == nil, nil
			}
			outcomes, err := opts.Writer.Append(ctx, lake.Disk, r.clean)
			return err == nil && outcomes[0] != lake.NotStored, err
		}})
}
