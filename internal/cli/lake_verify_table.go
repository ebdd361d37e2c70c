package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"charm.land/lipgloss/v2"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/ship"
)

// verifyTable holds the table of DynamoDB against the lake and prints what
// differs.
func verifyTable(ctx context.Context, table *dynamo.Table, l *lake.Lake, p *verifyPrinter) (*lake.CopyReport, error) {
	p.place, p.faults = "dynamodb", 0
	report, err := ship.VerifyTable(ctx, l, table, p.fault)
	if err != nil {
		return nil, err
	}
	if p.json {
		return &report, nil
	}
	if p.max > 0 && p.faults > p.max {
		fmt.Fprintf(p.out, "... and %d more faults (--max-findings 0 shows all)\n", p.faults-p.max)
	}
	tw := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "dynamodb\ttype\tlake\ttable\tpending\t")
	for _, a := range report.Accounts {
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t\n", a.Day, a.Type, a.Records, a.Copied, a.Pending)
	}
	_ = tw.Flush()
	verdict := colour(p.env, p.env.Stdout, "adds up", lipgloss.Green)
	if !report.OK {
		verdict = colour(p.env, p.env.Stdout, "differs", lipgloss.Red)
	}
	fmt.Fprintf(p.out, "dynamodb: %s in the table, %d expected, %d not shipped yet, %s\n", count(int64(report.Copied), "record", "records"), report.Records, report.Pending, verdict)
	return &report, nil
}

// mendTable names the command that puts the table right; nothing when none does.
func mendTable(l *lake.Lake, r *lake.CopyReport) string {
	if r == nil || r.Faults[lake.Missing]+r.Faults[lake.Changed] == 0 {
		return ""
	}
	return "tpe replay " + filepath.Join(l.Dir(), "raw") + " --to dynamodb puts right what is missing or changed in the table"
}
