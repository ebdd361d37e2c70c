package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type dbUpOptions struct{ dryRun bool }

func newDBUp(env Env, g *globals) *cobra.Command {
	var o dbUpOptions
	cmd := &cobra.Command{
		Use: "up", Short: "Bring the schema up to date", Args: cobra.NoArgs,
		Long: `Bring the schema of the database that DATABASE_URL names up to date. A second
time there is nothing to do. tpe serve does the same when it starts.`,
		Example: `  tpe db up
  DATABASE_URL=postgres://tpe@localhost/tpe tpe db up --dry-run`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDBUp(cmd.Context(), env, g, o) },
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would be applied, and change nothing")
	return cmd
}

// dbUpReport is what db up shows.
type dbUpReport struct {
	Database string          `json:"database"`
	Applied  []sqldb.Version `json:"applied"`
	DryRun   bool            `json:"dry_run"`
}

// Text writes the report for people.
func (r dbUpReport) Text(w io.Writer) error {
	verb := "applied"
	if r.DryRun {
		verb = "would apply"
	}
	for _, v := range r.Applied {
		if _, err := fmt.Fprintf(w, "%s %d %s\n", verb, v.Number, v.Name); err != nil {
			return err
		}
	}
	if len(r.Applied) == 0 {
		_, err := fmt.Fprintf(w, "%s is up to date\n", r.Database)
		return err
	}
	return nil
}

func runDBUp(ctx context.Context, env Env, g *globals, o dbUpOptions) error {
	conf, err := databaseConfig(ctx, env, g)
	if err != nil {
		return err
	}
	r := dbUpReport{Database: conf.DatabaseURL.String(), DryRun: o.dryRun, Applied: []sqldb.Version{}}
	if o.dryRun {
		list, err := sqldb.Versions(ctx, conf.DatabaseURL.Source())
		if err != nil && tpe.CodeOf(err) != tpe.NotFound { // without a database all is to be applied
			return err
		}
		for _, v := range list {
			if v.Applied == nil {
				r.Applied = append(r.Applied, v)
			}
		}
		return show(env, g, r)
	}
	if r.Applied, err = sqldb.Up(ctx, conf.DatabaseURL.Source()); err != nil {
		return err
	}
	return show(env, g, r)
}
