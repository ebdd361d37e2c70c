package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/compact/athena"
	"github.com/power100/tpe/internal/compact/spark"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

type lakeCompactOptions struct {
	filter filterFlags
	bucket string // s3://bucket/prefix; empty for the lake on the disk
	dryRun bool
	jobs   int

	engine    string
	sparkArgs []string
}

func newLakeCompact(env Env, g *globals) *cobra.Command {
	var o lakeCompactOptions
	cmd := &cobra.Command{
		Use: "compact [s3://BUCKET/PREFIX]", Short: "Turn sealed segments into sorted Parquet, a folder a day", Args: cobra.MaximumNArgs(1),
		Long: `Turn sealed segments into sorted, zstd-compressed Parquet, a folder a day. The
new files are read back and must hold what went in before they count; only days
with new segments are written. The segments stay. For a moment, and after a kill
until the next run, engines that read the whole folder see the old rows of a day
beside the new ones; its _manifest.json names the files that count.

With s3://BUCKET/PREFIX a lake is compacted where it lies in a bucket. Raw
objects are read, and new files proven, in the folder for temporary files
(TMPDIR), which needs room for the Parquet of as many days as --jobs says. One
put of a manifest makes a day's new objects count, and only where nobody else
has put another one.

With --engine spark the same compaction runs as SQL on a Spark 4 that is there
already; the lake must be a folder that its machines share. With --engine athena
it runs on Amazon Athena, for a lake in a bucket, one day a statement
(ATHENA_DATABASE, ATHENA_WORKGROUP, ATHENA_OUTPUT_LOCATION). What comes out is
read back and proven here, all the same. --dry-run prints the SQL.`,
		Example: `  tpe lake compact
  tpe lake compact --since 7d --dry-run
  tpe lake compact s3://bucket/prefix
  tpe lake compact s3://bucket/prefix --engine athena`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && g.lake != "":
				return tpe.Errorf(tpe.Misuse, "--lake and %s are two lakes", quote(args[0]))
			case len(args) == 1:
				o.bucket = args[0]
			case strings.HasPrefix(g.lake, "s3://"):
				o.bucket = g.lake
			}
			return runLakeCompact(cmd.Context(), env, g, o)
		},
	}
	o.filter.addTimes(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be written, and change nothing")
	f.IntVar(&o.jobs, "jobs", compact.DefaultJobs, "days at once; each takes about 120 MB")
	f.StringVar(&o.engine, "engine", "", "have spark make the files, by its program spark-sql (SPARK_HOME), or athena; the proof stays here")
	f.StringArrayVar(&o.sparkArgs, "spark-arg", nil, "an `argument` for spark-sql, such as --spark-arg=--master=yarn; may come again")
	return cmd
}

func runLakeCompact(ctx context.Context, env Env, g *globals, o lakeCompactOptions) error {
	if o.jobs < 1 {
		return tpe.Errorf(tpe.Misuse, "--jobs %d is not a number from 1 on", o.jobs)
	}
	filter, err := o.filter.filter(env.Now())
	if err != nil {
		return err
	}
	engine, err := o.madeBy(ctx, env, g)
	if err != nil {
		return err
	}
	run, end, err := o.place(ctx, env, g)
	if err != nil {
		return err
	}
	defer end()
	bar := newProgress(env, g, "compact", -1, true)
	report, err := run(compact.Options{
		Since: filter.Since, Until: filter.Until, DryRun: o.dryRun, Jobs: o.jobs,
		Version: appVersion().Version, Gate: redact.New(redact.Options{}), Now: env.Now,
		Progress: bar.update, Engine: engine,
	})
	bar.finish()
	if err != nil && len(report.Days) == 0 {
		return err // there is nothing to tell
	}
	if showErr := show(env, g, report); err == nil {
		err = showErr
	}
	if err == nil && len(report.Days) == 0 && o.filter != (filterFlags{}) {
		err = tpe.Errorf(tpe.NotFound, "no raw record lies on the days that are chosen")
	}
	if err == nil && len(report.Days) == 0 && o.bucket != "" && o.filter == (filterFlags{}) {
		err = tpe.Errorf(tpe.NotFound, "there is no lake at %s", o.bucket)
	}
	return err
}

// place opens the lake, on the disk or in a bucket, and returns what compacts
// it.
func (o *lakeCompactOptions) place(ctx context.Context, env Env, g *globals) (run func(compact.Options) (compact.Report, error), end func(), err error) {
	if o.bucket == "" {
		l, err := openLake(ctx, env, g)
		if err != nil {
			return nil, nil, err
		}
		if err := mustExist(l); err != nil {
			return nil, nil, errors.Join(err, l.Close())
		}
		return func(opts compact.Options) (compact.Report, error) { return compact.Run(ctx, l, opts) }, func() { _ = l.Close() }, nil
	}
	conf, err := loadAWSConfig(ctx, env, g)
	if err != nil {
		return nil, nil, err
	}
	b, err := openBucket(ctx, conf, o.bucket, sayRetries(env, g))
	if err != nil {
		return nil, nil, err
	}
	if err := b.Check(ctx); err != nil {
		b.Close()
		return nil, nil, err
	}
	return func(opts compact.Options) (compact.Report, error) { return compact.RunBucket(ctx, b, opts) }, b.Close, nil
}

// madeBy returns the engine that makes the files; nil for none.
func (o *lakeCompactOptions) madeBy(ctx context.Context, env Env, g *globals) (compact.Engine, error) {
	switch {
	case o.engine != "spark" && len(o.sparkArgs) > 0:
		return nil, tpe.Errorf(tpe.Misuse, "--spark-arg is for --engine spark")
	case o.engine == "":
		return nil, nil
	case o.engine != "spark" && o.engine != "athena":
		return nil, tpe.Errorf(tpe.Misuse, "--engine %s is not known: use spark or athena", quote(o.engine))
	case o.engine == "spark" && o.bucket != "":
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "--engine spark works on a lake in a folder",
			Hint: "mount the bucket as a folder that Spark's machines share, or use --engine athena"}
	case o.engine == "athena" && o.bucket == "":
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "--engine athena works on a lake in a bucket", Hint: "name it: tpe lake compact s3://bucket/prefix --engine athena"}
	case o.engine == "athena":
		return o.athena(ctx, env, g)
	case o.dryRun:
		return spark.Engine{}, nil
	}
	program, err := spark.Find(env.getenv("SPARK_HOME"))
	if err != nil {
		return nil, err
	}
	return spark.Engine{Program: program, Args: o.sparkArgs}, nil
}

// athena returns the way to Athena that the settings name.
func (o *lakeCompactOptions) athena(ctx context.Context, env Env, g *globals) (compact.Engine, error) {
	conf, err := loadAWSConfig(ctx, env, g)
	if err != nil {
		return nil, err
	}
	at := athena.Options{
		Database: conf.AthenaDatabase, Workgroup: conf.AthenaWorkgroup, Output: conf.AthenaOutputLocation, Region: conf.AWSRegion, Endpoint: conf.Endpoint(conf.AWSEndpointURLAthena),
		AccessKeyID: conf.AWSAccessKeyID, SecretAccessKey: conf.AWSSecretAccessKey.Reveal(), SessionToken: conf.AWSSessionToken.Reveal(),
	}
	if at.Output != "" && !strings.HasPrefix(at.Output, "s3://") {
		return nil, tpe.Errorf(tpe.Misuse, "ATHENA_OUTPUT_LOCATION is %s: it must be s3://bucket/prefix", quote(at.Output))
	}
	return athena.New(ctx, at)
}
