package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/depot"
	"github.com/power100/tpe/internal/tpe"
)

// withFiles gives a server a folder for uploads.
func withFiles(t *testing.T, more ...func(*Options)) func(*Options) {
	return func(o *Options) {
		d, err := depot.Open(filepath.Join(t.TempDir(), "uploads"), nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Files = d
		for _, change := range more {
			change(o)
		}
	}
}

// fileForm makes a form with a file.
func fileForm(name, content string, fields ...string) (body, kind string) {
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		f.WriteField(fields[i], fields[i+1])
	}
	p, _ := f.CreateFormFile("file", name)
	io.WriteString(p, content)
	f.Close()
	return b.String(), f.FormDataContentType()
}

type demoReply struct {
	Demo struct {
		ID            int64
		State, Fault  string
		Title         string
		ContentType   string  `json:"content_type"`
		SHA256        string  `json:"sha256"`
		SizeBytes     float64 `json:"size_bytes"`
		ReceivedBytes float64 `json:"received_bytes"`
		StorageKey    string  `json:"storage_key"`
	}
	Job *struct {
		State, Fault string
		Attempts     int
	}
	Upload string
}

func demoOf(t testing.TB, r reply) demoReply {
	t.Helper()
	var d demoReply
	if err := json.Unmarshal([]byte(r.body), &d); err != nil {
		t.Fatal(err, r)
	}
	return d
}

// settled asks for a demo until it is no longer being worked on.
func (h *house) settled(who auth.Identity, path string) demoReply {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		d := demoOf(h.t, h.do("GET", path, "", "Authorization", h.bearer(who)))
		if d.Demo.State != "received" && d.Demo.State != "uploading" || d.Demo.Fault != "" {
			return d
		}
	}
	h.t.Fatal("the demo is still being worked on")
	return demoReply{}
}

func sumOf(s string) string { b := sha256.Sum256([]byte(s)); return hex.EncodeToString(b[:]) }

const vtt = "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Rep>Our crews are ours.\n\n00:03.000 --> 00:04.000\n<v Prospect>Good.\n"

func TestDemoForm(t *testing.T) {
	both(t, withFiles(t), func(t *testing.T, h *house) {
		sam := h.partner(6, "sam@x.example")
		body, kind := fileForm("../demo.bin", vtt, "title", "Spring demo", "sha256", sumOf(vtt))
		r := h.do("POST", "/api/partners/6/demos", body, "Content-Type", kind, "Authorization", h.bearer(sam))
		d := demoOf(t, r)
		if r.status != 201 || d.Demo.ContentType != "text/vtt" || d.Demo.SHA256 != sumOf(vtt) || d.Demo.Title != "Spring demo" || d.Demo.SizeBytes != float64(len(vtt)) || d.Demo.StorageKey != "" || !strings.Contains(r.body, `"file_name":"demo.bin"`) {
			t.Fatal(r)
		}
		at := fmt.Sprintf("/api/partners/6/demos/%d", d.Demo.ID)
		if s := h.settled(sam, at); s.Demo.State != "ready" || s.Job == nil {
			t.Errorf("%+v", s)
		}
		if r := h.do("GET", at+"/transcript", "", "Authorization", h.bearer(sam)); r.status != 200 || !strings.Contains(r.body, `"source":"webvtt","model":null,"duration_ms":4000}`) || !strings.Contains(r.body, `{"turn_index":0,"speaker":"Rep","starts_ms":1000,"ends_ms":2500,"content":"Our crews are ours."}`) {
			t.Error(r)
		}
		if rec := h.records(tpe.TypeDemoUpload); len(rec) != 1 || rec[0].at("partner_id") != "6" || rec[0].at("upload", "sha256") != sumOf(vtt) || rec[0].at("upload", "transcript") != true || rec[0].at("user_type") != "partner" {
			t.Errorf("%v", rec)
		}
		// Only a signed link leads to the file, and not for long.
		var link struct{ URL string }
		r = h.do("GET", at+"/link", "", "Authorization", h.bearer(sam))
		if json.Unmarshal([]byte(r.body), &link) != nil || link.URL == "" {
			t.Fatal(r)
		}
		if r := h.do("GET", link.URL, ""); r.status != 200 || r.body != vtt || r.header.Get("Content-Type") != "text/vtt" || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") || !strings.Contains(r.header.Get("Content-Security-Policy"), "sandbox") {
			t.Error(r)
		}
		if r := h.do("GET", link.URL, "", "Range", "bytes=0-5"); r.status != 206 || r.body != "WEBVTT" {
			t.Error(r)
		}
		if r := h.do("GET", link.URL, "", "Range", "bytes=9000-"); r.status != 416 || r.header.Get("Content-Type") != "application/problem+json" || r.header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(vtt)) || !strings.Contains(r.body, `"success":false`) {
			t.Error(r, r.header)
		}
		old := time.Now().Add(-time.Minute).Unix()
		for _, bad := range []string{
			strings.Replace(link.URL, "expires=", "expires=9", 1), link.URL[:len(link.URL)-1], strings.Replace(link.URL, fmt.Sprintf("demos/%d/", d.Demo.ID), "demos/999/", 1),
			fmt.Sprintf("/api/demos/%d/content", d.Demo.ID), fmt.Sprintf("/api/demos/%d/content?expires=%d&signature=%s", d.Demo.ID, old, h.linkSignature(d.Demo.ID, old)),
		} {
			if r := h.do("GET", bad, ""); r.status != 403 {
				t.Error(bad, r)
			}
		}
		if r := h.do("DELETE", at, "", "Authorization", h.bearer(sam)); r.status != 200 {
			t.Error(r)
		}
		if r := h.do("GET", link.URL, ""); r.status != 404 {
			t.Error("a deleted demo:", r)
		}
		if r := h.do("GET", "/api/partners/6/demos", "", "Authorization", h.bearer(sam)); r.status != 200 || !strings.Contains(r.body, `"total":0,"demos":[]`) {
			t.Error(r)
		}
	})
}

