package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A path that the older service takes for one of ours does not reach it past
// our checks, and none leaves the prefix of its address.
func TestOtherSpellings(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("behind " + r.URL.Path))
	}))
	defer behind.Close()
	front := open(t, func(o *Options) { o.Upstream = mustURL(t, behind.URL+"/base") })
	alone := open(t, nil)
	for path, c := range map[string]struct{ front, alone int }{
		"/api/contractors/1/profile":            {401, 401},
		"/api/contractors/1/profile/":           {401, 401},
		"/api/contractors/1/profile//":          {404, 404},
		"/API/contractors/1/profile":            {401, 401},
		"/api/Contractors/1/PROFILE/":           {401, 401},
		"/api/%63ontractors/1/profile/":         {401, 401},
		"/api%2Fcontractors/1/profile":          {401, 401},
		"/api/contractors/Stats/overview":       {401, 401},
		"/api/partners/active/":                 {200, 200},
		"/Api/Partners/Active":                  {200, 200},
		"//api/contractors/1/profile":           {404, 404},
		"//api/partners/active":                 {404, 404},
		"//api/x":                               {200, 404},
		"/api/../x":                             {400, 400},
		"/../secret":                            {400, 400},
		"/%2e%2e/secret":                        {400, 400},
		"/a/%2E./secret":                        {400, 400},
		"/a/..%2fsecret":                        {400, 400},
		"/a/..;x=1/secret":                      {400, 400},
		`/a/..%5csecret`:                        {400, 400},
		"/a/./b":                                {400, 400},
		"/a/..":                                 {400, 400},
		"/a/...":                                {200, 404},
		"/a/.well-known/x..y":                   {200, 404},
		"/api/old":                              {200, 404},
		"/api/contractors/1/profile/picture":    {200, 404},
		"/api/contractors/1%2Fprofile?x=/../..": {401, 401},
	} {
		for h, want := range map[*house]int{front: c.front, alone: c.alone} {
			_, in := h.dial("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			r, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(path, err)
			}
			body := make([]byte, 100)
			n, _ := r.Body.Read(body)
			passed := strings.HasPrefix(string(body[:n]), "behind /base/")
			if r.StatusCode != want || passed != (h == front && want == 200 && !strings.HasSuffix(strings.ToLower(strings.Trim(path, "/")), "active")) {
				t.Errorf("%s: %d %q", path, r.StatusCode, body[:n])
			}
			if r.StatusCode >= 400 && r.Header.Get("Content-Type") != "application/problem+json" {
				t.Error(path, r.Header)
			}
		}
	}
	// The record has the path as it came, and the route that it meant.
	call := alone.one("/api/Contractors/1/PROFILE/")
	if call.at("api_call", "route") != "/api/contractors/{id}/profile" {
		t.Error(call)
	}
	if r := alone.do("PUT", "/Api/partners/active/", ""); r.status != 405 || r.header.Get("Allow") != "GET, HEAD" {
		t.Error(r)
	}
}
