package migrate_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/tpe"
)

// many is a database of many chunks, with every kind of key.
const many = `
CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, at DATETIME, n INTEGER, UNIQUE (name));
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
INSERT INTO a SELECT i * 3, 'name ' || i, 1700000000000 + i, CASE WHEN i % 97 = 0 THEN 'odd' ELSE i END FROM c;
CREATE TABLE b (k TEXT PRIMARY KEY, a_id INTEGER REFERENCES a(id), v REAL) WITHOUT ROWID;
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 750)
INSERT INTO b SELECT printf('k%05d', i * 7 % 750), i % 1000 * 3 + 3, i / 7.0 FROM c;
CREATE TABLE log (line TEXT, level INTEGER);
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 750)
INSERT INTO log SELECT 'line ' || (i % 100), i % 3 FROM c;
CREATE INDEX by_level ON log (level);
CREATE VIEW levels AS SELECT level, count(*) AS n FROM log GROUP BY level;
`

// child is the environment variable that makes the test binary a migration
// which can be killed: FILE and URL, with a space between them.
const child = "TPE_TEST_MIGRATE"

// runChild moves, and says on stdout how far it is.
func runChild(args string) int {
	file, url, _ := strings.Cut(args, " ")
	o := migrate.Options{From: file, FromName: "sqlite:test.db", To: url, Schema: "public", Jobs: 2, Now: time.Now, ChunkRows: 25, Resume: true, Orphans: migrate.NullOrphans,
		Progress: func(p migrate.Progress) { fmt.Println(p.Phase, p.Rows) }}
	if _, err := migrate.Run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// A migration is killed fifty times, anywhere, and goes on each time.
func TestKill(t *testing.T) {
	t.Parallel()
	path := database(t, many)
	o := options(t, path)
	random := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for killed < 50 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), child+"="+path+" "+o.To)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, stop := 0, 1+random.IntN(12)
		for s := bufio.NewScanner(out); s.Scan(); {
			if lines++; lines == stop {
				// Somewhere between this line and the next.
				time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
				_ = cmd.Process.Kill()
			}
		}
		if err := cmd.Wait(); err == nil {
			// It has ended: the others are killed while they prove it.
			if got := query(t, o.To, "SELECT count(*) FROM tpe_migrate.runs WHERE finished IS NOT NULL"); got[0] != "1" {
				t.Fatal("it ended before everything was there")
			}
			query(t, o.To, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DELETE FROM tpe_migrate.runs")
			continue
		} else if cmd.ProcessState.ExitCode() == 1 {
			t.Fatalf("after %d kills: %v", killed, err)
		}
		killed++
		if got := query(t, o.To, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); got[0] != "0" && got[0] != "4" {
			t.Fatalf("%s tables are to be seen", got[0])
		}
	}
	o.Resume, o.ChunkRows, o.Orphans = true, 25, migrate.NullOrphans
	move(t, o)
	c, err := migrate.Verify(context.Background(), o)
	if err != nil || !c.Equal() {
		t.Fatal(err)
	}
	check(t, "rows", query(t, o.To, "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM log), (SELECT count(*) FROM levels), (SELECT count(*) FROM _migrate_rejects WHERE table_name = 'a')"), "1000|750|750|3|10")
}

// interrupt runs a migration that is stopped by do when n chunks are copied.
func interrupt(t *testing.T, o migrate.Options, n int, do func(context.CancelFunc)) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o.ChunkRows = 25
	o.Progress = func(p migrate.Progress) {
		if p.Phase != "copy and verify" {
			return
		}
		if n--; n == 0 {
			do(cancel)
		}
	}
	_, err := migrate.Run(ctx, o)
	if err == nil {
		t.Fatal("it was not interrupted")
	}
	if got := query(t, o.To, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); got[0] != "0" {
		t.Errorf("%s tables are to be seen", got[0])
	}
	return err
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, many))
	if err := interrupt(t, o, 20, func(cancel context.CancelFunc) { cancel() }); tpe.CodeOf(err) != tpe.Interrupted || !strings.Contains(err.Error(), "rows are copied and kept; nothing is shown") {
		t.Errorf("%v", err)
	}
	done := query(t, o.To, "SELECT count(*) FROM tpe_migrate.chunks WHERE done IS NOT NULL")
	if done[0] == "0" {
		t.Error("no chunk was kept")
	}
	o.Resume, o.ChunkRows = true, 25
	change(t, o.From, "CREATE TABLE later (x)")
	if _, err := migrate.Run(context.Background(), o); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("a table that came later is not moved, and nobody says so: %v", err)
	}
	change(t, o.From, "DROP TABLE later")
	move(t, o)
}

// The source changes between the interruption and the resumption: what was
// copied already is copied again where it differs.
func TestResumeChanged(t *testing.T) {
	t.Parallel()
	path := database(t, many)
	o := options(t, path)
	_ = interrupt(t, o, 60, func(cancel context.CancelFunc) { cancel() })
	change(t, path, "UPDATE a SET name = 'changed' WHERE id = 3", "DELETE FROM a WHERE id = 6", "INSERT INTO a VALUES (50000, 'late', NULL, 1)", "UPDATE b SET v = -1 WHERE k = 'k00007'", "DELETE FROM log WHERE rowid = 1")
	o.Resume, o.ChunkRows = true, 25
	move(t, o)
	check(t, "a", query(t, o.To, "SELECT count(*), max(id), min(name) FROM a"), "1000|50000|changed")
	check(t, "b", query(t, o.To, "SELECT v FROM b WHERE k = 'k00007'"), "-1")
	check(t, "log", query(t, o.To, "SELECT count(*) FROM log"), "749")
}

// The server is restarted under the migration. The other tests, which use the
// same server, run in parallel and therefore after this one.
func TestServerRestart(t *testing.T) {
	var own = &server
	o := options(t, database(t, many))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o.ChunkRows = 25
	n := 0
	o.Progress = func(p migrate.Progress) {
		if p.Phase == "copy and verify" {
			if n++; n == 30 {
				own.Kill()
			}
		}
	}
	_, err := migrate.Run(ctx, o)
	if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(tpe.HintOf(err), "--resume") {
		t.Errorf("%v (hint: %s)", err, tpe.HintOf(err))
	}
	if err := own.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.Progress, o.Resume = nil, true
	move(t, o)
}
