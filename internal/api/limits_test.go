package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

func TestRateLimit(t *testing.T) {
	h := open(t, func(o *Options) { o.RateLimit, o.RateWindow = 3, time.Hour })
	for i := range 5 {
		r := h.do("GET", "/api/partners/active", "")
		left := fmt.Sprint(max(2-i, 0))
		if want := 200; i >= 3 {
			want = 429
			if r.status != want || r.header.Get("Retry-After") == "" || !strings.Contains(r.body, `"error":"Too many requests, please try again later."`) {
				t.Error(r)
			}
		} else if r.status != want || r.header.Get("RateLimit-Remaining") != left || r.header.Get("RateLimit-Limit") != "3" || r.header.Get("RateLimit-Policy") != "3;w=3600" || r.header.Get("RateLimit-Reset") == "" {
			t.Error(i, r)
		}
	}
	for _, route := range []string{"POST /api/ai-coach/chat", "POST /api/partners/1/demos", "GET /api/export/interactions", "GET /api/export/finetune"} {
		method, path, _ := strings.Cut(route, " ")
		if r := h.do(method, path, ""); r.status != 429 {
			t.Error(route, r)
		}
	}
	// Probes and the lake are not limited; who is signed in may do more.
	if r := h.do("GET", "/health", ""); r.status != 200 {
		t.Error(r)
	}
	admin := h.bearer(h.admin("ada@x.example"))
	for range 3 * moreAdmin {
		if r := h.do("GET", "/api/auth/me", "", "Authorization", admin); r.status != 200 {
			t.Fatal(r)
		}
	}
	if r := h.do("GET", "/api/auth/me", "", "Authorization", admin); r.status != 429 {
		t.Error(r)
	}
}

func TestIdempotencyKey(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		dana := h.contractor("dana@x.example")
		sam := h.bearer(h.partner(6, "sam@x.example"))
		kim := h.bearer(h.partner(7, "kim@x.example"))
		h.meet(dana, 6, 7)
		deal := func(token, key, partner, notes string) reply {
			return h.do("POST", "/api/outcomes/deals", fmt.Sprintf(`{"contractor_id":%s,"partner_id":%s,"deal_value":1,"notes":%q}`, dana.UserID, partner, notes), jsonWith("Authorization", token, "Idempotency-Key", key)...)
		}
		first := deal(sam, "k1", "6", "a")
		again := deal(sam, "k1", "6", "a")
		if first.status != 201 || again.status != 201 || again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
			t.Error(first, again)
		}
		if r := deal(sam, "k1", "6", "b"); r.status != 409 {
			t.Error("another body:", r)
		}
		if r := deal(kim, "k1", "7", "a"); r.status != 201 || r.header.Get("Idempotency-Replayed") != "" {
			t.Error("another caller:", r)
		}
		// What failed can be sent again.
		if r := deal(sam, "k2", "7", "a"); r.status != 403 {
			t.Error(r)
		}
		if r := deal(sam, "k2", "6", "a"); r.status != 201 {
			t.Error(r)
		}
		if r := deal(sam, strings.Repeat("k", maxKey+1), "6", "a"); r.status != 400 {
			t.Error(r)
		}
		// Many at once have one effect.
		var group sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for range 12 {
			group.Go(func() {
				r := deal(sam, "k3", "6", "c")
				mu.Lock()
				statuses[r.status]++
				mu.Unlock()
			})
		}
		group.Wait()
		if statuses[201]+statuses[409] != 12 || statuses[201] == 0 {
			t.Error(statuses)
		}
		if n := len(h.records(tpe.TypeDealClosed)); n != 4 {
			t.Errorf("%d outcomes of 4 deals", n)
		}
		// An effect whose answer was lost with the process is not repeated;
		// what had none is, after a while.
		h.change(func(ctx context.Context, tx *sqldb.Tx) error {
			scope := tpe.UserPartner + " 1"
			if err := sqldb.ReleaseKey(ctx, tx, scope, "k3"); err != nil {
				return err
			}
			if _, err := sqldb.ClaimKey(ctx, tx, scope, "k3", "other", 0, time.Now().Add(time.Hour).UnixMilli(), 0); err != nil {
				return err
			}
			return nil
		})
		if r := deal(sam, "k3", "6", "c"); r.status != 201 {
			t.Error("a claim of a process that has ended:", r)
		}
		h.change(func(ctx context.Context, tx *sqldb.Tx) error {
			return sqldb.CarriedOut(ctx, tx, tpe.UserPartner+" 1", "k3")
		})
		if r := deal(sam, "k3", "6", "c"); r.status != 409 || !strings.Contains(r.body, "was carried out") {
			t.Error(r)
		}
		// Keys are forgotten when they have expired, each at the latest when
		// it comes again.
		h.change(func(ctx context.Context, tx *sqldb.Tx) error {
			later := time.Now().Add(keyLife + time.Minute).UnixMilli()
			if known, err := sqldb.ClaimKey(ctx, tx, tpe.UserPartner+" 1", "k3", "other", later, later, 0); err != nil || known != nil {
				t.Error("an old key:", known, err)
			}
			if n, err := sqldb.ForgetKeys(ctx, tx, time.Now().UnixMilli()); err != nil || n != 0 {
				t.Errorf("%d fresh keys are forgotten: %v", n, err)
			}
			n, err := sqldb.ForgetKeys(ctx, tx, later)
			if err != nil || n == 0 {
				t.Errorf("%d old keys are forgotten: %v", n, err)
			}
			return nil
		})
	})
}

