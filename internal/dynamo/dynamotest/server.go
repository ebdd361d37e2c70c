// Package dynamotest starts a real implementation of DynamoDB for tests, and
// a proxy that does harm.
package dynamotest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Server is dynalite, in a process of its own.
type Server struct {
	URL  string
	port string
	dir  string // where it keeps its tables, over restarts
	cmd  *exec.Cmd
}

const script = `
const dynalite = require(process.argv[1] + '/dynalite')
const server = dynalite({ path: process.argv[2], createTableMs: 1, deleteTableMs: 1, updateTableMs: 1 })
server.listen(Number(process.argv[3]), '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()
// A client that is killed is no reason to end.
process.on('uncaughtException', e => { if (e.code !== 'ECONNRESET') throw e })
`

// Start starts a server that ends with the test. Without dynalite the test is
// skipped; in CI it fails.
func Start(t testing.TB) *Server {
	t.Helper()
	if !Installed() {
		if os.Getenv("CI") != "" {
			t.Fatal("dynalite is not installed: run make peers and set TPE_PEERS")
		}
		t.Skip("dynalite is not installed: run make peers and set TPE_PEERS")
	}
	s := &Server{dir: t.TempDir(), port: "0"}
	s.Restart(t)
	t.Cleanup(s.Kill)
	return s
}

// Installed says whether dynalite and Node.js are there.
func Installed() bool {
	peers := os.Getenv("TPE_PEERS")
	_, err := os.Stat(filepath.Join(peers, "node_modules", "dynalite"))
	_, nodeErr := exec.LookPath("node")
	return peers != "" && err == nil && nodeErr == nil
}

// Restart starts the server again after Kill, with its tables.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	modules := filepath.Join(os.Getenv("TPE_PEERS"), "node_modules")
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), "node", "-e", script, modules, s.dir, s.port)
	s.cmd.Stderr = os.Stderr
	if _, err := s.cmd.StdinPipe(); err != nil { // it ends with this process
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dynalite did not start: %v", err)
	}
	s.port = strings.TrimSpace(line)
	s.URL = "http://127.0.0.1:" + s.port
}

// Kill ends the server at once.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// Proxy stands before a server. Its fields may be changed between requests.
type Proxy struct {
	URL string

	mu sync.Mutex
	// Throttle says how many more requests are answered with an error of
	// throttling.
	throttle int
	// Leave says how many items of each batch are left unprocessed, for so
	// many requests.
	leave, leaveFor int
	calls           map[string]int
	target          *httputil.ReverseProxy
}

// StartProxy starts a proxy that ends with the test.
func StartProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	to, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{calls: map[string]int{}, target: httputil.NewSingleHostReverseProxy(to)}
	p.target.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	p.URL = srv.URL
	return p
}

// Throttle answers the next n requests with an error of throttling.
func (p *Proxy) Throttle(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.throttle = n
}

// Leave lets the next n batches be written without their last items, which
// are given back as unprocessed.
func (p *Proxy) Leave(items, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave, p.leaveFor = items, n
}

// Calls returns how often an operation was asked for.
func (p *Proxy) Calls(operation string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[operation]
}

// ServeHTTP passes a request on, or does harm.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	p.mu.Lock()
	p.calls[operation]++
	throttled := p.throttle > 0
	if throttled {
		p.throttle--
	}
	leave := 0
	if operation == "BatchWriteItem" && !throttled && p.leaveFor > 0 {
		leave = p.leave
		p.leaveFor--
	}
	p.mu.Unlock()
	switch {
	case throttled:
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}`)
	case leave > 0:
		p.partly(w, r, leave)
	default:
		p.target.ServeHTTP(w, r)
	}
}

// partly writes a batch without its last items and gives them back.
func (p *Proxy) partly(w http.ResponseWriter, r *http.Request, leave int) {
	b, err := io.ReadAll(r.Body)
	var in struct{ RequestItems map[string][]json.RawMessage }
	if err != nil || json.Unmarshal(b, &in) != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	left := map[string][]json.RawMessage{}
	for table, items := range in.RequestItems {
		n := min(leave, len(items))
		left[table] = items[len(items)-n:]
		in.RequestItems[table] = items[:len(items)-n]
		if len(items) == n {
			delete(in.RequestItems, table)
		}
	}
	if len(in.RequestItems) > 0 {
		b, _ = json.Marshal(in)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		rec := httptest.NewRecorder()
		p.target.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
			return
		}
	}
	b, _ = json.Marshal(map[string]any{"UnprocessedItems": left})
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_, _ = w.Write(b)
}
