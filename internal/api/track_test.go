package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// oddRoutes are routes that behave in every way that a handler can.
func oddRoutes(s *Server) {
	handle := func(path string, h handler) { s.mux.Handle("GET "+path, s.answer(h)) }
	raw := func(path string, f http.HandlerFunc) { s.mux.HandleFunc("GET "+path, f) }
	handle("/fails", func(*visit, *http.Request) error { return errors.New("a cause that nobody outside may see") })
	handle("/panics", func(*visit, *http.Request) error { panic("a cause that nobody outside may see") })
	handle("/admins", s.adminOnly(func(v *visit, _ *http.Request) error { v.json(http.StatusOK, []byte("{}")); return nil }))
	handle("/hangs", func(_ *visit, r *http.Request) error { <-r.Context().Done(); return r.Context().Err() })
	raw("/silent", func(http.ResponseWriter, *http.Request) {})
	raw("/nocontent", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	raw("/unchanged", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	raw("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "late")
	})
	raw("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 300_000)) })
	raw("/measured", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "300000")
		for range 3 {
			_, _ = w.Write(make([]byte, 100_000))
		}
	})
	raw("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "less")
	})
	raw("/aborts", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 100_000))
		panic(http.ErrAbortHandler)
	})
	raw("/panicslate", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 100_000))
		panic("late")
	})
	raw("/slash/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
}

