package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

func newLakeQuarantine(env Env, g *globals) *cobra.Command {
	return group("quarantine", "Look at what could not be taken", newQuarantineLs(env, g), newQuarantineShow(env, g),
		newQuarantineRetry(env, g), newQuarantineDrop(env, g))
}

func newQuarantineLs(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "Count what could not be taken, by reason", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := openLake(cmd.Context(), env, g)
			if err != nil {
				return err
			}
			defer l.Close()
			groups, err := l.QuarantineGroups(cmd.Context())
			if err != nil {
				return err
			}
			if groups == nil {
				groups = []lake.QuarantineGroup{}
			}
			return show(env, g, quarantineList(groups))
		},
	}
}

// quarantineList is what "tpe lake quarantine ls" shows.
type quarantineList []lake.QuarantineGroup

func (l quarantineList) Text(w io.Writer) error {
	if len(l) == 0 {
		_, err := fmt.Fprintln(w, "nothing is in quarantine")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "count\treason\tfirst\tlast")
	for _, q := range l {
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\n", q.Count, q.Reason, q.First, q.Last)
	}
	return tw.Flush()
}

func newQuarantineShow(env Env, g *globals) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "show", Short: "Print what could not be taken, one JSON object a line", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runQuarantineShow(cmd.Context(), env, g, reason)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "only what has this `reason`")
	return cmd
}

func runQuarantineShow(ctx context.Context, env Env, g *globals, reason string) error {
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	enc := json.NewEncoder(env.Stdout)
	enc.SetEscapeHTML(false)
	found := false
	for item, err := range l.Quarantine(ctx) {
		if err != nil {
			return err
		}
		if reason != "" && item.Reason != reason {
			continue
		}
		found = true
		line := struct {
			Type string `json:"type"`
			lake.QuarantinedItem
		}{"quarantined", item}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("write to stdout: %w", err)
		}
	}
	if !found {
		return tpe.Errorf(tpe.NotFound, "nothing matches in quarantine")
	}
	return nil
}
