package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test binary plays the roles, as the program itself does in a run.
func TestMain(m *testing.M) {
	if os.Getenv("BENCH_ROLE") == "" {
		os.Exit(m.Run())
	}
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

func role(t *testing.T, args ...string) command {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return command{path: self, args: args, env: []string{"BENCH_ROLE=1"}, dir: t.TempDir()}
}

func TestScanIsMeasured(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.ndjson")
	if _, err := writeFile(path, 20_000, 30); err != nil {
		t.Fatal(err)
	}
	u, out, err := role(t, "scan", path).run(t.Context(), nil)
	if err != nil || strings.TrimSpace(string(out)) != "20000" {
		t.Fatalf("it printed %q: %v", out, err)
	}
	if u.cpu <= 0 || u.wall <= 0 || u.peak < 1e6 || u.peak > 1e9 {
		t.Errorf("usage %+v", u)
	}
}

func TestRunTellsWhatWentWrong(t *testing.T) {
	c := role(t, "scan", "no-such-file")
	if _, _, err := c.run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "no-such-file") {
		t.Errorf("got %v", err)
	}
	if _, _, err := c.run(t.Context(), nil, 3); err != nil {
		t.Errorf("the exit status 3 was allowed: %v", err)
	}
	if _, err := c.discard(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestServerRunsAndStops(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	s, err := role(t, "prototype", "-file", file).start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	pool := filepath.Join(t.TempDir(), "pool.ndjson")
	if _, err := writeFile(pool, 5, 1); err != nil {
		t.Fatal(err)
	}
	r, err := load{URL: s.url, Connections: 4, Time: time.Minute, Requests: 500, Records: pool}.apply(t.Context())
	if err != nil || r.OK != 500 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.cpu(t.Context()); err != nil {
		t.Error(err)
	}
	u, err := s.stop()
	if err != nil || u.cpu <= 0 {
		t.Errorf("%+v, %v", u, err)
	}
	if n, err := linesIn(file); n != 500 || err != nil {
		t.Errorf("%d lines, %v", n, err)
	}
	if _, err := s.stop(); err != nil {
		t.Error("the second stop is an error:", err)
	}
}

func TestServerThatDoesNotStart(t *testing.T) {
	_, err := role(t, "prototype", "-file", "/no/such/folder/journal").start(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestInterruptEndsProcesses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := role(t, "prototype").start(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-s.ended
	if _, _, err := role(t, "scan", os.DevNull).run(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