func TestExactlyOneRecord(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old/hangs":
			<-r.Context().Done()
		case "/old/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "half")
		case "/old/chunks":
			for range 3 {
				_, _ = w.Write(make([]byte, 50_000))
				w.(http.Flusher).Flush()
			}
		default:
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.Copy(w, r.Body)
		}
	}))
	defer upstream.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()

	limits := Limits{Handler: 50 * time.Millisecond, Upstream: 50 * time.Millisecond, MaxRecord: 2000}
	own := open(t, func(o *Options) { o.Limits = limits }, oddRoutes)
	front := open(t, func(o *Options) { o.Limits = limits; o.Upstream = mustURL(t, upstream.URL) }, oddRoutes)
	alone := open(t, func(o *Options) { o.Upstream = mustURL(t, gone.URL) })

	admin := []string{"Authorization", front.bearer(front.admin("a@x.example"))}
	partner := []string{"Authorization", front.bearer(front.partner(6, "p@x.example"))}
	json := []string{"Content-Type", "application/json"}
	cut := -1 // the answer ends early
	for _, c := range []struct {
		h            *house
		method, path string
		body         string
		headers      []string
		status       int // of the answer
		recorded     int // when it differs
		fault        string
		aborted      bool
		route        string
	}{
		{h: own, method: "GET", path: "/health", status: 200, route: "/health"},
		{h: own, method: "GET", path: "/livez", status: 200, route: "/livez"},
		{h: own, method: "GET", path: "/readyz", status: 200, route: "/readyz"},
		{h: own, method: "GET", path: "/metrics", status: 200, route: "/metrics"},
		{h: own, method: "GET", path: "/api/partners/active", status: 200, route: "/api/partners/active"},
		{h: own, method: "GET", path: "/nothing/here", status: 404},
		{h: own, method: "POST", path: "/nothing/here/either", body: `{"type":"x"}`, headers: json, status: 404},
		{h: own, method: "BREW", path: "/coffee", status: 404},
		{h: own, method: "DELETE", path: "/fails", status: 405},
		{h: own, method: "OPTIONS", path: "/panics", status: 405},
		{h: own, method: "GET", path: "/fails", status: 500, route: "/fails"},
		{h: own, method: "GET", path: "/panics", status: 500, fault: "panic", route: "/panics"},
		{h: own, method: "GET", path: "/hangs", status: 503, fault: "timeout", route: "/hangs"},
		{h: own, method: "GET", path: "/admins", status: 401, route: "/admins"},
		{h: own, method: "GET", path: "/api/lake/status", headers: []string{"Authorization", "Bearer a.b.c"}, status: 401, fault: "token rejected", route: "/api/lake/status"},
		{h: front, method: "GET", path: "/api/lake/status", headers: partner, status: 403, route: "/api/lake/status"},
		{h: front, method: "GET", path: "/admins", headers: admin, status: 200, route: "/admins"},
		{h: own, method: "GET", path: "/silent", status: 200, route: "/silent"},
		{h: own, method: "HEAD", path: "/large", status: 200, route: "/large"},
		{h: own, method: "GET", path: "/nocontent", status: 204, route: "/nocontent"},
		{h: own, method: "GET", path: "/unchanged", status: 304, route: "/unchanged"},
		{h: own, method: "GET", path: "/early", status: 200, route: "/early"},
		{h: front, method: "GET", path: "/large", status: 200, route: "/large"},
		{h: own, method: "GET", path: "/measured", status: 200, route: "/measured"},
		{h: own, method: "GET", path: "/short", status: cut, recorded: 200, aborted: true, route: "/short"},
		{h: own, method: "GET", path: "/aborts", status: cut, recorded: 200, fault: "aborted", aborted: true, route: "/aborts"},
		{h: own, method: "GET", path: "/panicslate", status: cut, recorded: 200, fault: "panic", aborted: true, route: "/panicslate"},
		{h: own, method: "GET", path: "/slash", status: 307, route: "/slash/"},
		{h: own, method: "POST", path: "/api/interactions", body: "{", headers: json, status: 400, route: "/api/interactions"},
		{h: front, method: "POST", path: "/api/interactions", body: strings.Repeat("x", 3000), headers: json, status: 413, route: "/api/interactions"},
		{h: alone, method: "POST", path: "/api/interactions", body: "<x/>", headers: []string{"Content-Type", "text/xml"}, status: 415, route: "/api/interactions"},
		{h: front, method: "POST", path: "/old/teapot", body: "short and stout", status: 418},
		{h: front, method: "GET", path: "/old/chunks", status: 200},
		{h: front, method: "GET", path: "/old/hangs", status: 504, fault: "upstream timeout"},
		{h: front, method: "GET", path: "/old/cut", status: cut, recorded: 200, fault: "aborted", aborted: true},
		{h: front, method: "PUT", path: "/fails", body: "x", status: 418},
		{h: alone, method: "GET", path: "/old/any", status: 502, fault: "upstream down"},
	} {
		name := c.method + " " + c.path
		r, err := c.h.try(c.method, c.path, c.body, c.headers...)
		want := c.status
		switch {
		case want == cut && err == nil:
			t.Errorf("%s: the answer is whole: %d, %d bytes", name, r.status, len(r.body))
		case want == cut:
			want = c.recorded
		case err != nil || r.status != want:
			t.Errorf("%s: %d, %v, want %d: %s", name, r.status, err, want, r.body)
		}
		if strings.Contains(r.body, "nobody outside") {
			t.Errorf("%s: the answer shows the cause: %s", name, r.body)
		}
		var found []record
		for _, call := range c.h.calls(c.path) {
			if call.at("api_call", "method") == c.method {
				found = append(found, call)
			}
		}
		if len(found) != 1 {
			t.Errorf("%s: %d records", name, len(found))
			continue
		}
		call := found[0]
		text := func(v any) string { return strings.TrimSuffix(fmt.Sprint(v), "<nil>") }
		if got := call.at("api_call", "response_status"); got != float64(want) {
			t.Errorf("%s: status %v is recorded, want %d", name, got, want)
		}
		if got := text(call.at("api_call", "error")); got != c.fault {
			t.Errorf("%s: error %q is recorded, want %q", name, got, c.fault)
		}
		if got := call.at("api_call", "aborted"); (got == true) != c.aborted {
			t.Errorf("%s: aborted is %v", name, got)
		}
		if got := text(call.at("api_call", "route")); got != c.route {
			t.Errorf("%s: route %q is recorded, want %q", name, got, c.route)
		}
		if upstream := strings.HasPrefix(c.path, "/old/") || name == "PUT /fails"; (call.at("api_call", "upstream") == true) != upstream {
			t.Errorf("%s: upstream is %v", name, call.at("api_call", "upstream"))
		}
		if got := r.header.Get("X-Request-Id"); err == nil && got != call.at("api_call", "request_id") {
			t.Errorf("%s: request id %q was sent, %v is recorded", name, got, call.at("api_call", "request_id"))
		}
		if err == nil && c.method != "HEAD" && call.at("api_call", "response_bytes") != float64(len(r.body)) {
			t.Errorf("%s: %v bytes are recorded, %d came", name, call.at("api_call", "response_bytes"), len(r.body))
		}
		if len(c.body) > 0 && call.at("api_call", "request_body_bytes") != float64(len(c.body)) {
			t.Errorf("%s: a body of %v bytes is recorded, %d were sent", name, call.at("api_call", "request_body_bytes"), len(c.body))
		}
	}
	if strings.Contains(own.logs.String(), "a.b.c") {
		t.Error("a token is in the log")
	}
	if !strings.Contains(own.logs.String(), "a cause that nobody outside may see") {
		t.Error("the cause of a failure is not in the log")
	}
}

