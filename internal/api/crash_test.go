package api

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
)

var kills = flag.Int("kills", 3, "how often TestKill kills the server")

// child is a server in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childDir+"="+dir)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server did not start:", err)
	}
	c.url = "http://" + strings.TrimSpace(line)
	return c
}

// answered is what the clients of a server have seen.
type answered struct {
	mu      sync.Mutex
	calls   map[string]int    // request id: status
	records map[string]string // interaction id: request id
}

// load sends requests on n connections until the server is gone or ctx ends.
// Only answers that came whole count.
func (a *answered) load(ctx context.Context, t *testing.T, url string, n, round int) *sync.WaitGroup {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}, Timeout: 30 * time.Second}
	var group sync.WaitGroup
	for conn := range n {
		group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("r%d-c%d-%d", round, conn, i)
				if !a.send(ctx, t, client, url, id, (conn+i)%4) {
					return
				}
			}
		})
	}
	return &group
}

// send sends one request of some kind and notes its answer.
func (a *answered) send(ctx context.Context, t *testing.T, client *http.Client, url, id string, kind int) bool {
	method, path, body := http.MethodGet, "/api/partners/active", ""
	interactionID := ""
	switch kind {
	case 1:
		path = "/nothing/here"
	case 2, 3:
		method, path, body = http.MethodPost, "/api/interactions", interaction("note", strings.Repeat("x", 200))
		interactionID = body[strings.Index(body, `"interaction_id":"`)+18:][:36]
	}
	req, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return false
	}
	req.Header.Set("X-Request-ID", id)
	req.Header.Set("Content-Type", asJSON)
	req.GetBody = nil // the client must not send it a second time
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[id] = resp.StatusCode
	if interactionID != "" && resp.StatusCode == http.StatusOK {
		a.records[interactionID] = id
	}
	return true
}

// count returns how many requests were answered so far.
func (a *answered) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)
}

// wait returns when n requests were answered. A server that hangs is left to
// the test's own time limit.
func (a *answered) wait(n int) {
	for a.count() < n {
		time.Sleep(time.Millisecond)
	}
}

// check compares what was answered with what the lake holds, line by line:
// duplicates that a reader would pass over count too.
func (a *answered) check(t *testing.T, dir string) {
	t.Helper()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Options{Dir: dir + "/lake"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.NewWriter(ctx) // adopts what the killed server left
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	report, err := l.Verify(ctx, func(f lake.Fault) { t.Error("verify:", f) })
	if err != nil || !report.OK {
		t.Errorf("the accounts do not add up: %+v, %v", report, err)
	}
	calls, records := map[string]int{}, map[string]int{}
	for rec, err := range l.Records(ctx, lake.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		var r record
		if err := json.Unmarshal(rec.JSON(), &r); err != nil {
			t.Fatal(err)
		}
		id, _ := r["interaction_id"].(string)
		records[id]++
		if call, ok := r.at("api_call", "request_id").(string); ok {
			calls[call]++
			if status, known := a.calls[call]; known && r.at("api_call", "response_status") != float64(status) {
				t.Errorf("%s was answered with %d and is recorded with %v", call, status, r.at("api_call", "response_status"))
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for id := range a.calls {
		if calls[id] != 1 {
			t.Errorf("the answered request %s has %d records", id, calls[id])
		}
	}
	for id, n := range calls {
		if n > 1 {
			t.Errorf("request %s has %d records", id, n)
		}
	}
	for id, call := range a.records {
		if records[id] != 1 {
			t.Errorf("interaction %s of %s was answered with 200 and is there %d times", id, call, records[id])
		}
	}
}

// TestKill kills the server at random moments under load. Every request
// whose answer came whole has its record, once, and so has every interaction
// that was answered with 200.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	a := &answered{calls: map[string]int{}, records: map[string]string{}}
	for round := range *kills {
		c := startChild(t, dir)
		group := a.load(t.Context(), t, c.url, 64, round)
		a.wait(a.count() + 64 + rand.IntN(1500)) //nolint:gosec // a random moment
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.cmd.Wait()
		group.Wait()
	}
	if len(a.calls) < 64 || len(a.records) < 32 {
		t.Errorf("only %d answers and %d interactions before the kills", len(a.calls), len(a.records))
	}
	t.Logf("%d kills, %d answers, %d interactions", *kills, len(a.calls), len(a.records))
	a.check(t, dir)
}

// TestTerminate stops the server under load: it ends well, and nothing that
// it answered is lost.
func TestTerminate(t *testing.T) {
	dir := t.TempDir()
	a := &answered{calls: map[string]int{}, records: map[string]string{}}
	c := startChild(t, dir)
	group := a.load(t.Context(), t, c.url, 64, 0)
	a.wait(500)
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if err := c.cmd.Wait(); err != nil {
		t.Error("the server did not end well:", err)
	}
	t.Logf("%d answers, %d interactions", len(a.calls), len(a.records))
	a.check(t, dir)
}
