package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// receipt is the answer of POST /api/interactions.
type receipt struct {
	Success     bool  `json:"success"`
	Received    int64 `json:"received"`
	New         int64 `json:"new"`
	Duplicate   int64 `json:"duplicate"`
	Conflict    int64 `json:"conflict"`
	Rejected    int64 `json:"rejected"`
	NotStored   int64 `json:"not_stored"`
	FaultsTotal int64 `json:"faults_total"`
	Faults      []struct {
		Index         int64  `json:"index"`
		Line          int    `json:"line"`
		InteractionID string `json:"interaction_id"`
		Pointer       string `json:"pointer"`
		Rule          string `json:"rule"`
		Message       string `json:"message"`
	} `json:"faults"`
}

const (
	asJSON  = "application/json"
	asLines = "application/x-ndjson"
)

func (h *house) ingest(kind, body string, headers ...string) (reply, receipt) {
	h.t.Helper()
	r := h.do("POST", "/api/interactions", body, append([]string{"Content-Type", kind}, headers...)...)
	var got receipt
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		h.t.Fatalf("%v in %d %s", err, r.status, r.body)
	}
	return r, got
}

// counts are received, new, duplicate, conflict, rejected, not stored.
func (r receipt) counts() [6]int64 {
	return [6]int64{r.Received, r.New, r.Duplicate, r.Conflict, r.Rejected, r.NotStored}
}

