package tpe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestErrors(t *testing.T) {
	cause := &Error{Code: Unavailable, Message: "write segment", Hint: "free some space", Err: io.ErrShortWrite}
	err := fmt.Errorf("append: %w", cause)
	if CodeOf(err) != Unavailable || HintOf(err) != "free some space" || !errors.Is(err, io.ErrShortWrite) {
		t.Error(CodeOf(err), HintOf(err))
	}
	if got := err.Error(); got != "append: write segment: short write" {
		t.Error(got)
	}
	if CodeOf(nil) != "" || CodeOf(io.EOF) != Internal {
		t.Error("code of nil or of a plain error")
	}
	outer := &Error{Code: Internal, Message: "serve", Err: cause}
	if CodeOf(outer) != Internal || HintOf(outer) != "free some space" {
		t.Error("the outer code and the inner hint count")
	}
	seen := map[Code]bool{}
	for _, c := range Codes() {
		if seen[c] {
			t.Error("twice:", c)
		}
		seen[c] = true
	}
}

func TestCanonicalTime(t *testing.T) {
	at := time.Date(1999, 12, 30, 23, 59, 58, 0, time.UTC)
	for range 20000 {
		at = at.Add(13*time.Hour + 7*time.Minute + 1*time.Second + 1*time.Millisecond)
		if ms, ok := CanonicalTime(AppendTime(nil, at)); !ok || ms != at.UnixMilli() {
			t.Fatalf("%s: %d, %v, want %d", FormatTime(at), ms, ok, at.UnixMilli())
		}
	}
	for _, s := range []string{"0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "1900-03-01T00:00:00.000Z", "2000-02-29T00:00:00.000Z"} {
		want, err := ParseTime(s)
		if ms, ok := CanonicalTime([]byte(s)); err != nil || !ok || ms != want.UnixMilli() {
			t.Errorf("%s: %d, %v, want %d", s, ms, ok, want.UnixMilli())
		}
	}
	for _, s := range []string{"", "2026-11-23", "2026-11-23T09:00:00Z", "2026-11-23T09:00:00.000+00:00", "2026-13-01T00:00:00.000Z", "2026-02-29T00:00:00.000Z",
		"2026-11-31T00:00:00.000Z", "2026-00-10T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-11-23T24:00:00.000Z", "2026-11-23T09:60:00.000Z", "2026-11-23T09:00:60.000Z", "2026-11-23t09:00:00.000Z", "2026-1x-23T09:00:00.000Z"} {
		if _, ok := CanonicalTime([]byte(s)); ok {
			t.Errorf("%q accepted", s)
		}
	}
	// Any other byte in any place.
	for i := range timeLayout {
		for c := range 256 {
			b := []byte("2011-11-11T11:11:11.111Z")
			if c == ',' || c == '+' { // package time takes them for a point and a zero
				continue
			}
			b[i] = byte(c)
			want, err := time.Parse(timeLayout, string(b))
			if ms, ok := CanonicalTime(b); ok != (err == nil) || ok && ms != want.UnixMilli() {
				t.Fatalf("%q: %d, %v, want %v, %v", b, ms, ok, want, err)
			}
		}
	}
}

// A leap second belongs to the day that it ends, and there is none elsewhere.
func TestLeapSeconds(t *testing.T) {
	for s, want := range map[string]string{
		"2016-12-31T23:59:60Z":              "2016-12-31T23:59:59.999Z",
		"2026-06-30T23:59:60.000Z":          "2026-06-30T23:59:59.999Z",
		"1972-06-30T19:59:60.123456-04:00":  "1972-06-30T23:59:59.999Z",
		"2027-01-01T05:29:60+05:30":         "2026-12-31T23:59:59.999Z",
		"2026-06-30T23:58:60Z":              "",
		"2026-06-30T23:59:60+01:00":         "",
		"2026-06-31T23:59:60Z":              "",
		"2026-06-30T23:59:61Z":              "",
		"2026-06-30T23:59:60":               "",
		"2026-06-30T23:59:60.Z":             "",
		"2026-06-30T23:59:60.000Z.59:60.0Z": "",
	} {
		got, err := ParseTime(s)
		ms, ok := TimeMillis([]byte(s))
		if (err == nil) != (want != "") || ok != (err == nil) {
			t.Errorf("%s: %v, %v", s, err, ok)
		} else if ok && (FormatTime(got) != want || ms != got.UnixMilli()) {
			t.Errorf("%s: %s, %d", s, FormatTime(got), ms)
		}
		if _, ok := ContractTime([]byte(s)); ok != (s == "2026-06-30T23:59:60.000Z") {
			t.Errorf("%s in the contract's form: %v", s, ok)
		}
	}
}

