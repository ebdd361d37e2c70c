package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tpeRun returns a command of the binary on one lake.
func (s *suite) tpeRun(lake string, args ...string) command {
	if s.profile != "" {
		s.n++
		args = append(args, "--cpuprofile", filepath.Join(s.profile, fmt.Sprintf("%s-%d.pprof", args[0], s.n)))
	}
	return command{path: s.tpe, args: append(args, "--lake", lake, "--quiet"), dir: s.dir, env: []string{"LOG_LEVEL=error"}}
}

// serve starts the server on a lake of its own, with a limit of requests that
// is never reached.
func (s *suite) serve(ctx context.Context, lake string, collect bool, args ...string) (*server, error) {
	addrFile := lake + ".addr"
	c := s.tpeRun(lake, append([]string{"serve", "--addr", "127.0.0.1:0", "--addr-file", addrFile}, args...)...)
	c.env = append(c.env,
		databaseOf(lake),
		"RATE_LIMIT_MAX_REQUESTS=1000000000",
		fmt.Sprintf("ENABLE_DATA_COLLECTION=%t", collect),
	)
	return c.start(ctx, addrFile)
}

// databaseOf is the setting of the database beside a lake.
func databaseOf(lake string) string { return "DATABASE_URL=sqlite:" + lake + ".db" }

// window is what happened while a server was loaded.
type window struct {
	loadResult
	cpu, cpuStopped float64 // seconds: until the last answer; until the server had ended, which seals the lake
	peak            int64   // bytes of memory
}

// loaded loads a server, after a short warm-up, and stops it. Records is a
// file to POST from, or nothing for GETs. It is an error when a request
// failed. All counts the requests of the warm-up too.
func (s *suite) loaded(ctx context.Context, srv *server, path, records string) (w window, all int64, err error) {
	return s.loadedWith(ctx, srv, load{URL: srv.url + path, Records: records})
}

// loadedWith is loaded with a load of one's own.
func (s *suite) loadedWith(ctx context.Context, srv *server, l load) (w window, all int64, err error) {
	defer srv.stop() //nolint:errcheck // only when something else went wrong
	l.Requests = 100_000_000
	if l.Connections == 0 {
		l.Connections = s.connections
	}
	l.Time = seconds(min(1, s.seconds/4))
	warm, err := s.client(ctx, l)
	if err != nil {
		return w, 0, err
	}
	before, err := srv.cpu(ctx)
	if err != nil {
		return w, 0, err
	}
	l.Time = seconds(s.seconds)
	if w.loadResult, err = s.client(ctx, l); err != nil {
		return w, 0, err
	}
	after, err := srv.cpu(ctx)
	if err != nil {
		return w, 0, err
	}
	total, err := srv.stop()
	if err != nil {
		return w, 0, err
	}
	w.cpu, w.cpuStopped, w.peak = (after - before).Seconds(), (total.cpu - before).Seconds(), total.peak
	return w, warm.OK + w.OK, nil
}

// client runs the load client.
func (s *suite) client(ctx context.Context, l load) (r loadResult, err error) {
	_, out, err := l.command(s.self, s.dir).run(ctx, nil)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("read what the load client printed: %w", err)
	}
	if r.Failed > 0 || r.OK == 0 {
		return r, fmt.Errorf("%d requests failed, %d did not: %s", r.Failed, r.OK, r.Fault)
	}
	return r, nil
}

// validate checks a file against a schema. Records that are wanting are no
// error here.
func (s *suite) validate(ctx context.Context, schema, data string) (usage, verdict, error) {
	const wanting = 3
	u, out, err := s.tpeRun(s.dir, "validate", "--schema", schema, "--json", "--max-findings", "1", data).run(ctx, nil, wanting)
	if err != nil {
		return u, verdict{}, err
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var v verdict // the summary is the last line
	if err := json.Unmarshal(lines[len(lines)-1], &v); err != nil {
		return u, v, fmt.Errorf("read the summary of tpe validate: %w", err)
	}
	return u, v, nil
}

// linesIn counts the lines of a file.
func linesIn(path string) (n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	buf := make([]byte, 1<<16)
	for {
		k, err := f.Read(buf)
		n += int64(bytes.Count(buf[:k], []byte("\n")))
		if k == 0 {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// counts are what tpe says of the records of a lake.
type counts struct {
	Type                                                string
	Records, Marked, Conflicts, Duplicates, Quarantined int64
}

// count asks for the records of a lake: of the days that begin so, and of one
// type when it is given.
func (s *suite) count(ctx context.Context, lake, days, typ string) (counts, error) {
	_, out, err := s.tpeRun(lake, "lake", "status", "--json").run(ctx, nil)
	if err != nil {
		return counts{}, err
	}
	var status struct {
		Days []struct {
			Day   string
			Total counts
			Types []counts
		}
	}
	if err := json.Unmarshal(out, &status); err != nil {
		return counts{}, fmt.Errorf("read what tpe lake status printed: %w", err)
	}
	var sum counts
	for _, d := range status.Days {
		if !strings.HasPrefix(d.Day, days) {
			continue
		}
		of := d.Types
		if typ == "" {
			of = []counts{d.Total}
		}
		for _, c := range of {
			if c.Type == typ {
				sum.add(c)
			}
		}
	}
	return sum, nil
}

func (c *counts) add(o counts) {
	c.Records += o.Records
	c.Marked += o.Marked
	c.Conflicts += o.Conflicts
	c.Duplicates += o.Duplicates
	c.Quarantined += o.Quarantined
}

// holds checks that a lake has so many records, each once.
func (s *suite) holds(ctx context.Context, lake, days, typ string, want int64) error {
	got, err := s.count(ctx, lake, days, typ)
	if err == nil && (got != counts{Records: want}) {
		err = fmt.Errorf("the lake should hold %d records, each once: %+v", want, got)
	}
	return err
}
