package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

const code = "481516"

var sms = Message{Kind: SMS, To: "(555) 201-3344", Text: "Your code is " + code}
var mail = Message{Kind: Email, To: "dana@whitfield.example", Subject: "Your\r\nBcc: x code", Text: "Your code is " + code}

// setUp returns a sender before two real servers, what it logs, and what the
// servers see.
func setUp(t *testing.T, script func(n int, w http.ResponseWriter, r *http.Request)) (Sender, *bytes.Buffer, *[]time.Duration) {
	t.Helper()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n++; script(n, w, r) }))
	t.Cleanup(s.Close)
	var waits []time.Duration
	wait := func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() }
	tw, err := NewTwilio(TwilioOptions{BaseURL: s.URL, AccountSID: "ACsid", AuthToken: "LEAK-token", From: "+15550001111"})
	if err != nil {
		t.Fatal(err)
	}
	sg, err := NewSendGrid(SendGridOptions{BaseURL: s.URL, Key: "LEAK-key", From: "coach@power100.example", FromName: "Power100"})
	if err != nil {
		t.Fatal(err)
	}
	tw.rest.wait, sg.rest.wait = wait, wait
	log := &bytes.Buffer{}
	return New(Options{SMS: tw, Email: sg, Log: slog.New(slog.NewJSONHandler(log, nil))}), log, &waits
}

// quiet fails when a log or an error tells what it must not.
func quiet(t *testing.T, s string) {
	t.Helper()
	for _, secret := range []string{code, "LEAK", "2013344", "dana@", "ACsid"} {
		if strings.Contains(s, secret) {
			t.Errorf("%q is told in %s", secret, s)
		}
	}
}

func TestTwilio(t *testing.T) {
	s, log, _ := setUp(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.Method != "POST" || r.URL.Path != "/2010-04-01/Accounts/ACsid/Messages.json" || user != "ACsid" || password != "LEAK-token" {
			t.Errorf("%s %s %s", r.Method, r.URL, user)
		}
		r.ParseForm()
		if want := map[string][]string{"To": {"+15552013344"}, "From": {"+15550001111"}, "Body": {sms.Text}}; !reflect.DeepEqual(map[string][]string(r.PostForm), want) {
			t.Errorf("%v", r.PostForm)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"sid":"SM1","status":"queued"}`)
	})
	got, err := s.Send(t.Context(), sms)
	if err != nil || got != (Receipt{"twilio", "SM1", true}) {
		t.Errorf("%+v %v", got, err)
	}
	if !strings.Contains(log.String(), `"msg":"message sent","kind":"sms","to":"***44","provider":"twilio","id":"SM1"`) {
		t.Error(log)
	}
	quiet(t, log.String())
}

func TestMessagingService(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm(); r.PostForm.Get("MessagingServiceSid") != "MG1" || r.PostForm.Has("From") {
			t.Error(r.PostForm)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"sid":"SM1"}`)
	}))
	defer srv.Close()
	tw, err := NewTwilio(TwilioOptions{BaseURL: srv.URL, From: "MG1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Send(t.Context(), sms); err != nil {
		t.Error(err)
	}
}

func TestSendGrid(t *testing.T) {
	s, log, _ := setUp(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var got any
		json.Unmarshal(body, &got)
		var want any
		json.Unmarshal([]byte(`{"personalizations":[{"to":[{"email":"dana@whitfield.example"}]}],"from":{"email":"coach@power100.example","name":"Power100"},"subject":"Your Bcc: x code","content":[{"type":"text/plain","value":"Your code is 481516"}]}`), &want)
		if r.URL.Path != "/v3/mail/send" || r.Header.Get("Authorization") != "Bearer LEAK-key" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s", r.URL, body)
		}
		w.Header().Set("X-Message-Id", "m1")
		w.WriteHeader(http.StatusAccepted)
	})
	got, err := s.Send(t.Context(), mail)
	if err != nil || got != (Receipt{"sendgrid", "m1", true}) || !strings.Contains(log.String(), `"to":"d***@whitfield.example"`) {
		t.Errorf("%+v %v %s", got, err, log)
	}
	quiet(t, log.String())
}

