package pgtest

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

var server Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Close(); err != nil {
		panic(err)
	}
	os.Exit(code)
}

func run(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestServer(t *testing.T) {
	url := server.Database(t)
	run(t, url, `CREATE TABLE a (id int); INSERT INTO a VALUES (1)`)
	copied := server.Clone(t, url)
	run(t, copied, `DROP TABLE a`)
	for _, end := range []func(){server.Stop, server.Kill} {
		end()
		if _, err := pgx.Connect(t.Context(), url); err == nil {
			t.Fatal("a server that has ended takes a connection")
		}
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		run(t, url, `SELECT 1/count(*) FROM a`)
	}
}