// A large file is sent in pieces, breaks off, and goes on.
func TestDemoPieces(t *testing.T) {
	both(t, withFiles(t), func(t *testing.T, h *house) {
		sam := h.partner(6, "sam@x.example")
		text := "Rep: " + strings.Repeat("words ", 50_000) + "\nProspect: Fine.\n"
		r := h.do("POST", "/api/partners/6/demos", fmt.Sprintf(`{"file_name":"long.txt","size_bytes":%d,"sha256":%q}`, len(text), sumOf(text)), append(typeJSON, "Authorization", h.bearer(sam))...)
		d := demoOf(t, r)
		if r.status != 201 || d.Upload == "" || r.header.Get("Location") != d.Upload || d.Demo.State != "uploading" {
			t.Fatal(r)
		}
		piece := func(offset int, body string, more ...string) reply {
			return h.do("PATCH", d.Upload, body, append([]string{"Content-Type", "application/offset+octet-stream", "Upload-Offset", fmt.Sprint(offset), "Authorization", h.bearer(sam)}, more...)...)
		}
		if r := piece(0, text[:1000]); r.status != 200 || r.header.Get("Upload-Offset") != "1000" {
			t.Error(r)
		}
		if r := piece(2000, text[2000:]); r.status != 409 || r.header.Get("Upload-Offset") != "1000" {
			t.Error("a gap:", r)
		}
		// The sender breaks off in the middle of a piece.
		broken, stop := io.Pipe()
		req, _ := http.NewRequest("PATCH", h.url+d.Upload, broken)
		req.Header.Set("Upload-Offset", "1000")
		req.Header.Set("Authorization", h.bearer(sam))
		go func() {
			io.WriteString(stop, text[1000:100_000])
			stop.CloseWithError(errors.New("broken"))
		}()
		if resp, err := h.client.Do(req); err == nil {
			resp.Body.Close()
			t.Error("the broken piece was answered:", resp.Status)
		}
		at := strings.TrimSuffix(d.Upload, "/content")
		offset := 0
		for end := time.Now().Add(20 * time.Second); offset < 1000 || time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			// The server may still be taking in what had been sent.
			offset = int(demoOf(t, h.do("GET", at, "", "Authorization", h.bearer(sam))).Demo.ReceivedBytes)
			if r := piece(offset, text[offset:]); r.status == 200 {
				if got := demoOf(t, r); got.Demo.State != "received" || got.Demo.SHA256 != sumOf(text) {
					t.Fatal(r)
				}
				break
			} else if r.status != 409 {
				t.Fatal(r)
			}
		}
		if s := h.settled(sam, at); s.Demo.State != "ready" {
			t.Errorf("%+v", s)
		}
		if r := piece(0, "x"); r.status != 409 {
			t.Error("a piece for a whole file:", r)
		}
		if rec := h.records(tpe.TypeDemoUpload); len(rec) != 1 {
			t.Errorf("%v", rec)
		}
		// Without a size the last piece says so.
		d = demoOf(t, h.do("POST", "/api/partners/6/demos", `{"file_name":"x.txt"}`, append(typeJSON, "Authorization", h.bearer(sam))...))
		piece(0, "A: one\n")
		if r := piece(7, "B: two\n", "Upload-Complete", "?1"); r.status != 200 || demoOf(t, r).Demo.State != "received" {
			t.Error(r)
		}
		for _, c := range []struct {
			body   string
			status int
		}{{`{}`, 400}, {`{"file_name":"x","size_bytes":0}`, 400}, {`{"file_name":"x","size_bytes":1.5}`, 400}, {`{"file_name":"x","size_bytes":9000000000}`, 400}, {`{"file_name":"x","sha256":"zz"}`, 400}, {`[`, 400}} {
			if r := h.do("POST", "/api/partners/6/demos", c.body, append(typeJSON, "Authorization", h.bearer(sam))...); r.status != c.status {
				t.Error(c.body, r)
			}
		}
	})
}

