package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/finetune"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type exportFinetuneOptions struct {
	filter                     filterFlags
	out, consent, system, seed string
	outcome, within            string
	rating, validation         float64
	dryRun                     bool
}

func newExportFinetune(env Env, g *globals) *cobra.Command {
	var o exportFinetuneOptions
	cmd := &cobra.Command{
		Use: "finetune", Short: "Write conversations as training data for OpenAI chat models", Args: cobra.NoArgs,
		Long: `Write conversations with the coach as OpenAI chat JSONL: train.jsonl and
validation.jsonl, refused.jsonl with the reason for each conversation that is
left out, and lineage.jsonl, which says where each line comes from.

A conversation is taken only when the person agreed: a record says so by
metadata.training_consent, or --consent names the user: contractor:88,
partner:88 or admin:88, for each role has its own ids; 88 alone is the
contractor. Credentials, e-mail
addresses, phone numbers and street addresses are taken out, and the names of
persons whom the database knows: the person's own and the company's in every
part, those of others where they stand in full. All conversations of a person
are in one set. The same records and names give the same bytes.`,
		Example: `  tpe export finetune --out training --min-rating 8
  tpe export finetune --out training --outcome demo_booked --within 14d --consent agreed.txt`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runExportFinetune(cmd.Context(), env, g, o) },
	}
	o.filter.addTimes(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write the four files into this `folder`")
	f.StringVar(&o.outcome, "outcome", "", "only conversations that this `outcome` came of: "+strings.Join(finetune.Outcomes(), ", "))
	f.StringVar(&o.within, "within", "30d", "how long after a conversation its outcome may come")
	f.Float64Var(&o.rating, "min-rating", 0, "only conversations whose ratings are all at least `N`, 0 to 10; a thumb up counts")
	f.StringVar(&o.consent, "consent", "", "`file` of users, one a line, whose consent is known")
	f.Float64Var(&o.validation, "validation", 0.1, "`share` of people in the validation set, 0 to 0.5")
	f.StringVar(&o.seed, "seed", "", "`text` that changes who is in which set")
	f.StringVar(&o.system, "system", "", "`file` whose text is the system message of each example")
	f.BoolVar(&o.dryRun, "dry-run", false, "write no file, print what would be in them")
	return cmd
}

func runExportFinetune(ctx context.Context, env Env, g *globals, o exportFinetuneOptions) error {
	if o.out == "" && !o.dryRun {
		return &tpe.Error{Code: tpe.Misuse, Message: "--out is missing", Hint: "name a folder, or use --dry-run"}
	}
	filter, err := o.filter.filter(env.Now())
	if err != nil {
		return err
	}
	if !(o.rating >= 0 && o.rating <= 10) { // NaN is neither
		return tpe.Errorf(tpe.Misuse, "--min-rating %v is not from 0 to 10", o.rating)
	}
	opts := finetune.Options{Outcome: o.outcome, MinRating: o.rating, Validation: o.validation, Seed: o.seed}
	if opts.Within, err = parseAge(o.within); err != nil || opts.Within <= 0 {
		return tpe.Errorf(tpe.Misuse, "--within %s is not a time such as 14d or 12h", quote(o.within))
	}
	if opts.Consent, err = readConsent(o.consent); err != nil {
		return err
	}
	if o.system != "" {
		text, err := os.ReadFile(o.system)
		if err != nil {
			return &tpe.Error{Code: tpe.Misuse, Message: "read --system", Err: err}
		}
		opts.System = strings.TrimSpace(string(text))
	}
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := knownNames(ctx, env, g, &opts); err != nil {
		return err
	}
	var out finetune.Output
	var files []*outputFile
	defer func() {
		for _, f := range files {
			f.drop()
		}
	}()
	if !o.dryRun {
		if files, err = createSets(o.out); err != nil {
			return err
		}
		out = finetune.Output{Train: files[0], Validation: files[1], Refused: files[2], Lineage: files[3]}
	}
	var lost losses
	report, err := finetune.Write(ctx, lost.records(ctx, env, g, l, filter), out, opts)
	if err == nil {
		err = lost.err() // a withdrawal of consent may be among them
	}
	if err != nil {
		return err
	}
	if report.Conversations == 0 {
		return tpe.Errorf(tpe.NotFound, "no conversation matches")
	}
	for _, f := range files {
		if err := f.keep(); err != nil {
			return fmt.Errorf("write --out: %w", err)
		}
	}
	return show(env, g, report)
}

// knownNames reads the names that the database knows, where there is one.
func knownNames(ctx context.Context, env Env, g *globals, o *finetune.Options) (err error) {
	conf, err := readConfig(ctx, env, g, false)
	if err != nil {
		return err
	}
	if path := conf.DatabaseURL.SQLite; path != "" {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			if !g.quiet {
				fmt.Fprintln(env.Stderr, "tpe: there is no database: names of persons are not known, and stay in the texts")
			}
			return nil
		}
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	names, err := sqldb.ReadNames(ctx, db)
	o.Names, o.Known = names.Of, names.Full
	return err
}

// createSets opens the four files in a folder.
func createSets(dir string) (files []*outputFile, err error) {
	err = os.MkdirAll(dir, 0o700)
	for _, name := range []string{"train", "validation", "refused", "lineage"} {
		var f *outputFile
		if err == nil {
			if f, err = createOutput(filepath.Join(dir, name+".jsonl"), 0o600); err == nil {
				files = append(files, f)
			}
		}
	}
	if err != nil {
		return files, fmt.Errorf("write --out: %w", err)
	}
	return files, nil
}

// readConsent reads users, one a line. Lines with a # in front are
// comments.
func readConsent(path string) (_ map[string]bool, err error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "read --consent", Err: err}
	}
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "read --consent", Err: err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := map[string]bool{}
	text := bufio.NewReader(f)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" { // as Windows writes it in front
		_, _ = text.Discard(len(mark))
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if id := strings.TrimSpace(lines.Text()); id != "" && id[0] != '#' {
			user, err := finetune.ParseUser(id)
			if err != nil {
				return nil, &tpe.Error{Code: tpe.Misuse, Message: "read --consent", Err: err}
			}
			out[user] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "read --consent", Err: err}
	}
	return out, nil
}
