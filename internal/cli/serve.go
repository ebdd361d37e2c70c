package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/api"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/demo"
	"github.com/power100/tpe/internal/jobs"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/outbox"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type serveOptions struct {
	addr     string
	addrFile string
	upstream string
	demo     bool
}

func newServe(env Env, g *globals) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the API and record every request", Args: cobra.NoArgs,
		Long: `Serve the API and record every request. Nothing needs to be configured: the
lake is ./data-lake, the database ./tpe.db, the port 3001.

With --upstream, what tpe does not serve itself is passed on to the service
there and recorded the same way.

An interrupt stops it: requests under way are answered, then the lake is sealed.`,
		Example: `  tpe serve --demo
  tpe serve --addr 127.0.0.1:8080 --upstream http://localhost:5000`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.addr, "addr", "", "`HOST:PORT` to listen on (default every address, $PORT)")
	f.StringVar(&o.addrFile, "addr-file", "", "write the address to this `file` once it is bound")
	f.StringVar(&o.upstream, "upstream", "", "`URL` of the service behind (default $UPSTREAM_URL)")
	f.BoolVar(&o.demo, "demo", false, "fill an empty lake and database with sample data")
	return cmd
}

func runServe(ctx context.Context, env Env, g *globals, o serveOptions) (err error) {
	collectLess(env)
	conf, err := readConfig(ctx, env, g, false)
	if err != nil {
		return err
	}
	if o.upstream != "" {
		u, err := url.Parse(o.upstream)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return tpe.Errorf(tpe.Misuse, "--upstream is not a URL such as http://localhost:5000")
		}
		conf.UpstreamURL = *u
	}
	if o.addr != "" && !isAddress(ctx, o.addr) {
		return tpe.Errorf(tpe.Misuse, "--addr %s is not HOST:PORT, such as 127.0.0.1:3001", quote(o.addr))
	}
	if o.demo && conf.Production() {
		return &tpe.Error{Code: tpe.Misuse, Message: "--demo puts invented partners and records into " + conf.Env, Hint: "leave --demo out, or set TPE_ENV=development"}
	}
	gate := redact.New(redact.Options{})
	log := newLog(env.Stderr, conf.LogLevel, gate, conf.Secrets())
	slog.SetDefault(log)
	takeLibraryLog(log)
	for _, w := range conf.Warnings {
		log.Warn(w)
	}

	set, err := schema.Default()
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	opts := lakeOptions(env, conf)
	opts.Log = log
	l, err := lake.Open(ctx, opts)
	if err != nil {
		return err
	}
	defer l.Close()
	ship, err := startShipping(ctx, env, conf, l, log)
	if err != nil {
		return err
	}
	defer ship.end(log) // after the writer has sealed
	w, err := l.NewWriter(ctx)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, w.Close(end))
	}()

	if o.demo {
		if err := fillDemo(ctx, env, l, w, gate, db); err != nil {
			return err
		}
	}
	ai, err := newCoach(conf)
	if err != nil {
		return err
	}
	people, err := newMessenger(env, conf, log)
	if err != nil {
		return err
	}
	files, closeFiles, err := openDepot(ctx, conf)
	if err != nil {
		return err
	}
	defer closeFiles()
	drainer := outbox.New(outbox.Options{DB: db, Writer: w, Gate: gate, Log: log})
	runner := jobs.New(jobs.Options{DB: db, Log: log, Now: env.Now})
	srv, err := api.New(apiOptions(env, conf, api.Options{Lake: l, Writer: w, DB: db, Schemas: set, Gate: gate, Log: log, Outbox: drainer, Coach: ai, Notify: people, Files: files, Jobs: runner, Copies: ship.copies()}))
	if err != nil {
		return err
	}
	runner.Handle(api.JobSMS, srv.SendSMS)
	runner.Handle(api.JobDemo, srv.WorkOnDemo)
	runner.Handle(api.JobRemoveFile, srv.RemoveFile)
	defer background(ctx, drainer.Run)()
	defer background(ctx, runner.Run)()
	ln, err := listen(ctx, o, conf)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "tpe: serving on http://%s, lake %s\n", browsable(ln.Addr()), conf.LakeDir)
	if o.demo {
		fmt.Fprintf(env.Stderr, "tpe: look at http://%s/api/partners/active, then run: tpe lake status\n", browsable(ln.Addr()))
	}
	if err := srv.Serve(ctx, ln); err != nil {
		return err
	}
	if lost := w.Health().Lost; lost > 0 {
		fmt.Fprintf(env.Stderr, "tpe: stopped; %s could not be recorded; the log says why\n", count(lost, "call", "calls"))
		return nil
	}
	fmt.Fprintln(env.Stderr, "tpe: stopped; every answered request is recorded")
	return nil
}

// background runs f until the returned function is called, which waits for
// its end.
func background(ctx context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { f(ctx); close(done) }()
	return func() { cancel(); <-done }
}

func apiOptions(env Env, conf config.Config, o api.Options) api.Options {
	o.JWTSecret, o.JWTExpire, o.Production = conf.JWTSecret.Reveal(), conf.JWTExpire, conf.Production()
	if o.JWTSecret == "" && !o.Production {
		o.JWTSecret = rand.Text() + rand.Text()
	}
	o.RateLimit, o.RateWindow = conf.RateLimitMaxRequests, time.Duration(conf.RateLimitWindowMS)*time.Millisecond
	o.Outcomes = conf.EnableOutcomeTracking
	o.Track, o.Measure = conf.EnableDataCollection, conf.EnablePerformanceMonitoring
	if conf.UpstreamURL.Host != "" {
		o.Upstream = &conf.UpstreamURL
	}
	o.TrustedProxies = []netip.Prefix(conf.TrustedProxies)
	o.Origins = []string{conf.FrontendURL.Scheme + "://" + conf.FrontendURL.Host}
	if !conf.Production() {
		o.Origins = append(o.Origins, "http://localhost:3000", "http://localhost:3001", "http://localhost:3002")
	}
	o.Version, o.Environment, o.Now = appVersion().Version, conf.Env, env.Now
	return o
}

// fillDemo fills new places with samples. A second start with --demo finds
// them filled, and serves what is there.
func fillDemo(ctx context.Context, env Env, l *lake.Lake, w *lake.Writer, gate *redact.Gate, db *sqldb.DB) error {
	n, err := demo.Fill(ctx, l, w, gate, db, env.Now())
	if tpe.CodeOf(err) == tpe.Conflict {
		fmt.Fprintf(env.Stderr, "tpe: %v: no sample data is added\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "tpe: filled the lake with %s and the database with %d partners\n", count(int64(n), "sample record", "sample records"), len(demo.Partners()))
	return nil
}

// listen binds the address and writes it to --addr-file.
func listen(ctx context.Context, o serveOptions, conf config.Config) (net.Listener, error) {
	addr := o.addr
	if addr == "" {
		addr = net.JoinHostPort("", strconv.Itoa(int(conf.Port)))
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "listen on " + addr, Err: err, Hint: "choose another address by --addr or PORT"}
	}
	if o.addrFile == "" {
		return ln, nil
	}
	if err := writeWhole(o.addrFile, []byte(ln.Addr().String()+"\n"), 0o644); err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("write --addr-file: %w", err)
	}
	return ln, nil
}

// isAddress reports whether addr is HOST:PORT, the host empty or not.
func isAddress(ctx context.Context, addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	return err == nil
}

// browsable writes an address so that it can be opened on this machine.
func browsable(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok && t.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(t.Port))
	}
	return a.String()
}
