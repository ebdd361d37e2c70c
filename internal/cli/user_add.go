package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// minPassword is the length in characters of the shortest password.
const minPassword = 8

type userAddOptions struct {
	email   string
	name    string
	partner int64
}

func newUser(env Env, g *globals) *cobra.Command {
	return group("user", "Manage the accounts", newUserAdd(env, g))
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
			o.email = args[0]
			return runUserAdd(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "the user's `name`")
	f.Int64Var(&o.partner, "partner", 0, "the `id` of the partner that the user belongs to")
	return cmd
}

// userAdded is what user add shows.
type userAdded struct {
	ID      int64  `json:"id"`
	Email   string `json:"email"`
	Role    string `json:"role"`
	Partner int64  `json:"partner_id,omitempty"`
}

// Text writes the account for people.
func (u userAdded) Text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "added %s %d, %s\n", u.Role, u.ID, u.Email)
	return err
}

func runUserAdd(ctx context.Context, env Env, g *globals, o userAddOptions) (err error) {
	added := userAdded{Email: auth.NormalizeEmail(o.email), Role: tpe.UserAdmin, Partner: o.partner}
	if at := strings.IndexByte(added.Email, '@'); at < 1 || strings.ContainsAny(added.Email, " \t\r\n") || !strings.Contains(added.Email[at:], ".") {
		return tpe.Errorf(tpe.Misuse, "%s is not an e-mail address", quote(o.email))
	}
	if o.partner != 0 {
		added.Role = tpe.UserPartner
	}
	if o.name == "" {
		o.name, _, _ = strings.Cut(added.Email, "@")
	}
	conf, err := databaseConfig(ctx, env, g)
	if err != nil {
		return err
	}
	password, err := readPassword(env, g)
	if err != nil {
		return err
	}
	hash, err := auth.NewPasswords().Hash(ctx, password)
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Tx(ctx, func(tx *sqldb.Tx) (err error) {
		if o.partner != 0 {
			added.ID, err = sqldb.AddPartnerUser(ctx, tx, o.partner, added.Email, o.name, hash)
		} else {
			added.ID, err = sqldb.AddAdmin(ctx, tx, added.Email, o.name, hash)
		}
		return err
	})
	if err != nil {
		return err
	}
	return show(env, g, added)
}

// readPassword asks for a password on a terminal, twice, or takes the first
// line of stdin.
func readPassword(env Env, g *globals) (string, error) {
	in, isFile := env.Stdin.(*os.File)
	var password string
	if isFile && term.IsTerminal(int(in.Fd())) && !g.json {
		var again string
		for _, ask := range []struct {
			prompt string
			into   *string
		}{{"Password: ", &password}, {"Again: ", &again}} {
			fmt.Fprint(env.Stderr, ask.prompt)
			b, err := term.ReadPassword(int(in.Fd()))
			fmt.Fprintln(env.Stderr)
			if err != nil {
				return "", fmt.Errorf("read password: %w", err)
			}
			*ask.into = string(b)
		}
		if password != again {
			return "", tpe.Errorf(tpe.Misuse, "the two passwords differ")
		}
	} else {
		line, err := bufio.NewReaderSize(io.LimitReader(env.Stdin, auth.MaxPassword+2), auth.MaxPassword+2).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if utf8.RuneCountInString(password) < minPassword {
		return "", &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("the password has less than %d characters", minPassword), Hint: "give it on stdin: tpe user add EMAIL < FILE"}
	}
	return password, nil
}
