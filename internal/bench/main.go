// Command bench measures the tpe binary from outside, side by side with what
// else could do the work, and prints a table and one FIGURE line for each
// benchmark. It keeps nothing: it works in a temporary folder, on loopback,
// for a bounded time, and ends every process that it starts.
//
// It also plays the other roles that a run needs as processes of their own:
// the load client, the least server, and the bare scan.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run plays the role that the first argument names, or else runs the
// benchmarks.
func run(args []string, stdout, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) > 0 {
		switch args[0] {
		case "client":
			return clientMain(ctx, args[1:], stdout)
		case "prototype":
			return prototypeMain(ctx, args[1:], stdout)
		case "scan":
			return scanMain(args[1:], runtime.GOMAXPROCS(0), stdout)
		}
	}
	opts, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	s, err := newSuite(opts, stderr)
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(ctx, stdout)
}

// options are what the flags say.
type options struct {
	tpe          string // the binary to measure
	peers        string // the folder with node_modules, or nothing
	run          []string
	records      int
	runs         int
	seconds      float64
	connections  int
	dir          string
	database     string // for api, instead of the sample data
	data, schema string // for validate, instead of its own
	partners     string // for consistency
	profile      string // the folder for CPU profiles of tpe, or nothing
	json         bool
	timeout      time.Duration
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var names string
	var memory bool
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.tpe, "tpe", "bin/tpe", "the `binary` to measure")
	f.StringVar(&o.peers, "peers", os.Getenv("TPE_PEERS"), "the `folder` whose node_modules hold ajv and DuckDB (default $TPE_PEERS)")
	f.StringVar(&names, "run", strings.Join(usual(), ","), "the `benchmarks` to run")
	f.BoolVar(&memory, "memory", false, "run memory too: the peak of each command for -n records and for ten times as many")
	f.IntVar(&o.records, "n", 1_000_000, "the `number` of records for bulk, validate, compact and memory")
	f.IntVar(&o.runs, "runs", 3, "how often each case runs, in turn")
	f.Float64Var(&o.seconds, "seconds", 5, "how long a server is loaded in one run")
	f.IntVar(&o.connections, "connections", 64, "how many connections load a server")
	f.StringVar(&o.dir, "dir", "", "work below this `folder` (default: the system's temporary folder)")
	f.StringVar(&o.database, "database", os.Getenv("TPE_OLD_DATABASE"), "serve a copy of this SQLite `file` for api (default $TPE_OLD_DATABASE, else the sample data)")
	f.StringVar(&o.data, "data", "", "validate this NDJSON `file`; needs -schema")
	f.StringVar(&o.schema, "schema", "", "validate against this JSON Schema `file`; needs -data")
	f.StringVar(&o.partners, "partners", "internal/consistency/testdata/invented.jsonl", "the `file` of partners for consistency, one a line")
	f.StringVar(&o.profile, "profile", "", "let tpe write a CPU profile of each of its runs into this `folder`")
	f.BoolVar(&o.json, "json", false, "print one JSON document instead of text")
	f.DurationVar(&o.timeout, "timeout", time.Hour, "give up after this `time`")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	}
	if (o.data == "") != (o.schema == "") {
		return o, errors.New("-data and -schema go together")
	}
	if o.records < 1 || o.runs < 1 || o.seconds <= 0 || o.connections < 1 {
		return o, errors.New("-n, -runs, -seconds and -connections must be above 0")
	}
	o.run = strings.Split(names, ",")
	if memory && !slices.Contains(o.run, "memory") {
		o.run = append(o.run, "memory")
	}
	for _, name := range o.run {
		if !slices.ContainsFunc(benchmarks(), func(b benchmark) bool { return b.name == name }) {
			return o, fmt.Errorf("there is no benchmark %q", name)
		}
	}
	for _, path := range []*string{&o.tpe, &o.peers, &o.database, &o.data, &o.schema, &o.partners} {
		if *path == "" {
			continue
		}
		abs, err := filepath.Abs(*path)
		if err != nil {
			return o, err
		}
		*path = abs
	}
	return o, nil
}