// without returns a valid record without a field.
func without(name string) string {
	var rec map[string]any
	if err := json.Unmarshal([]byte(interaction("x", "y")), &rec); err != nil {
		panic(err)
	}
	delete(rec, name)
	b, err := json.Marshal(rec)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestIngest(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.MaxRecord = 10_000 })
	one, two, three := interaction("note", "1"), interaction("note", "2"), interaction("note", "3")
	other := strings.Replace(one, `"note":"1"`, `"note":"changed"`, 1)
	bad := without("user_id")
	large := interaction("note", strings.Repeat("x", 10_000))
	leap := strings.Replace(interaction("n", "14"), "2026-11-23T09:00:00.000Z", "2026-06-30T23:59:60.000Z", 1)
	type counts = [6]int64
	for _, c := range []struct {
		what, kind, body string
		status           int
		want             counts
	}{
		{"one", asJSON, one, 200, counts{1, 1, 0, 0, 0, 0}},
		{"the same again", asJSON, " \n" + one + "\n ", 200, counts{1, 0, 1, 0, 0, 0}},
		{"the same id, other content", asJSON, other, 200, counts{1, 0, 0, 1, 0, 0}},
		{"the other content again", asJSON, other, 200, counts{1, 0, 1, 0, 0, 0}},
		{"no media type", "", two, 200, counts{1, 1, 0, 0, 0, 0}},
		{"an array", asJSON + "; charset=utf-8", "[" + two + ",\n" + three + "]", 200, counts{2, 1, 1, 0, 0, 0}},
		{"an empty array", asJSON, " [ ] ", 200, counts{0, 0, 0, 0, 0, 0}},
		{"lines", asLines, one + "\n\n" + interaction("n", "4") + "\r\n" + interaction("n", "5"), 200, counts{3, 2, 1, 0, 0, 0}},
		{"one line", asLines, interaction("n", "6") + "\n", 200, counts{1, 1, 0, 0, 0, 0}},
		{"other names of lines", "application/jsonl", interaction("n", "7"), 200, counts{1, 1, 0, 0, 0, 0}},
		{"a wrong one", asJSON, bad, 422, counts{1, 0, 0, 0, 1, 0}},
		{"wrong ones only", asLines, bad + "\n" + without("timestamp"), 422, counts{2, 0, 0, 0, 2, 0}},
		{"a wrong one among others", asLines, interaction("n", "8") + "\n" + bad + "\n{\n" + interaction("n", "9"), 207, counts{4, 2, 0, 0, 2, 0}},
		{"a wrong one in an array", asJSON, "[" + interaction("n", "10") + "," + bad + "]", 207, counts{2, 1, 0, 0, 1, 0}},
		{"no id", asJSON, without("interaction_id"), 422, counts{1, 0, 0, 0, 1, 0}},
		{"a torn last line", asLines, interaction("n", "11") + "\n" + one[:50], 207, counts{2, 1, 0, 0, 1, 0}},
		{"no object", asJSON, `"text"`, 422, counts{1, 0, 0, 0, 1, 0}},
		{"numbers in an array", asJSON, `[1, 2]`, 422, counts{2, 0, 0, 0, 2, 0}},
		{"nothing", asJSON, " ", 400, counts{}},
		{"no lines", asLines, "\n\n", 400, counts{}},
		{"broken", asJSON, `{"a":`, 400, counts{1, 0, 0, 0, 1, 0}},
		{"two texts", asJSON, one + one, 400, counts{1, 0, 0, 0, 1, 0}},
		{"a name twice", asJSON, `{"a":1,"a":2}`, 400, counts{1, 0, 0, 0, 1, 0}},
		{"no text", asJSON, "{\"a\":\"\xff\"}", 400, counts{1, 0, 0, 0, 1, 0}},
		{"an array that is cut", asJSON, "[" + interaction("n", "12") + ",", 400, counts{2, 1, 0, 0, 1, 0}},
		{"too large", asJSON, large, 413, counts{1, 0, 0, 0, 1, 0}},
		{"one line, too large", asLines, large, 413, counts{1, 0, 0, 0, 1, 0}},
		{"a large one among others", asLines, large + "\n" + interaction("n", "13"), 207, counts{2, 1, 0, 0, 1, 0}},
		{"a leap second among others", asLines, leap + "\n" + interaction("n", "15"), 200, counts{2, 2, 0, 0, 0, 0}},
		{"another kind", "text/xml", one, 415, counts{}},
		{"another compression", asJSON + "|br", one, 415, counts{}},
	} {
		kind, coding, _ := strings.Cut(c.kind, "|")
		var headers []string
		if coding != "" {
			headers = []string{"Content-Encoding", coding}
		}
		r, got := h.ingest(kind, c.body, headers...)
		if r.status != c.status || got.counts() != c.want {
			t.Errorf("%s: %d %v, want %d %v: %s", c.what, r.status, got.counts(), c.status, c.want, r.body)
		}
		if ok := r.status == http.StatusOK; got.Success != ok || ok != (got.Rejected == 0 && got.NotStored == 0 && r.status < 300) {
			t.Errorf("%s: success is %v in %d", c.what, got.Success, r.status)
		}
		if (got.Rejected > 0) != (got.FaultsTotal > 0) || int64(len(got.Faults)) != got.FaultsTotal || got.Faults == nil && r.status < 300 {
			t.Errorf("%s: %d faults, %d in all", c.what, len(got.Faults), got.FaultsTotal)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	h := open(t, nil)
	var rec map[string]any
	if err := json.Unmarshal([]byte(interaction("outcomes", "none")), &rec); err != nil {
		t.Fatal(err)
	}
	rec["user_type"] = "boss"
	rec["timestamp"] = "yesterday"
	b, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	r, got := h.ingest(asLines, "\n"+interaction("a", "b")+"\n"+string(b)+"\n")
	seen := map[string]bool{}
	for _, f := range got.Faults {
		if f.Index != 1 || f.Line != 3 || f.InteractionID != rec["interaction_id"] || f.Message == "" || f.Rule == "" {
			t.Errorf("%+v", f)
		}
		seen[f.Pointer] = true
	}
	if r.status != 207 || !seen["/user_type"] || !seen["/timestamp"] || !seen["/outcomes"] {
		t.Errorf("%d %s", r.status, r.body)
	}
	lines := strings.Repeat("{}\n", 3000)
	if r, got = h.ingest(asLines, lines); r.status != 422 || len(got.Faults) != maxFaults || got.FaultsTotal < 3*3000 || got.Rejected != 3000 {
		t.Errorf("%d: %d faults of %d", r.status, len(got.Faults), got.FaultsTotal)
	}
	last := got.Faults[len(got.Faults)-1]
	if last.Index+1 != int64(last.Line) {
		t.Errorf("%+v", last)
	}
}

func TestCompressedBodies(t *testing.T) {
	h := open(t, nil)
	var zip bytes.Buffer
	w := gzip.NewWriter(&zip)
	_, _ = io.WriteString(w, interaction("n", "1")+"\n"+interaction("n", "2"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r, got := h.ingest(asLines, zip.String(), "Content-Encoding", "gzip"); r.status != 200 || got.New != 2 {
		t.Errorf("gzip: %d %s", r.status, r.body)
	}
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, got := h.ingest(asJSON, string(enc.EncodeAll([]byte(interaction("n", "3")), nil)), "Content-Encoding", "zstd"); r.status != 200 || got.New != 1 {
		t.Errorf("zstd: %d %s", r.status, r.body)
	}
	bomb := enc.EncodeAll(make([]byte, 100<<20), nil)
	if r, got := h.ingest(asLines, string(bomb), "Content-Encoding", "zstd"); r.status < 400 || got.New != 0 {
		t.Errorf("bomb: %d %s", r.status, r.body)
	}
}

// TestLongStream sends more than memory should hold, without saying how much
// will come.
func TestLongStream(t *testing.T) {
	h := open(t, nil)
	const records = 12_000
	pad := strings.Repeat("x", 900)
	sent := make(chan error, 1)
	in, out := io.Pipe()
	go func() {
		var err error
		for i := 0; i < records && err == nil; i++ {
			_, err = io.WriteString(out, interaction("note", fmt.Sprint(i, pad))+"\n")
		}
		sent <- out.CloseWithError(err)
	}()
	req, err := http.NewRequest(http.MethodPost, h.url+"/api/interactions", in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", asLines)
	resp, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got receipt
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK || got.New != records {
		t.Errorf("%d %+v %v", resp.StatusCode, got, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if n := len(h.records(tpe.TypeCTAClick)); n != records {
		t.Errorf("%d records are in the lake", n)
	}
	call := h.one("/api/interactions")
	if call.at("api_call", "request_body") != nil || call.at("api_call", "request_body_truncated") != true || call.at("api_call", "request_body_bytes").(float64) < records*900 {
		t.Errorf("%v", call)
	}
}

// TestRejectedBodyIsKept: what was not taken can be looked up in the record
// of its request.
func TestRejectedBodyIsKept(t *testing.T) {
	h := open(t, nil)
	h.ingest(asJSON, without("user_id"), "X-Request-ID", "bad")
	h.ingest(asJSON, interaction("a", "b"), "X-Request-ID", "good")
	for _, call := range h.calls("/api/interactions") {
		body := call.at("api_call", "request_body")
		if bad := call.at("api_call", "request_id") == "bad"; bad != (body != nil) {
			t.Errorf("%v", call)
		}
	}
}

// TestSenderOfAStreamGoesAway: whole lines that came are stored, half a line
// is not.
func TestSenderOfAStreamGoesAway(t *testing.T) {
	h := open(t, nil)
	first := interaction("note", "1")
	body := first + "\n" + interaction("note", "2")[:100]
	conn, _ := h.dial("POST /api/interactions HTTP/1.1\r\nHost: x\r\nContent-Type: " + asLines + "\r\nContent-Length: 100000\r\n\r\n" + body)
	_ = conn.Close()
	call := h.one("/api/interactions")
	if call.at("api_call", "response_status") == 200.0 || call.at("api_call", "error") == nil {
		t.Errorf("%v", call)
	}
	if n := len(h.records(tpe.TypeCTAClick)); n != 1 {
		t.Errorf("%d records are in the lake", n)
	}
}

// FuzzIngest sends any body: no panic, no 5xx, and the counts add up with
// what the lake holds afterwards.
func FuzzIngest(f *testing.F) {
	h := open(f, func(o *Options) { o.Limits.MaxRecord = 3000 })
	one := interaction("note", "1")
	for _, s := range []string{"", "{}", "[]", "[{}", one, "[" + one + "," + one + "]", one + "\n" + one + "\n{", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "nul", "\ufeff" + one, strings.Repeat("[", 300)} {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(1))
	}
	kinds := []string{asJSON, asLines, ""}
	stored := func() (n uint64) {
		for rec, err := range h.lake.Records(context.Background(), lake.Filter{Type: tpe.TypeCTAClick}) {
			if err != nil {
				f.Fatal(err)
			}
			_ = rec
			n++
		}
		return n
	}
	before := stored()
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		r, err := h.try("POST", "/api/interactions", string(body), "Content-Type", kinds[int(kind)%len(kinds)])
		if err != nil {
			t.Fatal(err)
		}
		var got receipt
		if err := json.Unmarshal([]byte(r.body), &got); err != nil {
			t.Fatalf("%v in %s", err, r.body)
		}
		if r.status >= 500 || got.NotStored != 0 || got.Received != got.New+got.Duplicate+got.Conflict+got.Rejected {
			t.Errorf("%d %s", r.status, r.body)
		}
		if got.Success != (r.status == 200) || r.status == 200 && got.Rejected > 0 {
			t.Errorf("%d %s", r.status, r.body)
		}
		if got.New+got.Conflict == 0 {
			return
		}
		after := stored()
		if known := uint64(got.New + got.Conflict); after > before+known {
			t.Errorf("%d records more in the lake, %d are said to be new", after-before, known)
		}
		before = after
	})
}

// BenchmarkIngestLines measures the server's part of a bulk request.
func BenchmarkIngestLines(b *testing.B) {
	h := open(b, nil)
	const records = 2000
	pad := strings.Repeat("x", 600)
	bodies := make([]string, b.N)
	for i := range bodies {
		var s strings.Builder
		for range records {
			s.WriteString(interaction("note", pad))
			s.WriteByte('\n')
		}
		bodies[i] = s.String()
	}
	runtime.GC()
	b.ResetTimer()
	for i := range b.N {
		if r, got := h.ingest(asLines, bodies[i]); r.status != 200 || got.New != records {
			b.Fatal(r.body)
		}
	}
	b.ReportMetric(float64(b.N*records)/b.Elapsed().Seconds(), "records/s")
}
