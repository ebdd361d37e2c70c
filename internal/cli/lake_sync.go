package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/mirror"
	"github.com/power100/tpe/internal/tpe"
)

type lakeSyncOptions struct {
	to     string
	check  bool
	dryRun bool
	watch  bool
	jobs   int
}

func newLakeSync(env Env, g *globals) *cobra.Command {
	var o lakeSyncOptions
	cmd := &cobra.Command{
		Use: "sync", Short: "Copy the lake to S3, by content", Args: cobra.NoArgs,
		Long: `Copy the lake to S3 under the same relative paths: sealed segments, Parquet,
quarantine and receipts, and nothing that somebody else has put beside them.
Content decides: what has not changed is neither sent nor read, and an edit that
keeps size and time is found. Objects that the lake does not have stay, but for
Parquet files that a newer manifest has replaced.

The bucket is that of --to, or DATA_LAKE_BUCKET; AWS_ENDPOINT_URL_S3, else
AWS_ENDPOINT_URL, names a server that is not AWS's own. An interrupted sync is
finished by the next one. Two at once do no harm. A prefix is for one lake: with
two of them, what one has erased or compacted the other would bring back.

With --check every file is read and held against the ledger and the bucket,
nothing is sent, and the exit status is 3 when they differ.`,
		Example: `  tpe lake sync
  tpe lake sync --to s3://bucket/prefix --dry-run
  tpe lake sync --check`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLakeSync(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "`s3://bucket/prefix` (default s3://$DATA_LAKE_BUCKET)")
	f.BoolVar(&o.check, "check", false, "compare only, and read every file")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be sent, and send nothing")
	f.BoolVar(&o.watch, "watch", false, "go on, and copy what comes")
	f.IntVar(&o.jobs, "jobs", mirror.DefaultMost, "at most so many requests at once")
	return cmd
}

func runLakeSync(ctx context.Context, env Env, g *globals, o lakeSyncOptions) error {
	switch {
	case o.watch && (o.check || o.dryRun):
		return tpe.Errorf(tpe.Misuse, "--watch does not go with --check or --dry-run")
	case o.jobs < 1 || o.jobs > 1000:
		return tpe.Errorf(tpe.Misuse, "--jobs %d is not a number from 1 to 1000", o.jobs)
	}
	collectLess(env)
	conf, err := loadAWSConfig(ctx, env, g)
	if err != nil {
		return err
	}
	gate := mirror.NewGate(o.jobs)
	b, err := openBucket(ctx, conf, o.to, func(b *bucket.Options) {
		sayRetries(env, g)(b)
		say := b.OnRetry
		b.OnRetry = func(err error) { gate.Retry(err); say(err) }
	})
	if err != nil {
		return err
	}
	defer b.Close()
	l, err := openLakeOf(ctx, env, conf)
	if err != nil {
		return err
	}
	defer l.Close()
	out := &syncPrinter{out: bufio.NewWriter(env.Stdout), json: g.json}
	opts := mirror.Options{Lake: l, Bucket: b, Gate: gate, Check: o.check, DryRun: o.dryRun, Now: env.Now}
	if o.check || o.dryRun {
		opts.Each = out.action
	}
	if o.watch {
		return watchLake(ctx, env, opts, out)
	}
	bar := newProgress(env, g, "sync", -1, true)
	if bar.shown() {
		opts.Progress = func(p mirror.Progress) {
			bar.describe(fmt.Sprintf("sync %d of %d files", p.Files, p.TotalFiles))
			bar.update(p.Bytes, p.TotalBytes)
		}
	}
	report, err := mirror.Sync(ctx, opts)
	bar.finish()
	if err != nil && report.Files.Files == 0 {
		return err // there is nothing to tell
	}
	return errors.Join(err, out.report(report))
}

// watchInterval is how often a watched lake is looked at.
const watchInterval = 5 * time.Second

// watchLake syncs until it is interrupted. A sync that failed is tried again.
func watchLake(ctx context.Context, env Env, opts mirror.Options, out *syncPrinter) error {
	m := mirror.NewShipper(opts)
	m.OnPass = func(r mirror.Report, err error) {
		if err != nil {
			printError(env, out.json, err)
		}
		if r.Uploaded.Files+r.Replaced.Files+r.Deleted.Files > 0 || err == nil && r.Files.Files > 0 && !out.reported {
			_ = out.report(r) // stdout that is gone does not stop the work
			out.reported = true
		}
	}
	m.Run(ctx, watchInterval)
	return ctx.Err()
}

// syncPrinter writes actions as they come, then the report.
type syncPrinter struct {
	out      *bufio.Writer
	json     bool
	reported bool
}

func (p *syncPrinter) action(a mirror.Action) {
	if p.json {
		_ = json.NewEncoder(p.out).Encode(struct { // Flush tells the error
			Type string `json:"type"`
			mirror.Action
		}{"action", a})
		return
	}
	_ = a.Text(p.out) // Flush tells the error
}

func (p *syncPrinter) report(r mirror.Report) error {
	var err error
	if p.json {
		err = json.NewEncoder(p.out).Encode(struct {
			Type string `json:"type"`
			mirror.Report
		}{"summary", r})
	} else {
		err = r.Text(p.out)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}
