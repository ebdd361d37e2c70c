package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/erase"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/mirror"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type lakeEraseOptions struct {
	users, emails, phones []string
	role                  string
	dryRun                bool
	receipt               string
	to                    string
	wait                  time.Duration
}

func newLakeErase(env Env, g *globals) *cobra.Command {
	var o lakeEraseOptions
	cmd := &cobra.Command{
		Use: "erase", Short: "Forget a person, with a signed receipt", Args: cobra.NoArgs,
		Long: `Forget a person: in raw records, Parquet, quarantine and indexes, in DynamoDB
when USE_DYNAMODB is true, in every version of every object in S3 when USE_S3
is or --to names a bucket, and in the database. Ids that the database knows of
the same contractor or account are added, and the records of what the person
said as a stakeholder. --user, --email and --phone may be given together and
repeated; all of them are the one person.

A record belongs to the person when its user_id is the person's, when nobody is
signed in and one of the ids stands in it, or when the database knows it as the
person's answer. It is erased. Other records that
have one of the ids stay; the id in them becomes [erased].

In the database a contractor goes with matches, bookings and questions to the
coach; accounts, what a stakeholder said, invitations and messages that wait to
be sent go when they are the person's. Answers to surveys, deals and campaigns
stay without the person. Uploaded demos are not looked into; their transcripts
are. Nor are exports outside of the lake, backups, and the AI service. Parquet
files that somebody else put into the lake's folders, or into the bucket, are
listed as not looked into; so is what lies beside those folders.

SQLite's file is written anew, so that no deleted row can be read in it; this
takes as much free disk again, and a server beside it waits. PostgreSQL keeps
deleted rows in its files until VACUUM FULL, and in its log and backups.

The copy in S3 gets the new Parquet of the days concerned, with its manifests,
before the old files go. Uploads that were cut short are dropped. Copies that
are under way, by tpe lake sync, tpe serve or tpe replay of the same lake, are
waited for, as long as --wait says. After a tpe lake compact s3://... that was
killed while an erasure worked, run the erasure again. An object that is damaged
cannot be looked into: it stays as it is, and the erasure ends with status 3 and
no receipt, once all else in the bucket is erased.

For a lake that lies in a bucket only, make an empty folder and name it by
--lake. It then holds the key of the erasures and what keeps old copies away:
use the same folder for every erasure and replay of that lake, and keep a backup
of it.

What is left is a receipt: it says what was erased and where, names the person
by keyed hashes alone, and is signed with the lake's key. Copies of old records
that come later are not stored; they count as erased. What the person does
after the erasure is stored.

Stopped at any moment, the same command goes on; it does not end without a place
that it began with. A server that writes to the lake may go on running.`,
		Example: `  tpe lake erase --user 136 --user-type contractor --dry-run
  tpe lake erase --email dana@example.com --phone "+1 555 200 1000" > receipt.json
  tpe lake erase --verify receipt.json --email dana@example.com`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLakeErase(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.users, "user", nil, "a user `id` of the person")
	f.StringArrayVar(&o.emails, "email", nil, "an e-mail `address` of the person")
	f.StringArrayVar(&o.phones, "phone", nil, "a phone `number` of the person, with its area code")
	f.StringVar(&o.role, "user-type", "", "the `role` whose user ids are meant: contractor, partner or admin")
	f.BoolVar(&o.dryRun, "dry-run", false, "list the files and counts, and change nothing")
	f.StringVar(&o.to, "to", "", "the copy at `s3://bucket/prefix` (default s3://$DATA_LAKE_BUCKET when USE_S3 is true)")
	f.StringVar(&o.receipt, "verify", "", "check a receipt in this `file` instead; with ids, that it is for that person")
	f.DurationVar(&o.wait, "wait", time.Minute, "how long other processes may take to seal what they have open, and to end copies")
	return cmd
}

// person reads the ids.
func (o *lakeEraseOptions) person() (person.Person, error) {
	var ids []person.ID
	for _, list := range []struct {
		flag  string
		kind  person.Kind
		texts []string
	}{{"--user", person.User, o.users}, {"--email", person.Email, o.emails}, {"--phone", person.Phone, o.phones}} {
		for _, text := range list.texts {
			id, err := person.ParseID(list.kind, text)
			if err != nil {
				return person.Person{}, &tpe.Error{Code: tpe.Misuse, Message: list.flag, Err: err}
			}
			ids = append(ids, id)
		}
	}
	if o.role != "" && !slices.Contains(tpe.Accounts(), o.role) {
		return person.Person{}, tpe.Errorf(tpe.Misuse, "--user-type %s is not contractor, partner or admin", quote(o.role))
	}
	return person.New(o.role, ids...), nil
}

func runLakeErase(ctx context.Context, env Env, g *globals, o lakeEraseOptions) (err error) {
	p, err := o.person()
	if err != nil {
		return err
	}
	if o.receipt == "" && len(p.IDs) == 0 {
		return &tpe.Error{Code: tpe.Misuse, Message: "nobody is named", Hint: "give --user, --email or --phone"}
	}
	conf, err := readConfig(ctx, env, g, false)
	if err != nil {
		return err
	}
	l, err := openLake(ctx, env, g)
	if err != nil {
		return err
	}
	defer l.Close()
	if o.receipt != "" {
		return checkReceipt(env, g, l, o.receipt, p)
	}
	places, ends, err := erasePlaces(ctx, env, conf, l, o)
	defer func() {
		for _, end := range ends {
			err = errors.Join(err, end())
		}
	}()
	if err != nil {
		return err
	}
	if persons, ok := places[len(places)-1].(sqldb.Persons); ok {
		given := len(p.IDs)
		if p, err = persons.Identify(ctx, p); err != nil {
			return err
		}
		if more := len(p.IDs) - given; more > 0 && !g.quiet {
			fmt.Fprintf(env.Stderr, "tpe: the database knows %d more of the person's ids; they are erased, too\n", more)
		}
	}
	opts := erase.Options{Lake: l, Person: p, Places: places, Wait: o.wait, Version: appVersion().Version, Now: env.Now}
	if o.dryRun {
		plan := erasePlan{Files: []eraseFile{}}
		opts.Each = func(place, what string) { plan.Files = append(plan.Files, eraseFile{place, what}) }
		var lookErr error
		if plan.Plan, lookErr = erase.Look(ctx, opts); lookErr != nil && tpe.CodeOf(lookErr) != tpe.Invalid {
			return lookErr
		}
		for _, place := range plan.Places {
			lookErr = errors.Join(lookErr, place.Whole())
		}
		if err := errors.Join(show(env, g, plan), lookErr); err != nil {
			return err
		}
		if plan.Empty() {
			return &tpe.Error{Code: tpe.NotFound, Message: "nothing of the person was found",
				Hint: "without --dry-run a receipt is written all the same, and copies of old records that come later are not stored"}
		}
		return nil
	}
	if !g.quiet && !g.json {
		opts.Each = func(_, what string) { fmt.Fprintf(env.Stderr, "tpe: erase: %s\n", what) }
	}
	receipt, err := erase.Run(ctx, opts)
	if err != nil {
		return err
	}
	if !g.quiet && !g.json {
		eraseSummary(env.Stderr, l, receipt)
	}
	return show(env, g, receiptDocument{receipt})
}

// erasePlaces are the places beside the lake's own files.
func erasePlaces(ctx context.Context, env Env, conf config.Config, l *lake.Lake, o lakeEraseOptions) (places []erase.Place, ends []func() error, err error) {
	gate := redact.New(redact.Options{})
	parquet := &compact.Eraser{Lake: l, Wait: o.wait, Options: compact.Options{
		Version: appVersion().Version, Gate: gate, Now: env.Now,
	}}
	places = []erase.Place{parquet}
	if conf.UseDynamoDB {
		table, err := openTable(ctx, conf, nil)
		if err != nil {
			return nil, ends, err
		}
		ends = append(ends, func() error { table.Close(); return nil })
		places = append(places, &dynamo.Eraser{Table: table, Gate: gate, Records: func(ctx context.Context, id string) (out [][]byte, err error) {
			for r, err := range l.Records(ctx, lake.Filter{ID: id}) {
				if err != nil {
					return nil, err
				}
				out = append(out, slices.Clone(r.JSON()))
			}
			return out, nil
		}})
	}
	if conf.UseS3 || o.to != "" {
		b, err := openBucket(ctx, conf, o.to, nil)
		if err != nil {
			return nil, ends, err
		}
		ends = append(ends, func() error { b.Close(); return nil })
		places = append(places, &erase.Objects{Bucket: b, Dir: l.Dir(), Parquet: compact.Read,
			Bring: func(ctx context.Context, folders []string) error {
				_, err := mirror.Bring(ctx, mirror.Options{Lake: l, Bucket: b, Now: env.Now}, folders)
				return err
			},
			Mend: func(ctx context.Context, folders []string) error {
				_, err := compact.MendBucket(ctx, l, b, folders, parquet.Options)
				return err
			}})
	}
	// The database comes last: it tells which ids are the person's.
	if absent(conf.DatabaseURL) != nil {
		return places, ends, nil //nolint:nilerr // there is no database
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return nil, ends, err
	}
	return append(places, sqldb.Persons{DB: db}), append(ends, db.Close), nil
}

// erasePlan is what "tpe lake erase --dry-run" shows.
type erasePlan struct {
	erase.Plan
	Files []eraseFile `json:"files"`
}

type eraseFile struct {
	Place string `json:"place"`
	Name  string `json:"name"`
}

// Text writes the files, then what each place has.
func (p erasePlan) Text(w io.Writer) error {
	for _, f := range p.Files {
		fmt.Fprintf(w, "%s\t%s\n", f.Place, f.Name)
	}
	if err := placesText(w, p.Places); err != nil {
		return err
	}
	for role, n := range p.Roles {
		if role == "" {
			role = "(none)"
		}
		fmt.Fprintf(w, "signed in as %s: %s\n", role, count(int64(n), "record", "records"))
	}
	for _, file := range p.Rebuild {
		fmt.Fprintf(w, "to be made again by hand: %s\n", file)
	}
	_, err := fmt.Fprintln(w, "nothing was changed")
	return err
}

func placesText(w io.Writer, places []erase.PlaceFound) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "place\tfiles\trecords\tmentions\t")
	for _, p := range places {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t\n", p.Place, p.Files, p.Records, p.Redacted)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, p := range places {
		for _, name := range p.Unread {
			fmt.Fprintf(w, "not looked into: %s\n", name)
		}
	}
	return nil
}

