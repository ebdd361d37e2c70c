package api

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/compact"
)

// exportRecords puts records of two days into the lake and returns the header
// of an administrator, whose own calls are left out by their type.
func exportRecords(h *house, n int) []string {
	h.t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"interaction_id":"019ab003-1fd9-7330-8a33-%012d","timestamp":"2026-11-%02dT10:00:00.%03dZ","interaction_type":"page_view","user_id":"%d","user_type":"contractor","partner_id":"%d","page":{"path":"/"},"metadata":{"app_version":"1","environment":"test","user_agent":"","ip_address":""}}`+"\n", i, 20+i%2, i%1000, i%3, i%5)
	}
	if r := h.do("POST", "/api/interactions", b.String(), "Content-Type", "application/x-ndjson"); r.status != 200 {
		h.t.Fatal(r)
	}
	return []string{"Authorization", h.bearer(h.admin("ada@x.example"))}
}

// Who hangs up in the middle of an export is no fault of the server's.
func TestExportHangUp(t *testing.T) {
	h := open(t, nil)
	auth := exportRecords(h, 40_000) // more than a connection holds
	conn, in := h.dial("GET /api/export/interactions HTTP/1.1\r\nHost: x\r\nAuthorization: " + auth[1] + "\r\n\r\n")
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if call := h.one("/api/export/interactions"); call.at("api_call", "aborted") != true || call.at("api_call", "error") != "client closed" {
		t.Error(call)
	}
	if log := h.logs.String(); strings.Contains(log, "ERROR") {
		t.Error(log)
	}
}

func TestExport(t *testing.T) {
	h := open(t, nil)
	auth := exportRecords(h, 60)
	whole := h.do("GET", "/api/export/interactions?type=page_view", "", auth...)
	if whole.status != 200 || strings.Count(whole.body, "\n") != 60 || whole.header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatal(whole)
	}
	for query, want := range map[string]int{"user=1": 20, "partner=2": 12, "since=2026-11-21": 30, "until=2026-11-21": 30, "since=2026-11-20T10:00:00.050Z&until=2026-11-21": 5, "user=77": 0, "limit=7": 7} {
		if r := h.do("GET", "/api/export/interactions?type=page_view&"+query, "", auth...); r.status != 200 || strings.Count(r.body, "\n") != want {
			t.Errorf("%s: %d lines, %d", query, strings.Count(r.body, "\n"), r.status)
		}
	}
	// In pieces, each going on where the last one ended, it is the same.
	var pieces strings.Builder
	cursor := ""
	for range 100 {
		req, err := http.NewRequest("GET", h.url+"/api/export/interactions?type=page_view&limit=7&cursor="+cursor, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", auth[1])
		resp, err := h.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp.Status, err)
		}
		pieces.Write(b)
		if cursor = resp.Trailer.Get("Next-Cursor"); cursor == "" {
			break
		}
	}
	if pieces.String() != whole.body {
		t.Error("the pieces are not the whole")
	}
	// The cursor is a trailer whatever the size of the answer.
	r := h.do("GET", "/api/export/interactions?type=page_view&limit=1", "", auth...)
	if r.header.Get("Next-Cursor") != "" || r.header.Get("Content-Length") != "" {
		t.Error(r.header)
	}
	r = h.do("GET", "/api/export/interactions?type=page_view&format=csv", "", auth...)
	rows, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
	if err != nil || len(rows) != 61 || rows[0][0] != "interaction_id" || !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") {
		t.Error(len(rows), err)
	}
	r = h.do("GET", "/api/export/interactions?type=page_view&format=parquet", "", auth...)
	file := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(file, []byte(r.body), 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range compact.Read(t.Context(), file) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 60 {
		t.Errorf("%d rows", n)
	}
	for query, status := range map[string]int{"format=xml": 400, "limit=0": 400, "since=yesterday": 400, "since=2026-11-22&until=2026-11-21": 400, "since=2026-11-21&until=2026-11-21": 400, "type=page_view&type=cta_click": 400, "cursor=x": 400, "user=": 400, "type=&since=2026-11-20": 400, "partner=": 400, "until=": 400, "cursor=2026-11-20/": 400,
		"cursor=2026-11-20/019ab003-1fd9-7330-8a33-999999999999&type=page_view": 404, "format=parquet&limit=1": 200} {
		if r := h.do("GET", "/api/export/interactions?"+query, "", auth...); r.status != status || status != 200 && r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v", query, r)
		}
	}
	for _, path := range []string{"interactions", "finetune"} {
		if r := h.do("GET", "/api/export/"+path, ""); r.status != 401 {
			t.Error(r)
		}
		if r := h.do("GET", "/api/export/"+path, "", "Authorization", h.bearer(h.contractor(path+"@x.example"))); r.status != 403 {
			t.Error(r)
		}
	}
}

// What a damaged place held nobody knows: the export does not end as if it
// were whole.
func TestExportOfADamagedLake(t *testing.T) {
	h := open(t, nil)
	auth := exportRecords(h, 4)
	day := filepath.Join(h.lake.Dir(), "raw/year=2026/month=11/day=22")
	if err := errors.Join(os.MkdirAll(day, 0o755), os.WriteFile(filepath.Join(day, "broken.jsonl"), []byte("{broken\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"interactions?since=2026-11-22&until=2026-11-23", "finetune"} {
		if r := h.do("GET", "/api/export/"+path, "", auth...); r.status != 500 {
			t.Errorf("%s: %v", path, r)
		}
	}
	if r := h.do("GET", "/api/export/interactions?until=2026-11-22", "", auth...); r.status != 200 {
		t.Error(r)
	}
}

func TestExportFinetune(t *testing.T) {
	m := newModel(t, func(m *model, _ int, w http.ResponseWriter, _ *http.Request) {
		m.say(w, "Write a scorecard.")
		m.end(w)
	})
	h := open(t, withCoach(t, m, "key"))
	auth := []string{"Authorization", h.bearer(h.admin("ada@x.example"))}
	yes, no := h.ready("dana@x.example"), h.ready("eve@x.example")
	a := h.chatted(h.ask(yes, "/api/ai-coach/chat", `{"content":"How do I hire? I am Dana at dana@x.example","training_consent":true}`))
	h.ask(no, "/api/ai-coach/chat", `{"content":"And me?"}`)
	h.ask(yes, fmt.Sprintf("/api/ai-coach/feedback/%d", a.AIResponse.ID), `{"rating":9}`)
	if r := h.do("GET", "/api/export/finetune?validation=0&min_rating=8", "", auth...); r.status != 200 || r.body != `{"messages":[{"role":"user","content":"How do I hire? I am [name] at [email]"},{"role":"assistant","content":"Write a scorecard."}]}`+"\n" {
		t.Error(r)
	}
	if r := h.do("GET", "/api/export/finetune?set=refused", "", auth...); !strings.Contains(r.body, `"reason":"no_consent"`) || strings.Count(r.body, "\n") != 1 {
		t.Error(r)
	}
	if r := h.do("GET", "/api/export/finetune?set=lineage&min_rating=8", "", auth...); !strings.Contains(r.body, `"conversation_id":"`+a.ConversationID+`"`) || !strings.Contains(r.body, `"type":"summary"`) {
		t.Error(r)
	}
	for _, query := range []string{"set=all", "outcome=love", "min_rating=11", "validation=0.6", "validation=x", "within_days=-1", "since=x"} {
		if r := h.do("GET", "/api/export/finetune?"+query, "", auth...); r.status != 400 {
			t.Errorf("%s: %v", query, r)
		}
	}
}
