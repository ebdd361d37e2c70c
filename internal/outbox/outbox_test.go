package outbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/pgtest"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

var server pgtest.Server

// childAt names the variable that makes the test binary a process of its own
// that is killed: it says where the process stops.
const childAt = "OUTBOX_TEST_CHILD"

func TestMain(m *testing.M) {
	if at := os.Getenv(childAt); at != "" {
		if err := child(at, os.Getenv("OUTBOX_TEST_DIR"), os.Getenv("OUTBOX_TEST_DB")); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1) // a child is killed, it does not end
	}
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// both runs a test with an empty database of each engine.
func both(t *testing.T, test func(t *testing.T, source string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "tpe.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, server.Database(t)) })
}

// parts are what a drainer works with, real ones.
type parts struct {
	Options
	lake *lake.Lake
}

func open(ctx context.Context, dir, source string) (*parts, error) {
	l, err := lake.Open(ctx, lake.Options{Dir: filepath.Join(dir, "lake")})
	if err != nil {
		return nil, err
	}
	w, err := l.NewWriter(ctx)
	if err != nil {
		return nil, err
	}
	db, err := sqldb.Open(ctx, source)
	return &parts{Options{DB: db, Writer: w, Gate: redact.New(redact.Options{})}, l}, err
}

func (p *parts) close() error {
	return errors.Join(p.Writer.Close(context.Background()), p.lake.Close(), p.DB.Close())
}

// interaction is a record with a credential in it.
func (p *parts) interaction(id string) redact.Clean {
	t := new(tape.Tape)
	if err := t.Parse(fmt.Appendf(nil, `{"interaction_id":%q,"timestamp":"2026-11-23T09:00:00.000Z","interaction_type":"deal_closed","user_id":"1","user_type":"contractor","password":"LEAK",
		"metadata":{"app_version":"","environment":"","user_agent":"","ip_address":""}}`, id)); err != nil {
		panic(err)
	}
	clean, _ := p.Gate.Record(t)
	return clean
}

// add stores a partner and its record in one transaction.
func (p *parts) add(ctx context.Context, id string, before func()) error {
	_, err := p.DB.Tx(ctx, func(tx *sqldb.Tx) error {
		if _, err := sqldb.AddAdmin(ctx, tx, id+"@x.example", "A", "hash"); err != nil {
			return err
		}
		if err := tx.Record(ctx, p.interaction(id)); err != nil {
			return err
		}
		before()
		return nil
	})
	return err
}

const (
	inside    = "inside the transaction"
	committed = "after the commit"
	appended  = "between the lake and the outbox"
)

// child does one piece of work up to a point, says so, and waits to be killed.
func child(at, dir, source string) error {
	ctx := context.Background()
	p, err := open(ctx, dir, source)
	if err != nil {
		return err
	}
	stop := func() { fmt.Println(at); select {} }
	if err := p.add(ctx, childID, func() {
		if at == inside {
			stop()
		}
	}); err != nil {
		return err
	}
	if at == committed {
		stop()
	}
	d := New(p.Options)
	_, err = p.DB.Drain(ctx, batch, func(list []sqldb.Outgoing) ([]error, error) {
		faults, err := d.move(ctx, list)
		if err == nil {
			stop()
		}
		return faults, err
	})
	return err
}

const childID = "0190f0e0-0000-7000-8000-00000000000c"

// TestKilled kills a process at each place where the database and the lake
// could come apart, and looks what the next one makes of it.
func TestKilled(t *testing.T) {
	for _, at := range []string{inside, committed, appended} {
		t.Run(at, func(t *testing.T) {
			both(t, func(t *testing.T, source string) {
				ctx, dir := t.Context(), t.TempDir()
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), childAt+"="+at, "OUTBOX_TEST_DIR="+dir, "OUTBOX_TEST_DB="+source)
				cmd.Stderr = os.Stderr
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if line, err := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(line) != at {
					t.Fatal(line, err)
				}
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait() // it was killed

				p, err := open(ctx, dir, source)
				if err != nil {
					t.Fatal(err)
				}
				if err := New(p.Options).Drain(ctx); err != nil {
					t.Fatal(err)
				}
				_, there, err := sqldb.AdminByEmail(ctx, p.DB, childID+"@x.example")
				if err != nil || there != (at != inside) {
					t.Error("row:", there, err)
				}
				n := 0
				for rec, err := range p.lake.Records(ctx, lake.Filter{}) {
					if err != nil {
						t.Fatal(err)
					}
					if n++; strings.Contains(string(rec.JSON()), "LEAK") {
						t.Errorf("%s", rec.JSON())
					}
				}
				if there != (n == 1) || n > 1 {
					t.Errorf("the row is there: %v; records in the lake: %d", there, n)
				}
				if state, err := p.DB.Outbox(ctx); err != nil || state != (sqldb.OutboxState{}) {
					t.Error(state, err)
				}
				if err := p.close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestOrderAndRefusal lets the lake refuse for a while.
func TestOrderAndRefusal(t *testing.T) {
	both(t, func(t *testing.T, source string) {
		ctx := t.Context()
		p, err := open(ctx, t.TempDir(), source)
		if err != nil {
			t.Fatal(err)
		}
		const n = 2*batch + 7
		var group sync.WaitGroup
		for w := range 4 {
			group.Go(func() {
				for i := w; i < n; i += 4 {
					if err := p.add(ctx, fmt.Sprintf("0190f0e0-0000-7000-8000-%012d", i), func() {}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		refuse := errors.New("the disk is full")
		if _, err := p.DB.Drain(ctx, 10, func([]sqldb.Outgoing) ([]error, error) { return nil, refuse }); !errors.Is(err, refuse) {
			t.Error(err)
		}
		if state, err := p.DB.Outbox(ctx); err != nil || state.Waiting != n {
			t.Error(state, err)
		}
		last := int64(0)
		if _, err := p.DB.Drain(ctx, 10, func(list []sqldb.Outgoing) ([]error, error) {
			for _, o := range list {
				if o.ID <= last {
					t.Error("out of order:", last, o.ID)
				}
				last = o.ID
			}
			faults := make([]error, len(list))
			for i := range faults {
				faults[i] = errors.New("never") // all of these
			}
			return faults, nil
		}); err != nil {
			t.Error(err)
		}
		// Two at once, as two processes would.
		d, other := New(p.Options), New(p.Options)
		group.Go(func() {
			if err := other.Drain(ctx); err != nil {
				t.Error(err)
			}
		})
		if err := d.Drain(ctx); err != nil {
			t.Error(err)
		}
		group.Wait()
		if state, err := p.DB.Outbox(ctx); err != nil || state != (sqldb.OutboxState{Refused: 10}) {
			t.Error(state, err)
		}
		stored := 0
		for _, err := range p.lake.Records(ctx, lake.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			stored++
		}
		if stored != n-10 {
			t.Errorf("%d of %d are in the lake", stored, n-10)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
}

func TestWait(t *testing.T) {
	both(t, func(t *testing.T, source string) {
		ctx, cancel := context.WithCancel(t.Context())
		p, err := open(ctx, t.TempDir(), source)
		if err != nil {
			t.Fatal(err)
		}
		d := New(p.Options)
		done := make(chan struct{})
		go func() { d.Run(ctx); close(done) }()
		var group sync.WaitGroup
		for i := range 50 {
			group.Go(func() {
				id := fmt.Sprintf("0190f0e0-0000-7000-8000-%012d", i)
				if err := p.add(ctx, id, func() {}); err != nil {
					t.Error(err)
					return
				}
				wait, stop := context.WithTimeout(ctx, time.Minute)
				defer stop()
				if !d.Wait(wait) {
					t.Error("not in the lake:", id)
				}
				found := false
				for _, err := range p.lake.Records(ctx, lake.Filter{ID: id}) {
					found = err == nil
				}
				if !found {
					t.Error("Wait has returned, and it is not in the lake:", id)
				}
			})
		}
		group.Wait()
		// A lake that refuses keeps nobody waiting, and loses nothing.
		if err := p.Writer.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if err := p.add(ctx, childID, func() {}); err != nil {
			t.Fatal(err)
		}
		if d.Drain(ctx) == nil {
			t.Error("a closed lake took a record")
		}
		cancel()
		<-done
		if state, err := p.DB.Outbox(t.Context()); err != nil || state.Waiting != 1 {
			t.Error(state, err)
		}
		if err := errors.Join(p.lake.Close(), p.DB.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestUnfit keeps a record that the lake can never take, and lets the others
// pass.
func TestUnfit(t *testing.T) {
	both(t, func(t *testing.T, source string) {
		ctx := t.Context()
		p, err := open(ctx, t.TempDir(), source)
		if err != nil {
			t.Fatal(err)
		}
		bad := new(tape.Tape)
		if err := bad.Parse([]byte(`{"interaction_id":"x","timestamp":"never"}`)); err != nil {
			t.Fatal(err)
		}
		clean, _ := p.Gate.Record(bad)
		if _, err := p.DB.Tx(ctx, func(tx *sqldb.Tx) error { return tx.Record(ctx, clean) }); err != nil {
			t.Fatal(err)
		}
		if err := p.add(ctx, childID, func() {}); err != nil {
			t.Fatal(err)
		}
		if err := New(p.Options).Drain(ctx); err != nil {
			t.Error(err)
		}
		if state, err := p.DB.Outbox(ctx); err != nil || state != (sqldb.OutboxState{Refused: 1}) {
			t.Error(state, err)
		}
		none := new(tape.Tape)
		if err := none.Parse([]byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		clean, _ = p.Gate.Record(none)
		if _, err := p.DB.Tx(ctx, func(tx *sqldb.Tx) error { return tx.Record(ctx, clean) }); err == nil || tpe.CodeOf(err) != tpe.Internal {
			t.Error(err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
}
