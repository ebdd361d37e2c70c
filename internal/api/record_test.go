package api

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tpe"
)

func TestBodiesAreKept(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.KeepBody = 100 }, func(s *Server) {
		s.mux.HandleFunc("POST /read/{what}", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
		s.mux.HandleFunc("POST /half/{what}", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadFull(r.Body, make([]byte, 5)) })
	})
	deep := strings.Repeat("[", 49) + strings.Repeat("]", 49)
	long := `{"text":"` + strings.Repeat("x", 200) + `"}`
	for i, c := range []struct {
		kind, body string
		want       any // the body in the record
		cut        bool
	}{
		{"application/json", `{"a":[1,"b"],"c":null}`, map[string]any{"a": []any{1.0, "b"}, "c": nil}, false},
		{"application/json", "{\n \"a\": 1\n}\n", map[string]any{"a": 1.0}, false},
		{"", `[1]`, []any{1.0}, false},
		{"application/json", `"text"`, `"text"`, false},
		{"application/json", `{"a":1},"user_id":"admin"`, `{"a":1},"user_id":"admin"`, false},
		{"application/json", `{"a":1,"a":2}`, `{"a":1,"a":2}`, false},
		{"application/json", deep, nil, false},
		{"text/plain", "caf\u00e9 \"quoted\"\x01", "caf\u00e9 \"quoted\"\x01", false},
		{"application/x-www-form-urlencoded", "a=1&b=2", "a=1&b=2", false},
		{"application/json", long, long[:100], true},
		{"multipart/form-data; boundary=x", "--x\r\nsecret\r\n--x--", nil, true},
		{"application/octet-stream", "\x00\x01", nil, true},
		{"image/png", "\x89PNG", nil, true},
		{"text/plain; charset=utf-16", "\x3f\x04\x30\x04", nil, true},
		{`text/plain; charset="UTF-8"`, "a", "a", false},
	} {
		for _, route := range []string{"/read/", "/half/", "/none/"} {
			path := route + string(rune('a'+i))
			h.do("POST", path, c.body, "Content-Type", c.kind)
			call := h.one(path)
			got := call.at("api_call", "request_body")
			if c.body == deep {
				if got == nil {
					t.Errorf("%s: a deep body is lost", path)
				}
			} else if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %q: %#v is recorded, want %#v", path, c.body, got, c.want)
			}
			if n := call.at("api_call", "request_body_bytes"); n != float64(len(c.body)) {
				t.Errorf("%s: %v bytes, want %d", path, n, len(c.body))
			}
			if cut := call.at("api_call", "request_body_truncated"); (cut == true) != c.cut {
				t.Errorf("%s: truncated is %v", path, cut)
			}
		}
	}
}

// TestDeepBody: a body that is as deep as a JSON text may be does not fit
// into a record as it is.
func TestDeepBody(t *testing.T) {
	h := open(t, nil)
	h.do("POST", "/deep", strings.Repeat("[", 256)+strings.Repeat("]", 256), "Content-Type", "application/json")
	if got, ok := h.one("/deep").at("api_call", "request_body").(string); !ok || !strings.HasPrefix(got, "[[[[") {
		t.Errorf("%v", got)
	}
}

func TestQueryParameters(t *testing.T) {
	h := open(t, nil)
	h.do("GET", "/q?a=1&b=x%20y+z&a=2&flag&%zz=1&c=%ff", "")
	want := map[string]any{"a": "1,2", "b": "x y z", "flag": "", "%zz": "1", "c": "\ufffd"}
	if got := h.one("/q").at("api_call", "query_params"); !reflect.DeepEqual(got, want) {
		t.Errorf("%#v", got)
	}
}

