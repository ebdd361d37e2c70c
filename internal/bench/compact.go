package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// runCompact measures how a raw lake becomes Parquet, one folder a day,
// beside DuckDB.
func runCompact(ctx context.Context, s *suite) (*result, error) {
	lake := filepath.Join(s.dir, "compact")
	s.say("make a lake of %d records", s.records)
	if err := writeLake(lake, s.records, 30); err != nil {
		return nil, err
	}
	size, segments, err := treeSize(lake, "*")
	if err != nil {
		return nil, err
	}
	r := &result{About: fmt.Sprintf("%s records (%s MB) in %d raw segments of 30 days to zstd Parquet, a folder a day",
		grouped(float64(s.records)), grouped(float64(size)/1e6), segments)}
	duckdb := s.has(r, "@duckdb/node-api")
	var digests []string
	add := func(ctx context.Context, name, out string, u usage) error {
		bytes, files, err := treeSize(out, "*.parquet")
		if err != nil {
			return err
		}
		r.Table.addUsage(name, u)
		r.Table.add(name, "MB out", float64(bytes)/1e6)
		r.Table.add(name, "files", float64(files))
		if duckdb {
			_, digest, err := s.peer("duckdb.cjs", "digest", out+"/**/*.parquet").run(ctx, nil)
			if err != nil {
				return err
			}
			digests = append(digests, string(digest))
		}
		return nil
	}
	cases := []turn{{"tpe", func(ctx context.Context) error {
		to := s.folder("compact")
		if err := linkTree(to, lake); err != nil {
			return err
		}
		u, _, err := s.tpeRun(to, "lake", "compact").run(ctx, nil)
		if err == nil {
			err = add(ctx, "tpe", filepath.Join(to, "parquet"), u)
		}
		return errors.Join(err, os.RemoveAll(to))
	}}}
	for _, threads := range []int{1, runtime.NumCPU()} {
		if !duckdb || threads == 1 && runtime.NumCPU() == 1 {
			continue
		}
		name := fmt.Sprintf("duckdb-%d-cpu", threads)
		cases = append(cases, turn{name, func(ctx context.Context) error {
			to := s.folder("duckdb")
			u, _, err := s.peer("duckdb.cjs", "compact", lake+"/raw/**/*.ndjson", to, strconv.Itoa(threads)).run(ctx, nil)
			if err == nil {
				err = add(ctx, name, to, u)
			}
			return errors.Join(err, os.RemoveAll(to))
		}})
	}
	if err := s.turns(ctx, "compact", cases); err != nil {
		return nil, err
	}
	for _, d := range digests {
		if d != digests[0] {
			return nil, fmt.Errorf("the rows differ: %s and %s", digests[0], d)
		}
	}
	t := &r.Table
	tpe := t.get("tpe", "CPU s")
	for _, c := range cases[1:] {
		r.figure("cpu_tpe/"+c.name, tpe.over(t.get(c.name, "CPU s")))
	}
	r.figure("tpe_cpu_s", tpe)
	r.figure("tpe_wall_s", t.get("tpe", "wall s"))
	r.figure("tpe_peak_mb", t.get("tpe", "peak MB"))
	r.figure("tpe_mb_out", t.get("tpe", "MB out"))
	if len(digests) > 0 {
		r.note("DuckDB reads the same out of all: %s", shortened(digests[0]))
	}
	return r, nil
}
