// Package athenatest gives tests a server that speaks Athena's API.
//
// Not real: the server itself, the life of a query, and the engine. Real: the
// client with its signatures and retries, the S3 server where objects are read
// and written, and the statements: they are run as they come, by DuckDB, after
// sqlglot has read them by its dialect of Athena and written them for DuckDB.
package athenatest

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
)

//go:embed engine.py
var program string

// Database is the one database.
const Database = "lake_db"

// Server is a running server. The hooks may be changed between requests.
type Server struct {
	URL string

	mu sync.Mutex
	// Throttle is how many requests to start a query are turned away.
	Throttle int
	// Lose is how many answers to such requests are lost.
	Lose int
	// Fail may make a query fail, with a reason.
	Fail func(sql string) string
	// Hold says of which queries run until they are stopped; Held is told.
	Hold func(sql string) bool
	Held chan string

	queries map[string]*query // by id
	tokens  map[string]string // ids by the token of the request
	engine  *engine
	s3      *buckettest.Server
	t       testing.TB
	running sync.WaitGroup
}

type query struct {
	sql, database, state, reason string
	stopped                      chan struct{}
}

// Missing says what is not installed; nothing when all is.
func Missing() string {
	if os.Getenv("TPE_PEERS") != "" {
		if found, _ := filepath.Glob(filepath.Join(os.Getenv("TPE_PEERS"), "python", "lib", "python3*", "site-packages", "sqlglot")); len(found) > 0 {
			return ""
		}
	}
	return "sqlglot and DuckDB for Python are not installed: run make peers"
}

