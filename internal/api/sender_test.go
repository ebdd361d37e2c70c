package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/tpe"
)

func TestClientIP(t *testing.T) {
	trusted := prefixes(t, "10.0.0.0/8", "2001:db8::/32")
	for _, c := range []struct {
		peer, forwarded, want string
	}{
		{"203.0.113.9:5000", "", "203.0.113.9"},
		{"203.0.113.9:5000", "198.51.100.7", "203.0.113.9"}, // anybody can write that
		{"10.0.0.1:5000", "198.51.100.7", "198.51.100.7"},
		{"[::ffff:10.0.0.1]:5000", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:5000", "1.1.1.1, 198.51.100.7", "198.51.100.7"}, // the left one is the client's word
		{"10.0.0.1:5000", "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:5000", "1.1.1.1|198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:5000", "198.51.100.7:1234", "198.51.100.7"},
		{"10.0.0.1:5000", "[2001:db9::5]:1234", "2001:db9::5"},
		{"[2001:db8::1]:5000", "2001:db9::5", "2001:db9::5"},
		{"[2001:db8::1%eth0]:5000", "2001:db9::5", "2001:db9::5"},
		{"10.0.0.1:5000", "10.0.0.3", "10.0.0.3"},
		{"10.0.0.1:5000", "<script>", "10.0.0.1"},
		{"10.0.0.1:5000", "1.1.1.1, unknown", "10.0.0.1"},
		{"10.0.0.1:5000", ",,", "10.0.0.1"},
		{"@", "1.1.1.1", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for line := range strings.SplitSeq(c.forwarded, "|") {
			if line != "" {
				r.Header.Add("X-Forwarded-For", line)
			}
		}
		if got := clientIP(r, trusted); got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestSpoofedAddressIsNotRecorded(t *testing.T) {
	open := func(trusted ...string) *house {
		return open(t, func(o *Options) { o.TrustedProxies = prefixes(t, trusted...) })
	}
	h := open()
	h.do("GET", "/a", "", "X-Forwarded-For", "198.51.100.7", "X-Real-IP", "198.51.100.7")
	if ip := h.one("/a").at("metadata", "ip_address"); ip != "127.0.0.1" {
		t.Error(ip)
	}
	h = open("127.0.0.0/8")
	h.do("GET", "/a", "", "X-Forwarded-For", "1.1.1.1, 198.51.100.7")
	if ip := h.one("/a").at("metadata", "ip_address"); ip != "198.51.100.7" {
		t.Error(ip)
	}
}

// TestForwardedFor looks at what the service behind is told.
func TestForwardedFor(t *testing.T) {
	seen := make(chan http.Header, 1)
	behind := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header }))
	defer behind.Close()
	for trusted, want := range map[string]string{"": "127.0.0.1", "127.0.0.1/32": "1.1.1.1, 127.0.0.1"} {
		h := open(t, func(o *Options) {
			o.Upstream = mustURL(t, behind.URL)
			if trusted != "" {
				o.TrustedProxies = prefixes(t, trusted)
			}
		})
		r := h.do("GET", "/old", "", "X-Forwarded-For", "1.1.1.1", "X-Request-Id", "abc")
		got := <-seen
		if v := strings.Join(got["X-Forwarded-For"], ", "); v != want || got.Get("X-Forwarded-Proto") != "http" || got.Get("X-Request-Id") != "abc" || r.header.Get("X-Request-Id") != "abc" {
			t.Errorf("trusted %q: %v", trusted, got)
		}
	}
}

func TestOneSessionForOneVisit(t *testing.T) {
	h := open(t, nil)
	first := h.do("GET", "/1", "")
	cookies := first.header["Set-Cookie"]
	if len(cookies) != 1 || !strings.Contains(cookies[0], "; Path=/; HttpOnly; SameSite=Lax") {
		t.Fatal(cookies)
	}
	if guarded := open(t, func(o *Options) { o.Production = true }).do("GET", "/1", "").header.Get("Set-Cookie"); strings.Contains(cookies[0], "Secure") || !strings.HasSuffix(guarded, "; Secure") {
		t.Error(cookies, guarded)
	}
	pair, _, _ := strings.Cut(cookies[0], ";")
	_, id, _ := strings.Cut(pair, "=")
	second := h.do("GET", "/2", "", "Cookie", "other=1; "+pair+"; last=2")
	if got := second.header["Set-Cookie"]; got != nil {
		t.Error("a second session was begun:", got)
	}
	const own = "5e0f1c00-8d3a-4b7e-9c40-2f61d07a9b10"
	third := h.do("GET", "/3", "", "X-Session-ID", own, "Cookie", pair)
	if third.header["Set-Cookie"] != nil {
		t.Error("a session was begun beside the caller's own")
	}
	for path, want := range map[string]string{"/1": id, "/2": id, "/3": own} {
		if got := h.one(path).at("session_id"); got != want {
			t.Errorf("%s: session %v, want %s", path, got, want)
		}
	}
	for _, wrong := range []string{"admin", "{" + own + "}", "urn:uuid:" + own, "00000000-0000-0000-0000-000000000000", strings.Repeat("z", 36)} {
		r := h.do("GET", "/wrong", "", "X-Session-ID", wrong, "Cookie", sessionCookie+"="+wrong)
		if len(r.header["Set-Cookie"]) != 1 {
			t.Errorf("%q was taken for a session", wrong)
		}
	}
	for _, path := range []string{"/health", "/livez", "/readyz", "/metrics"} {
		if r := h.do("GET", path, ""); r.header["Set-Cookie"] != nil || h.one(path).at("session_id") != nil {
			t.Errorf("%s began a session", path)
		}
	}
	h.do("GET", "/livez", "", "X-Session-ID", own)
	if n := len(h.calls("/livez")); n != 2 || h.calls("/livez")[1].at("session_id") != own {
		t.Error("the session that a probe sends is lost")
	}
}

func TestRequestID(t *testing.T) {
	h := open(t, nil)
	for id, taken := range map[string]bool{
		"01JDCV7T3Z0Q": true, "a/b:c+d=e@f.g-h_i": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "two words": false, "<b>": false, "caf\u00e9": false,
	} {
		r := h.do("GET", "/health", "", "X-Request-ID", id)
		if got := r.header.Get("X-Request-Id"); (got == id) != taken || got == "" {
			t.Errorf("%q became %q", id, got)
		}
	}
}

func TestUserAndRole(t *testing.T) {
	h := open(t, nil)
	for path, c := range map[string]struct {
		who     auth.Identity
		partner any
	}{
		"/admin":      {h.admin("a@x.example"), nil},
		"/partner":    {h.partner(6, "p@x.example"), "6"},
		"/contractor": {h.contractor("c@x.example"), nil},
	} {
		h.do("GET", path, "", "Authorization", h.bearer(c.who))
		if r := h.one(path); r["user_id"] != c.who.UserID || r["user_type"] != c.who.UserType || r["partner_id"] != c.partner {
			t.Error(path, r)
		}
	}
	h.do("GET", "/nobody", "", "Authorization", "Bearer nonsense")
	if r := h.one("/nobody"); r["user_id"] != tpe.Anonymous || r["user_type"] != tpe.UserUnknown || r.at("api_call", "error") != "token rejected" {
		t.Error(r)
	}
}

func TestOrigins(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "https://behind.example")
	}))
	defer behind.Close()
	const app = "http://localhost:3000"
	h := open(t, func(o *Options) { o.Origins = []string{app}; o.Upstream = mustURL(t, behind.URL) })
	for _, c := range []struct{ method, path, origin, ask, want string }{
		{"GET", "/health", app, "", app},
		{"GET", "/health", "https://evil.example", "", ""},
		{"GET", "/api/lake/status", app, "", app}, // a refusal can be read too
		{"OPTIONS", "/api/interactions", app, "POST", app},
		{"OPTIONS", "/api/interactions", "https://evil.example", "POST", "https://behind.example"}, // not ours to say
		{"GET", "/old", app, "", "https://behind.example"},
	} {
		headers := []string{"Origin", c.origin}
		if c.ask != "" {
			headers = append(headers, "Access-Control-Request-Method", c.ask)
		}
		r := h.do(c.method, c.path, "", headers...)
		if got := strings.Join(r.header["Access-Control-Allow-Origin"], "|"); got != c.want {
			t.Errorf("%s %s from %s: allowed %q, want %q", c.method, c.path, c.origin, got, c.want)
		}
		if c.ask != "" && c.want == app && (r.status != http.StatusNoContent || !strings.Contains(r.header.Get("Access-Control-Allow-Methods"), "POST") || !strings.Contains(r.header.Get("Access-Control-Allow-Headers"), "Authorization")) {
			t.Errorf("preflight: %d %v", r.status, r.header)
		}
	}
}

