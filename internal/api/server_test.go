package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/jobs"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/outbox"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

const testSecret = "a key for these tests, and for nothing else"

// house is a running server with all that it works with, real parts all.
type house struct {
	*Server
	t      testing.TB
	dir    string // of the lake
	lake   *lake.Lake
	writer *lake.Writer
	url    string
	logs   *logBuffer
	sent   *letters
	client *http.Client
	source string       // of the database
	stop   func() error // stops the server gracefully; the writer stays open
}

// logBuffer collects what is logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var contract = sync.OnceValues(schema.Default)

// emptySQLite is the file of a database with the schema and no rows, and
// emptyPostgres the URL of such a database: to bring the schema up to date
// takes longer than most tests.
var (
	emptySQLite   = sync.OnceValues(newSQLite)
	emptyPostgres string
	makePostgres  sync.Once
)

func newSQLite() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "tpe-empty")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "tpe.db")
	db, err := sqldb.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// newPostgres returns the URL of a new database with the schema and no rows.
func newPostgres(t testing.TB) string {
	t.Helper()
	makePostgres.Do(func() {
		url := postgres.Database(t)
		db, err := sqldb.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		emptyPostgres = url
	})
	if emptyPostgres == "" {
		t.Skip("there is no PostgreSQL")
	}
	return postgres.Clone(t, emptyPostgres)
}

// options returns what a server needs, with a lake and a database in dir.
func options(t testing.TB, dir string) Options {
	t.Helper()
	path := filepath.Join(dir, "tpe.db")
	if _, err := os.Stat(path); err != nil {
		file, err := emptySQLite()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return optionsOn(t, dir, path)
}

// optionsOn is options with another database.
func optionsOn(t testing.TB, dir, database string) Options {
	t.Helper()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Options{Dir: filepath.Join(dir, "lake")})
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.NewWriter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	set, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Lake: l, Writer: w, DB: db, Schemas: set, Gate: redact.New(redact.Options{}), JWTSecret: testSecret,
		Outcomes: true, Track: true, Measure: true, Version: "1.2.3", Environment: "test"}
}

// open starts a server. change may set options, and routes that only tests
// need.
func open(t testing.TB, change func(*Options), routes ...func(*Server)) *house {
	t.Helper()
	dir := t.TempDir()
	return openWith(t, dir, options(t, dir), change, routes...)
}

// both runs a test on a server with an empty database of each engine.
func both(t *testing.T, change func(*Options), test func(t *testing.T, h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, change)) })
	t.Run("postgres", func(t *testing.T) {
		dir := t.TempDir()
		source := newPostgres(t)
		h := openWith(t, dir, optionsOn(t, dir, source), change)
		h.source = source
		test(t, h)
	})
}

// beside opens the database of the server as another process does.
func (h *house) beside() *sqldb.DB {
	h.t.Helper()
	db, err := sqldb.Open(context.Background(), h.source)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			h.t.Error(err)
		}
	})
	return db
}

func openWith(t testing.TB, dir string, opts Options, change func(*Options), routes ...func(*Server)) *house {
	t.Helper()
	h := &house{t: t, dir: dir, source: filepath.Join(dir, "tpe.db"), logs: &logBuffer{}, sent: &letters{}}
	opts.Notify = h.sent
	opts.Log = slog.New(slog.NewJSONHandler(h.logs, nil))
	drainer := outbox.New(outbox.Options{DB: opts.DB, Writer: opts.Writer, Gate: opts.Gate, Log: opts.Log})
	opts.Outbox = drainer
	runner := jobs.New(jobs.Options{DB: opts.DB, Log: opts.Log})
	opts.Jobs = runner
	if change != nil {
		change(&opts)
	}
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, add := range routes {
		add(s)
	}
	h.Server, h.lake, h.writer = s, opts.Lake, opts.Writer
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	draining, stopDraining := context.WithCancel(context.Background())
	drained := make(chan struct{})
	go func() { drainer.Run(draining); close(drained) }()
	runner.Handle(JobSMS, s.SendSMS)
	runner.Handle(JobDemo, s.WorkOnDemo)
	runner.Handle(JobRemoveFile, s.RemoveFile)
	worked := make(chan struct{})
	go func() { runner.Run(draining); close(worked) }()
	go func() { served <- s.Serve(ctx, ln) }()
	h.stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	h.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		if err := h.stop(); err != nil {
			t.Error("stop:", err)
		}
		stopDraining()
		<-drained
		<-worked
		if err := errors.Join(opts.Writer.Close(context.Background()), opts.Lake.Close(), opts.DB.Close()); err != nil {
			t.Error("close:", err)
		}
	})
	return h
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request with headers as pairs of name and value.
func (h *house) do(method, path, body string, headers ...string) reply {
	h.t.Helper()
	r, err := h.try(method, path, body, headers...)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (h *house) try(method, path, body string, headers ...string) (reply, error) {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, h.url+path, in)
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, err
}

// record is an interaction as a test looks at it.
type record map[string]any

// at follows names; nil when one is missing.
func (r record) at(names ...string) any {
	var v any = map[string]any(r)
	for _, n := range names {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[n]
	}
	return v
}

// records returns what the lake holds of a type, and checks that all of it
// is valid.
func (h *house) records(typ string) []record {
	h.t.Helper()
	set, err := contract()
	if err != nil {
		h.t.Fatal(err)
	}
	var out []record
	for rec, err := range h.lake.Records(context.Background(), lake.Filter{Type: typ}) {
		if err != nil {
			h.t.Fatal(err)
		}
		if faults := set.Check(rec.Tape, schema.Check{Strict: true}); faults != nil {
			h.t.Errorf("%s: %+v", rec.JSON(), faults)
		}
		var r record
		if err := json.Unmarshal(rec.JSON(), &r); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// calls returns the records of tracked calls to a path.
func (h *house) calls(path string) []record {
	h.t.Helper()
	var out []record
	for _, r := range h.records(tpe.TypeAPICall) {
		if r.at("api_call", "path") == path {
			out = append(out, r)
		}
	}
	return out
}

// one returns the one record of a call to a path, waiting for it when the
// answer could not be.
func (h *house) one(path string) record {
	h.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		calls := h.calls(path)
		if len(calls) == 1 {
			return calls[0]
		}
		if len(calls) > 1 || time.Now().After(deadline) {
			h.t.Fatalf("%s has %d records", path, len(calls))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func prefixes(t testing.TB, list ...string) []netip.Prefix {
	t.Helper()
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
