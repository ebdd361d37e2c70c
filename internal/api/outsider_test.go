package api

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// sentBy is a valid record of a type by a user, now and by a clock that is off.
func sentBy(kind, user, userType string, off time.Duration, more string) string {
	return fmt.Sprintf(`{"interaction_id":%q,"timestamp":%q,"interaction_type":%q,"user_id":%q,"user_type":%q%s,
		"metadata":{"app_version":"1","environment":"test","user_agent":"x","ip_address":""}}`,
		tpe.NewID(), tpe.FormatTime(time.Now().Add(off)), kind, user, userType, more)
}

// In production business outcomes come from the platform's own routes, and
// from administrators who feed records in.
func TestWhoMaySendWhat(t *testing.T) {
	h := open(t, func(o *Options) { o.Production = true })
	dana, eve := h.contractor("dana@x.example"), h.contractor("eve@x.example")
	nobody, danas, admins := []string{}, []string{"Authorization", h.bearer(dana)}, []string{"Authorization", h.bearer(h.admin("ada@x.example"))}
	const view, deal = `,"page":{"path":"/"}`, `,"partner_id":"1","outcomes":{"deal_closed":true,"deal_value":5}`
	for name, c := range map[string]struct {
		who    []string
		record string
		status int
		says   string
	}{
		"a page":                        {nobody, sentBy("page_view", "anonymous", "unknown", 0, view), 200, ""},
		"a page, an hour ahead":         {nobody, sentBy("page_view", "anonymous", "unknown", time.Hour, view), 200, ""},
		"a page, two days old":          {nobody, sentBy("page_view", "anonymous", "unknown", -48*time.Hour, view), 200, ""},
		"a page, long ago":              {nobody, sentBy("page_view", "anonymous", "unknown", -96*time.Hour, view), 403, "/timestamp"},
		"a page, far ahead":             {nobody, sentBy("page_view", "anonymous", "unknown", 96*time.Hour, view), 403, "three days"},
		"a click with what it means":    {nobody, sentBy("cta_click", "anonymous", "unknown", 0, `,"cta_type":"x","outcomes":{"user_engagement":true}`), 200, ""},
		"a deal in a click":             {nobody, sentBy("cta_click", "anonymous", "unknown", 0, `,"cta_type":"x","outcomes":{"deal_value":5}`), 403, "/outcomes/deal_value"},
		"a talk in a page":              {nobody, sentBy("page_view", "anonymous", "unknown", 0, view+`,"ai_conversation":{"messages":[]}`), 403, "/ai_conversation"},
		"a page of somebody":            {nobody, sentBy("page_view", dana.UserID, "contractor", 0, view), 403, "/user_id"},
		"a deal":                        {nobody, sentBy("deal_closed", dana.UserID, "contractor", 0, deal), 403, "deal_closed"},
		"a deal of nobody":              {nobody, sentBy("deal_closed", "anonymous", "unknown", 0, deal), 403, "only an administrator"},
		"an unknown type":               {nobody, sentBy("anything", "anonymous", "unknown", 0, ""), 403, "anything"},
		"no valid record":               {nobody, sentBy("deal_closed", "", "contractor", 0, deal), 422, ""},
		"her own page":                  {danas, sentBy("page_view", dana.UserID, "contractor", 0, view), 200, ""},
		"her page from before":          {danas, sentBy("page_view", "anonymous", "unknown", 0, view), 200, ""},
		"a page of another":             {danas, sentBy("page_view", eve.UserID, "contractor", 0, view), 403, "/user_id"},
		"a page of one with her number": {danas, sentBy("page_view", dana.UserID, "admin", 0, view), 403, "/user_id"},
		"her own deal":                  {danas, sentBy("deal_closed", dana.UserID, "contractor", 0, deal), 403, "deal_closed"},
		"a deal, by an administrator":   {admins, sentBy("deal_closed", dana.UserID, "contractor", -9999*time.Hour, deal), 200, ""},
		"a token that does not count":   {[]string{"Authorization", "Bearer x"}, sentBy("page_view", "anonymous", "unknown", 0, view), 401, "Invalid token"},
		"a page of another site":        {[]string{"Origin", "https://evil.example"}, sentBy("page_view", "anonymous", "unknown", 0, view), 403, "another site"},
	} {
		r := h.do("POST", "/api/interactions", c.record, append(c.who, "Content-Type", asJSON)...)
		if r.status != c.status || !strings.Contains(r.body, c.says) || r.status >= 400 && r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	page, forged := sentBy("page_view", "anonymous", "unknown", 0, view), sentBy("deal_closed", "anonymous", "unknown", 0, deal)
	line := func(s string) string { return strings.ReplaceAll(s, "\n", " ") + "\n" }
	if r, got := h.ingest(asLines, line(page)+line(forged)); r.status != http.StatusMultiStatus || got.New != 1 || got.Rejected != 1 || got.Faults[0].Rule != ruleForbidden || got.Faults[0].Line != 2 {
		t.Error(r)
	}
	if r, got := h.ingest(asLines, line(forged)+line(forged)); r.status != http.StatusForbidden || got.Rejected != 2 {
		t.Error(r)
	}
	if n := len(h.records(tpe.TypeDealClosed)); n != 1 {
		t.Errorf("%d deals", n)
	}
}

// Requests that bring records are counted but for administrators, who feed
// whole lakes in.
func TestRateLimitOfRecords(t *testing.T) {
	h := open(t, func(o *Options) { o.RateLimit, o.RateWindow = 2, time.Hour })
	admin := h.bearer(h.admin("ada@x.example"))
	for i := range 3 * moreAdmin {
		if r, _ := h.ingest(asJSON, interaction("n", "1"), "Authorization", admin); r.status != 200 {
			t.Fatal(i, r)
		}
	}
	lines := interaction("n", "2") + "\n" + interaction("n", "3") + "\n" + interaction("n", "4")
	for i, want := range []int{200, 200, 429} {
		if r := h.do("POST", "/api/interactions", lines, "Content-Type", asLines); r.status != want || (want == 429) != (r.header.Get("Retry-After") != "") {
			t.Error(i, r)
		}
	}
}

// zipped compresses a body.
func zipped(t testing.TB, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What an outsider's request may cost is bounded, however small its body is.
func TestHowMuchOutsidersSend(t *testing.T) {
	h := open(t, func(o *Options) { o.Production, o.Limits.Body = true, 100<<10 })
	page := strings.ReplaceAll(sentBy("page_view", "anonymous", "unknown", 0, `,"page":{"path":"/"}`), "\n", " ") + "\n"
	admin := h.bearer(h.admin("ada@x.example"))
	many := page + strings.Repeat("1\n", outsiderRecords)
	large := page + strings.Repeat(" ", 200<<10)
	for name, c := range map[string]struct {
		kind, body, token string
		zip               bool
		status            int
		received          int64
	}{
		"many lines":                        {asLines, many, "", false, 413, outsiderRecords},
		"many lines, zipped":                {asLines, many, "", true, 413, outsiderRecords},
		"as many as may be":                 {asLines, many[:len(many)-2], "", true, 207, outsiderRecords},
		"many in an array":                  {asJSON, "[" + page + strings.Repeat(",1", outsiderRecords) + "]", "", false, 413, outsiderRecords},
		"many bytes":                        {asLines, large, "", false, 413, 1},
		"many bytes, zipped":                {asLines, large, "", true, 413, 1},
		"many lines, by an administrator":   {asLines, many, admin, true, 207, outsiderRecords + 1},
		"many bytes, by an administrator":   {asLines, large, admin, true, 200, 1},
		"many bytes in an array, by nobody": {asJSON, "[" + page + strings.Repeat(" ", 200<<10) + "]", "", true, 413, 1},
	} {
		var headers []string
		if c.zip {
			c.body, headers = zipped(t, c.body), append(headers, "Content-Encoding", "gzip")
		}
		if c.token != "" {
			headers = append(headers, "Authorization", c.token)
		}
		r, got := h.ingest(c.kind, c.body, headers...)
		if r.status != c.status || got.Received != c.received || got.New+got.Duplicate != 1 || got.Success != (c.status == 200) || (c.status == 413) != (r.header.Get("Content-Type") == "application/problem+json") {
			t.Errorf("%s: %d %.300s", name, r.status, r.body)
		}
	}
	if n := len(h.records(tpe.TypePageView)); n != 1 {
		t.Errorf("%d pages", n)
	}
}

// Nobody works on for a sender who has left, and a stop does not wait for
// what nobody needs. The request is recorded all the same.
func TestWorkEndsWithItsSender(t *testing.T) {
	body := zipped(t, strings.Repeat("{}\n", 3<<20))
	head := fmt.Sprintf("POST /api/interactions HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", asLines, len(body))
	begin := func(h *house) net.Conn {
		conn, _ := h.dial(head + body)
		for h.busy.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		return conn
	}
	t.Run("it leaves", func(t *testing.T) {
		h := open(t, nil)
		_ = begin(h).Close()
		if call := h.one("/api/interactions"); call.at("api_call", "error") == nil {
			t.Errorf("%v", call)
		}
	})
	t.Run("the server stops", func(t *testing.T) {
		h := open(t, func(o *Options) { o.Limits.Drain = 50 * time.Millisecond })
		conn := begin(h)
		defer conn.Close()
		if err := h.stop(); err != nil {
			t.Error(err)
		}
		if call := h.one("/api/interactions"); call.at("api_call", "error") == nil {
			t.Errorf("%v", call)
		}
	})
}
