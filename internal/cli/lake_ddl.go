package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact/ddl"
	"github.com/power100/tpe/internal/tpe"
)

type lakeDDLOptions struct {
	engine   string
	location string
	first    int
}

// firstYear is the year of the oldest records of the service that came
// before.
const firstYear = 2025

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
	f.IntVar(&o.first, "first-year", firstYear, "the first `year` that athena and trino look for")
	return cmd
}

func runLakeDDL(ctx context.Context, env Env, g *globals, o lakeDDLOptions) error {
	engine, err := ddl.ParseEngine(o.engine)
	if err != nil {
		return err
	}
	last := env.Now().Year() + yearsAhead
	if o.first < 1 || o.first > last {
		return tpe.Errorf(tpe.Misuse, "--first-year %d is not a year up to %d", o.first, last)
	}
	if o.location == "" {
		conf, err := loadConfig(ctx, env, g)
		if err != nil {
			return err
		}
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
	script, err := ddl.Statements(ddl.Options{Engine: engine, Location: o.location, FirstYear: o.first, LastYear: last})
	if err != nil {
		return err
	}
	return show(env, g, script)
}

// yearsAhead is how many years after this one athena and trino look for, so
// that the table need not be made anew each January.
const yearsAhead = 4
