package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/erase"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

func newLakeVerify(env Env, g *globals) *cobra.Command {
	var maxFindings int64
	cmd := &cobra.Command{
		Use: "verify", Short: "Recount the lake and say whether it adds up", Args: cobra.NoArgs,
		Long: `Read every segment and every Parquet file again, and say whether the accounts
add up: received = stored + duplicate + quarantined + erased, and Parquet holds
what raw holds. Each record that is missing, doubled or changed is named.

Exit status 0: it adds up. 3: it does not.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runLakeVerify(cmd.Context(), env, g, maxFindings)
		},
	}
	cmd.Flags().Int64Var(&maxFindings, "max-findings", 1000, "show at most `N` faults, 0 for all; all are counted")
	return cmd
}

func runLakeVerify(ctx context.Context, env Env, g *globals, maxFindings int64) error {
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	out := bufio.NewWriter(env.Stdout)
	p := &verifyPrinter{env: env, out: out, enc: json.NewEncoder(out), json: g.json, max: maxFindings}
	raw, err := l.Verify(ctx, p.fault)
	if err != nil {
		return err
	}
	parquet, err := compact.Verify(ctx, l, compact.Options{Gate: redact.New(redact.Options{})})
	if err != nil && tpe.CodeOf(err) != tpe.Mismatch {
		return err
	}
	unfinished, pendingErr := erase.Unfinished(l)
	if pendingErr != nil {
		return pendingErr
	}
	p.unfinished(unfinished)
	p.accounts(raw, parquet, err == nil)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	if len(unfinished) > 0 {
		return &tpe.Error{Code: tpe.Mismatch, Message: "an erasure was stopped before its end", Hint: "run the same tpe lake erase again"}
	}
	if !raw.OK || err != nil {
		return tpe.Errorf(tpe.Mismatch, "the lake does not add up")
	}
	return nil
}

// verifyPrinter writes faults as they are found, then the accounts.
type verifyPrinter struct {
	env    Env
	out    *bufio.Writer
	enc    *json.Encoder
	json   bool
	max    int64
	faults int64
}

func (p *verifyPrinter) fault(f lake.Fault) {
	p.faults++
	switch {
	case p.max > 0 && p.faults > p.max:
	case p.json:
		p.line("fault", f)
	default:
		fmt.Fprintf(p.out, "raw: %s\n", f)
	}
}

// line writes one JSON object with a type. A write that fails is seen by
// Flush.
func (p *verifyPrinter) line(typ string, v any) {
	_ = p.enc.Encode(struct {
		Type  string `json:"type"`
		Value any    `json:"value"`
	}{typ, v})
}

// unfinished names the erasures that were stopped.
func (p *verifyPrinter) unfinished(ids []string) {
	for _, id := range ids {
		if p.json {
			p.line("unfinished_erasure", id)
		} else {
			fmt.Fprintf(p.out, "erasure %s was stopped before its end\n", id)
		}
	}
}

// verifySummary is the last line of the JSON form.
type verifySummary struct {
	OK        bool                 `json:"ok"`
	RawFaults int64                `json:"raw_faults"`
	Raw       lake.Report          `json:"raw"`
	Parquet   compact.VerifyReport `json:"parquet"`
	ParquetOK bool                 `json:"parquet_ok"`
}

func (p *verifyPrinter) accounts(raw lake.Report, parquet compact.VerifyReport, parquetOK bool) {
	if p.json {
		p.line("summary", verifySummary{raw.OK && parquetOK, p.faults, raw, parquet, parquetOK})
		return
	}
	if p.max > 0 && p.faults > p.max {
		fmt.Fprintf(p.out, "... and %d more faults (--max-findings 0 shows all)\n", p.faults-p.max)
	}
	tw := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "raw\ttype\treceived\tstored\tduplicate\tquarantined\terased\t\t")
	row := func(day string, a lake.Account) {
		verdict := "ok"
		if !a.Balanced() {
			verdict = "DOES NOT ADD UP"
		}
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", day, a.Type, a.Received, a.Stored, a.Duplicate, a.Quarantined, a.Erased, verdict)
	}
	for _, a := range raw.Accounts {
		row(a.Day.String(), a)
	}
	row("total", raw.Total)
	_ = tw.Flush()
	verdict := colour(p.env, p.env.Stdout, "adds up", lipgloss.Green)
	if !raw.OK {
		verdict = colour(p.env, p.env.Stdout, "does not add up", lipgloss.Red)
	}
	fmt.Fprintf(p.out, "raw: %s in %s, %s\n\n", count(int64(raw.Records), "record", "records"), count(int64(raw.Segments), "segment", "segments"), verdict)
	_ = parquet.Text(p.out)
}
