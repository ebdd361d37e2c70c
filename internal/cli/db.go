package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/config"
)

func newDB(env Env, g *globals) *cobra.Command {
	return group("db", "Look after the database's schema", newDBUp(env, g), newDBStatus(env, g), newDBVersion(env, g))
}

// databaseConfig reads the settings of a command that needs the database.
// DATABASE_URL may refer to a secret.
func databaseConfig(ctx context.Context, env Env, g *globals) (config.Config, error) {
	return readConfig(ctx, env, g, false)
}

// absent returns why the SQLite file of a database cannot be opened: to open it
// would make it. It is nil for PostgreSQL.
func absent(d config.Database) error {
	if d.SQLite == "" {
		return nil
	}
	_, err := os.Stat(d.SQLite)
	return err
}
