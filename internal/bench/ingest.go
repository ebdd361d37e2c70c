package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// poolRecords is the number of records that are sent in turn, under ids of
// their own.
const poolRecords = 2000

// poolDay is the day of these records; the server's own records of the
// requests are of today.
const poolDay = "2025-06-01"

// runIngest measures durable POSTs of one record each, beside the least
// server that makes the same promise and one that promises nothing.
func runIngest(ctx context.Context, s *suite) (*result, error) {
	r := &result{About: fmt.Sprintf("POST /api/interactions, one record each over %d connections, answered when it is on disk", s.connections)}
	pool := filepath.Join(s.dir, "pool.ndjson")
	size, err := writeFile(pool, poolRecords, 1)
	if err != nil {
		return nil, err
	}
	if err := s.noteSync(r); err != nil {
		return nil, err
	}
	add := func(name string, w window) {
		r.Table.add(name, "requests/s", float64(w.OK)/w.Seconds)
		r.Table.add(name, "CPU us/request", w.cpu*1e6/float64(w.OK))
		r.Table.add(name, "p50 ms", w.P50)
		r.Table.add(name, "p99 ms", w.P99)
		r.Table.add(name, "most ms", w.Most)
		r.Table.add(name, "peak MB", float64(w.peak)/1e6)
	}
	cases := []turn{
		{"tpe", func(ctx context.Context) error {
			lake := s.folder("ingest")
			srv, err := s.serve(ctx, lake, true)
			if err != nil {
				return err
			}
			w, all, err := s.loaded(ctx, srv, "/api/interactions", pool)
			if err != nil {
				return err
			}
			add("tpe", w)
			return s.holds(ctx, lake, poolDay, "", all)
		}},
		{"group sync", func(ctx context.Context) error {
			file := s.folder("journal")
			w, all, err := s.prototype(ctx, pool, "-file", file)
			if err != nil {
				return err
			}
			add("group sync", w)
			if n, err := linesIn(file); err != nil || n != all {
				return fmt.Errorf("the file holds %d records of %d (%w)", n, all, err)
			}
			return os.Remove(file)
		}},
		{"bare", func(ctx context.Context) error {
			w, _, err := s.prototype(ctx, pool)
			if err == nil {
				add("bare", w)
			}
			return err
		}},
	}
	if err := s.turns(ctx, "ingest", cases); err != nil {
		return nil, err
	}
	t := &r.Table
	r.figure("tpe/group_requests", t.get("tpe", "requests/s").over(t.get("group sync", "requests/s")))
	r.figure("tpe/group_cpu", t.get("tpe", "CPU us/request").over(t.get("group sync", "CPU us/request")))
	for _, c := range t.rows {
		name := map[string]string{"tpe": "tpe", "group sync": "group", "bare": "bare"}[c.name]
		r.figure(name+"_per_s", c.cells["requests/s"])
		r.figure(name+"_cpu_us", c.cells["CPU us/request"])
		r.figure(name+"_p99_ms", c.cells["p99 ms"])
	}
	r.note("A record is %d bytes long on average. The lake held each acknowledged record once.", size/poolRecords)
	return r, nil
}

// prototype loads the least server.
func (s *suite) prototype(ctx context.Context, pool string, args ...string) (window, int64, error) {
	srv, err := command{path: s.self, args: append([]string{"prototype"}, args...), dir: s.dir}.start(ctx, "")
	if err != nil {
		return window{}, 0, err
	}
	return s.loaded(ctx, srv, "/", pool)
}

// noteSync measures how long the disk takes to make 64 KB durable.
func (s *suite) noteSync(r *result) error {
	f, err := os.CreateTemp(s.dir, "sync-")
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // of no value
	var took series
	block := make([]byte, 64<<10)
	for range 100 {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return err
		}
		if err := dataSync(f); err != nil {
			return err
		}
		took = append(took, float64(time.Since(start))/float64(time.Millisecond))
	}
	slices.Sort(took)
	r.note("The disk makes 64 KB durable in %s ms (least %s, 99 of 100 within %s).", plain(took.median()), plain(took.least()), plain(percentile(took, 99)))
	return nil
}
