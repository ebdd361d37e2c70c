package cli

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// source makes a database to be moved, app.db, in the killer's folder.
func (k *killer) source(statements string) {
	k.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(k.dir, "app.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		k.t.Fatal(err)
	}
}

// Ctrl-C in the middle of a move: the exit status is 130, the message says
// what is kept, nothing is shown, and --resume goes on.
func TestMigrateInterrupt(t *testing.T) {
	url := postgres.Database(t)
	k := newKiller(t)
	k.source("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'); CREATE INDEX by_v ON t (v)")
	k.must("migrate", "--from", "sqlite:app.db", "--to", url, "--schema", "other")

	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	tx, err := c.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The move waits for whoever seems to be making its index already.
	if _, err := tx.Exec(ctx, `INSERT INTO tpe_migrate.steps (target, name, note) VALUES ('public', 'object: "t" index 0', '')`); err != nil {
		t.Fatal(err)
	}
	cmd := k.command("migrate", "--from", "sqlite:app.db", "--to", url)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watch, err := pgx.Connect(ctx, url) // in a transaction the activity stands still
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close(ctx)
	for waits := false; !waits; time.Sleep(5 * time.Millisecond) {
		if err := watch.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = 'tpe migrate' AND datname = current_database() AND wait_event_type = 'Lock')").Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its status is looked at next
	if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.Contains(stderr.String(), "interrupted: 2 rows are copied and kept; nothing is shown in the schema public") || !strings.Contains(stderr.String(), "--resume") {
		t.Errorf("status %d: %s", status, &stderr)
	}
	var seen int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&seen); err != nil || seen != 0 {
		t.Errorf("%d tables are to be seen, %v", seen, err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	k.must("migrate", "--from", "sqlite:app.db", "--to", url, "--resume")
}

// The certificate does not fit on its disk: the move is done all the same,
// nothing half-written stays, and --verify writes it later.
func TestCertificateDiskFull(t *testing.T) {
	url := postgres.Database(t)
	k := newKiller(t)
	k.source("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')")
	disk := filepath.Join(k.dir, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	if err := os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out := k.run("migrate", "--from", "sqlite:app.db", "--to", url, "--certificate", "disk/c.json")
	if status != 1 || !strings.Contains(out, "both sides hold the same") || !strings.Contains(out, "write the certificate") || !strings.Contains(out, "no space left") || !strings.Contains(out, "--verify") {
		t.Errorf("status %d: %s", status, out)
	}
	if left, err := filepath.Glob(filepath.Join(disk, "*c*")); err != nil || len(left) > 0 {
		t.Errorf("%v stays behind, %v", left, err)
	}
	k.must("migrate", "--from", "sqlite:app.db", "--to", url, "--verify", "--certificate", "c.json")
	if b, err := os.ReadFile(filepath.Join(k.dir, "c.json")); err != nil || !bytes.Contains(b, []byte(`"result": "equal"`)) {
		t.Errorf("%s, %v", b, err)
	}
}