// dial opens a connection to the server and sends the text.
func (h *house) dial(text string) (net.Conn, *bufio.Reader) {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		h.t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func TestAsteriskAndOldProtocol(t *testing.T) {
	h := open(t, nil)
	_, in := h.dial("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
	if line, _ := in.ReadString('\n'); !strings.Contains(line, "404") {
		t.Errorf("OPTIONS *: %q", line)
	}
	h.one("*")
	_, in = h.dial("GET /nope HTTP/1.0\r\n\r\n")
	all, err := io.ReadAll(in)
	if err != nil || !strings.Contains(string(all), "Cannot GET /nope") {
		t.Errorf("HTTP/1.0: %q, %v", all, err)
	}
	h.one("/nope")
}

// gate is a route whose handler goes on when the test says so.
type gates struct{ reached, open chan struct{} }

func newGates() *gates { return &gates{make(chan struct{}), make(chan struct{})} }

func (g *gates) pass() { g.reached <- struct{}{}; <-g.open }

// TestTheEndIsWithheld looks at the wire: what is flushed arrives at once,
// the end of an answer only when its record is in the lake.
func TestTheEndIsWithheld(t *testing.T) {
	g := newGates()
	h := open(t, nil, func(s *Server) {
		s.mux.HandleFunc("GET /events", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: 1\n\n")
			w.(http.Flusher).Flush()
			g.pass()
			_, _ = io.WriteString(w, "data: 2\n\n")
		})
		s.mux.HandleFunc("GET /exact", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "0123456789")
			_ = http.NewResponseController(w).Flush()
			g.pass()
		})
		s.mux.HandleFunc("GET /empty", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			_ = http.NewResponseController(w).Flush()
			g.pass()
		})
		s.mux.HandleFunc("GET /big", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200000")
			_, _ = w.Write(make([]byte, 200_000))
			g.pass()
		})
	})
	for _, c := range []struct {
		path  string
		early int // bytes of body that come before the handler ends; -1: not even the head
		total int
	}{{"/events", 9, 18}, {"/exact", 9, 10}, {"/big", 199_999, 200_000}, {"/empty", -1, 0}} {
		conn, in := h.dial("GET " + c.path + " HTTP/1.1\r\nHost: x\r\n\r\n")
		<-g.reached
		var resp *http.Response
		var err error
		if c.early >= 0 {
			if resp, err = http.ReadResponse(in, nil); err != nil {
				t.Fatal(c.path, err)
			}
			if _, err := io.ReadFull(resp.Body, make([]byte, c.early)); err != nil {
				t.Fatal(c.path, err)
			}
		}
		// Nothing more comes while the handler waits.
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := in.Peek(1); in.Buffered() > 0 {
			t.Errorf("%s: %q came before the handler ended, %v", c.path, n, err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		if n := len(h.calls(c.path)); n != 0 {
			t.Errorf("%s: recorded before the handler ended", c.path)
		}
		g.open <- struct{}{}
		if resp == nil {
			if resp, err = http.ReadResponse(in, nil); err != nil {
				t.Fatal(c.path, err)
			}
		}
		rest, err := io.ReadAll(resp.Body)
		if err != nil || len(rest)+max(c.early, 0) != c.total {
			t.Errorf("%s: %d bytes at the end, %v", c.path, len(rest), err)
		}
		if n := len(h.calls(c.path)); n != 1 {
			t.Errorf("%s: %d records when the answer was complete", c.path, n)
		}
	}
}

func TestSenderGoesAway(t *testing.T) {
	g := newGates()
	ended := make(chan error, 8)
	h := open(t, nil, func(s *Server) {
		s.mux.Handle("GET /waits", s.stream(func(_ *visit, r *http.Request) error {
			g.reached <- struct{}{}
			<-r.Context().Done()
			return r.Context().Err()
		}))
		s.mux.HandleFunc("GET /pours", func(w http.ResponseWriter, r *http.Request) {
			for n := 0; r.Context().Err() == nil; n++ {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					ended <- err
					return
				}
				if n == 5 {
					g.reached <- struct{}{}
				}
			}
			ended <- r.Context().Err()
		})
		s.mux.HandleFunc("POST /reads", func(_ http.ResponseWriter, r *http.Request) {
			go func() { g.reached <- struct{}{} }()
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
		})
	})
	conn, _ := h.dial("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
	<-g.reached
	_ = conn.Close()
	if call := h.one("/waits"); call.at("api_call", "response_status") != 499.0 || call.at("api_call", "aborted") != true || call.at("api_call", "error") != "client closed" {
		t.Error(call)
	}
	conn, in := h.dial("GET /pours HTTP/1.1\r\nHost: x\r\n\r\n")
	_, _ = in.ReadString('\n')
	<-g.reached
	_ = conn.Close()
	<-ended
	if call := h.one("/pours"); call.at("api_call", "response_status") != 200.0 || call.at("api_call", "aborted") != true || call.at("api_call", "error") != "client closed" {
		t.Error(call)
	}
	conn, _ = h.dial("POST /reads HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nthe beginning")
	<-g.reached
	_ = conn.Close()
	if err := <-ended; err == nil {
		t.Error("half a body was read without an error")
	}
	if call := h.one("/reads"); call.at("api_call", "request_body") != "the beginning" || call.at("api_call", "request_body_bytes") != 1000.0 ||
		call.at("api_call", "request_body_truncated") != true || call.at("api_call", "error") == nil {
		t.Error(call)
	}
}

// TestUpgrade passes a connection on that becomes something else.
func TestUpgrade(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("you said " + line)
		_ = rw.Flush()
	}))
	defer upstream.Close()
	h := open(t, func(o *Options) { o.Upstream = mustURL(t, upstream.URL) })
	conn, in := h.dial("GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("X-Request-Id") == "" {
		t.Fatal(resp, err)
	}
	if call := h.one("/socket"); call.at("api_call", "response_status") != 101.0 || call.at("api_call", "upstream") != true {
		t.Error(call)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := in.ReadString('\n'); err != nil || line != "you said hello\n" {
		t.Errorf("%q, %v", line, err)
	}
	_, _ = io.ReadAll(in)
	h.one("/socket")
}

