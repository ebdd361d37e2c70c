package coach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

func TestStream(t *testing.T) {
	var s *server
	s = newServer(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		stream(w)
		say(w, ": hello\n\n%s", `data: {"choices":[{"delta":{"role":"assistant","content":""}}]}`+"\r\n\r\n")
		say(w, "%s", delta("Call "))
		<-s.gate // until the test has the first part: the parts come one by one
		say(w, "%s", delta("them \u2192 twice.\n"))
		say(w, "%s%s%s", finish, usage, done)
	})
	c, _ := s.client(t, nil)
	var parts []string
	a, err := c.Stream(t.Context(), ask, func(p string) error {
		if parts = append(parts, p); len(parts) == 1 {
			close(s.gate)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(parts, []string{"Call ", "them → twice.\n"}) || a.Content != "Call them → twice.\n" {
		t.Errorf("%q %q", parts, a.Content)
	}
	if a.Model != "gpt-4o-mini-2024-07-18" || a.FinishReason != "stop" || a.Attempts != 1 || a.FirstToken <= 0 || a.Duration < a.FirstToken {
		t.Errorf("%+v", a)
	}
	if want := (Usage{1000, 100, 1100, 400}); a.Usage == nil || *a.Usage != want {
		t.Errorf("usage %+v", a.Usage)
	}
	if a.Cost == nil || *a.Cost != 0.00018 { // 600*0.15 + 400*0.075 + 100*0.60 for a million
		t.Errorf("cost %v", *a.Cost)
	}
	r := s.all()[0]
	if r.path != "/v1/chat/completions" || r.auth != "Bearer sk-LEAK" || r.body["model"] != "gpt-4o-mini" || r.body["temperature"] != 0.2 || r.body["stream"] != true ||
		!reflect.DeepEqual(r.body["stream_options"], map[string]any{"include_usage": true}) || !reflect.DeepEqual(r.body["messages"], []any{map[string]any{"role": "user", "content": "How?"}}) {
		t.Errorf("%+v", r)
	}
}

func TestComplete(t *testing.T) {
	s := newServer(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"model":"local-7b","choices":[{"message":{"role":"assistant","content":"Yes."},"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}`)
	})
	c, _ := s.client(t, nil)
	a, err := c.Complete(t.Context(), ask)
	if err != nil || a.Content != "Yes." || a.FinishReason != "length" || a.Usage.TotalTokens != 7 || a.Cost != nil || a.Model != "local-7b" {
		t.Errorf("%+v %v", a, err)
	}
	if r := s.all()[0]; r.body["stream"] != nil || r.accept != "application/json" {
		t.Errorf("%+v", r)
	}
	// A server that does not stream answers in one part.
	if a, parts, err := collect(t, c); err != nil || len(parts) != 1 || a.Content != "Yes." || a.FirstToken <= 0 {
		t.Errorf("%+v %q %v", a, parts, err)
	}
}

// A server that refuses a key repeats it now and then, or names its own.
func TestKeyIsNotRepeated(t *testing.T) {
	for _, says := range []func(sent string) string{
		func(sent string) string { return strings.Repeat("x", 280) + " Incorrect API key provided: " + sent },
		func(string) string { return "bad key sk-live-LEAK56789012345678901234" },
	} {
		s := newServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Error(w, `{"error":{"message":"`+says(r.Header.Get("Authorization"))+`"}}`, http.StatusUnauthorized)
		})
		c, _ := s.client(t, func(o *Options) { o.Key = "KEYLEAKplain-abcdef" })
		if _, err := c.Complete(t.Context(), ask); err == nil || strings.Contains(err.Error(), "LEAK") {
			t.Error(err)
		}
	}
}

// What the upstream does wrong, and what is left of the answer.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		script   func(n int, w http.ResponseWriter, r *http.Request)
		reason   Reason
		code     tpe.Code
		content  string
		attempts int
		waits    []time.Duration // nil: do not look
	}{
		{"429, then an answer", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < 3 {
				w.Header().Set("Retry-After", fmt.Sprint(n))
				http.Error(w, `{"error":{"message":"slow down"}}`, http.StatusTooManyRequests)
				return
			}
			stream(w)
			say(w, "%s%s", delta("ok"), finish)
		}, "", "", "ok", 3, []time.Duration{time.Second, 2 * time.Second}},
		{"429 to the end", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After-Ms", "1500")
			w.WriteHeader(http.StatusTooManyRequests)
		}, TooMany, tpe.Unavailable, "", 3, []time.Duration{1500 * time.Millisecond, 1500 * time.Millisecond}},
		{"429 with a wait that is too long", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, TooMany, tpe.Unavailable, "", 1, []time.Duration{}},
		{"500, then an answer", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			stream(w)
			say(w, "%s%s%s", delta("ok"), finish, done)
		}, "", "", "ok", 2, nil},
		{"503 to the end", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, ServerError, tpe.Unavailable, "", 3, nil},
		{"401 is not tried again", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, Refused, tpe.Unavailable, "", 1, []time.Duration{}},
		{"404 for an unknown model", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, BadRequest, tpe.Unavailable, "", 1, []time.Duration{}},
		{"a redirect is not followed with the key", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, Garbage, tpe.Unavailable, "", 1, nil},
		{"garbage for an answer", func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>welcome</html>") }, Garbage, tpe.Unavailable, "", 1, nil},
		{"JSON without choices", func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"choices":[]}`) }, Garbage, tpe.Unavailable, "", 1, nil},
		{"garbage in the stream", func(_ int, w http.ResponseWriter, _ *http.Request) {
			stream(w)
			say(w, "%sdata: {\"choices\":[{\"del\n\n%s", delta("half"), finish)
		}, Garbage, tpe.Unavailable, "half", 1, nil},
		{"an error in the stream", func(_ int, w http.ResponseWriter, _ *http.Request) {
			stream(w)
			say(w, "%sdata: {\"error\":{\"message\":\"overloaded\",\"code\":500}}\n\n", delta("half"))
		}, ServerError, tpe.Unavailable, "half", 1, nil},
		{"the stream ends early", func(_ int, w http.ResponseWriter, _ *http.Request) {
			stream(w)
			say(w, "%s", delta("half"))
		}, Cut, tpe.Unavailable, "half", 1, nil},
		{"the stream says done without a reason", func(_ int, w http.ResponseWriter, _ *http.Request) {
			stream(w)
			say(w, "%s%s", delta("half"), done)
		}, Cut, tpe.Unavailable, "half", 1, nil},
		{"the connection breaks", func(_ int, w http.ResponseWriter, _ *http.Request) {
			stream(w)
			say(w, "%s", delta("half"))
			panic(http.ErrAbortHandler)
		}, Cut, tpe.Unavailable, "half", 1, nil},
		{"the connection breaks before an answer", func(_ int, _ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, tpe.Unavailable, "", 3, nil},
		{"an event without end", func(_ int, w http.ResponseWriter, _ *http.Request) {
			stream(w)
			say(w, "data: ")
			for range 40 {
				if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
					return
				}
			}
		}, Garbage, tpe.Unavailable, "", 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.script)
			client, waits := s.client(t, nil)
			a, _, err := collect(t, client)
			if c.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else if f := FaultOf(err); f == nil || f.Reason != c.reason || tpe.CodeOf(err) != c.code || tpe.HintOf(err) == "" {
				t.Fatalf("%v, code %s", err, tpe.CodeOf(err))
			}
			if a.Content != c.content || a.Attempts != c.attempts || len(s.all()) != c.attempts || a.Model == "" {
				t.Errorf("%+v after %d requests", a, len(s.all()))
			}
			if c.waits != nil && (len(*waits) != len(c.waits) || len(c.waits) > 0 && !reflect.DeepEqual(*waits, c.waits)) {
				t.Errorf("waits %v, want %v", *waits, c.waits)
			}
		})
	}
}

func TestNoKey(t *testing.T) {
	s := newServer(t, func(int, http.ResponseWriter, *http.Request) { t.Error("called") })
	c, _ := s.client(t, func(o *Options) { o.Key = "" })
	_, _, err := collect(t, c)
	if FaultOf(err).Reason != NoKey || tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(tpe.HintOf(err), "OPENAI_API_KEY") || c.Ready() || c.Transcribes() {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	s := newServer(t, func(int, http.ResponseWriter, *http.Request) {})
	c, waits := s.client(t, nil)
	s.Close()
	a, _, err := collect(t, c)
	if FaultOf(err).Reason != Unreachable || a.Attempts != 3 || len(*waits) != 2 {
		t.Error(err, a)
	}
}

// The time limits. Each server goes silent for good, so that only the limit
// under test can end the call.
func TestTimeouts(t *testing.T) {
	silent := func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("x") == "" {
			<-r.Context().Done()
		}
	}
	half := func(_ int, w http.ResponseWriter, r *http.Request) {
		stream(w)
		say(w, "%s", delta("half"))
		<-r.Context().Done()
	}
	for _, c := range []struct {
		name    string
		script  func(int, http.ResponseWriter, *http.Request)
		change  func(*Options)
		cause   error
		content string
	}{
		{"no first token", silent, func(o *Options) { o.FirstToken = 20 * time.Millisecond }, errFirstToken, ""},
		{"silence in the middle", half, func(o *Options) { o.Idle = 20 * time.Millisecond }, errIdle, "half"},
		{"the whole", half, func(o *Options) { o.Total = 300 * time.Millisecond }, errTotal, "half"},
	} {
		s := newServer(t, c.script)
		client, _ := s.client(t, c.change)
		a, _, err := collect(t, client)
		if tpe.CodeOf(err) != tpe.Timeout || FaultOf(err).Reason != Slow || !errors.Is(err, c.cause) || a.Content != c.content {
			t.Errorf("%s: %v, %+v", c.name, err, a)
		}
	}
}

func TestCallerStops(t *testing.T) {
	ended := make(chan struct{}, 2)
	script := func(_ int, w http.ResponseWriter, r *http.Request) {
		stream(w)
		say(w, "%s", delta("half"))
		<-r.Context().Done() // the server sees that the client has left
		ended <- struct{}{}
	}
	s := newServer(t, script)
	c, _ := s.client(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := c.Stream(ctx, ask, func(string) error { cancel(); return nil })
	if tpe.CodeOf(err) != tpe.Interrupted || FaultOf(err).Reason != Stopped || a.Content != "half" || a.FinishReason != "" {
		t.Errorf("%v %+v", err, a)
	}
	full := errors.New("full")
	if a, err := c.Stream(t.Context(), ask, func(string) error { return full }); !errors.Is(err, full) || a.Content != "half" {
		t.Errorf("%v %+v", err, a)
	}
	<-ended
	<-ended
}

func TestEmbed(t *testing.T) {
	answer := `{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":8,"total_tokens":8}}`
	s := newServer(t, func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
	c, _ := s.client(t, nil)
	v, u, err := c.Embed(t.Context(), []string{"a", "b"})
	if err != nil || !reflect.DeepEqual(v, [][]float32{{1, 2}, {3, 4}}) || u.PromptTokens != 8 {
		t.Errorf("%v %v %v", v, u, err)
	}
	if r := s.all()[0]; r.path != "/v1/embeddings" || !reflect.DeepEqual(r.body["input"], []any{"a", "b"}) || r.body["model"] != "text-embedding-3-small" {
		t.Errorf("%+v", r)
	}
	for _, wrong := range []string{`{"data":[]}`, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`, `{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[1]}]}`, `{"data":[{"index":2,"embedding":[1]},{"index":1,"embedding":[1]}]}`, `nope`} {
		answer = wrong
		if _, _, err := c.Embed(t.Context(), []string{"a", "b"}); FaultOf(err) == nil || FaultOf(err).Reason != Garbage {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if v, _, err := c.Embed(t.Context(), nil); v != nil || err != nil {
		t.Error(v, err)
	}
}

func TestTranscribe(t *testing.T) {
	words := strings.Repeat("sound ", 100_000)
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch n {
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			fmt.Fprint(w, `{"text":"Hi there. Bye.","segments":[{"start":0,"end":1.5,"text":" Hi there."},{"start":1.5,"end":1.0,"text":"Bye. "},{"start":2,"end":3,"text":" "}]}`)
		case 3:
			http.Error(w, `{"error":{"message":"response_format 'verbose_json' is not compatible"}}`, http.StatusBadRequest)
		case 4:
			fmt.Fprint(w, `{"text":" All of it. "}`)
		case 5:
			fmt.Fprint(w, `{"text":""}`)
		default:
			fmt.Fprint(w, `{}`)
		}
	})
	c, waits := s.client(t, nil)
	opened := 0
	rec := Recording{Name: "demo \"1\".mp3", MediaType: "audio/mpeg", Open: func(context.Context) (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader(words)), nil
	}}
	turns, err := c.Transcribe(t.Context(), rec)
	if err != nil || len(turns) != 2 || turns[0].Text != "Hi there." || turns[0].End != 1500*time.Millisecond || turns[1].End != turns[1].Start || opened != 2 || len(*waits) != 1 {
		t.Errorf("%+v %v, opened %d", turns, err, opened)
	}
	for n, r := range s.all() {
		kind, params, err := mime.ParseMediaType(r.header.Get("Content-Type"))
		if err != nil || kind != "multipart/form-data" || r.path != "/v1/audio/transcriptions" {
			t.Fatal(n, kind, err)
		}
		form, err := multipart.NewReader(strings.NewReader(string(r.raw)), params["boundary"]).ReadForm(10 << 20)
		if err != nil || form.Value["model"][0] != "whisper-1" || form.Value["response_format"][0] != "verbose_json" {
			t.Fatal(form, err)
		}
		f := form.File["file"][0]
		if f.Filename != rec.Name || f.Size != int64(len(words)) || f.Header.Get("Content-Type") != "audio/mpeg" {
			t.Errorf("%+v", f)
		}
	}
	if turns, err = c.Transcribe(t.Context(), rec); err != nil || len(turns) != 1 || turns[0].Text != "All of it." || turns[0].Timed {
		t.Errorf("%+v %v", turns, err)
	}
	if turns, err = c.Transcribe(t.Context(), rec); err != nil || len(turns) != 0 {
		t.Errorf("%+v %v", turns, err)
	}
	if _, err = c.Transcribe(t.Context(), rec); FaultOf(err) == nil || FaultOf(err).Reason != Garbage {
		t.Error(err)
	}
	gone := errors.New("gone")
	rec.Open = func(context.Context) (io.ReadCloser, error) { return nil, gone }
	if _, err = c.Transcribe(t.Context(), rec); !errors.Is(err, gone) {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "soon": 0, "NaN": 0, "1e300": 0,
		"Thu, 26 Nov 2026 12:00:09 GMT": 9 * time.Second, "Thu, 26 Nov 2026 11:00:00 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestNewRefusesBadURLs(t *testing.T) {
	for _, u := range []string{"", "ftp://x/v1", "://", "localhost:11434"} {
		if _, err := New(Options{BaseURL: u}); err == nil {
			t.Error(u)
		}
	}
}
