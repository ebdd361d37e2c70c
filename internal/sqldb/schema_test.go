package sqldb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

// sources returns an empty database of each engine.
func sources(t *testing.T) map[string]string {
	return map[string]string{"sqlite": filepath.Join(t.TempDir(), "tpe.db"), "postgres": server.Database(t)}
}

func TestVersions(t *testing.T) {
	ctx := context.Background()
	var first []Version
	for name, source := range sources(t) {
		list, err := Versions(ctx, source)
		if missing := name == "sqlite"; len(list) == 0 || missing != (tpe.CodeOf(err) == tpe.NotFound) || !missing && err != nil {
			t.Fatal(name, err)
		}
		if _, err := os.Stat(source); err == nil {
			t.Error("who only looks has made", source)
		}
		for i, v := range list {
			if v.Number != int64(i+1) || v.Applied != nil {
				t.Error(name, v)
			}
		}
		if first == nil {
			first = list
		}
		for i := range list {
			if len(list) != len(first) || list[i].Name != first[i].Name {
				t.Error("the engines have different versions:", list, first)
			}
		}
		applied, err := Up(ctx, source)
		if err != nil || len(applied) != len(list) || applied[0].Applied == nil {
			t.Error(name, applied, err)
		}
		if applied, err = Up(ctx, source); err != nil || len(applied) != 0 {
			t.Error(name, "a second time", applied, err)
		}
	}
}

// Two processes, or more, may start at once.
func TestOpenAtOnce(t *testing.T) {
	ctx := context.Background()
	for name, source := range sources(t) {
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				db, err := Open(ctx, source)
				if err != nil {
					t.Error(name, err)
					return
				}
				if _, err := db.Empty(ctx); err != nil {
					t.Error(name, err)
				}
				if err := db.Close(); err != nil {
					t.Error(name, err)
				}
			})
		}
		group.Wait()
	}
}

func TestNewerSchema(t *testing.T) {
	ctx := context.Background()
	for name, source := range sources(t) {
		db := open(t, source)
		mustRun(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)`, 99, true)
		if _, err := Open(ctx, source); tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "needs a newer program") {
			t.Error(name, err)
		}
	}
}

func TestNoServer(t *testing.T) {
	_, err := Open(context.Background(), "postgres://ida:LEAK@127.0.0.1:1/x")
	if tpe.CodeOf(err) != tpe.Unavailable || strings.Contains(err.Error(), "LEAK") || tpe.HintOf(err) == "" {
		t.Error(err)
	}
	if _, err := Open(context.Background(), "postgres://ida:LEAK@%/x"); tpe.CodeOf(err) != tpe.Misuse || strings.Contains(err.Error(), "LEAK") {
		t.Error(err)
	}
}

// An error of the engine tells the rooms above what kind it is.
func TestErrors(t *testing.T) {
	both(t, func(t *testing.T, db *DB) {
		ctx := t.Context()
		add := func() error {
			_, err := db.Tx(ctx, func(tx *Tx) error { _, err := AddAdmin(ctx, tx, "a@x.example", "A", "h"); return err })
			return err
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
		if err := add(); tpe.CodeOf(err) != tpe.Conflict {
			t.Error(err)
		}
		if _, err := run(ctx, db, `INSERT INTO demo_bookings (contractor_id, scheduled_date) VALUES (99, '2026-01-01')`); tpe.CodeOf(err) != tpe.Conflict {
			t.Error("a foreign key:", err)
		}
		done, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := db.ActivePartners(done); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		// Nothing of a transaction that fails stays.
		failed := errors.New("no")
		if _, err := db.Tx(ctx, func(tx *Tx) error {
			if _, err := AddAdmin(ctx, tx, "b@x.example", "B", "h"); err != nil {
				return err
			}
			return failed
		}); !errors.Is(err, failed) {
			t.Error(err)
		}
		if _, ok, err := AdminByEmail(ctx, db, "b@x.example"); ok || err != nil {
			t.Error(ok, err)
		}
		if _, err := run(ctx, db, `UPDATE admin_users SET full_name = ? WHERE id = 1`, "a\x00b\xff"); err != nil {
			t.Error(err)
		}
		if a, _, err := AdminByID(ctx, db, 1); err != nil || a.FullName.String != "a\ufffdb\ufffd" {
			t.Errorf("%q, %v", a.FullName.String, err)
		}
		// What is only read cannot write, so that SQLite has one writer.
		if !db.postgres {
			if _, err := db.read.ExecContext(ctx, `DELETE FROM admin_users`); err == nil {
				t.Error("a connection for reading has written")
			}
		}
	})
}

// Many at once raise one number: nothing is lost, and nobody fails.
func TestConcurrent(t *testing.T) {
	both(t, func(t *testing.T, db *DB) {
		ctx := t.Context()
		mustRun(t, db, `INSERT INTO strategic_partners (id, company_name, contact_email, total_feedback_responses) VALUES (1, 'One', 'e', 0)`)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 20 {
					_, err := db.Tx(ctx, func(tx *Tx) error {
						if err := tx.Lock(ctx, "partner", 1); err != nil {
							return err
						}
						n, _, err := value[int64](ctx, tx, `SELECT total_feedback_responses FROM strategic_partners WHERE id = 1`)
						if err != nil {
							return err
						}
						_, err = run(ctx, tx, `UPDATE strategic_partners SET total_feedback_responses = ? WHERE id = 1`, n+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if n, _, err := value[int64](ctx, db, `SELECT total_feedback_responses FROM strategic_partners`); err != nil || n != 160 {
			t.Error(n, err)
		}
	})
}

// A survey that was made before there were codes has a link without one.
func TestSurveyFromBefore(t *testing.T) {
	both(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		mustRun(t, db, `INSERT INTO feedback_surveys (id, survey_type, code_hash) VALUES (1, 'q', NULL), (2, 'q', 'hash')`)
		for _, c := range []struct {
			id    int64
			hash  string
			found bool
		}{{1, "", true}, {1, "other", true}, {2, "hash", true}, {2, "", false}, {2, "other", false}} {
			if _, err := SurveyFormByID(ctx, db, c.id, c.hash); (err == nil) != c.found || err != nil && tpe.CodeOf(err) != tpe.NotFound {
				t.Error(c, err)
			}
		}
	})
}