func TestTrackingOff(t *testing.T) {
	h := open(t, func(o *Options) { o.Track = false }, oddRoutes)
	for _, path := range []string{"/health", "/api/partners/active", "/nope", "/panics", "/large"} {
		if r := h.do("GET", path, ""); r.header.Get("Set-Cookie") != "" || r.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", path, r.header)
		}
	}
	if n := len(h.records("")); n != 0 {
		t.Errorf("%d records", n)
	}
}

func TestStopIsGraceful(t *testing.T) {
	g := newGates()
	h := open(t, nil, func(s *Server) {
		s.mux.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) { g.pass(); _, _ = io.WriteString(w, "done") })
	})
	answer := make(chan reply, 1)
	go func() {
		r, err := h.try("GET", "/slow", "")
		if err != nil {
			t.Error(err)
		}
		answer <- r
	}()
	<-g.reached
	stopped := make(chan error, 1)
	go func() { stopped <- h.stop() }()
	for !h.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	g.open <- struct{}{}
	if r := <-answer; r.body != "done" {
		t.Errorf("%+v", r)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	h.one("/slow")
	if _, err := h.try("GET", "/health", ""); err == nil {
		t.Error("a stopped server answers")
	}
}

func TestStopCutsOffWhatHangs(t *testing.T) {
	g := newGates()
	h := open(t, func(o *Options) { o.Limits.Drain = 20 * time.Millisecond }, func(s *Server) {
		s.mux.Handle("GET /hangs", s.stream(func(_ *visit, r *http.Request) error {
			g.reached <- struct{}{}
			<-r.Context().Done()
			return context.Cause(r.Context())
		}))
	})
	go func() { _, _ = h.try("GET", "/hangs", "") }()
	<-g.reached
	if err := h.stop(); err != nil {
		t.Error(err)
	}
	h.one("/hangs")
}

