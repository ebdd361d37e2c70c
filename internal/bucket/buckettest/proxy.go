package buckettest

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a client and a server and does harm.
type Proxy struct {
	URL string

	// Refuse, when it is set, may answer a request itself: a status other than
	// 0 is sent with the S3 error code, and the server never sees the request.
	Refuse func(r *http.Request) (status int, code string)
	// CutAnswer, when it is set, says of which requests the answer is lost
	// although the server has done the work.
	CutAnswer func(r *http.Request) bool
	// CutBody, when it is set, says after how many bytes of a body the
	// connection breaks; 0 is never.
	CutBody func(r *http.Request) int64

	Requests atomic.Int64
}

// StartProxy starts a proxy that ends with the test.
func StartProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{URL: "http://" + ln.Addr().String()}
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{
		// The host is part of what is signed, so that it stays the proxy's.
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(pass, w, r) })}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(ln) }) // it ends with Close
	t.Cleanup(func() { _ = srv.Close(); wg.Wait() })
	return p
}

func (p *Proxy) serve(pass http.Handler, w http.ResponseWriter, r *http.Request) {
	p.Requests.Add(1)
	if p.Refuse != nil {
		if status, code := p.Refuse(r); status != 0 {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>refused by the proxy</Message></Error>")
			return
		}
	}
	if p.CutBody != nil {
		if n := p.CutBody(r); n > 0 && n < r.ContentLength {
			_, _ = io.CopyN(io.Discard, r.Body, n)
			panic(http.ErrAbortHandler)
		}
	}
	if p.CutAnswer != nil && p.CutAnswer(r) {
		pass.ServeHTTP(&lost{h: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}
	pass.ServeHTTP(w, r)
}

// lost is an answer that nobody gets.
type lost struct{ h http.Header }

func (l *lost) Header() http.Header         { return l.h }
func (l *lost) Write(b []byte) (int, error) { return len(b), nil }
func (l *lost) WriteHeader(int)             {}
