package cli

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
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
			pg := postgres.Database(t)
			e.Setenv("PG", pg)
			e.Setenv("PG_PASSWORDS", strings.Replace(pg, "postgres@", "postgres:SeCrEt5a@", 1)+"&sslpassword=SeCrEt5b&pa%73sword=SeCrEt5c")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"sqlite": sqlite, "psql": psql},
	})
}

// The certificate, the output and the target's own records show the command
// without its passwords, wherever they stand.
func TestCleanCommand(t *testing.T) {
	for in, want := range map[string]string{
		"postgres://app:S@h:5432/d":                         "postgres://app:xxxxx@h:5432/d",
		"postgres://app:S@h/d?sslmode=disable":              "postgres://app:xxxxx@h/d?sslmode=disable",
		"postgresql://h/d?user=app&password=S&sslmode=x":    "postgresql://h/d?user=app&password=xxxxx&sslmode=x",
		"--to=postgres://app:S@h/d?sslpassword=S":           "--to=postgres://app:xxxxx@h/d?sslpassword=xxxxx",
		"--to=postgres://h/d?pass%77ord=S&PASSWORD=S&host=": "--to=postgres://h/d?pass%77ord=xxxxx&PASSWORD=xxxxx&host=",
		"postgres://app:a%zzS@h/d":                          "postgres://xxxxx",
		"postgres://app@h/d":                                "postgres://app@h/d",
		"--using=t.password=substr(password, 2)":            "--using=t.password=substr(password, 2)",
	} {
		if got := cleanCommand([]string{"migrate", in}); !slices.Equal(got, []string{"tpe", "migrate", want}) {
			t.Errorf("%s\n  got  %s\n  want %s", in, got, want)
		}
	}
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