// drip sends the beginning of a long body, then a byte now and then, and
// returns how long it takes until the server ends that.
func (h *house) drip(path string) time.Duration {
	h.t.Helper()
	begun := time.Now()
	conn, in := h.dial("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + asLines + "\r\nContent-Length: 100000\r\n\r\n{")
	go func() {
		for {
			if _, err := io.WriteString(conn, " "); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	_, _ = io.Copy(io.Discard, in)
	return time.Since(begun)
}

// Who sends a byte now and then does not hold a connection, on no route.
func TestSlowBodies(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer behind.Close()
	limits := func(o *Options) { o.Limits.Handler = 200 * time.Millisecond }
	alone := open(t, limits)
	untracked := open(t, func(o *Options) { limits(o); o.Track = false })
	front := open(t, func(o *Options) { limits(o); o.Upstream = mustURL(t, behind.URL) })
	for name, h := range map[string]*house{"alone": alone, "untracked": untracked, "front": front} {
		for _, path := range []string{"/api/interactions", "/api/auth/login", "/nowhere", "/livez"} {
			if took := h.drip(path); took > 8*time.Second {
				t.Errorf("%s, %s: after %v", name, path, took)
			}
		}
	}
	// One that is fast enough may take longer.
	in, out := io.Pipe()
	go func() {
		for range 8 {
			_, _ = io.WriteString(out, interaction("note", strings.Repeat("x", 4<<10))+"\n")
			time.Sleep(100 * time.Millisecond)
		}
		_ = out.Close()
	}()
	resp, err := http.Post(alone.url+"/api/interactions", asLines, in)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
}

// A client that sends slowly does not hold up the end.
func TestStopCutsOffSlowSenders(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.Drain = 50 * time.Millisecond })
	var group sync.WaitGroup
	for _, path := range []string{"/api/interactions", "/api/auth/login", "/nowhere"} {
		group.Go(func() { h.drip(path) })
	}
	for h.busy.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	begun := time.Now()
	if err := h.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > cutTime+closeTime {
		t.Error("it took", took)
	}
	group.Wait()
	h.one("/api/interactions")
}

// TestClosedBody has handlers that close a body before its end, and that end the
// context of the connection. The next request on it has a sender all the same.
func TestClosedBody(t *testing.T) {
	h := open(t, nil, func(s *Server) {
		s.mux.Handle("POST /late", s.answer(func(v *visit, r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			v.body.deadline(time.Unix(1, 0))
			<-r.Context().Done()
			return err
		}))
		s.mux.Handle("POST /half", s.answer(func(_ *visit, r *http.Request) error {
			_, _ = r.Body.Read(make([]byte, 1))
			return r.Body.Close()
		}))
		s.mux.Handle("GET /next", s.answer(func(_ *visit, r *http.Request) error { return r.Context().Err() }))
	})
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for range 5 {
		for _, path := range []string{"/half", "/next", "/late", "/next"} {
			method, sent := http.MethodGet, io.Reader(http.NoBody)
			if path != "/next" {
				method, sent = http.MethodPost, strings.NewReader(strings.Repeat("x", 20_000))
			}
			req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, sent)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%s: status %d", path, res.StatusCode)
			}
		}
	}
}
