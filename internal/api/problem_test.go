package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

func TestEveryCodeHasAStatus(t *testing.T) {
	for _, code := range tpe.Codes() {
		status := statusOf(code)
		if status < 400 || status > 599 || (status == http.StatusInternalServerError) != (code == tpe.Internal) {
			t.Errorf("%s: %d", code, status)
		}
	}
	if statusOf("a code that nobody knows") != http.StatusInternalServerError {
		t.Error("an unknown code is not an internal error")
	}
}

func TestProblems(t *testing.T) {
	var next error
	h := open(t, nil, func(s *Server) {
		s.mux.Handle("GET /fails", s.answer(func(*visit, *http.Request) error { return next }))
	})
	for _, code := range tpe.Codes() {
		next = fmt.Errorf("do it: %w", &tpe.Error{Code: code, Message: "said \"so\"", Hint: "do this", Err: errors.New("the cause")})
		r := h.do("GET", "/fails", "")
		if r.status != statusOf(code) || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v", code, r.status, r.header)
		}
		var p map[string]any
		if err := json.Unmarshal([]byte(r.body), &p); err != nil {
			t.Errorf("%s: %v in %s", code, err, r.body)
		}
		want := "said \"so\""
		if code == tpe.Internal {
			want = "internal error"
		}
		if p["status"] != float64(r.status) || p["detail"] != want || p["message"] != want || p["error"] != want || p["success"] != false ||
			p["type"] != "about:blank" || p["title"] == "" || p["request_id"] != r.header.Get("X-Request-Id") || strings.Contains(r.body, "cause") {
			t.Errorf("%s: %s", code, r.body)
		}
		if wait := r.header.Get("Retry-After"); (wait != "") != (r.status == http.StatusServiceUnavailable) {
			t.Errorf("%s: Retry-After %q", code, wait)
		}
	}
	r := h.do("POST", "/api/nope?secret=1", "")
	if r.status != 404 || !strings.Contains(r.body, `"error":"Not Found","message":"Cannot POST /api/nope"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	r = h.do("POST", "/api/contractors/verify-start", "\x1f\x8b", jsonWith("Content-Encoding", "gzip")...)
	if r.status != 415 || !strings.Contains(r.body, "The Content-Encoding is not supported") {
		t.Errorf("%d %s", r.status, r.body)
	}
	r = h.do("PUT", "/api/contractors/stats/overview", "")
	if r.status != 405 || r.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %v", r.status, r.header)
	}
}

func TestRoutes(t *testing.T) {
	h := open(t, nil)
	if err := h.opts.DB.Seed(t.Context(), samplePartners(3), nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/health": `"status":"ok"`, "/livez": `"status":"ok"`, "/readyz": `"database":"ok"`,
		"/api/partners/active": `{"success":true,"count":3,"partners":[{"id":3,"company_name":"Partner 3",`,
	} {
		if r := h.do("GET", path, ""); r.status != 200 || !strings.Contains(r.body, want) || !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	var health map[string]string
	if err := json.Unmarshal([]byte(h.do("GET", "/health", "").body), &health); err != nil || len(health) != 4 || health["environment"] != "test" || health["version"] != "1.2.3" {
		t.Error(health, err)
	}
	r := h.do("GET", "/api/lake/status", "", "Authorization", h.bearer(h.admin("a@x.example")))
	if r.status != 200 || !strings.Contains(r.body, `"writable":true`) || !strings.Contains(r.body, `"type":"api_call"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	metrics := h.do("GET", "/metrics", "").body
	for _, want := range []string{
		`tpe_http_requests_total{method="GET",route="/health",status="200"} 2`, `tpe_http_request_duration_seconds_count{method="GET",route="/health"} 2`,
		"tpe_tracked_calls_total 6", "tpe_untracked_calls_total 0", "tpe_lake_writable 1", "tpe_lake_lost_records_total 0", `tpe_build_info{version="1.2.3"} 1`,
		`tpe_ingested_records_total{outcome="new"} 0`, "go_goroutines", "process_cpu_seconds_total",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}