// TestNoSecretReachesTheDisk plants secrets at every entrance of a call and
// searches every file of the lake, and the log.
func TestNoSecretReachesTheDisk(t *testing.T) {
	h := open(t, func(o *Options) { o.Limits.KeepBody = 1000 }, oddRoutes)
	const canary = "LEAK4f81c2d9e7b3a650"
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IkxFQUsifQ." + canary
	for i, c := range []struct {
		method, path, body string
		headers            []string
	}{
		{"GET", "/panics?token=" + canary, "", nil},
		{"GET", "/fails?a=1&api_key=" + canary + "&password=" + canary, "", nil},
		{"GET", "/x?next=https%3A%2F%2Fx.example%2F%3Faccess_token%3D" + canary, "", nil},
		{"GET", "/x", "", []string{"Authorization", "Bearer " + jwt}},
		{"GET", "/x", "", []string{"Cookie", "token=" + canary}},
		{"GET", "/x", "", []string{"Referer", "https://app.example/reset?token=" + canary}},
		{"GET", "/x", "", []string{"User-Agent", "probe Bearer " + jwt}},
		{"POST", "/x", `{"email":"a@b.example","password":"` + canary + `"}`, []string{"Content-Type", "application/json"}},
		{"POST", "/x", `{"a":{"b":[{"newPassword":"` + canary + `"}]}}`, []string{"Content-Type", "application/json"}},
		{"POST", "/x", `{"payload":"{\"client_secret\":\"` + canary + `\"}"}`, []string{"Content-Type", "application/json"}},
		{"POST", "/x", `{"pad":"` + strings.Repeat("x", 100) + `","password":"` + canary + `","more":"` + strings.Repeat("x", 2000) + `"}`, []string{"Content-Type", "application/json"}},
		{"POST", "/x", `{"pad":"` + strings.Repeat("x", 960) + `","password":"` + canary + `"}`, []string{"Content-Type", "application/json"}},
		{"POST", "/x", "user=a&password=" + canary, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"POST", "/x", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + canary + "\r\n--b--", []string{"Content-Type", "multipart/form-data; boundary=b"}},
		{"POST", "/api/interactions", `{"password":"` + canary + `"`, []string{"Content-Type", "application/json"}},
		{"POST", "/api/interactions", `{"password":"` + canary + `"}`, []string{"Content-Type", "application/json"}},
		{"POST", "/api/interactions", "{\"token\":\"" + canary + "\"}\n" + interaction("metadata.token", canary), []string{"Content-Type", "application/x-ndjson"}},
		{"POST", "/api/interactions", interaction("note", `{"password":"`+canary+`"}`), []string{"Content-Type", "application/json"}},
	} {
		r, err := h.try(c.method, c.path, c.body, c.headers...)
		if err != nil {
			t.Fatal(i, err)
		}
		if strings.Contains(r.body, canary) {
			t.Errorf("%d: the answer shows the secret: %s", i, r.body)
		}
	}
	if strings.Contains(h.logs.String(), canary) {
		t.Errorf("the log shows the secret: %s", h.logs)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		if i := strings.Index(string(b), canary); i >= 0 {
			t.Errorf("%s holds the secret: %s", path, b[max(0, i-300):min(len(b), i+50)])
		}
		return err
	})
	if err != nil || files < 3 {
		t.Error(files, err)
	}
}

// interaction returns a valid record with one more field, whose name may be
// a path.
func interaction(name, value string) string {
	rec := map[string]any{
		"interaction_id": tpe.NewID().String(), "timestamp": "2026-11-23T09:00:00.000Z", "interaction_type": tpe.TypeCTAClick,
		"user_id": "7", "user_type": tpe.UserContractor, "cta_type": "book",
		"metadata": map[string]any{"app_version": "1", "environment": "test", "user_agent": "x", "ip_address": "203.0.113.5"},
	}
	at := rec
	steps := strings.Split(name, ".")
	for _, s := range steps[:len(steps)-1] {
		at = at[s].(map[string]any)
	}
	at[steps[len(steps)-1]] = value
	b, err := json.Marshal(rec)
	if err != nil {
		panic(err)
	}
	return string(b)
}
