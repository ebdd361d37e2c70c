package coach

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is an OpenAI-compatible server on a real connection. script answers
// the n-th request, from 1; gate lets a script wait until the test has seen
// what came before.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []seen
	gate     chan struct{}
}

type seen struct {
	path, auth, accept string
	body               map[string]any
	raw                []byte
	header             http.Header
}

func newServer(t *testing.T, script func(n int, w http.ResponseWriter, r *http.Request)) *server {
	s := &server{gate: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		one := seen{path: r.URL.Path, auth: r.Header.Get("Authorization"), accept: r.Header.Get("Accept"), raw: raw, header: r.Header}
		_ = json.Unmarshal(raw, &one.body)
		s.mu.Lock()
		s.requests = append(s.requests, one)
		n := len(s.requests)
		s.mu.Unlock()
		script(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) all() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// client returns a client of s that notes its waits and does not sleep.
func (s *server) client(t *testing.T, change func(*Options)) (*Client, *[]time.Duration) {
	t.Helper()
	var waits []time.Duration
	warm := 0.2
	o := Options{BaseURL: s.URL + "/v1/", Key: "sk-LEAK", Model: "gpt-4o-mini", Temperature: &warm, Prices: DefaultPrices(), EmbeddingModel: "text-embedding-3-small", TranscriptionModel: "whisper-1",
		Wait: func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() }}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, &waits
}

// say sends one part of a streamed answer.
func say(w http.ResponseWriter, format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.(http.Flusher).Flush()
}

func delta(text string) string {
	b, _ := json.Marshal(text)
	return `data: {"id":"x","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":` + string(b) + `},"finish_reason":null}]}` + "\n\n"
}

const (
	finish = `data: {"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}` + "\n\n"
	usage  = `data: {"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_tokens_details":{"cached_tokens":400}}}` + "\n\n"
	done   = "data: [DONE]\n\n"
)

func stream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
}

var ask = []Message{{Role: User, Content: "How?"}}

// collect asks and gathers the parts.
func collect(t *testing.T, c *Client) (Answer, []string, error) {
	t.Helper()
	var parts []string
	a, err := c.Stream(t.Context(), ask, func(s string) error { parts = append(parts, s); return nil })
	if strings.Join(parts, "") != a.Content {
		t.Errorf("parts %q, content %q", parts, a.Content)
	}
	if err != nil && strings.Contains(err.Error(), "LEAK") {
		t.Errorf("the error shows the key: %v", err)
	}
	return a, parts, err
}