func TestBodyLimits(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.Body = 1000; o.Limits.Handler = 200 * time.Millisecond })
	for name, c := range map[string]struct {
		body, kind string
		status     int
	}{
		"too large":    {`{"email":"` + strings.Repeat("x", 2000) + `"}`, asJSON, 413},
		"another type": {`<x/>`, "text/xml", 415},
		"torn":         {`{"email":`, asJSON, 400},
		"empty":        {``, asJSON, 400},
		"a list":       {`[]`, asJSON, 400},
		"null":         {`null`, asJSON, 400},
		"deep":         {strings.Repeat("[", 900), asJSON, 400},
	} {
		if r := h.do("POST", "/api/auth/login", c.body, "Content-Type", c.kind); r.status != c.status || !strings.Contains(r.body, `"success":false`) || r.header.Get("Content-Type") != "application/problem+json" {
			t.Error(name, r)
		}
	}
	// A sender who drips is not waited for.
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	if _, err := conn.Read(answer); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := open(t, func(o *Options) { o.Production = true })
	for _, path := range []string{"/api/partners/active", "/nowhere", "/docs", "/openapi.json"} {
		r := h.do("GET", path, "")
		for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Content-Security-Policy", "Strict-Transport-Security"} {
			if len(r.header[name]) != 1 {
				t.Error(path, name, r.header[name])
			}
		}
	}
	if r := h.do("GET", "/docs", ""); !strings.Contains(r.body, "/api/contractors/verify-start") || strings.Contains(r.body, "<script") || strings.Contains(r.body, `<h2 id=""`) {
		t.Error(r.body[:200])
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(h.do("GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/health", "/livez", "/readyz", "/metrics", "/api/interactions", "/api/lake/status", "/api/auth/login"} {
		if len(doc.Paths[path]) == 0 {
			t.Error(path, "is not described")
		}
	}
}

// A body that comes too slowly is the sender's fault, and no outage.
func TestSlowSender(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.Handler = 200 * time.Millisecond })
	for _, path := range []string{"/api/auth/login", "/api/interactions"} {
		_, in := h.dial("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		if line, _ := in.ReadString('\n'); !strings.Contains(line, "408") {
			t.Errorf("%s: %q", path, line)
		}
		if call := h.one(path); call.at("api_call", "response_status") != 408.0 {
			t.Error(call)
		}
	}
	if log := h.logs.String(); strings.Contains(log, "ERROR") {
		t.Error(log)
	}
}

// A sender is not called slow while its body is not read.
func TestSlowReader(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.Handler = 200 * time.Millisecond }, func(s *Server) {
		s.mux.Handle("POST /slow", s.stream(func(v *visit, r *http.Request) error {
			if _, err := r.Body.Read(make([]byte, 100)); err != nil {
				return err
			}
			time.Sleep(400 * time.Millisecond)
			_, err := io.Copy(io.Discard, r.Body)
			return err
		}))
	})
	if r := h.do("POST", "/slow", strings.Repeat("x", 10_000)); r.status != 200 {
		t.Error(r)
	}
}
