package sqldb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/power100/tpe/internal/pgtest"
)

// server is the PostgreSQL of these tests.
var server pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// both runs a test on an empty database of each engine.
func both(t *testing.T, test func(t *testing.T, db *DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "tpe.db"))) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, server.Database(t))) })
}

func open(t *testing.T, source string) *DB {
	t.Helper()
	db, err := Open(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func mustRun(t *testing.T, c Conn, query string, args ...any) {
	t.Helper()
	if _, err := run(context.Background(), c, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
