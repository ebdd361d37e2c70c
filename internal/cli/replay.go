package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/ship"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

type replayOptions struct {
	paths  []string
	to     string
	filter filterFlags
	rate   string
	speed  string
	resume bool
	dryRun bool
	create bool
	token  string // file
}

func newReplay(env Env, g *globals) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay [PATH...|-]",
		Short: "Feed records again, to a lake, to another tpe or to DynamoDB",
		Long: `Feed records again, to a lake, to another tpe or to DynamoDB. On the way records of the old
service are turned into records of the contract, the second copy of a call that
it logged twice is marked, and credentials are taken out. What cannot be taken
goes to quarantine with its reason.

It is safe to repeat: a record that is there already is a duplicate.

Another tpe in production takes everything from administrators only. The file
of --token-file holds such a token, as POST /api/auth/login answers it.

DynamoDB is the table INTERACTIONS_TABLE: an item a record, found by id, and by
user, conversation, or partner and type. --create-table makes it.
AWS_ENDPOINT_URL_DYNAMODB, else AWS_ENDPOINT_URL, names a server that is not
AWS's own. A record that
is larger than an item may be, about 400 kB, is stored by reference to the
segment of the lake that it was read from; one from another file is refused.
With INTERACTIONS_TTL items expire. An item that somebody has changed is put
right. Records of those who were erased from the lake (--lake) are not sent.`,
		Example: `  tpe replay old-lake/raw --to lake
  tpe replay old-lake --to https://tpe.example --token-file token --rate 500/s --resume
  tpe replay data-lake/raw --to dynamodb --create-table
  zcat calls.ndjson.gz | tpe replay - --to lake --since 2026-11-01`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return runReplay(cmd.Context(), env, g, o)
		},
	}
	o.filter.add(cmd)
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "`where`: lake, dynamodb, or the URL of another tpe")
	f.StringVar(&o.rate, "rate", "", "at most so many records a second, as in `500/s`")
	f.StringVar(&o.speed, "speed", "", "keep the gaps between the records, so many times shorter, as in `10x`")
	f.BoolVar(&o.resume, "resume", false, "go on where the last replay of the same input stopped")
	f.StringVar(&o.token, "token-file", "", "`file` with an administrator's token, for --to URL")
	f.BoolVar(&o.create, "create-table", false, "make the table of DynamoDB when it is not there")
	f.BoolVar(&o.dryRun, "dry-run", false, "do all but send, and say what would be sent")
	return cmd
}

func runReplay(ctx context.Context, env Env, g *globals, o replayOptions) error {
	opts, err := replayInput(env, o)
	if err != nil {
		return err
	}
	load := loadConfig
	if o.to == "dynamodb" {
		load = loadAWSConfig
	}
	conf, err := load(ctx, env, g)
	if err != nil {
		return err
	}
	if opts.Set, err = schema.Default(); err != nil {
		return err
	}
	opts.Gate = redact.New(redact.Options{})
	opts.Workers = runtime.GOMAXPROCS(0)
	bar := newProgress(env, g, "replay", -1, false)
	opts.Progress = bar.set
	opts.Resume = o.resume
	if opts.Stream == nil && !o.dryRun {
		dir := env.Dir
		if o.to == "lake" {
			dir = conf.LakeDir
		}
		opts.Bookmark = filepath.Join(dir, ".tpe-replay.json")
	}

	var closeSink func(context.Context) error
	switch {
	case o.dryRun:
		opts.Sink = ship.Nowhere{}
	case o.to == "dynamodb":
		table, err := openTable(ctx, conf, nil)
		if err != nil {
			return err
		}
		defer table.Close()
		if o.create {
			if _, err := table.Create(ctx); err != nil {
				return err
			}
		}
		if err := table.Check(ctx); err != nil {
			return err
		}
		if wrong := unexpiring(ctx, table); wrong != "" && !g.quiet {
			fmt.Fprintln(env.Stderr, "tpe:", wrong)
		}
		gone, err := forgotten(ctx, env, conf)
		if err != nil {
			return err
		}
		defer func() { _ = gone.Close() }() // only read from
		opts.Sink = ship.TableSink{Table: table, Gone: gone, Gate: opts.Gate}
	case o.to == "lake":
		l, err := lake.Open(ctx, lakeOptions(env, conf))
		if err != nil {
			return err
		}
		defer l.Close()
		w, err := l.NewWriter(ctx)
		if err != nil {
			return err
		}
		closeSink = w.Close
		opts.Sink, opts.Into = ship.LakeSink{Writer: w}, conf.LakeDir
	default:
		header, err := o.authorization()
		if err != nil {
			return err
		}
		failing := func(why string) { fmt.Fprintln(env.Stderr, "tpe:", why) }
		if opts.Sink, err = ship.NewURLSink(ship.URLOptions{URL: o.to, Header: header, Failing: failing}); err != nil {
			return err
		}
	}
	report, err := ship.Replay(ctx, opts)
	bar.finish()
	if closeSink != nil {
		if closeErr := closeSink(context.WithoutCancel(ctx)); err == nil {
			err = closeErr
		}
	}
	if report != nil {
		if showErr := show(env, g, replayReport{report}); err == nil {
			err = showErr
		}
	}
	if err != nil {
		return err
	}
	return report.Err()
}

