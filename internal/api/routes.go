package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/power100/tpe/internal/tpe"
)

// routes is the whole surface. What is not here is passed on to the service
// behind, or answered with 404 or 405.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()

	// Probes: for machines. They start no session.
	mux.Handle("GET /health", s.stream(probe(s.health)))
	mux.Handle("GET /livez", s.stream(probe(s.livez)))
	mux.Handle("GET /readyz", s.answer(probe(s.readyz)))
	mux.Handle("GET /metrics", s.stream(probe(s.metrics.serve)))

	// The platform.
	mux.Handle("GET /api/partners/active", s.answer(s.activePartners))

	// The lake.
	mux.Handle("POST /api/interactions", s.stream(s.ingest))
	mux.Handle("GET /api/lake/status", s.answer(s.admin(s.lakeStatus)))

	return mux
}

// handler answers one request. An error that it returns becomes a problem
// document, so it must not have written anything then.
type handler func(v *visit, r *http.Request) error

// answer serves a handler that must be done within Limits.Handler.
func (s *Server) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := w.(*visit)
		s.allowOrigin(v, r)
		ctx, cancel := context.WithTimeout(r.Context(), s.opts.Limits.Handler)
		defer cancel()
		err := h(v, r.WithContext(ctx))
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = &tpe.Error{Code: tpe.Timeout, Message: "The request took too long", Err: err}
		}
		s.fail(v, r, err)
	})
}

// stream serves a handler that may take as long as bytes keep moving, or
// that waits for nothing.
func (s *Server) stream(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := w.(*visit)
		s.allowOrigin(v, r)
		s.fail(v, r, h(v, r))
	})
}

// probe is a handler for machines.
func probe(h handler) handler {
	return func(v *visit, r *http.Request) error {
		v.sessionless()
		return h(v, r)
	}
}

// admin lets only administrators through.
func (s *Server) admin(h handler) handler {
	return func(v *visit, r *http.Request) error {
		switch {
		case v.who.UserID == "":
			return &tpe.Error{Code: tpe.Unauthorized, Message: "Not authorized to access this route", Err: v.refused}
		case v.who.UserType != tpe.UserAdmin:
			return &tpe.Error{Code: tpe.Forbidden, Message: "Not authorized to access this route"}
		}
		return h(v, r)
	}
}
