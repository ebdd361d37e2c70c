package api

import "net/http"

// allowOrigin lets a browser show an answer of ours to a page of the front
// end. The service behind says that for its own answers.
func (s *Server) allowOrigin(v *visit, r *http.Request) {
	origin := first(r.Header, "Origin")
	if origin == "" {
		return
	}
	h := v.Header()
	h.Add("Vary", "Origin")
	if s.origins[origin] {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", exposed)
	}
}

// preflight answers a browser that asks whether a page of the front end may
// send a request to one of our paths. It is false when that is not the
// question.
func (s *Server) preflight(v *visit, r *http.Request, methods string) bool {
	if r.Method != http.MethodOptions || first(r.Header, "Access-Control-Request-Method") == "" || !s.origins[first(r.Header, "Origin")] {
		return false
	}
	h := v.Header()
	s.allowOrigin(v, r)
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-ID, X-Session-ID")
	h.Set("Access-Control-Max-Age", "600")
	v.WriteHeader(http.StatusNoContent)
	return true
}

// exposed are the headers of an answer that a page of the front end may read.
const exposed = "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Idempotency-Replayed, Content-Disposition"

// secure sets what tells browsers to be careful with an answer. A handler may
// have said something else.
func (s *Server) secure(h http.Header) {
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Referrer-Policy"] = []string{"no-referrer"}
	h["X-Frame-Options"] = []string{"DENY"}
	if h["Content-Security-Policy"] == nil {
		h["Content-Security-Policy"] = []string{"default-src 'none'; frame-ancestors 'none'"}
	}
	if s.opts.Production {
		h["Strict-Transport-Security"] = []string{"max-age=31536000; includeSubDomains"}
	}
}
