package ship

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/lake"
)

// crashRecords is how many records TestKilled replays.
const crashRecords = 80_000

// TestMain lets the test binary be the process that TestKilled kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SHIP_TEST_REPLAY"); dir != "" {
		if err := replayForCrash(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// replayForCrash replays dir/in into dir/lake, going on where an earlier
// process was killed, and tells how far it is.
func replayForCrash(dir string) error {
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Options{Dir: filepath.Join(dir, "lake"), SealBytes: 1 << 20})
	if err != nil {
		return err
	}
	w, err := l.NewWriter(ctx)
	if err != nil {
		return err
	}
	o, err := defaults(LakeSink{w}, filepath.Join(dir, "in"))
	if err != nil {
		return err
	}
	o.Into, o.Bookmark, o.Resume = l.Dir(), filepath.Join(dir, "bookmark.json"), true
	o.Limits.MaxRecord = 64 << 10
	o.Progress = func(read int64) { fmt.Println(read) }
	if _, err := Replay(ctx, o); err != nil {
		return err
	}
	return w.Close(ctx)
}

// TestKilled kills a replay at several moments and runs it again: in the end
// every record is in the lake, and none twice.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		part := strings.ReplaceAll(views(crashRecords/10), "00000000-0000-4000", fmt.Sprintf("%08d-0000-4000", i))
		write(t, dir, fmt.Sprintf("in/%d.ndjson", i), part)
	}
	run := func(killAt int64) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SHIP_TEST_REPLAY="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killed := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			read, err := strconv.ParseInt(lines.Text(), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if killAt > 0 && read >= killAt && !killed {
				killed = true
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err != nil && !killed {
			t.Fatal(err)
		}
	}
	for _, killAt := range []int64{1, 30_000, 10_000, 20_000} {
		run(killAt)
	}
	run(0)

	l, err := lake.Open(t.Context(), lake.Options{Dir: filepath.Join(dir, "lake")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n := 0
	for r, err := range l.Records(t.Context(), lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Tape == nil {
			t.Fatal("a record without a tape")
		}
		n++
	}
	if n != crashRecords {
		t.Errorf("%d records are in the lake, want %d", n, crashRecords)
	}
	for q, err := range l.Quarantine(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(q.Reason, "torn") && !strings.Contains(q.Reason, "crash") {
			t.Errorf("in quarantine: %+v", q)
		}
	}
	if _, err := l.Verify(t.Context(), func(f lake.Fault) { t.Errorf("the lake has a fault: %+v", f) }); err != nil {
		t.Fatal(err)
	}
}

// TestBookmarkOutlivesAFailure tries to write a bookmark where that is not
// possible: the former one stays, and nothing else is left behind.
func TestBookmarkOutlivesAFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bookmark.json")
	first := bookmark{Input: []string{"in"}, File: "a", Offset: 7}
	if err := first.save(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := (bookmark{}).save(filepath.Join(dir, "taken")); err == nil {
		t.Error("a folder was replaced")
	}
	if err := (bookmark{}).save(filepath.Join(dir, "nowhere", "bookmark.json")); err == nil {
		t.Error("a folder was made")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
	if b, err := loadBookmark(path, []string{"in"}); err != nil || b.Offset != 7 {
		t.Errorf("%+v, %v", b, err)
	}
}
