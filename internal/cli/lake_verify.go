package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/erase"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/mirror"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/spool"
	"github.com/power100/tpe/internal/tpe"
)

func newLakeVerify(env Env, g *globals) *cobra.Command {
	var o lakeVerifyOptions
	cmd := &cobra.Command{
		Use: "verify", Short: "Recount the lake and say whether it adds up", Args: cobra.NoArgs,
		Long: `Read every segment and every Parquet file again, and say whether the accounts
add up: received = stored + duplicate + quarantined + erased, and Parquet holds
what raw holds. Each record that is missing, doubled or changed is named, and
each Parquet file that engines read though no manifest names it.

With --s3 every object of the copy in S3 is read as well and held against what
the lake's indexes and receipts say. --to names the bucket as in tpe lake sync.
With --dynamodb every item of the table is held against the sealed segments,
with the attributes that the indexes use. tpe replay --to dynamodb puts right
what is missing or changed there.

Exit status 0: it adds up. 3: it does not.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLakeVerify(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.Int64Var(&o.maxFindings, "max-findings", 1000, "show at most `N` faults, 0 for all; all are counted")
	f.BoolVar(&o.dynamodb, "dynamodb", false, "hold the table INTERACTIONS_TABLE against the sealed segments, too")
	f.BoolVar(&o.s3, "s3", false, "verify the copy in S3 as well")
	f.StringVar(&o.to, "to", "", "the copy at `s3://bucket/prefix` (default s3://$DATA_LAKE_BUCKET)")
	return cmd
}

type lakeVerifyOptions struct {
	maxFindings int64
	dynamodb    bool
	s3          bool
	to          string
}

func runLakeVerify(ctx context.Context, env Env, g *globals, o lakeVerifyOptions) error {
	if o.to != "" && !o.s3 {
		return &tpe.Error{Code: tpe.Misuse, Message: "--to names the copy in S3", Hint: "add --s3"}
	}
	if o.maxFindings < 0 {
		return tpe.Errorf(tpe.Misuse, "--max-findings %d is below 0", o.maxFindings)
	}
	conf, err := loadAWSConfig(ctx, env, g)
	if err != nil {
		return err
	}
	var table *dynamo.Table
	if o.dynamodb { // before the lake is counted
		if table, err = openTable(ctx, conf, nil); err != nil {
			return err
		}
		defer table.Close()
	}
	var copied *bucket.Bucket
	if o.s3 {
		if copied, err = openBucket(ctx, conf, o.to, sayRetries(env, g)); err != nil {
			return err
		}
		defer copied.Close()
		if err := copied.Check(ctx); err != nil {
			return err
		}
	}
	if o.dynamodb {
		if err := table.Check(ctx); err != nil {
			return err
		}
	}
	l, err := openLakeOf(ctx, env, conf)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := mustExist(l); err != nil {
		return err
	}
	out := bufio.NewWriter(env.Stdout)
	defer func() { _ = out.Flush() }() // what was found before an error; the end tells whether it was written
	p := &verifyPrinter{env: env, out: out, enc: json.NewEncoder(out), json: g.json, max: o.maxFindings, place: "raw"}
	raw, err := l.Verify(ctx, p.fault)
	if err != nil {
		return err
	}
	unfinished, erasing, err := erasures(l)
	if err != nil {
		return err
	}
	p.unfinished(unfinished, erasing)
	p.accounts(raw)
	gate := redact.New(redact.Options{})
	parquet, err := compact.Verify(ctx, l, compact.Options{Gate: gate})
	if err != nil && tpe.CodeOf(err) != tpe.Mismatch {
		return err
	}
	v := verifySummary{OK: raw.OK && err == nil, RawFaults: p.faults, Raw: raw, Parquet: parquet, ParquetOK: err == nil}
	p.parquet(parquet)
	if copied != nil {
		if v.S3, err = verifyCopy(ctx, l, copied, gate, p); err != nil {
			return err
		}
		v.OK = v.OK && v.S3.OK
	}
	if o.dynamodb {
		if v.DynamoDB, err = verifyTable(ctx, table, l, p); err != nil {
			return err
		}
		v.OK = v.OK && v.DynamoDB.OK
	}
	if g.json {
		p.line("summary", v)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	if erasing && !v.OK {
		return &tpe.Error{Code: tpe.Mismatch, Message: "the lake does not add up while an erasure is under way", Hint: "verify again when it has ended"}
	}
	if len(unfinished) > 0 && !erasing {
		return &tpe.Error{Code: tpe.Mismatch, Message: "an erasure was stopped before its end", Hint: "run the same tpe lake erase again"}
	}
	if !v.OK {
		return &tpe.Error{Code: tpe.Mismatch, Message: "the lake does not add up", Hint: mendTable(l, v.DynamoDB)}
	}
	return nil
}

// erasures returns the erasures that have not ended, and whether one of them is
// under way.
func erasures(l *lake.Lake) (unfinished []string, erasing bool, err error) {
	if unfinished, err = erase.Unfinished(l); err != nil || len(unfinished) == 0 {
		return unfinished, false, err
	}
	if erasing, err = l.Erasing(); err != nil || erasing {
		return unfinished, erasing, err
	}
	unfinished, err = erase.Unfinished(l) // it may just have ended
	return unfinished, false, err
}

// verifyCopy verifies the copy of the lake in a bucket.
func verifyCopy(ctx context.Context, l *lake.Lake, b *bucket.Bucket, gate *redact.Gate, p *verifyPrinter) (_ *copySummary, err error) {
	p.place, p.faults = "s3", 0
	out := &copySummary{From: b.String()}
	dir, end, err := spool.New(spool.Verify)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	c := mirror.Copy{Bucket: b, Dir: dir}
	if out.Raw, err = l.VerifyCopy(ctx, c, p.fault); err != nil {
		return nil, err
	}
	out.RawFaults = p.faults
	out.Parquet, err = compact.VerifyCopy(ctx, l, c, compact.Options{Gate: gate})
	if err != nil && tpe.CodeOf(err) != tpe.Mismatch {
		return nil, err
	}
	out.ParquetOK = err == nil
	out.OK = out.Raw.OK && out.ParquetOK
	p.accounts(out.Raw)
	p.parquet(out.Parquet)
	return out, nil
}

// verifyPrinter writes faults as they are found, then the accounts.
type verifyPrinter struct {
	env    Env
	out    *bufio.Writer
	enc    *json.Encoder
	json   bool
	max    int64
	place  string // that is verified: raw or s3
	faults int64
}

func (p *verifyPrinter) fault(f lake.Fault) {
	p.faults++
	switch {
	case p.max > 0 && p.faults > p.max:
	case p.json:
		p.line("fault", placedFault{p.place, f})
	default:
		fmt.Fprintf(p.out, "%s: %s\n", p.place, f)
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

// unfinished names the erasures that were stopped, or are under way.
func (p *verifyPrinter) unfinished(ids []string, erasing bool) {
	what := "was stopped before its end"
	if erasing {
		what = "is under way"
	}
	for _, id := range ids {
		if p.json {
			p.line("unfinished_erasure", id)
		} else {
			fmt.Fprintf(p.out, "erasure %s %s\n", id, what)
		}
	}
}

// placedFault is a fault with the place that it was found in.
type placedFault struct {
	Place string `json:"place"`
	lake.Fault
}

// verifySummary is the last line of the JSON form.
type verifySummary struct {
	OK        bool                 `json:"ok"`
	RawFaults int64                `json:"raw_faults"`
	Raw       lake.Report          `json:"raw"`
	Parquet   compact.VerifyReport `json:"parquet"`
	ParquetOK bool                 `json:"parquet_ok"`
	S3        *copySummary         `json:"s3,omitempty"`
	DynamoDB  *lake.CopyReport     `json:"dynamodb,omitempty"`
}

// copySummary says whether a copy of the lake adds up.
type copySummary struct {
	OK        bool                 `json:"ok"`
	From      string               `json:"from"`
	RawFaults int64                `json:"raw_faults"`
	Raw       lake.Report          `json:"raw"`
	Parquet   compact.VerifyReport `json:"parquet"`
	ParquetOK bool                 `json:"parquet_ok"`
}

// parquet writes how the Parquet files stand to the raw records.
func (p *verifyPrinter) parquet(r compact.VerifyReport) {
	if !p.json {
		_ = r.Text(p.out) // Flush tells the error
	}
}

// accounts writes the accounts of the place at hand.
func (p *verifyPrinter) accounts(raw lake.Report) {
	if p.json {
		return
	}
	if p.max > 0 && p.faults > p.max {
		fmt.Fprintf(p.out, "... and %d more faults (--max-findings 0 shows all)\n", p.faults-p.max)
	}
	tw := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, p.place+"\ttype\treceived\tstored\tduplicate\tquarantined\terased\t\t")
	row := func(day string, a lake.Account) {
		verdict := "ok"
		if !a.Balanced() {
			verdict = "DOES NOT ADD UP"
		}
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", day, a.Type, a.Received, a.Stored, a.Duplicate, a.Quarantined, a.Erased, verdict)
	}
	for _, a := range raw.Accounts {
		if a.Type == "" {
			a.Type = "(none)"
		}
		row(a.Day.String(), a)
	}
	row("total", raw.Total)
	_ = tw.Flush()
	verdict := colour(p.env, p.env.Stdout, "adds up", lipgloss.Green)
	if !raw.OK {
		verdict = colour(p.env, p.env.Stdout, "does not add up", lipgloss.Red)
	}
	files := count(int64(raw.Segments), "segment", "segments")
	if raw.Foreign > 0 {
		files += " and " + count(int64(raw.Foreign), "other file", "other files")
	}
	fmt.Fprintf(p.out, "%s: %s in %s, %s\n\n", p.place, count(int64(raw.Records), "record", "records"), files, verdict)
}
