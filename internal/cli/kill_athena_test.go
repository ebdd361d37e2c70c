package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/compact/athena/athenatest"
)

// A compaction on Athena is killed while its query runs: what was in force
// stays, and the same command finishes. What is real here and what is not,
// package athenatest says.
func TestKilledAthena(t *testing.T) {
	k := newKiller(t)
	s3 := buckettest.Start(t, buckettest.Options{})
	at := athenatest.Start(t, s3)
	k.env = append(k.env, "LAKE_DIR=lake", "AWS_ENDPOINT_URL_ATHENA="+at.URL, "ATHENA_DATABASE="+athenatest.Database, "TMPDIR="+t.TempDir())
	for name, value := range s3.Env() {
		k.env = append(k.env, name+"="+value)
	}
	k.records("first.ndjson", 5)
	k.must("replay", "first.ndjson", "--to", "lake")
	k.must("lake", "sync", "--quiet")
	compact := []string{"lake", "compact", "s3://lake", "--engine", "athena", "--quiet", "--jobs", "1"}
	for _, word := range []string{"CREATE", "UNLOAD", "DROP"} {
		at.Set(func() { at.Hold = func(sql string) bool { return strings.HasPrefix(sql, word) } })
		cmd := k.command(compact...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-at.Held:
		case <-time.After(30 * time.Second):
			t.Fatal("no query of the kind came")
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		if manifests, err := filepath.Glob(s3.Path("parquet/*/*/*/_manifest.json")); err != nil || len(manifests) > 0 {
			t.Errorf("after %s: %v %v", word, manifests, err)
		}
	}
	at.Set(func() { at.Hold = nil })
	if out := k.must(compact...); !strings.Contains(out, "3 days written") || !strings.Contains(out, "proven by content") {
		t.Error(out)
	}
	if out := k.must("lake", "verify", "--s3"); !strings.Contains(out, "3 days proven, 0 differ") {
		t.Error(out)
	}
	if out := k.must(compact...); !strings.Contains(out, "0 days written, 3 unchanged") {
		t.Error(out)
	}
	// What Ctrl-C ends, it ends cleanly.
	k.records("late.ndjson", 5)
	k.must("replay", "late.ndjson", "--to", "lake")
	k.must("lake", "sync", "--quiet")
	before := scratchOf(s3)
	at.Set(func() { at.Hold = func(sql string) bool { return strings.HasPrefix(sql, "UNLOAD") } })
	cmd := k.command(compact...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-at.Held
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitInterrupted {
		t.Errorf("%v: status %d", err, cmd.ProcessState.ExitCode())
	}
	if after := scratchOf(s3); !slices.Equal(after, before) {
		t.Errorf("left: %v, not %v", after, before)
	}
}

// scratchOf lists what compactions have left for an engine.
func scratchOf(s3 *buckettest.Server) (keys []string) {
	for key := range s3.Objects() {
		if strings.HasPrefix(key, "engine.tmp/") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
