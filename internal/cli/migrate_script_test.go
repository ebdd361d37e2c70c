package cli

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/power100/tpe/internal/pgtest"
)

// postgres is the server of the scripts that need one.
var postgres pgtest.Server

// withPostgres ends the server after the tests.
type withPostgres struct{ *testing.M }

// Run runs the tests.
func (m withPostgres) Run() int {
	code := m.M.Run()
	if err := postgres.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// Each script has a database of its own, $PG.
func TestMigrateScripts(t *testing.T) {
	postgres.Database(t) // skips where there is no server
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script/migrate",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("PG", postgres.Database(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"sqlite": sqlite, "psql": psql},
	})
}

// sqlite runs the statements of a file: sqlite DATABASE FILE.
func sqlite(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(ts.ReadFile(args[1]))
	ts.Check(err)
}

// psql runs a query in $PG and prints its rows, with | between the columns.
func psql(ts *testscript.TestScript, _ bool, args []string) {
	c, err := pgx.Connect(context.Background(), ts.Getenv("PG"))
	ts.Check(err)
	defer c.Close(context.Background())
	rows, err := c.Query(context.Background(), strings.Join(args, " "), pgx.QueryExecModeSimpleProtocol)
	ts.Check(err)
	defer rows.Close()
	for rows.Next() {
		var line []string
		for _, b := range rows.RawValues() {
			if b == nil {
				b = []byte(`\N`)
			}
			line = append(line, string(b))
		}
		fmt.Fprintln(ts.Stdout(), strings.Join(line, "|"))
	}
	ts.Check(rows.Err())
}