func FuzzSender(f *testing.F) {
	f.Add("1.1.1.1, 10.0.0.1", "tpe_session=5e0f1c00-8d3a-4b7e-9c40-2f61d07a9b10", "a=1&b=%zz&a=2", "id")
	f.Add("[::1]:5,,", "a=b;;=;tpe_session", "%ff=%ff&\xff=1&=&&", " ")
	trusted := prefixes(f, "10.0.0.0/8", "192.0.2.0/24")
	f.Fuzz(func(t *testing.T, forwarded, cookie, query, id string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.9:1"
		r.Header = http.Header{"X-Forwarded-For": {forwarded}, "Cookie": {cookie}, "X-Request-Id": {id}}
		if ip := clientIP(r, trusted); ip == "" {
			t.Errorf("%q hides the address", forwarded)
		}
		if got, fresh := session(r); fresh && strings.Contains(cookie, got.String()) {
			t.Errorf("%q: %v is not fresh", cookie, got)
		}
		if got := requestID(r, tpe.NewID()); len(got) > maxRequestID || strings.ContainsAny(got, " \r\n\"<") {
			t.Errorf("%q was taken", got)
		}
		seen := map[string]bool{}
		for _, kv := range appendQuery(nil, query) {
			if seen[kv[0]] {
				t.Errorf("%q has %q twice", query, kv[0])
			}
			seen[kv[0]] = true
		}
	})
}
