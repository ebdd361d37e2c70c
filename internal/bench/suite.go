package main

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// benchmark is one question and how it is answered.
type benchmark struct {
	name  string
	usual bool // runs when nothing is asked for by name
	run   func(context.Context, *suite) (*result, error)
}

func benchmarks() []benchmark {
	return []benchmark{
		{"track", true, runTrack},
		{"api", true, runAPI},
		{"ingest", true, runIngest},
		{"bulk", true, runBulk},
		{"validate", true, runValidate},
		{"compact", true, runCompact},
		{"consistency", true, runConsistency},
		{"memory", false, runMemory},
	}
}

func usual() []string {
	var names []string
	for _, b := range benchmarks() {
		if b.usual {
			names = append(names, b.name)
		}
	}
	return names
}

// The scripts that run the peers, and the schema that they and tpe check.
//
//go:embed peers/*.cjs testdata/interaction.schema.json
var files embed.FS

// suite is one run of this program.
type suite struct {
	options
	self string // this program
	node string // the path of node, or nothing
	log  io.Writer
	n    int // of folders made so far
}

// newSuite makes the folder to work in.
func newSuite(o options, log io.Writer) (*suite, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(o.tpe); err != nil {
		return nil, fmt.Errorf("find the binary to measure: %w", err)
	}
	dir, err := os.MkdirTemp(o.dir, "tpe-bench-")
	if err != nil {
		return nil, err
	}
	o.dir = dir
	s := &suite{options: o, self: self, log: log}
	if o.peers != "" {
		s.node, _ = exec.LookPath("node") // nothing when there is none
	}
	for _, name := range []string{"peers/ajv.cjs", "peers/duckdb.cjs", "testdata/interaction.schema.json"} {
		b, err := files.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), b, 0o644)
		}
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// close removes everything that was made.
func (s *suite) close() {
	if err := os.RemoveAll(s.dir); err != nil {
		s.say("remove %s: %v", s.dir, err)
	}
}

func (s *suite) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.log, "bench: "+format+"\n", args...)
}

// run runs the benchmarks that were asked for. One that goes wrong does not
// keep the others from running.
func (s *suite) run(ctx context.Context, stdout io.Writer) error {
	report := report{Machine: s.machine(ctx)}
	if !s.json {
		report.Machine.print(stdout)
	}
	var wrong []string
	for _, b := range benchmarks() {
		if !slices.Contains(s.options.run, b.name) {
			continue
		}
		start := time.Now()
		r, err := b.run(ctx, s)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("run %s: %w", b.name, context.Cause(ctx))
		}
		if err != nil {
			s.say("%s: %v", b.name, err)
			wrong = append(wrong, b.name)
			continue
		}
		r.Name, r.Seconds = b.name, time.Since(start).Seconds()
		report.Results = append(report.Results, r)
		if !s.json {
			r.print(stdout)
		}
	}
	if s.json {
		out := json.NewEncoder(stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(report); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("these went wrong: %v", wrong)
	}
	return nil
}

// turn is one case of a benchmark.
type turn struct {
	name string
	run  func(ctx context.Context) error
}

// turns runs the cases one after the other, again and again, so that what
// disturbs the machine for a while disturbs all. Every other round goes
// backward, so that none is always the first.
func (s *suite) turns(ctx context.Context, what string, cases []turn) error {
	for round := range s.runs {
		for i := range cases {
			c := cases[i]
			if round%2 == 1 {
				c = cases[len(cases)-1-i]
			}
			s.say("%s %d/%d: %s", what, round+1, s.runs, c.name)
			if err := c.run(ctx); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return nil
}

// folder returns the path of a new folder's name that is not in use.
func (s *suite) folder(name string) string {
	s.n++
	return filepath.Join(s.dir, fmt.Sprintf("%s-%d", name, s.n))
}

// data returns the file with n generated records, which is made when it is
// asked for first.
func (s *suite) records30(n int) (path string, size int64, err error) {
	path = filepath.Join(s.dir, fmt.Sprintf("records-%d.ndjson", n))
	if info, err := os.Stat(path); err == nil {
		return path, info.Size(), nil
	}
	s.say("make %d records", n)
	size, err = writeFile(path, n, 30)
	return path, size, err
}
