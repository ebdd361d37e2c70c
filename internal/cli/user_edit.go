package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// userEdit is a change of one account.
type userEdit struct {
	email  string
	role   string
	dryRun bool

	done, would string // for people
	password    bool   // one is read
	change      func(ctx context.Context, tx *sqldb.Tx, a *sqldb.Account, hash string) error
}

func newUserReset(env Env, g *globals) *cobra.Command {
	return newUserEdit(env, g, "reset", "Give an account a new password", `Give an account a new password, and end its sessions. The password is asked for
on a terminal, and else read from stdin, one line.`, "  tpe user reset sam@partner.example < password.txt",
		userEdit{done: "reset the password of", would: "would reset the password of", password: true,
			change: func(ctx context.Context, tx *sqldb.Tx, a *sqldb.Account, hash string) error {
				if _, err := sqldb.SetPassword(ctx, tx, a.Role, a.ID, hash, ""); err != nil {
					return err
				}
				return sqldb.EndTokens(ctx, tx, a.Role, a.ID)
			}})
}

func newUserOff(env Env, g *globals) *cobra.Command {
	return newUserEdit(env, g, "off", "Deactivate an account", `Deactivate an account, and end its sessions: nobody can sign in with it. What it
has done stays.`, "  tpe user off sam@partner.example --dry-run",
		userEdit{done: "deactivated", would: "would deactivate",
			change: func(ctx context.Context, tx *sqldb.Tx, a *sqldb.Account, _ string) error {
				a.Active = false
				if err := sqldb.SetActive(ctx, tx, *a); err != nil {
					return err
				}
				return sqldb.EndTokens(ctx, tx, a.Role, a.ID)
			}})
}

func newUserOn(env Env, g *globals) *cobra.Command {
	return newUserEdit(env, g, "on", "Activate an account again", "Activate an account again, with the password that it had.", "  tpe user on sam@partner.example",
		userEdit{done: "activated", would: "would activate",
			change: func(ctx context.Context, tx *sqldb.Tx, a *sqldb.Account, _ string) error {
				a.Active = true
				return sqldb.SetActive(ctx, tx, *a)
			}})
}

func newUserEdit(env Env, g *globals, verb, short, long, example string, o userEdit) *cobra.Command {
	cmd := &cobra.Command{
		Use: verb + " EMAIL", Short: short, Long: long, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.email = args[0]
			return runUserEdit(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.role, "role", "", "`admin` or partner, where both have an account with the address")
	f.BoolVar(&o.dryRun, "dry-run", false, "say which account would be changed, and change nothing")
	return cmd
}

// userEdited is what a change shows.
type userEdited struct {
	sqldb.Account
	DryRun bool `json:"dry_run"`

	what string
}

// Text writes the change for people.
func (u userEdited) Text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s %s %d, %s\n", u.what, u.Role, u.ID, u.Email)
	return err
}

func runUserEdit(ctx context.Context, env Env, g *globals, o userEdit) (err error) {
	if o.role != "" && o.role != tpe.UserAdmin && o.role != tpe.UserPartner {
		return tpe.Errorf(tpe.Misuse, "--role is admin or partner, not %s", quote(o.role))
	}
	conf, err := databaseConfig(ctx, env, g)
	if err != nil {
		return err
	}
	there, err := upToDate(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	if !there {
		return tpe.Errorf(tpe.NotFound, "there is no account %s: there is no database yet", quote(o.email))
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	account, err := theAccount(ctx, db, o) // before a password is asked for
	if err != nil {
		return err
	}
	var hash string
	if o.password && !o.dryRun {
		password, err := readPassword(ctx, env, g)
		if err != nil {
			return err
		}
		if hash, err = auth.NewPasswords().Hash(ctx, password); err != nil {
			return err
		}
	}
	edited := userEdited{Account: account, DryRun: o.dryRun, what: o.done}
	if o.dryRun {
		edited.what = o.would
	}
	_, err = db.Tx(ctx, func(tx *sqldb.Tx) error {
		if err := o.change(ctx, tx, &edited.Account, hash); err != nil {
			return err
		}
		if o.dryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	return show(env, g, edited)
}

// theAccount returns the one account that is meant.
func theAccount(ctx context.Context, db *sqldb.DB, o userEdit) (sqldb.Account, error) {
	list, err := sqldb.Accounts(ctx, db, auth.NormalizeEmail(o.email))
	if err != nil {
		return sqldb.Account{}, err
	}
	var meant []sqldb.Account
	var names []string
	for _, a := range list {
		if o.role == "" || o.role == a.Role {
			meant = append(meant, a)
			names = append(names, fmt.Sprintf("%s %d", a.Role, a.ID))
		}
	}
	switch len(meant) {
	case 0:
		return sqldb.Account{}, &tpe.Error{Code: tpe.NotFound, Message: "there is no account " + quote(o.email), Hint: "tpe user ls lists them"}
	case 1:
		return meant[0], nil
	default:
		return sqldb.Account{}, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("%s is the address of several accounts: %s", o.email, strings.Join(names, ", ")), Hint: "--role says which is meant"}
	}
}
