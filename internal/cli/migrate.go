package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

type migrateOptions struct {
	from, to, schema, conflict, orphans    string
	jobs                                   int
	tables, types, using                   []string
	mapping, certificate, html, workDir    string
	plan, dryRun, verify, resume, since    bool
	schemaOnly, dataOnly, strict, holdLock bool
	analyze                                bool
}

func newMigrate(env Env, g *globals) *cobra.Command {
	var o migrateOptions
	cmd := &cobra.Command{
		Use: "migrate --from sqlite:FILE --to postgres://...", Short: "Move a SQLite database to Postgres and prove it", Args: cobra.NoArgs,
		Long: `Move a SQLite database to Postgres, any database, also while its application
runs. The types are chosen by what the values really are. Every value is equal
afterwards, or converted with its reason, or in the table _migrate_rejects.

The new tables are loaded into a schema of their own and shown all at once when
they are complete and equal. Until then the target shows nothing. When the move
is interrupted, the same command with --resume goes on.

--plan reads the source only, and says what it holds, which types are chosen
and why, and which values will not convert. --verify compares a finished move
again: rows, sequences, constraints and rejects, also of tables that another
program has moved. --since brings over what has changed in the source since
the last time. Both want every table of the source in the target, or those that
--tables names.

A mapping file is JSON: {"types": {"table.column": "bigint"},
"using": {"table.column": "an SQL expression of SQLite"}, "tables": ["table"]}.
In --type, * stands for any text: --type '*.created_at=timestamptz'.

Exit status 0: moved, and both sides hold the same. 3: they differ, or with
--strict a value does not convert, or the source is damaged by SQLite's own
check: then what can be read of it is moved, and the certificate says so.`,
		Example: `  tpe migrate --from sqlite:app.db --plan --html plan.html
  tpe migrate --from sqlite:app.db --to postgres://app@db/app --certificate certificate.json
  tpe migrate --from sqlite:app.db --to postgres://app@db/app --resume
  tpe migrate --from sqlite:app.db --to postgres://app@db/app --verify
  tpe migrate --from sqlite:app.db --to postgres://app@db/app --type orders.placed=timestamptz \
    --using "orders.total=total / 100.0" --orphans null`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runMigrate(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "the `source`, as in sqlite:FILE")
	f.StringVar(&o.to, "to", "", "the `target`, as in postgres://USER:PASSWORD@HOST/NAME (default $DATABASE_URL when it is one)")
	f.StringVar(&o.schema, "schema", "public", "the `schema` of the target")
	f.StringVar(&o.conflict, "on-conflict-schema", "fail", "when the schema is not empty: `fail`, drop (replace what is there) or keep (add to it)")
	f.BoolVar(&o.plan, "plan", false, "take the census and show the plan; write nothing")
	f.BoolVar(&o.dryRun, "dry-run", false, "the same as --plan")
	f.BoolVar(&o.verify, "verify", false, "compare a finished move with the source; write nothing")
	f.BoolVar(&o.resume, "resume", false, "go on where an interrupted move stopped")
	f.BoolVar(&o.since, "since", false, "bring over what has changed since a finished move")
	f.BoolVar(&o.schemaOnly, "schema-only", false, "make the tables, without rows")
	f.BoolVar(&o.dataOnly, "data-only", false, "copy rows into tables that are there and empty")
	f.StringSliceVar(&o.tables, "tables", nil, "only these `tables`, with commas between them")
	f.StringArrayVar(&o.types, "type", nil, "give a column a type, as in `table.column=type`; may be repeated")
	f.StringArrayVar(&o.using, "using", nil, "read an SQL expression of SQLite instead of a column, as in `table.column=SQL`; may be repeated")
	f.StringVar(&o.mapping, "mapping", "", "a `file` with types, expressions and tables")
	f.StringVar(&o.orphans, "orphans", "keep", "rows whose foreign key points nowhere: `keep`, null (the column) or reject (the row)")
	f.BoolVar(&o.strict, "strict", false, "stop when a value does not convert")
	f.IntVar(&o.jobs, "jobs", 0, "copy so many tables or parts of tables at the same time (default by the processors)")
	f.StringVar(&o.certificate, "certificate", "", "write the certificate to this `file`, and a page beside it")
	f.StringVar(&o.html, "html", "", "write the plan or the certificate as a page to this `file`")
	f.BoolVar(&o.analyze, "analyze", false, "gather statistics for the planner at the end, which autovacuum does within minutes otherwise")
	f.StringVar(&o.workDir, "work-dir", "", "the `folder` for a copy of a source that is not in WAL mode")
	f.BoolVar(&o.holdLock, "lock", false, "make no copy of a source that is not in WAL mode: its writers wait")
	return cmd
}

func runMigrate(ctx context.Context, env Env, g *globals, o migrateOptions) error {
	opts, err := migrateInput(ctx, env, g, o)
	if err != nil {
		return err
	}
	bar := newProgress(env, g, "census", -1, false)
	phase := "census"
	opts.Progress = func(p migrate.Progress) {
		if p.Phase != phase {
			phase = p.Phase
			bar.finish()
			bar = newProgress(env, g, p.Phase, p.Total, false)
		}
		if p.Bytes > 0 {
			bar.describe(fmt.Sprintf("%s, %.1f MB", p.Phase, float64(p.Bytes)/1e6))
		}
		bar.update(p.Rows, p.Total)
	}
	if o.plan || o.dryRun {
		s, err := migrate.Plan(ctx, opts)
		bar.finish()
		if err != nil {
			return err
		}
		if o.html != "" {
			if err := writePage(at(env, o.html), s.Page); err != nil {
				return err
			}
		}
		return show(env, g, s)
	}
	move := migrate.Run
	switch {
	case o.verify:
		move = migrate.Verify
	case o.since:
		move = migrate.Since
	}
	cert, err := move(ctx, opts)
	bar.finish()
	if cert == nil {
		return err
	}
	if showErr := show(env, g, cert); showErr != nil {
		return showErr
	}
	return errors.Join(err, writeCertificate(env, o, cert))
}

// migrateInput checks the flags.
func migrateInput(ctx context.Context, env Env, g *globals, o migrateOptions) (migrate.Options, error) {
	opts := migrate.Options{Schema: o.schema, Jobs: o.jobs, Strict: o.strict, Resume: o.resume, Lock: o.holdLock, Analyze: o.analyze, Now: env.Now,
		Orphans: migrate.Orphans(o.orphans), Conflict: migrate.Conflict(o.conflict), Version: appVersion().Version, Types: map[string]convert.Type{}, Using: map[string]string{}}
	misuse := func(hint, format string, args ...any) (migrate.Options, error) {
		return opts, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	if o.from == "" {
		return misuse("as in --from sqlite:app.db", "--from is needed")
	}
	name := strings.TrimPrefix(strings.TrimPrefix(o.from, "sqlite:"), "//")
	if strings.Contains(o.from, "://") && !strings.HasPrefix(o.from, "sqlite:") {
		return misuse("as in --from sqlite:app.db", "--from %s is not a SQLite database", o.from)
	}
	opts.From, opts.FromName = at(env, name), "sqlite:"+name
	for flag, path := range map[string]string{"--certificate": o.certificate, "--html": o.html} {
		if err := writable(env, flag, path); err != nil {
			return opts, err
		}
	}
	modes := 0
	for _, on := range []bool{o.plan || o.dryRun, o.verify, o.since, o.resume} {
		if on {
			modes++
		}
	}
	if modes > 1 {
		return misuse("", "--plan (or --dry-run), --verify, --since and --resume exclude each other")
	}
	if o.schemaOnly && o.dataOnly {
		return misuse("", "--schema-only and --data-only exclude each other")
	}
	switch {
	case o.schemaOnly:
		opts.Scope = migrate.SchemaOnly
	case o.dataOnly:
		opts.Scope = migrate.DataOnly
	}
	switch opts.Orphans {
	case migrate.KeepOrphans, migrate.NullOrphans, migrate.RejectOrphans:
	default:
		return misuse("", "--orphans is keep, null or reject, not %s", o.orphans)
	}
	switch opts.Conflict {
	case migrate.FailOnConflict, migrate.DropConflict, migrate.AddToSchema:
	default:
		return misuse("", "--on-conflict-schema is fail, drop or keep, not %s", o.conflict)
	}
	if opts.Jobs == 0 {
		opts.Jobs = max(2, min(8, 2*runtime.GOMAXPROCS(0)))
	}
	if opts.Jobs < 1 || opts.Jobs > 64 {
		return misuse("", "--jobs is from 1 to 64")
	}
	if o.workDir != "" {
		opts.WorkDir = at(env, o.workDir)
	}
	if !o.plan && !o.dryRun {
		if opts.To = o.to; opts.To == "" {
			conf, err := loadConfig(ctx, env, g)
			if err != nil {
				return opts, err
			}
			opts.To = conf.DatabaseURL.Postgres.Reveal()
		}
		if !strings.HasPrefix(opts.To, "postgres://") && !strings.HasPrefix(opts.To, "postgresql://") {
			return misuse("as in --to postgres://USER:PASSWORD@HOST/NAME", "--to is not the URL of a Postgres database")
		}
	}
	gate := redact.New(redact.Options{})
	opts.Clean = func(s string) string { return string(gate.AppendText(nil, []byte(s))) }
	opts.Command = cleanCommand(env.Args)
	if err := readMapping(env, o.mapping, &opts); err != nil {
		return opts, err
	}
	opts.Tables = append(opts.Tables, o.tables...)
	for _, v := range o.types {
		column, typ, ok := strings.Cut(v, "=")
		if !ok {
			return misuse("as in --type orders.total=numeric(10,2)", "--type %s has no =", v)
		}
		t, err := convert.Parse(typ)
		if err != nil {
			return misuse("", "--type %s: %v", v, err)
		}
		opts.Types[strings.TrimSpace(column)] = t
	}
	for _, v := range o.using {
		column, sql, ok := strings.Cut(v, "=")
		if !ok || strings.TrimSpace(sql) == "" {
			return misuse("as in --using 'orders.total=total / 100.0'", "--using %s has no expression", v)
		}
		opts.Using[strings.TrimSpace(column)] = sql
	}
	return opts, nil
}

// at makes a path of the user one of the process.
func at(env Env, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(env.Dir, path)
}

// cleanCommand is the command line without the passwords of the target,
// whether its URL is an argument of its own or follows --to=.
func cleanCommand(args []string) []string {
	out := append([]string{"tpe"}, args...)
	for i, a := range out {
		for _, scheme := range []string{"postgres://", "postgresql://"} {
			if at := strings.Index(a, scheme); at >= 0 {
				out[i] = a[:at] + cleanURL(a[at:], scheme)
				break
			}
		}
	}
	return out
}

// hidden stands where a password was, as in [url.URL.Redacted].
const hidden = "xxxxx"

// cleanURL is the URL of a Postgres database without its passwords. Those in
// the query are password, sslpassword and what else is called so. Of a text
// that is no URL only the scheme is left.
func cleanURL(raw, scheme string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return scheme + hidden
	}
	pairs := strings.Split(u.RawQuery, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || strings.Contains(strings.ToLower(plain), "pass") {
			pairs[i] = name + "=" + hidden
		}
	}
	u.RawQuery = strings.Join(pairs, "&")
	return u.Redacted()
}
