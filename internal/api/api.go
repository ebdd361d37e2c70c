// Package api is the HTTP edge: it serves the routes of [Server.Handler],
// passes on what it does not serve, takes interactions in, and writes one
// api_call record for each request before the answer is complete.
//
// It must never answer 2xx to POST /api/interactions before the records are
// on disk, never let a request go untracked without counting it, and never
// put a body, a token or a cookie into a log line.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/depot"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/notify"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// Options says what a Server works with. Lake, Writer, DB, Schemas and Gate
// are required; they are closed by the caller, after Serve has returned.
type Options struct {
	Lake    *lake.Lake
	Writer  *lake.Writer
	DB      *sqldb.DB
	Schemas *schema.Set
	Gate    *redact.Gate

	// Outbox moves what transactions have recorded to the lake; nil: answers
	// do not wait for that.
	Outbox interface {
		Wait(ctx context.Context) bool
	}
	Notify Notifier      // sends messages; nil: none are sent
	Coach  *coach.Client // the AI service; nil: none is set up
	Files  *depot.Depot  // where uploads are kept; nil: none are taken
	// Jobs does what transactions have asked for; see Server.SendSMS.
	Jobs interface {
		Wake()
	}

	JWTSecret string        // key of the tokens; empty refuses every token
	JWTExpire time.Duration // life of a token; 7 days
	// Production: cookies need HTTPS, no code of development is taken, messages
	// must be sent, and only administrators may send every record.
	Production bool
	Outcomes   bool // record business outcomes
	// RateLimit is how many requests somebody unknown may send within
	// RateWindow, beside probes and pieces of uploads; who is signed in may
	// send more, and administrators any number of records. 0: any number.
	RateLimit  int
	RateWindow time.Duration

	Track    bool     // write an api_call record for each request
	Measure  bool     // measure durations for /metrics
	Upstream *url.URL // where unknown routes are passed on to; nil: nowhere
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Origins are the front ends that may call from a browser.
	Origins []string

	// Copies are the copies of the lake that are kept elsewhere; /metrics and
	// /readyz say how far they are behind.
	Copies []Copy

	Version     string // of this program
	Environment string
	Now         func() time.Time // time.Now when nil
	Log         *slog.Logger     // discards when nil
	Limits      Limits
}

// Copy is a copy of the lake that is kept elsewhere while the server runs.
type Copy interface {
	// Lag says how far the copy is behind.
	Lag() tpe.Lag
}

// Limits bounds what one request may take. Zero values take the defaults.
type Limits struct {
	KeepBody  int           // bytes of a request body that its record keeps; 64 KiB
	Body      int64         // bytes of a body of a typed route; 10 MiB
	MaxRecord int           // bytes of one ingested record; 4 MiB
	Upload    int64         // bytes of one uploaded file; 4 GiB
	MaxHeader int           // bytes of a request's head; 64 KiB
	Handler   time.Duration // for an answer that is not a stream, and for a slow body; 30 s
	Idle      time.Duration // without a byte moving in a body or an answer; 60 s
	Upstream  time.Duration // until the service behind begins to answer; 60 s
	Drain     time.Duration // for requests under way when the server stops; 8 s
	Heartbeat time.Duration // between the signs of life of a stream of events; 15 s
}

func (l Limits) withDefaults() Limits {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	setInt := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	setInt(&l.KeepBody, 64<<10)
	if l.Body <= 0 {
		l.Body = 10 << 20
	}
	if l.Upload <= 0 {
		l.Upload = 4 << 30
	}
	setInt(&l.MaxRecord, 4<<20)
	setInt(&l.MaxHeader, 64<<10)
	set(&l.Handler, 30*time.Second)
	set(&l.Idle, 60*time.Second)
	set(&l.Upstream, 60*time.Second)
	set(&l.Drain, 8*time.Second)
	set(&l.Heartbeat, 15*time.Second)
	return l
}

// Server answers requests. It is safe for concurrent use.
type Server struct {
	opts     Options
	mux      *http.ServeMux
	proxy    *httputil.ReverseProxy // nil: none
	metrics  *metrics
	origins  map[string]bool
	visits   sync.Pool // of *visit
	batches  sync.Pool // of *batch
	gaps     sync.Mutex
	stopping atomic.Bool
	// strangers: it was told that a peer that is not trusted forwards.
	strangers atomic.Bool
	busy      atomic.Int64 // requests that have not ended
	refusals  refusals

	passwords   *auth.Passwords
	crossOrigin *http.CrossOriginProtection
	visitors    *visitors
	coaching    *coaching
	uploads     *uploads
	rates       *rates
	active      atomic.Pointer[activeList]
	literals    map[string][]string                    // paths without parameters, and their methods
	patterns    patterns                               // the paths of all routes
	document    func() ([]byte, error)                 // the OpenAPI document
	page        func() ([]byte, error)                 // the same as a page
	after       sync.WaitGroup                         // work that goes on after an answer
	catalogue   func() (*consistency.Catalogue, error) // read when it is first needed
}

// New returns a server. The error is of the code Misuse when a required part
// is missing.
func New(opts Options) (*Server, error) {
	if opts.Lake == nil || opts.Writer == nil || opts.DB == nil || opts.Schemas == nil || opts.Gate == nil {
		return nil, tpe.Errorf(tpe.Misuse, "a server needs a lake, its writer, a database, schemas and a gate")
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.JWTExpire <= 0 {
		opts.JWTExpire = 7 * 24 * time.Hour
	}
	if opts.Notify == nil {
		opts.Notify = silent{}
	}
	opts.Limits = opts.Limits.withDefaults()
	s := &Server{opts: opts, origins: map[string]bool{}, passwords: auth.NewPasswords(), crossOrigin: http.NewCrossOriginProtection(), visitors: newVisitors(opts.Now), coaching: newCoaching(),
		uploads: &uploads{busy: map[int64]bool{}}, literals: map[string][]string{}, rates: newRates(opts.RateLimit, opts.RateWindow)}
	for _, o := range opts.Origins {
		s.origins[o] = true
		if err := s.crossOrigin.AddTrustedOrigin(o); err != nil {
			return nil, &tpe.Error{Code: tpe.Misuse, Message: "the origin " + o + " cannot be trusted", Err: err}
		}
	}
	s.catalogue = sync.OnceValues(func() (*consistency.Catalogue, error) { return consistency.DefaultCatalogue() })
	s.visits.New = func() any { return newVisit(s) }
	s.batches.New = func() any { return new(batch) }
	s.metrics = newMetrics(s)
	s.mux = s.routes()
	if opts.Upstream != nil {
		s.proxy = s.newProxy(opts.Upstream)
	}
	return s, nil
}

// Handler returns the whole surface, tracked.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// silent sends nothing.
type silent struct{}

// SMS says that there is no provider.
func (silent) SMS(context.Context, string, string) error { return notify.ErrNoProvider }

// Email says that there is no provider.
func (silent) Email(context.Context, string, string, string) error { return notify.ErrNoProvider }

// background is the context of work that must not end with the request that
// began it.
func background(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) }
