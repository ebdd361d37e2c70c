package jobs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/power100/tpe/internal/pgtest"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

var server pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if err := server.Close(); err != nil {
		panic(err)
	}
	os.Exit(code)
}

func both(t *testing.T, test func(t *testing.T, db *sqldb.DB)) {
	for name, where := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "tpe.db") },
		"postgres": func(t *testing.T) string { return server.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := sqldb.Open(t.Context(), where(t))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}()
			test(t, db)
		})
	}
}

func add(t *testing.T, db *sqldb.DB, kind string, n int) {
	t.Helper()
	for i := range n {
		if _, err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			return sqldb.AddJob(t.Context(), tx, kind, int64(i), `{"n":1}`)
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// Two runners do every job once.
func TestOnce(t *testing.T) {
	both(t, func(t *testing.T, db *sqldb.DB) {
		const jobs = 40
		add(t, db, "count", jobs)
		var did [jobs]atomic.Int64
		left := atomic.Int64{}
		left.Store(jobs)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var runners []chan struct{}
		for range 2 {
			r := New(Options{DB: db})
			r.Handle("count", func(_ context.Context, j sqldb.Job) error {
				did[int(j.SubjectID.Float)].Add(1)
				if left.Add(-1) == 0 {
					cancel()
				}
				return nil
			})
			done := make(chan struct{})
			go func() { r.Run(ctx); close(done) }()
			runners = append(runners, done)
		}
		for _, done := range runners {
			<-done
		}
		for i := range did {
			if n := did[i].Load(); n != 1 {
				t.Errorf("job %d was done %d times", i, n)
			}
		}
	})
}

// What fails is tried again, later and later; what cannot succeed is not.
func TestRetry(t *testing.T) {
	both(t, func(t *testing.T, db *sqldb.DB) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		r := New(Options{DB: db, Now: func() time.Time { return now }})
		r.Handle("away", func(context.Context, sqldb.Job) error { return errors.New("away") })
		r.Handle("wrong", func(context.Context, sqldb.Job) error { return tpe.Errorf(tpe.Invalid, "wrong") })
		r.Handle("panics", func(context.Context, sqldb.Job) error { panic("no") })
		step := func() (job sqldb.Job, ok bool) {
			t.Helper()
			job, ok, err := sqldb.ClaimJob(t.Context(), db, "me", now, lease)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				r.do(t.Context(), job)
			}
			return job, ok
		}
		add(t, db, "away", 1)
		for i := range Tries {
			if job, ok := step(); !ok || job.Attempts != int64(i+1) {
				t.Fatal(i, job, ok)
			}
			if _, ok := step(); ok {
				t.Fatal("tried again at once")
			}
			now = now.Add(firstWait << i)
		}
		if _, ok := step(); ok {
			t.Error("tried too often")
		}
		add(t, db, "wrong", 1)
		add(t, db, "unknown", 1)
		step()
		step()
		if _, ok := step(); ok {
			t.Error("what is wrong is tried again")
		}
		add(t, db, "panics", 1)
		step()
		now = now.Add(firstWait)
		if job, ok := step(); !ok || job.Kind.String != "panics" {
			t.Error(job, ok)
		}
		for ok := true; ok; _, ok = step() {
			now = now.Add(time.Hour)
		}
		// A worker that died leaves its job to the next one.
		add(t, db, "away", 1)
		for _, want := range []bool{true, false} {
			if _, ok, err := sqldb.ClaimJob(t.Context(), db, "dead", now.Add(time.Hour), lease); err != nil || ok != want {
				t.Error(ok, err)
			}
		}
		if _, ok, err := sqldb.ClaimJob(t.Context(), db, "next", now.Add(time.Hour+lease), lease); err != nil || !ok {
			t.Error(ok, err)
		}
	})
}