func TestProvidersFail(t *testing.T) {
	for _, c := range []struct {
		name   string
		script func(n int, w http.ResponseWriter, r *http.Request)
		code   tpe.Code // of both providers
		waits  int
	}{
		{"a bad address", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code":21211,"message":"The 'To' number +15552013344 is not valid"}`)
		}, tpe.Invalid, 0},
		{"wrong credentials", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, tpe.Unavailable, 0},
		{"a fault of theirs is not tried again", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, tpe.Unavailable, 0},
		{"too many, to the end", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, tpe.Unavailable, 2},
		{"too many, for long", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "900")
			w.WriteHeader(http.StatusTooManyRequests)
		}, tpe.Unavailable, 0},
		{"away for a moment", func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 1:
				w.WriteHeader(http.StatusServiceUnavailable)
			case strings.HasSuffix(r.URL.Path, "send"):
				w.WriteHeader(http.StatusAccepted)
			default:
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, `{"sid":"SM1"}`)
			}
		}, "", 1},
		{"the connection breaks", func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, tpe.Unavailable, 0},
	} {
		for _, m := range []Message{sms, mail} {
			s, log, waits := setUp(t, c.script)
			_, err := s.Send(t.Context(), m)
			if tpe.CodeOf(err) != c.code || len(*waits) != c.waits {
				t.Errorf("%s, %s: %v, waits %v", c.name, m.Kind, err, *waits)
			}
			quiet(t, log.String()+fmt.Sprint(err))
		}
	}
	s, _, _ := setUp(t, func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	if _, err := s.Send(t.Context(), sms); tpe.CodeOf(err) != tpe.Unavailable {
		t.Error("garbage of Twilio counts as sent:", err)
	}
}

func TestSlowProvider(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer srv.Close()
	tw, err := NewTwilio(TwilioOptions{BaseURL: srv.URL, AccountSID: "ACsid", AuthToken: "LEAK", HTTP: &http.Client{Timeout: 20 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(Options{SMS: tw}).Send(t.Context(), sms)
	if tpe.CodeOf(err) != tpe.Timeout {
		t.Error(err)
	}
	quiet(t, err.Error())
}

func TestWithoutProvider(t *testing.T) {
	var log, shown bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	for _, show := range []io.Writer{nil, &shown} {
		got, err := New(Options{Log: logger, Show: show}).Send(t.Context(), sms)
		if !errors.Is(err, ErrNoProvider) || tpe.CodeOf(err) != tpe.Unavailable || got.Sent || got.Provider != "log" {
			t.Errorf("%+v %v", got, err)
		}
	}
	if strings.Count(log.String(), "message not sent: no provider is set up") != 2 {
		t.Error(log.String())
	}
	quiet(t, log.String())
	if shown.String() != "tpe: sms to (555) 201-3344: Your code is 481516\n" {
		t.Error(shown.String())
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"(555) 201-3344": "+15552013344", "1-555-201-3344": "+15552013344", "+44 20 7946 0958": "+442079460958", "555.201.3344": "+15552013344",
		"201-3344": "", "": "", "+": "", "+0123456789": "", "call me": "", "555201334x": "", "+1234567890123456": "", "0552013344": "", "٠١٢٣٤٥٦٧٨٩": "",
	} {
		got, ok := Phone(in)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	s, _, _ := setUp(t, func(int, http.ResponseWriter, *http.Request) { t.Error("sent") })
	for _, m := range []Message{{Kind: SMS, To: "12"}, {Kind: Email, To: "a@b\r\nBcc: c@d"}, {Kind: Email, To: "nobody"}, {Kind: Email, To: "a@b,c@d"}} {
		if _, err := s.Send(t.Context(), m); tpe.CodeOf(err) != tpe.Invalid || strings.Contains(err.Error(), m.To) {
			t.Errorf("%q: %v", m.To, err)
		}
	}
	if _, err := s.Send(t.Context(), Message{Kind: "pigeon"}); err == nil {
		t.Error("a pigeon was sent")
	}
	if _, err := NewTwilio(TwilioOptions{BaseURL: "nowhere"}); tpe.CodeOf(err) != tpe.Misuse {
		t.Error(err)
	}
}

func FuzzPhone(f *testing.F) {
	f.Add("+1 (555) 201-3344")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Phone(s)
		if !ok {
			return
		}
		if again, ok := Phone(got); !ok || again != got || got[0] != '+' || len(got) > 16 {
			t.Fatalf("%q: %q %q", s, got, again)
		}
	})
}