func TestCallJSON(t *testing.T) {
	full := &Call{
		ID: uuid.MustParse("0190f0e0-0000-7000-8000-00000000000a"), Time: time.Date(2026, 11, 23, 9, 0, 0, 5e6, time.UTC),
		UserID: "7", UserType: UserPartner, SessionID: uuid.MustParse("0190f0e0-0000-7000-8000-00000000000b"), PartnerID: "3",
		Method: "POST", Path: "/a \"b\"\n", Route: "POST /a", Query: [][2]string{{"q", "1\x01"}, {"r", "\xff"}}, ContentType: "application/json",
		Body: []byte(`{"a":[1]}`), BodyJSON: true, BodyBytes: 100, BodyCut: true,
		Status: 503, Duration: 1234567 * time.Nanosecond, ResponseBytes: 9, Aborted: true, Fault: "timeout", RequestID: "r1", Upstream: true,
		AppVersion: "1", Environment: "production", UserAgent: "curl\\8", IPAddress: "::1", Referer: "https://x.example/",
	}
	want := `{"interaction_id":"0190f0e0-0000-7000-8000-00000000000a","timestamp":"2026-11-23T09:00:00.005Z","interaction_type":"api_call",
	"user_id":"7","user_type":"partner","session_id":"0190f0e0-0000-7000-8000-00000000000b","partner_id":"3",
	"api_call":{"method":"POST","path":"/a \"b\"\n","route":"POST /a","query_params":{"q":"1\u0001","r":"\ufffd"},"content_type":"application/json",
	"request_body":{"a":[1]},"request_body_bytes":100,"request_body_truncated":true,"response_status":503,"response_time_ms":1.23,"response_bytes":9,
	"aborted":true,"error":"timeout","request_id":"r1","upstream":true},
	"metadata":{"app_version":"1","environment":"production","user_agent":"curl\\8","ip_address":"::1","referrer":"https://x.example/","schema_version":"1"}}`
	sameJSON(t, full.AppendJSON(nil), want)

	least := &Call{ID: full.ID, Time: full.Time, UserID: Anonymous, UserType: UserUnknown, Method: "GET", Path: "/", Status: 200, Body: []byte("x\xffy"), BodyBytes: 3}
	sameJSON(t, least.AppendJSON(nil), `{"interaction_id":"0190f0e0-0000-7000-8000-00000000000a","timestamp":"2026-11-23T09:00:00.005Z","interaction_type":"api_call",
	"user_id":"anonymous","user_type":"unknown","api_call":{"method":"GET","path":"/","request_body":"x\ufffdy","request_body_bytes":3,"response_status":200,"response_time_ms":0,"response_bytes":0},
	"metadata":{"app_version":"","environment":"","user_agent":"","ip_address":"","schema_version":"1"}}`)
}

func sameJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("plain")
	f.Add("q\"\\\n\x00\x7f\u2028\xff\xc3")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		out := AppendString(nil, s)
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if want := string([]rune(s)); back != want {
			t.Fatalf("%q came back as %q", want, back)
		}
	})
}

func TestTypesAreKnown(t *testing.T) {
	if len(Types()) != 23 || !KnownType(TypeFormSubmission) || KnownType("ai_conversation") {
		t.Error(Types())
	}
	if id := NewID(); id.Version() != 7 {
		t.Error(id.Version())
	}
}

func TestShownIsOneHarmlessLine(t *testing.T) {
	for text, want := range map[string]string{
		"plain, 24 hours: £5 – “ok” שלום":   "plain, 24 hours: £5 – “ok” שלום",
		"a\x1b[31mb\x07\x00\x7f\u009bc":     "a\ufffd[31mb\ufffd\ufffd\ufffd\ufffdc",
		"a\r\nscore\t100\u2028\u0085end":    "a  score 100  end",
		"\u202eoc\u2066\u2069\u200e\u061cx": "\ufffdoc\ufffd\ufffd\ufffd\ufffdx",
		"broken \xff":                       "broken \ufffd",
	} {
		if got := Shown(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	if err := Sleep(ctx, time.Nanosecond); err != nil {
		t.Error(err)
	}
	stop()
	if err := Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
