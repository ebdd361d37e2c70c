package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/redact"
)

type lakeCompactOptions struct {
	filter filterFlags
	dryRun bool
	jobs   int
}

func newLakeCompact(env Env, g *globals) *cobra.Command {
	var o lakeCompactOptions
	cmd := &cobra.Command{
		Use: "compact", Short: "Turn sealed segments into sorted Parquet, a folder a day", Args: cobra.NoArgs,
		Long: `Turn sealed segments into sorted, zstd-compressed Parquet, a folder a day. The
new files are read back and must hold what went in before they count; only days
with new segments are written. The segments stay.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLakeCompact(cmd.Context(), env, g, o) },
	}
	o.filter.addTimes(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be written, and change nothing")
	f.IntVar(&o.jobs, "jobs", compact.DefaultJobs, "days at once; each takes about 120 MB")
	return cmd
}

func runLakeCompact(ctx context.Context, env Env, g *globals, o lakeCompactOptions) error {
	filter, err := o.filter.filter(env.Now())
	if err != nil {
		return err
	}
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	bar := newProgress(env, g, "compact", -1, true)
	report, err := compact.Run(ctx, l, compact.Options{
		Since: filter.Since, Until: filter.Until, DryRun: o.dryRun, Jobs: o.jobs,
		Version: appVersion().Version, Gate: redact.New(redact.Options{}), Now: env.Now,
		Progress: bar.update,
	})
	bar.finish()
	if showErr := show(env, g, report); err == nil {
		err = showErr
	}
	return err
}
