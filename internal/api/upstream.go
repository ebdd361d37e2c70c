package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// newProxy passes requests on to the service behind, and its answers back as
// they come.
func (s *Server) newProxy(target *url.URL) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			if peer, err := netip.ParseAddrPort(p.In.RemoteAddr); err == nil && within(peer.Addr().Unmap(), s.opts.TrustedProxies) {
				p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			}
			p.SetXForwarded()
			p.Out.Header["X-Request-Id"] = []string{visitOf(p.In.Context()).requestID}
		},
		ModifyResponse: func(resp *http.Response) error {
			delete(resp.Header, "X-Request-Id") // the answer has ours
			return nil
		},
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ResponseHeaderTimeout: s.opts.Limits.Upstream,
			ExpectContinueTimeout: time.Second,
			IdleConnTimeout:       90 * time.Second,
			MaxIdleConns:          256,
			MaxIdleConnsPerHost:   256,
			DisableCompression:    true, // bytes pass as they are
		},
		ErrorLog:     slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelWarn),
		ErrorHandler: s.upstreamFailed,
	}
}

// visitKey finds the visit in the context of a request that is passed on.
type visitKey struct{}

func visitOf(ctx context.Context) *visit { return ctx.Value(visitKey{}).(*visit) }

// pass hands a request to the service behind. Its transport may read the
// body after the answer has ended, so the visit is not used again.
func (s *Server) pass(v *visit, r *http.Request) {
	v.upstream, v.lent = true, true
	s.proxy.ServeHTTP(v, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
}

// upstreamFailed answers when the service behind does not.
func (s *Server) upstreamFailed(_ http.ResponseWriter, r *http.Request, err error) {
	v := visitOf(r.Context())
	p := problem{status: http.StatusBadGateway, code: tpe.Unavailable, detail: "The service behind does not answer"}
	var wait net.Error
	switch {
	case v.sent:
		panic(http.ErrAbortHandler) // too late for another answer
	case r.Context().Err() != nil:
		p = problem{status: statusClientClosed, code: tpe.Interrupted}
		v.note("client closed")
	case errors.As(err, &wait) && wait.Timeout():
		p.status = http.StatusGatewayTimeout
		v.note("upstream timeout")
	default:
		v.note("upstream down")
	}
	if p.status != statusClientClosed {
		s.opts.Log.Error("service behind failed", "request_id", v.requestID, "method", r.Method, "status", p.status, "error", err)
	}
	p.write(v)
}