// eraseSummary says what was done; the receipt itself goes to stdout.
func eraseSummary(w io.Writer, l *lake.Lake, r *erase.Receipt) {
	_ = placesText(w, r.Places)
	for _, file := range r.Rebuild {
		fmt.Fprintf(w, "tpe: to be made again by hand: %s\n", file)
	}
	if !slices.ContainsFunc(r.Places, func(p erase.PlaceFound) bool { return !p.Empty() }) {
		fmt.Fprintln(w, "tpe: nothing of the person was found; copies of old records that come later are not stored")
	}
	fmt.Fprintf(w, "tpe: erased; the receipt is also in %s\n", l.ErasurePath(r.ID+".receipt.json"))
}

// receiptDocument is a receipt as it is shown: JSON in both forms, so that
// what a user keeps can be checked.
type receiptDocument struct{ *erase.Receipt }

func (d receiptDocument) Text(w io.Writer) error { return d.Receipt.Write(w) }

func checkReceipt(env Env, g *globals, l *lake.Lake, path string, p person.Person) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return &tpe.Error{Code: tpe.NotFound, Message: "read receipt", Err: err}
	}
	r, err := erase.ReadReceipt(b)
	if err != nil {
		return err
	}
	named := &p
	if len(p.IDs) == 0 {
		named = nil
	}
	if err := erase.Check(l, r, named); err != nil {
		return err
	}
	return show(env, g, receiptCheck{OK: true, ID: r.ID, Ended: r.Ended, Person: named != nil, Places: r.Places})
}

// receiptCheck is what "tpe lake erase --verify" shows.
type receiptCheck struct {
	OK     bool               `json:"ok"`
	ID     string             `json:"id"`
	Ended  string             `json:"ended"`
	Person bool               `json:"person_matches"` // false when no person was named
	Places []erase.PlaceFound `json:"places"`
}

func (c receiptCheck) Text(w io.Writer) error {
	var names []string
	for _, p := range c.Places {
		names = append(names, p.Place)
	}
	whose := "a person"
	if c.Person {
		whose = "the person named"
	}
	_, err := fmt.Fprintf(w, "the receipt %s is genuine: %s was erased from %s, ended %s\n", c.ID, whose, strings.Join(names, ", "), c.Ended)
	return err
}
