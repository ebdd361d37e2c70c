package lake

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// The test binary is also the writer that the tests below start, and kill.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TPE_TEST_LAKE"); dir != "" {
		if err := childWriter(dir, os.Getenv("TPE_TEST_IDS")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// childWriter appends records from many goroutines and prints what was
// answered, a line each. Its ids are counted from a base, so that several
// children can write the same ones; without a base they are random and it
// never ends.
func childWriter(dir, base string) error {
	ctx := context.Background()
	l, err := Open(ctx, Options{Dir: dir, SealBytes: 40_000, SyncEvery: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	w, err := l.NewWriter(ctx)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	var print sync.Mutex
	var running sync.WaitGroup
	for g := range 16 {
		running.Go(func() {
			for i := 0; base == "" || i < 100; i++ {
				r := rec{id: uuid.NewString(), at: noon.Add(time.Duration(i%3*24) * time.Hour), note: "from a child"}
				if base != "" {
					r.id = numberedID(base, g*100+i)
				}
				d := []Durability{System, Disk}[i%2]
				out, err := w.Append(ctx, d, clean(&testing.T{}, r.json()))
				print.Lock()
				if err == nil {
					fmt.Println(out[0], r.id)
				} else {
					fmt.Println("error", err)
				}
				print.Unlock()
			}
		})
	}
	running.Wait()
	return errors.Join(w.Close(ctx), l.Close())
}

// numberedID is the n-th id after a base.
func numberedID(base string, n int) string {
	id := uuid.MustParse(base)
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id.String()
}

// child starts a writer on a lake.
func child(t *testing.T, dir, base string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "TPE_TEST_LAKE="+dir, "TPE_TEST_IDS="+base)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the child did not start: %s %s", lines.Text(), stderr.String())
	}
	return cmd, lines
}

// Writers are killed in the middle of their work, again and again: nothing
// that was answered is lost, nothing is there twice, no torn line stays.
func TestKill(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	dir := memoryDir(t)
	answered := map[string]bool{}
	for range rounds {
		cmd, lines := child(t, dir, "")
		left := 50 + rand.IntN(2000)
		for lines.Scan() {
			outcome, id, _ := strings.Cut(lines.Text(), " ")
			if outcome != New.String() {
				t.Fatal(lines.Text())
			}
			answered[id] = true
			if left--; left == 0 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child was not killed")
		}
	}
	l := openLake(t, Options{Dir: dir})
	closeWriter(t, openWriter(t, l))
	there := map[string]bool{}
	for _, id := range read(t, l, Filter{}) {
		if there[id] {
			t.Errorf("%s is there twice", id)
		}
		there[id] = true
	}
	for id := range answered {
		if !there[id] {
			t.Errorf("%s was answered and is lost", id)
		}
	}
	report := mustAddUp(t, l)
	t.Logf("%d records were answered, %d are there, %d lines were torn", len(answered), report.Total.Stored, report.Total.Quarantined)
}

// Two processes send the same ids to one lake: each id is new for one of
// them only.
func TestTwoProcesses(t *testing.T) {
	dir := memoryDir(t)
	base := uuid.NewString()
	first, firstLines := child(t, dir, base)
	second, secondLines := child(t, dir, base)
	var mu sync.Mutex
	news := map[string]int{}
	var reading sync.WaitGroup
	for _, lines := range []*bufio.Scanner{firstLines, secondLines} {
		reading.Go(func() {
			for lines.Scan() {
				outcome, id, _ := strings.Cut(lines.Text(), " ")
				mu.Lock()
				switch outcome {
				case New.String():
					news[id]++
				case Duplicate.String():
				default:
					t.Error(lines.Text())
				}
				mu.Unlock()
			}
		})
	}
	reading.Wait()
	if err := errors.Join(first.Wait(), second.Wait()); err != nil {
		t.Fatal(err)
	}
	for n := range 1600 {
		if id := numberedID(base, n); news[id] != 1 {
			t.Errorf("%s was new %d times", id, news[id])
		}
	}
	l := openLake(t, Options{Dir: dir})
	report := mustAddUp(t, l)
	if want := (Account{Day: NoDay, Received: 3200, Stored: 1600, Duplicate: 1600}); report.Total != want {
		t.Errorf("got %+v, want %+v", report.Total, want)
	}
}