// forgotten opens the list of those who were erased from the lake. Without a
// lake it is empty.
func forgotten(ctx context.Context, env Env, conf config.Config) (*lake.Forgotten, error) {
	l, err := lake.Open(ctx, lakeOptions(env, conf))
	if err != nil {
		return nil, err
	}
	return l.OpenForgotten(ctx)
}

// authorization returns the header that carries the token, if there is one.
func (o *replayOptions) authorization() (http.Header, error) {
	if o.token == "" {
		return nil, nil
	}
	token, err := os.ReadFile(o.token)
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "read --token-file", Err: err}
	}
	return http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(token))}}, nil
}

// replayInput turns the arguments into options.
func replayInput(env Env, o replayOptions) (ship.Options, error) {
	opts := ship.Options{Paths: o.paths, Now: env.Now}
	switch {
	case o.to == "":
		return opts, &tpe.Error{Code: tpe.Misuse, Message: "--to is missing", Hint: "--to lake, --to dynamodb, or --to URL of another tpe"}
	case o.create && o.to != "dynamodb":
		return opts, tpe.Errorf(tpe.Misuse, "--create-table is for --to dynamodb")
	case o.to != "lake" && o.to != "dynamodb" && !strings.HasPrefix(o.to, "http://") && !strings.HasPrefix(o.to, "https://"):
		return opts, tpe.Errorf(tpe.Misuse, "--to %s is not known: use lake, dynamodb, or a URL such as https://tpe.example", quote(o.to))
	case o.token != "" && !strings.HasPrefix(o.to, "http"):
		return opts, tpe.Errorf(tpe.Misuse, "--token-file is for --to URL")
	case len(o.paths) == 0:
		return opts, &tpe.Error{Code: tpe.Misuse, Message: "nothing to replay is named", Hint: "give files, folders, or - for stdin"}
	case slices.Contains(o.paths, "-"):
		if len(o.paths) > 1 {
			return opts, tpe.Errorf(tpe.Misuse, "- (stdin) stands alone, not beside other paths")
		}
		if o.resume {
			return opts, tpe.Errorf(tpe.Misuse, "--resume needs files: stdin cannot be read again")
		}
		opts.Paths, opts.Stream, opts.Name = nil, env.Stdin, "stdin"
	}
	if opts.Stream == nil { // before anything is made for it
		if _, err := source.Find(opts.Paths); err != nil {
			return opts, err
		}
	}
	filter, err := o.filter.filter(env.Now())
	if err != nil {
		return opts, err
	}
	opts.Filter = ship.Filter{Since: filter.Since, Until: filter.Until, Type: filter.Type, User: filter.User}
	if opts.Rate, err = positive("--rate", o.rate, "/s"); err != nil {
		return opts, err
	}
	opts.Speed, err = positive("--speed", o.speed, "x")
	return opts, err
}

// positive reads a number above 0 with a unit after it; "" is 0.
func positive(flag, s, unit string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	if err != nil || !(v > 0) || v > 1e12 {
		return 0, tpe.Errorf(tpe.Misuse, "%s %s is not a number above 0: write it as in 10%s", flag, quote(s), unit)
	}
	return v, nil
}

// replayReport is what "tpe replay" shows.
type replayReport struct{ *ship.Report }

func (r replayReport) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "type\tread\tfiltered\tquarantined\tsent\tnew\tduplicate\tconflict\trejected\t")
	row := func(name string, t *ship.TypeCount) {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, t.Read, t.Filtered, t.Quarantined, t.Sent, t.New, t.Duplicate, t.Conflict, t.Rejected)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Types)) {
		row(name, r.Types[name])
	}
	row("total", &ship.TypeCount{Read: r.Read, Filtered: r.Filtered, Quarantined: r.Quarantined, Sent: r.Sent, New: r.New, Duplicate: r.Duplicate, Conflict: r.Conflict, Rejected: r.Rejected})
	if err := tw.Flush(); err != nil {
		return err
	}
	if r.DryRun {
		fmt.Fprintf(w, "read %s: %d would be sent; which of them are there already was not looked for\n", count(r.Read, "record", "records"), r.Sent)
	} else {
		fmt.Fprintf(w, "read %s: %d sent, %d new, %d duplicate\n", count(r.Read, "record", "records"), r.Sent, r.New, r.Duplicate)
	}
	fmt.Fprintf(w, "of those sent: %d upcast, %d with a credential taken out, %d marked as the second copy of a call\n", r.Upcast, r.Redacted, r.Marked)
	if r.Replaced > 0 {
		fmt.Fprintf(w, "%s put right: somebody had changed what is there\n", count(r.Replaced, "record", "records"))
	}
	if r.Erased > 0 {
		fmt.Fprintf(w, "%s not stored: their person was erased\n", count(r.Erased, "record", "records"))
	}
	if r.Failed > 0 {
		fmt.Fprintf(w, "%s failed and may be sent again\n", count(r.Failed, "record", "records"))
	}
	if r.Unfinished > 0 {
		fmt.Fprintf(w, "%s left out: another process is still writing them\n", count(r.Unfinished, "last line", "last lines"))
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		fmt.Fprintf(w, "not taken: %d (%s)\n", r.Reasons[reason], reason)
	}
	for _, s := range r.Samples {
		fmt.Fprintf(w, "  %s:%d: %s %s\n", s.File, s.Line, s.Reason, strings.Join(s.Findings, "; "))
	}
	for _, f := range r.UnreadableFiles {
		fmt.Fprintf(w, "unreadable: %s\n", f)
	}
	return nil
}
