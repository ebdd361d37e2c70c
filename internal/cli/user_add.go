package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// The lengths in characters of the shortest and the longest password: what a
// login takes.
const (
	minPassword = 8
	maxPassword = 256
)

type userAddOptions struct {
	email   string
	name    string
	partner int64
	owned   bool // --partner was given
	dryRun  bool
}

func newUser(env Env, g *globals) *cobra.Command {
	return group("user", "Manage the accounts", newUserAdd(env, g), newUserLs(env, g), newUserReset(env, g), newUserOff(env, g), newUserOn(env, g))
}

func newUserAdd(env Env, g *globals) *cobra.Command {
	var o userAddOptions
	cmd := &cobra.Command{
		Use: "add EMAIL", Short: "Add an administrator, or a user of a partner", Args: cobra.ExactArgs(1),
		Long: `Add an administrator, or with --partner a user of that partner. The password
is asked for on a terminal, and else read from stdin, one line: it never
stands in an argument, where others could read it.`,
		Example: `  tpe user add ada@power100.example --name "Ada Larsen"
  tpe user add sam@partner.example --partner 12 < password.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.email, o.owned = args[0], cmd.Flags().Changed("partner")
			return runUserAdd(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "the user's `name`")
	f.Int64Var(&o.partner, "partner", 0, "the `id` of the partner that the user belongs to")
	f.BoolVar(&o.dryRun, "dry-run", false, "say who would be added, ask for no password, and change nothing")
	return cmd
}

// userAdded is what user add shows.
type userAdded struct {
	ID      int64  `json:"id,omitempty"` // not known before
	Email   string `json:"email"`
	Role    string `json:"role"`
	Partner int64  `json:"partner_id,omitempty"`
	DryRun  bool   `json:"dry_run"`
}

// Text writes the account for people.
func (u userAdded) Text(w io.Writer) error {
	if u.DryRun {
		_, err := fmt.Fprintf(w, "would add %s, %s\n", u.Role, u.Email)
		return err
	}
	_, err := fmt.Fprintf(w, "added %s %d, %s\n", u.Role, u.ID, u.Email)
	return err
}

func runUserAdd(ctx context.Context, env Env, g *globals, o userAddOptions) (err error) {
	added := userAdded{Email: auth.NormalizeEmail(o.email), Role: tpe.UserAdmin, Partner: o.partner, DryRun: o.dryRun}
	if at := strings.IndexByte(added.Email, '@'); at < 1 || strings.ContainsAny(added.Email, " \t\r\n") || !strings.Contains(added.Email[at:], ".") {
		return tpe.Errorf(tpe.Misuse, "%s is not an e-mail address", quote(o.email))
	}
	if o.owned { // also by 0, which must not make an administrator
		if o.partner < 1 {
			return tpe.Errorf(tpe.Misuse, "--partner %d is not the id of a partner: they begin with 1", o.partner)
		}
		added.Role = tpe.UserPartner
	}
	if o.name == "" {
		o.name, _, _ = strings.Cut(added.Email, "@")
	}
	conf, err := databaseConfig(ctx, env, g)
	if err != nil {
		return err
	}
	var hash string
	if o.dryRun {
		there, err := upToDate(ctx, conf.DatabaseURL.Source())
		if err != nil {
			return err
		}
		if !there && !o.owned {
			return show(env, g, added)
		}
		if !there {
			return tpe.Errorf(tpe.NotFound, "there is no partner %d: there is no database yet", o.partner)
		}
	} else {
		password, err := readPassword(ctx, env, g)
		if err != nil {
			return err
		}
		if hash, err = auth.NewPasswords().Hash(ctx, password); err != nil {
			return err
		}
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Tx(ctx, func(tx *sqldb.Tx) (err error) {
		if o.owned {
			added.ID, err = sqldb.AddPartnerUser(ctx, tx, o.partner, added.Email, o.name, hash)
		} else {
			added.ID, err = sqldb.AddAdmin(ctx, tx, added.Email, o.name, hash)
		}
		if err == nil && o.dryRun {
			added.ID, err = 0, errDryRun
		}
		return err
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	return show(env, g, added)
}

// errDryRun takes a transaction back that went well.
var errDryRun = errors.New("only tried")

// upToDate says whether there is a database. One whose schema would be changed
// by opening it is refused.
func upToDate(ctx context.Context, source string) (bool, error) {
	list, err := sqldb.Versions(ctx, source)
	if tpe.CodeOf(err) == tpe.NotFound {
		return false, nil
	}
	for _, v := range list {
		if err == nil && v.Applied == nil {
			err = &tpe.Error{Code: tpe.Unavailable, Message: "the schema of the database is not up to date", Hint: "run tpe db up first"}
		}
	}
	return err == nil, err
}

// readPassword asks for a password on a terminal, twice, or takes the first
// line of stdin.
func readPassword(ctx context.Context, env Env, g *globals) (string, error) {
	in, isFile := env.Stdin.(*os.File)
	terminal := isFile && term.IsTerminal(int(in.Fd()))
	var password string
	switch {
	case terminal && g.json: // there is no prompt, and what is typed would be seen
		return "", &tpe.Error{Code: tpe.Misuse, Message: "with --json no password is asked for", Hint: "give it on stdin: --json < FILE"}
	case terminal:
		var again string
		for _, ask := range []struct {
			prompt string
			into   *string
		}{{"Password: ", &password}, {"Again: ", &again}} {
			fmt.Fprint(env.Stderr, ask.prompt)
			var err error
			*ask.into, err = readHidden(ctx, int(in.Fd()))
			fmt.Fprintln(env.Stderr)
			if err != nil {
				return "", fmt.Errorf("read password: %w", err)
			}
		}
		if password != again {
			return "", tpe.Errorf(tpe.Misuse, "the two passwords differ")
		}
	default:
		line, err := bufio.NewReader(io.LimitReader(source.Interruptible(ctx, env.Stdin), auth.MaxPassword+2)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if why := unfit(password); why != "" {
		return "", &tpe.Error{Code: tpe.Misuse, Message: "the password " + why, Hint: "give it on stdin: < FILE"}
	}
	return password, nil
}

// unfit says why nobody could sign in with a password; nothing when somebody
// could.
func unfit(password string) string {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return fmt.Sprintf("has less than %d characters", minPassword)
	case n > maxPassword:
		return fmt.Sprintf("has more than %d characters", maxPassword)
	case !utf8.ValidString(password):
		return "is not UTF-8"
	case strings.ContainsFunc(password, unicode.IsControl):
		return "holds control characters"
	}
	return ""
}

// readHidden reads a line of a terminal that does not show it. When ctx ends
// first, the terminal shows again what is typed.
func readHidden(ctx context.Context, fd int) (string, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type answer struct {
		line []byte
		err  error
	}
	read := make(chan answer, 1)
	go func() { // waits for the terminal until the process ends
		line, err := term.ReadPassword(fd)
		read <- answer{line, err}
	}()
	select {
	case a := <-read:
		return string(a.line), a.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