// Start starts a server for the bucket of an S3 server; it ends with the test.
// The test is skipped where something is missing, and fails in CI.
func Start(t testing.TB, s3 *buckettest.Server) *Server {
	t.Helper()
	if why := Missing(); why != "" {
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	s := &Server{queries: map[string]*query{}, tokens: map[string]string{}, s3: s3, t: t, Held: make(chan string, 16)}
	s.engine = startEngine(t, filepath.Dir(s3.Dir))
	srv := httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = srv.URL
	t.Cleanup(func() {
		srv.Close()
		s.Set(func() {
			for _, q := range s.queries {
				q.stop()
			}
		})
		s.running.Wait()
	})
	return s
}

// Set changes hooks while the server is at work.
func (s *Server) Set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// Tables lists the tables that there are.
func (s *Server) Tables() []string {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return s.engine.tables
}

// Queries returns the states of all queries that begin with a word, in no order.
func (s *Server) Queries(word string) (states []string) {
	s.Set(func() {
		for _, q := range s.queries {
			if strings.HasPrefix(q.sql, word) {
				states = append(states, q.state)
			}
		}
	})
	return states
}

func (q *query) stop() {
	select {
	case <-q.stopped:
	default:
		close(q.stopped)
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Authorization"), "Credential="+buckettest.AccessKeyID+"/") {
		refuse(w, "UnrecognizedClientException", "The security token included in the request is invalid.")
		return
	}
	var in struct {
		QueryString, ClientRequestToken, QueryExecutionID, WorkGroup string
		QueryExecutionContext                                        struct{ Database string }
		ResultConfiguration                                          struct{ OutputLocation string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, "InvalidRequestException", err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Header.Get("X-Amz-Target") {
	case "AmazonAthena.StartQueryExecution":
		if s.Throttle > 0 {
			s.Throttle--
			refuse(w, "TooManyRequestsException", "Rate exceeded")
			return
		}
		if in.WorkGroup != "" && in.WorkGroup != "primary" {
			refuse(w, "InvalidRequestException", "WorkGroup "+in.WorkGroup+" is not found.")
			return
		}
		if !strings.HasPrefix(in.ResultConfiguration.OutputLocation, "s3://"+buckettest.Bucket+"/") {
			refuse(w, "InvalidRequestException", "Unable to verify/create output bucket")
			return
		}
		id := s.start(in.ClientRequestToken, in.QueryString, in.QueryExecutionContext.Database)
		if s.Lose > 0 {
			s.Lose--
			panic(http.ErrAbortHandler)
		}
		answer(w, map[string]any{"QueryExecutionId": id})
	case "AmazonAthena.GetQueryExecution":
		q := s.queries[in.QueryExecutionID]
		if q == nil {
			refuse(w, "InvalidRequestException", "QueryExecution was not found")
			return
		}
		answer(w, map[string]any{"QueryExecution": map[string]any{"Status": map[string]any{"State": q.state, "StateChangeReason": q.reason}}})
	case "AmazonAthena.StopQueryExecution":
		if q := s.queries[in.QueryExecutionID]; q != nil {
			q.stop()
		}
		answer(w, map[string]any{})
	default:
		refuse(w, "InvalidRequestException", "unknown operation")
	}
}

// start begins a query, once for each token.
func (s *Server) start(token, sql, database string) string {
	if id := s.tokens[token]; id != "" {
		return id
	}
	id := fmt.Sprintf("query-%d", len(s.queries)+1)
	s.tokens[token] = id
	q := &query{sql: sql, database: database, state: "QUEUED", stopped: make(chan struct{})}
	s.queries[id] = q
	hold, fail := s.Hold != nil && s.Hold(sql), ""
	if s.Fail != nil {
		fail = s.Fail(sql)
	}
	s.running.Go(func() { s.run(q, hold, fail) })
	return id
}

func (s *Server) run(q *query, hold bool, fail string) {
	end := func(state, reason string) { s.Set(func() { q.state, q.reason = state, reason }) }
	end("RUNNING", "")
	switch {
	case q.database != Database:
		end("FAILED", "FAILED: SemanticException [Error 10072]: Database does not exist: "+q.database)
	case fail != "":
		end("FAILED", fail)
	case hold:
		s.Held <- q.sql
		<-q.stopped
		end("CANCELLED", "Query cancelled by user")
	default:
		if err := s.execute(q.sql); err != nil {
			s.t.Log("a query failed: ", err)
			end("FAILED", err.Error())
			return
		}
		end("SUCCEEDED", "")
	}
}

// execute runs a statement and sends the files that it makes.
func (s *Server) execute(sql string) error {
	files, folder, err := s.engine.run(sql)
	if err != nil {
		return err
	}
	b, err := bucket.New(context.Background(), s.s3.Options())
	if err != nil {
		return err
	}
	defer b.Close()
	to := strings.TrimPrefix(folder, "s3://"+buckettest.Bucket+"/")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil {
			_, _, err = b.Put(context.Background(), to+"20261127_"+strings.TrimSuffix(path.Base(file), ".parquet"), data, bucket.Condition{Absent: true})
		}
		if err == nil {
			err = os.Remove(file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// engine is the process that runs statements.
type engine struct {
	mu     sync.Mutex
	in     io.Writer
	out    *bufio.Reader
	tables []string
}

func startEngine(t testing.TB, objects string) *engine {
	t.Helper()
	file := filepath.Join(t.TempDir(), "engine.py")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(os.Getenv("TPE_PEERS"), "python", "bin", "python"), file, objects)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		_ = cmd.Wait()
	})
	return &engine{in: in, out: bufio.NewReader(out)}
}

// run runs a statement. It returns the files that it makes, and for which folder.
func (e *engine) run(sql string) (files []string, folder string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	line, err := json.Marshal(sql)
	if err != nil {
		return nil, "", err
	}
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		return nil, "", err
	}
	text, err := e.out.ReadBytes('\n')
	if err != nil {
		return nil, "", fmt.Errorf("the engine has ended: %w", err)
	}
	var got struct {
		Files, Tables []string
		Folder, Error string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return nil, "", err
	}
	e.tables = got.Tables
	if got.Error != "" {
		return nil, "", fmt.Errorf("%s", got.Error)
	}
	return got.Files, got.Folder, nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(v) // the client has gone otherwise
}

func refuse(w http.ResponseWriter, code, text string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "Message": text}) // the client has gone otherwise
}
