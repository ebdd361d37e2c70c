package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The client and the prototype against each other: what was answered is in
// the file, under an id of its own.
func TestLoadOnPrototype(t *testing.T) {
	dir := t.TempDir()
	pool := filepath.Join(dir, "pool.ndjson")
	if _, err := writeFile(pool, 50, 1); err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(filepath.Join(dir, "journal.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(takeBodies(j.append))
	result, err := load{URL: server.URL + "/api/interactions", Connections: 8, Time: time.Minute, Requests: 1000, Records: pool}.apply(t.Context())
	server.Close()
	j.close()
	if err != nil || result.OK != 1000 || result.Failed != 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	stored, err := os.ReadFile(filepath.Join(dir, "journal.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for line := range bytes.Lines(stored) {
		ids[string(line[idAt:idAt+36])] = true
	}
	if len(ids) != 1000 {
		t.Errorf("%d ids for 1000 records", len(ids))
	}
}

func TestLoadCountsFailures(t *testing.T) {
	server := httptest.NewServer(takeBodies(func([]byte) error { return os.ErrPermission }))
	defer server.Close()
	pool := filepath.Join(t.TempDir(), "pool.ndjson")
	if _, err := writeFile(pool, 5, 1); err != nil {
		t.Fatal(err)
	}
	result, err := load{URL: server.URL, Connections: 2, Time: time.Minute, Requests: 10, Records: pool}.apply(t.Context())
	if err != nil || result.OK != 0 || result.Failed != 10 || !strings.Contains(result.Fault, "status 500: permission denied") {
		t.Errorf("%+v, %v", result, err)
	}
}

// Answers come whole, in chunks or without a body, and the connection goes
// on behind each.
func TestLoadReadsAnswers(t *testing.T) {
	var turn atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch turn.Add(1) % 3 {
		case 0:
			fmt.Fprint(w, "whole")
		case 1:
			fmt.Fprint(w, strings.Repeat("x", 10_000))
			w.(http.Flusher).Flush()
			fmt.Fprint(w, "end")
		case 2:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	defer server.Close()
	result, err := load{URL: server.URL + "/x?y=z", Connections: 1, Time: time.Minute, Requests: 99}.apply(t.Context())
	if err != nil || result.OK != 99 || result.Failed != 0 {
		t.Errorf("%+v, %v", result, err)
	}
}
