package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

type lakeCatOptions struct {
	filter filterFlags
	format string
	from   string
	limit  int64
}

func newLakeCat(env Env, g *globals) *cobra.Command {
	var o lakeCatOptions
	cmd := &cobra.Command{
		Use: "cat", Short: "Print records", Args: cobra.NoArgs,
		Example: `  tpe lake cat --since 7d --type partner_match
  tpe lake cat --id 019ab001-1f6f-72e6-8a11-6d20b15c693f --format json
  tpe lake cat --from parquet --format csv > records.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneForm(cmd, g, "json", "ndjson"); err != nil {
				return err
			}
			return runLakeCat(cmd.Context(), env, g, o)
		},
	}
	o.filter.add(cmd)
	f := cmd.Flags()
	f.StringVar(&o.filter.partner, "partner", "", "only this partner `id`")
	f.StringVar(&o.filter.id, "id", "", "only this interaction `id`")
	f.StringVar(&o.format, "format", "ndjson", "`form`: ndjson, json (one array), csv (the envelope and the whole record) or parquet")
	f.StringVar(&o.from, "from", "raw", "read `raw` segments or the compacted parquet files")
	f.Int64Var(&o.limit, "limit", 0, "print at most `N` records, 0 for all")
	return cmd
}

func runLakeCat(ctx context.Context, env Env, g *globals, o lakeCatOptions) error {
	if !slices.Contains([]string{"ndjson", "json", "csv", "parquet"}, o.format) {
		return tpe.Errorf(tpe.Misuse, "--format %s is not known: use ndjson, json, csv or parquet", quote(o.format))
	}
	if o.from != "raw" && o.from != "parquet" {
		return tpe.Errorf(tpe.Misuse, "--from %s is not known: use raw or parquet", quote(o.from))
	}
	if o.limit < 0 {
		return tpe.Errorf(tpe.Misuse, "--limit %d is below 0", o.limit)
	}
	filter, err := o.filter.filter(env.Now())
	if err != nil {
		return err
	}
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	var lost losses
	records := lost.records(ctx, env, g, l, filter)
	var lacking []lake.Day
	if o.from == "parquet" {
		if lacking, err = compact.Lacking(ctx, l, filter); err != nil {
			return err
		}
		records = compact.Records(ctx, l, filter)
	}
	if o.format == "parquet" && env.Terminal(env.Stdout) {
		return &tpe.Error{Code: tpe.Misuse, Message: "a Parquet file is not for a terminal", Hint: "redirect stdout to a file"}
	}
	out := bufio.NewWriterSize(env.Stdout, 64<<10)
	printed, err := printRecords(ctx, out, o, records)
	if flushErr := out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write records: %w", flushErr)
	}
	if err == nil {
		err = lost.err()
	}
	if err == nil && len(lacking) > 0 && (o.limit == 0 || printed < o.limit) {
		err = &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("records are left out: raw files of %s are not compacted, from %s on", count(int64(len(lacking)), "day", "days"), lacking[0]), Hint: "run tpe lake compact"}
	}
	if err == nil && printed == 0 {
		err = tpe.Errorf(tpe.NotFound, "no record matches")
	}
	return err
}

// losses are the places of the segments that could not be read.
type losses struct {
	places int64
	last   *lake.Damage // one of a file that cannot be read, where there is one
}

// records yields the records of the segments. A damaged place is told on
// stderr, and the stream goes on; whoever reads it asks err at the end.
func (s *losses) records(ctx context.Context, env Env, g *globals, l *lake.Lake, filter lake.Filter) iter.Seq2[*tape.Tape, error] {
	return func(yield func(*tape.Tape, error) bool) {
		for r, err := range l.Records(ctx, filter) {
			var damage *lake.Damage
			if errors.As(err, &damage) {
				s.places++
				if s.last == nil || !s.last.Unread {
					s.last = damage
				}
				printError(env, g.json, damaged(damage))
				continue
			}
			if !yield(r.Tape, err) {
				return
			}
		}
	}
}

// err says that records are left out, as a failure of the disk when a file
// cannot be read, else of the data.
func (s *losses) err() error {
	if s.places == 0 {
		return nil
	}
	hint := "tpe lake verify says what is lost; bring the segment back from a copy"
	if s.last.Unread {
		hint = "make the file readable, and run it again"
	}
	return &tpe.Error{Code: damaged(s.last).Code, Message: "records are left out: " + count(s.places, "place", "places") + " cannot be read", Hint: hint}
}

func damaged(d *lake.Damage) *tpe.Error {
	code := tpe.Mismatch
	if d.Unread {
		code = tpe.Unavailable
	}
	return &tpe.Error{Code: code, Message: "skip " + d.Error()}
}

func printRecords(ctx context.Context, w *bufio.Writer, o lakeCatOptions, records iter.Seq2[*tape.Tape, error]) (int64, error) {
	var n int64
	limited := func(yield func(*tape.Tape, error) bool) {
		for t, err := range records {
			if err == nil {
				if o.limit > 0 && n == o.limit {
					return
				}
				n++
			}
			if !yield(t, err) {
				return
			}
		}
	}
	var err error
	switch o.format {
	case "parquet":
		err = compact.Export(ctx, w, limited)
	case "csv":
		err = compact.ExportCSV(w, limited)
	case "json":
		err = printArray(w, limited)
	default:
		err = compact.ExportLines(w, limited)
	}
	return n, err
}

func printArray(w *bufio.Writer, records iter.Seq2[*tape.Tape, error]) error {
	var line []byte
	sep := "[\n"
	for t, err := range records {
		if err != nil {
			return err
		}
		line = t.AppendCompact(append(line[:0], sep...), 0)
		if _, err := w.Write(line); err != nil {
			return fmt.Errorf("write records: %w", err)
		}
		sep = ",\n"
	}
	if sep == "[\n" {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}
