package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/tpe"
)

type exportInteractionsOptions struct {
	cat lakeCatOptions
	out string
}

func newExportInteractions(env Env, g *globals) *cobra.Command {
	var o exportInteractionsOptions
	cmd := &cobra.Command{
		Use: "interactions", Short: "Write records as NDJSON, CSV or Parquet", Args: cobra.NoArgs,
		Long: `Write the records that the flags choose, as NDJSON, CSV or one Parquet file.
They are streamed: memory does not grow with the lake. With --out the file
appears under its name when it is whole, and not before.`,
		Example: `  tpe export interactions --since 30d --type partner_match > matches.ndjson
  tpe export interactions --format parquet --out interactions.parquet`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneForm(cmd, g, "ndjson"); err != nil {
				return err
			}
			return runExportInteractions(cmd.Context(), env, g, o)
		},
	}
	o.cat.filter.add(cmd)
	f := cmd.Flags()
	f.StringVar(&o.cat.filter.partner, "partner", "", "only this partner `id`")
	f.StringVar(&o.cat.format, "format", "ndjson", "`form`: ndjson, csv (the envelope and the whole record) or parquet")
	f.StringVar(&o.cat.from, "from", "raw", "read `raw` segments or the compacted parquet files")
	f.StringVarP(&o.out, "out", "o", "", "write to this `file` (default stdout)")
	return cmd
}

func runExportInteractions(ctx context.Context, env Env, g *globals, o exportInteractionsOptions) error {
	if o.cat.format == "json" {
		return tpe.Errorf(tpe.Misuse, "--format \"json\" is not known: use ndjson, csv or parquet")
	}
	if o.out == "" {
		return runLakeCat(ctx, env, g, o.cat)
	}
	f, err := createOutput(o.out, 0o600)
	if err != nil {
		return fmt.Errorf("write --out: %w", err)
	}
	defer f.drop()
	inner := env
	inner.Stdout, inner.Terminal = f, func(w io.Writer) bool { return w != io.Writer(f) && env.Terminal(w) }
	if err := runLakeCat(ctx, inner, g, o.cat); err != nil {
		return err
	}
	if err := f.keep(); err != nil {
		return fmt.Errorf("write --out: %w", err)
	}
	return nil
}
