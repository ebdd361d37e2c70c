package api

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// serve is the middleware around every route. Whatever happens inside, a
// panic included, the request is recorded once, and then its answer ends.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.busy.Add(1)
	defer s.busy.Add(-1)
	s.metrics.inFlight.Inc()
	if r.Context().Err() != nil && !s.stopping.Load() {
		// With a body that could not be read the context of the whole connection
		// ended. This request has a sender all the same, who shall take a new one.
		r = r.WithContext(context.WithoutCancel(r.Context()))
		w.Header().Set("Connection", "close")
	}
	v := s.begin(w, r)
	if v.body.r != nil {
		r = r.WithContext(r.Context()) // the server keeps its own body
		r.Body = &v.body
		v.r = r
	}
	defer func() { s.end(v, recover()) }()
	s.dispatch(v, r)
}

// dispatch lets the routes answer; what they do not know goes to the service
// behind, or is a problem.
func (s *Server) dispatch(v *visit, r *http.Request) {
	if dotted(r.URL.Path) {
		s.allowOrigin(v, r)
		problem{status: http.StatusBadRequest, code: tpe.Misuse, detail: "The path must not hold . or .. as a segment"}.write(v)
		return
	}
	doubled := strings.Contains(r.URL.Path, "//")
	if !doubled { // the mux would redirect, where it knows the path
		s.mux.ServeHTTP(v, r)
		if r.Pattern != "" {
			return
		}
	}
	if meant := s.patterns.meant(r); meant != nil {
		v.drop()
		if doubled {
			s.allowOrigin(v, r)
			notFound(r).write(v)
			return
		}
		r, v.r = meant, meant
		s.mux.ServeHTTP(v, r)
		if r.Pattern != "" {
			return
		}
	}
	// The mux has written 404 or 405 into the buffer. The header Allow tells
	// that the path is known.
	allow := v.Header()["Allow"]
	v.drop()
	if known := s.literals[r.URL.Path]; known != nil {
		allow = []string{strings.Join(known, ", ")}
	}
	switch {
	case allow != nil && s.preflight(v, r, allow[0]):
	case s.proxy != nil && r.Method != http.MethodConnect:
		s.pass(v, r)
	case allow != nil:
		s.allowOrigin(v, r)
		v.Header()["Allow"] = allow
		notAllowed(r).write(v)
	default:
		s.allowOrigin(v, r)
		notFound(r).write(v)
	}
}

// end records the request and sends what is left of the answer.
func (s *Server) end(v *visit, panicked any) {
	abort := false
	switch panicked {
	case nil:
	case http.ErrAbortHandler:
		abort = true
		v.broken = true
		v.note("aborted")
	default:
		v.note("panic")
		s.opts.Log.Error("handler panicked", "request_id", v.requestID, "route", v.route(), "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		abort = v.sent || v.taken
		v.broken = abort
		if !abort {
			v.drop()
			problem{status: http.StatusInternalServerError, code: tpe.Internal, detail: "internal error"}.write(v)
		}
	}
	switch {
	case v.status != 0:
	case abort:
		v.status = http.StatusInternalServerError // for the record: nothing is sent
	default:
		v.WriteHeader(http.StatusOK)
	}
	s.account(v)
	s.metrics.inFlight.Dec()
	if !v.taken {
		v.body.leave()
	}
	switch {
	case v.taken:
	case abort && v.total > 0:
		v.Flush() // so that the sender sees a broken answer, and not none
	case !abort:
		_ = v.send(true) // a sender that is gone needs nothing
		abort = v.err != nil
	}
	if !v.lent {
		v.reset()
		s.visits.Put(v)
	}
	if abort {
		panic(http.ErrAbortHandler) // closes the connection
	}
}

// account counts a request and writes its record, once.
func (s *Server) account(v *visit) {
	if v.recorded {
		return
	}
	v.recorded = true
	took := s.opts.Now().Sub(v.start)
	if s.opts.Track {
		v.body.finish(v.r)
		s.record(v, took)
	}
	s.metrics.observe(v, took)
}
