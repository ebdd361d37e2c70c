package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/ship"
	"github.com/power100/tpe/internal/tpe"
)

type quarantineEditOptions struct {
	reason string
	all    bool
	dryRun bool
}

func newQuarantineRetry(env Env, g *globals) *cobra.Command {
	var o quarantineEditOptions
	cmd := &cobra.Command{
		Use: "retry", Short: "Try again what could not be taken", Args: cobra.NoArgs,
		Long: `Try again what could not be taken. What is a record of the contract now is
stored and leaves quarantine; the rest stays.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runQuarantineRetry(cmd.Context(), env, g, o) },
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "only what has this `reason`")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say how many would be stored, and change nothing")
	return cmd
}

func newQuarantineDrop(env Env, g *globals) *cobra.Command {
	var o quarantineEditOptions
	cmd := &cobra.Command{
		Use: "drop", Short: "Drop what could not be taken; it counts as erased", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runQuarantineDrop(cmd.Context(), env, g, o) },
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "only what has this `reason`")
	cmd.Flags().BoolVar(&o.all, "all", false, "everything, whatever the reason")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say how many would be dropped, and change nothing")
	return cmd
}

func runQuarantineRetry(ctx context.Context, env Env, g *globals, o quarantineEditOptions) error {
	set, err := schema.Default()
	if err != nil {
		return err
	}
	return editQuarantine(ctx, env, g, "stored", o, func(w *lake.Writer) (lake.EditedQuarantine, error) {
		return ship.Retry(ctx, ship.RetryOptions{Writer: w, Gate: redact.New(redact.Options{}), Set: set, Reason: o.reason, DryRun: o.dryRun})
	})
}

func runQuarantineDrop(ctx context.Context, env Env, g *globals, o quarantineEditOptions) error {
	if (o.reason == "") == !o.all {
		return &tpe.Error{Code: tpe.Misuse, Message: "say what is to be dropped", Hint: "--reason R, as tpe lake quarantine ls shows it, or --all"}
	}
	return editQuarantine(ctx, env, g, "dropped", o, func(w *lake.Writer) (lake.EditedQuarantine, error) {
		return w.EditQuarantine(ctx, lake.QuarantineEdit{
			ID: "drop-" + tpe.NewID().String(), Dropped: true, DryRun: o.dryRun,
			Leaves: func(_ context.Context, item *lake.QuarantinedItem) (bool, error) {
				return o.all || item.Reason == o.reason, nil
			},
		})
	})
}

// editQuarantine opens the lake, does the work and shows what it came to.
func editQuarantine(ctx context.Context, env Env, g *globals, verb string, o quarantineEditOptions, work func(*lake.Writer) (lake.EditedQuarantine, error)) error {
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	w, err := l.NewWriter(ctx)
	if err != nil {
		return err
	}
	done, err := work(w)
	matched := true
	if err == nil && done.Left == 0 && o.reason != "" {
		matched, err = hasReason(ctx, l, o.reason)
	}
	err = errors.Join(err, w.Close(context.WithoutCancel(ctx)))
	if err != nil {
		return err
	}
	if err := show(env, g, quarantineEdited{done, verb, o.dryRun}); err != nil {
		return err
	}
	if done.Left+done.Stayed == 0 {
		return tpe.Errorf(tpe.NotFound, "nothing is in quarantine")
	}
	if !matched {
		return &tpe.Error{Code: tpe.NotFound, Message: "nothing in quarantine has this reason", Hint: "tpe lake quarantine ls shows the reasons"}
	}
	return nil
}

// hasReason says whether something is in quarantine for a reason.
func hasReason(ctx context.Context, l *lake.Lake, reason string) (bool, error) {
	for item, err := range l.Quarantine(ctx) {
		if err != nil || item.Reason == reason {
			return true, err
		}
	}
	return false, nil
}

// quarantineEdited is what "tpe lake quarantine retry" and "drop" show.
type quarantineEdited struct {
	lake.EditedQuarantine
	verb   string
	DryRun bool `json:"dry_run"`
}

func (e quarantineEdited) Text(w io.Writer) error {
	would := ""
	if e.DryRun {
		would = "would be "
	}
	_, err := fmt.Fprintf(w, "%s%s: %d, still in quarantine: %d\n", would, e.verb, e.Left, e.Stayed)
	return err
}
