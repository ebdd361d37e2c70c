package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// visit is one request on its way: what the middleware knows of it, its body
// as far as it is kept, and its answer as far as it is held back. It is the
// ResponseWriter that handlers get.
type visit struct {
	answer
	body body

	s         *Server
	r         *http.Request // as the mux has seen it
	path      string        // as it came
	start     time.Time
	id        uuid.UUID // of the record
	requestID string
	session   uuid.UUID
	fresh     bool // the session begins with this answer
	who       auth.Identity
	token     string // that who was read from
	tokenEnds time.Time
	claim     *claim // an Idempotency-Key that is being answered
	refused   error  // why the token that came was refused
	ip        string // of the client
	fault     string // short reason, for the record
	upstream  bool   // answered by the service behind
	lent      bool   // others may hold on to it: it must not be used again
	broken    bool   // the answer does not reach its end
	recorded  bool
	nameless  bool // nobody can tell whose words its body holds: it is not kept

	call    tpe.Call
	query   [][2]string
	record  []byte // the record's JSON
	tape    tape.Tape
	scratch []byte // for the handler
}

func newVisit(s *Server) *visit { return &visit{s: s} }

// keepBuffer is the size in bytes of the largest buffer that is kept for the
// next request.
const keepBuffer = 128 << 10

// reset readies a visit for the next request. Buffers stay.
func (v *visit) reset() {
	kept := func(b []byte) []byte {
		if cap(b) > keepBuffer {
			return nil
		}
		return b[:0]
	}
	clear(v.query)
	*v = visit{
		s:       v.s,
		answer:  answer{buf: kept(v.buf)},
		body:    body{kept: kept(v.body.kept)},
		query:   v.query[:0],
		record:  kept(v.record),
		tape:    tape.Tape{Nodes: v.tape.Nodes[:0]},
		scratch: kept(v.scratch),
	}
}

// note keeps the first reason why the call failed.
func (v *visit) note(fault string) {
	if v.fault == "" {
		v.fault = fault
	}
}

// begin reads what the request says about its sender.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *visit {
	v := s.visits.Get().(*visit)
	v.r, v.path = r, r.URL.Path
	v.start = s.opts.Now()
	v.id = tpe.NewID()
	v.requestID = requestID(r, v.id)
	s.identify(v, r)
	if forwardedByStranger(r, s.opts.TrustedProxies) && s.strangers.CompareAndSwap(false, true) {
		s.opts.Log.Warn("X-Forwarded-For came from an address that is not trusted: limits and records go by that address, and contractors need their token or cookie", "hint", "name the proxy in TRUSTED_PROXIES")
	}
	if s.opts.Track {
		v.ip = clientIP(r, s.opts.TrustedProxies)
		v.session, v.fresh = session(r)
	}
	v.answer = answer{v: v, w: w, buf: v.buf, length: -1, isHead: r.Method == http.MethodHead}
	v.body.begin(v, w, r)
	return v
}

// route returns the path of the pattern that matched, empty when none did.
func (v *visit) route() string {
	_, path, found := strings.Cut(v.r.Pattern, " ")
	if !found {
		return v.r.Pattern
	}
	return path
}

// sessionless undoes the beginning of a session.
func (v *visit) sessionless() {
	if v.fresh {
		v.session, v.fresh = uuid.Nil, false
	}
}

// head sets the headers that every answer has. It is called when the head is
// sent: what a handler or the service behind does to the header before
// cannot lose them.
func (v *visit) head(h http.Header) {
	h["X-Request-Id"] = []string{v.requestID}
	if !v.upstream {
		v.s.secure(h)
	}
	if v.fresh {
		cookie := sessionCookie + "=" + v.session.String() + "; Path=/; HttpOnly; SameSite=Lax"
		if v.s.opts.Production {
			cookie += "; Secure"
		}
		h["Set-Cookie"] = append(h["Set-Cookie"], cookie)
	}
}
