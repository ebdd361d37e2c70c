package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/sqldb"
)

func newUserLs(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the accounts of administrators and partners' users", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runUserLs(cmd.Context(), env, g) },
	}
}

// userList is what user ls shows.
type userList []sqldb.Account

// Text writes the accounts for people.
func (l userList) Text(w io.Writer) error {
	if len(l) == 0 {
		_, err := fmt.Fprintln(w, "there are no accounts")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "role\tid\temail\tstate\tpartner")
	for _, a := range l {
		state, partner := "active", ""
		if !a.Active {
			state = "off"
		}
		if a.Partner > 0 {
			partner = fmt.Sprint(a.Partner)
		}
		fmt.Fprintf(tw, "%s\t%d\t%s\t%s\t%s\n", a.Role, a.ID, a.Email, state, partner)
	}
	return tw.Flush()
}

func runUserLs(ctx context.Context, env Env, g *globals) (err error) {
	conf, err := databaseConfig(ctx, env, g)
	if err != nil {
		return err
	}
	list := userList{}
	there, err := upToDate(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	if there {
		db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
		if err != nil {
			return err
		}
		accounts, err := sqldb.Accounts(ctx, db, "")
		if err := errors.Join(err, db.Close()); err != nil {
			return err
		}
		list = append(list, accounts...)
	}
	return show(env, g, list)
}
