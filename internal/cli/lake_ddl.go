package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact/ddl"
	"github.com/power100/tpe/internal/tpe"
)

type lakeDDLOptions struct {
	engine   string
	location string
	first    int
	last     int
}

// firstYear is the year of the oldest records of the service that came
// before.
const firstYear = 2025

// yearsOf returns the years from the first to the last that athena and trino
// look for: what is asked for, else those of the lake here, when it has some,
// and yearsAhead more than this one.
func (o *lakeDDLOptions) yearsOf(dir string, now time.Time) (first, last int, err error) {
	first, last = firstYear, now.Year()+yearsAhead
	for _, folder := range []string{"parquet", "raw"} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			continue // there is no lake here
		}
		for _, e := range entries {
			name, found := strings.CutPrefix(e.Name(), "year=")
			if year, err := strconv.Atoi(name); found && err == nil && len(name) == 4 && year > 0 {
				first, last = min(first, year), max(last, year)
			}
		}
	}
	if o.first != 0 {
		first = o.first
	}
	if o.last != 0 {
		last = o.last
	}
	if first < 1 || last > 9999 || first > last {
		return 0, 0, tpe.Errorf(tpe.Misuse, "--first-year %d and --last-year %d are no span of years", first, last)
	}
	return first, last, nil
}

func newLakeDDL(env Env, g *globals) *cobra.Command {
	var o lakeDDLOptions
	cmd := &cobra.Command{
		Use: "ddl", Short: "Print the table and the views with which an engine reads the Parquet files", Args: cobra.NoArgs,
		Long: `Print the table and the views with which an engine reads the Parquet files: the
table interactions with every record, and the views records (without marked
duplicates), coach_daily, conversion_funnel, partner_performance and
api_traffic_daily. Nothing is run.`,
		Example: `  tpe lake ddl --engine duckdb | duckdb lake.db
  tpe lake ddl --engine athena --location s3://bucket/prefix`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLakeDDL(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.engine, "engine", "", "athena, duckdb, spark or trino")
	f.StringVar(&o.location, "location", "", "the lake's `folder` or s3://bucket/prefix (default: the bucket for athena and trino, else the lake)")
	f.IntVar(&o.first, "first-year", 0, "the first `year` that athena and trino look for (default: 2025, or the first of the lake)")
	f.IntVar(&o.last, "last-year", 0, "the last `year` that they look for (default: four ahead, or the last of the lake)")
	return cmd
}

func runLakeDDL(ctx context.Context, env Env, g *globals, o lakeDDLOptions) error {
	engine, err := ddl.ParseEngine(o.engine)
	if err != nil {
		return err
	}
	conf, err := loadConfig(ctx, env, g)
	if err != nil {
		return err
	}
	first, last, err := o.yearsOf(conf.LakeDir, env.Now())
	if err != nil {
		return err
	}
	if o.location == "" {
		o.location = conf.LakeDir
		if conf.DataLakeBucket != "" && (engine == ddl.Athena || engine == ddl.Trino) {
			o.location = "s3://" + conf.DataLakeBucket
		}
	}
	if !strings.Contains(o.location, "://") {
		if o.location, err = filepath.Abs(o.location); err != nil {
			return fmt.Errorf("find the lake: %w", err)
		}
		o.location = filepath.ToSlash(o.location)
	}
	script, err := ddl.Statements(ddl.Options{Engine: engine, Location: o.location, FirstYear: first, LastYear: last})
	if err != nil {
		return err
	}
	return show(env, g, script)
}

// yearsAhead is how many years after this one athena and trino look for, so
// that the table need not be made anew each January.
const yearsAhead = 4