// What is not taken leaves nothing behind.
func TestDemoRefused(t *testing.T) {
	h := open(t, withFiles(t, func(o *Options) { o.Limits.Upload = 5000 }))
	sam, eve, ada := h.partner(6, "sam@x.example"), h.partner(7, "eve@x.example"), h.admin("ada@x.example")
	for _, c := range []struct {
		name    string
		who     *auth.Identity
		path    string
		content string
		fields  []string
		status  int
	}{
		{"a program", &sam, "6", "\x7fELF\x02\x01\x01\x00\x00", nil, 415},
		{"a page", &sam, "6", "<html><script>x</script>", nil, 415},
		{"nothing", &sam, "6", "", nil, 400},
		{"too large", &sam, "6", strings.Repeat("a", 5001), nil, 413},
		{"another sum", &sam, "6", "A: x", []string{"sha256", sumOf("B: y")}, 409},
		{"a bad sum", &sam, "6", "A: x", []string{"sha256", "zz"}, 400},
		{"another partner", &eve, "6", "A: x", nil, 403},
		{"no partner", &ada, "99", "A: x", nil, 404},
		{"nobody", nil, "6", "A: x", nil, 401},
	} {
		body, kind := fileForm("a.txt", c.content, c.fields...)
		headers := []string{"Content-Type", kind}
		if c.who != nil {
			headers = append(headers, "Authorization", h.bearer(*c.who))
		}
		if r := h.do("POST", "/api/partners/"+c.path+"/demos", body, headers...); r.status != c.status {
			t.Errorf("%s: %v", c.name, r)
		}
	}
	if r := h.do("GET", "/api/partners/6/demos", "", "Authorization", h.bearer(sam)); !strings.Contains(r.body, `"total":0`) {
		t.Error(r)
	}
	if r := h.do("POST", "/api/partners/6/demos", "x", "Content-Type", "text/plain", "Authorization", h.bearer(sam)); r.status != 415 {
		t.Error(r)
	}
	body, kind := fileForm("a.txt", "A: x\nB: y\n")
	d := demoOf(t, h.do("POST", "/api/partners/6/demos", body, "Content-Type", kind, "Authorization", h.bearer(ada)))
	for _, path := range []string{"", "/transcript", "/link"} {
		if r := h.do("GET", fmt.Sprintf("/api/partners/7/demos/%d%s", d.Demo.ID, path), "", "Authorization", h.bearer(eve)); r.status != 404 {
			t.Error("another partner's demo:", path, r)
		}
	}
	if len(h.records(tpe.TypeDemoUpload)) != 1 {
		t.Error("refused files were recorded")
	}
	none := open(t, nil)
	if r := none.do("POST", "/api/partners/6/demos", `{"file_name":"x"}`, append(typeJSON, "Authorization", none.bearer(none.partner(6, "sam@x.example")))...); r.status != 503 || !strings.Contains(r.body, "UPLOADS_DIR") {
		t.Error(r)
	}
}

