package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/lake"
)

func newLakeStatus(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show what the lake holds, by day and type", Args: cobra.NoArgs,
		Long: `Show what the lake holds, by day and type. "records" are distinct ones; "marked"
are second copies of a call that the old service logged twice, which no count
includes; "duplicates" came again and were not stored again, or lie again in
files that tpe did not write.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLakeStatus(cmd.Context(), env, g) },
	}
}

func runLakeStatus(ctx context.Context, env Env, g *globals) error {
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := mustExist(l); err != nil {
		return err
	}
	st, err := l.Status(ctx)
	if err != nil {
		return err
	}
	return show(env, g, lakeStatus{st})
}

// lakeStatus is what "tpe lake status" shows.
type lakeStatus struct{ lake.Status }

func (s lakeStatus) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "day\ttype\trecords\tmarked\tconflicts\tduplicates\tquarantined\t")
	row := func(day, typ string, c lake.Counts) {
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t\n", day, typ, c.Records, c.Marked, c.Conflicts, c.Duplicates, c.Quarantined)
	}
	for _, d := range s.Days {
		for _, t := range d.Types {
			typ := t.Type
			if typ == "" {
				typ = "(none)"
			}
			row(d.Day.String(), typ, t.Counts)
		}
	}
	row("total", "", s.Total)
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s in %s (%s, %s still open)\n", count(int64(s.Total.Records), "record", "records"),
		bytesText(s.Size.Bytes), count(int64(s.Size.Sealed+s.Size.Open+s.Size.Foreign), "file", "files"), thousands(int64(s.Size.Open)))
	return err
}