// A recording is transcribed by the AI service; without one the state says
// what is missing; a failure is shown, and tried again.
func TestDemoRecordings(t *testing.T) {
	const mp4 = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	m := newModel(t, func(_ *model, n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, `{"text":"Hi there.","segments":[{"start":0.5,"end":2,"text":"Hi there."}]}`)
	})
	both(t, withFiles(t, func(o *Options) {
		c, err := coach.New(coach.Options{BaseURL: m.URL, Key: "key", TranscriptionModel: "whisper-1", Attempts: 1})
		if err != nil {
			t.Fatal(err)
		}
		o.Coach = c
	}), func(t *testing.T, h *house) {
		m.mu.Lock()
		m.prompts = nil
		m.mu.Unlock()
		sam := h.partner(6, "sam@x.example")
		body, kind := fileForm("demo.mp4", mp4)
		d := demoOf(t, h.do("POST", "/api/partners/6/demos", body, "Content-Type", kind, "Authorization", h.bearer(sam)))
		at := fmt.Sprintf("/api/partners/6/demos/%d", d.Demo.ID)
		s := h.settled(sam, at)
		if s.Demo.State != "received" || s.Job.State != "queued" || s.Job.Attempts != 1 || !strings.Contains(s.Demo.Fault, "the AI service failed") {
			t.Fatalf("%+v %+v", s.Demo, s.Job)
		}
		for end := time.Now().Add(20 * time.Second); s.Demo.State != "ready" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			// Its next try would come by itself, later.
			if r := h.do("POST", at+"/retry", "", "Authorization", h.bearer(sam)); r.status != 200 && r.status != 409 {
				t.Fatal(r)
			}
			s = demoOf(t, h.do("GET", at, "", "Authorization", h.bearer(sam)))
		}
		if s.Demo.State != "ready" || s.Demo.Fault != "" || s.Job.Attempts != 2 {
			t.Fatalf("%+v %+v", s.Demo, s.Job)
		}
		if r := h.do("GET", at+"/transcript", "", "Authorization", h.bearer(sam)); !strings.Contains(r.body, `"source":"model"`) || !strings.Contains(r.body, `"starts_ms":500,"ends_ms":2000,"content":"Hi there."`) {
			t.Error(r)
		}
	})
	h := open(t, withFiles(t))
	sam := h.partner(6, "sam@x.example")
	for _, c := range []struct{ content, state, fault string }{
		{mp4, "no_transcript", "AI_TRANSCRIPTION_MODEL"}, {"%PDF-1.7\n", "no_transcript", "application/pdf"},
		{"WEBVTT\n\n00:01.000 --> nonsense\nx\n", "failed", "line 3"},
	} {
		body, kind := fileForm("demo", c.content)
		d := demoOf(t, h.do("POST", "/api/partners/6/demos", body, "Content-Type", kind, "Authorization", h.bearer(sam)))
		at := fmt.Sprintf("/api/partners/6/demos/%d", d.Demo.ID)
		if s := h.settled(sam, at); s.Demo.State != c.state || !strings.Contains(s.Demo.Fault, c.fault) {
			t.Errorf("%q: %+v", c.content[:4], s.Demo)
		}
		if r := h.do("POST", at+"/retry", "", "Authorization", h.bearer(sam)); r.status != 200 {
			t.Error(r)
		}
		if s := h.settled(sam, at); s.Demo.State != c.state {
			t.Errorf("after a retry: %+v", s.Demo)
		}
		if r := h.do("GET", at+"/transcript", "", "Authorization", h.bearer(sam)); r.status != 404 {
			t.Error(r)
		}
	}
}
