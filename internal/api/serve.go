package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// gapEvery is how often the server looks whether a gap is to be recorded.
const gapEvery = time.Second

// How long a stop takes beyond Limits.Drain at most: for handlers to see that
// their context has ended and to answer that, and for those that still wait
// for their client to see that the connection is gone.
const (
	cutTime   = time.Second
	closeTime = 3 * time.Second
)

// Serve answers the requests that come to ln until ctx ends. Then it takes no
// new ones, and waits for those under way for Limits.Drain; what is still
// under way then is cut off. When it returns, the record of every request
// that was answered has been given to the writer, which the caller closes.
// The error is of the code Unavailable when ln fails, or when a handler does
// not even end then. It takes as many connections as the process may have.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{
		Handler:                      s.Handler(),
		ReadHeaderTimeout:            10 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               s.opts.Limits.MaxHeader,
		DisableGeneralOptionsHandler: true, // OPTIONS * is tracked like the rest
		ErrorLog:                     slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return base },
	}
	var helpers sync.WaitGroup
	defer s.after.Wait()
	defer s.coaching.stop() // answers that nobody waits for any more end here
	defer helpers.Wait()
	helpers.Go(func() { s.watchGaps(base) })
	helpers.Go(func() { s.sweep(base) })
	stopped := make(chan error, 1)
	served := make(chan struct{})
	helpers.Go(func() {
		select {
		case <-ctx.Done():
			stopped <- s.stop(server, cut)
		case <-served:
			stopped <- nil
		}
	})
	err := server.Serve(s.newCrowdedListener(ln, server.SetKeepAlivesEnabled))
	close(served)
	stopErr := <-stopped
	cut()
	if !errors.Is(err, http.ErrServerClosed) {
		return &tpe.Error{Code: tpe.Unavailable, Message: "serve", Err: err}
	}
	return stopErr
}

// stop ends the server: gracefully, then by force.
func (s *Server) stop(server *http.Server, cut context.CancelFunc) error {
	s.stopping.Store(true)
	drain, cancel := context.WithTimeout(context.Background(), s.opts.Limits.Drain)
	defer cancel()
	err := server.Shutdown(drain)
	if err == nil {
		return nil
	}
	// Handlers see their context end, and their records say so. Those that
	// wait for their client do not, until its connection is closed.
	cut()
	last, cancelLast := context.WithTimeout(context.Background(), cutTime)
	defer cancelLast()
	if server.Shutdown(last) == nil {
		return nil
	}
	_ = server.Close() // the listener is closed already, and connections are only cut
	for deadline := time.Now().Add(closeTime); s.busy.Load() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return &tpe.Error{Code: tpe.Unavailable, Message: "a request did not end at the stop", Err: err}
		}
	}
	return nil
}

// watchGaps records gaps as they end, and tells of refused requests.
func (s *Server) watchGaps(ctx context.Context) {
	tick := time.NewTicker(gapEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.refusals.tell(s.opts.Log)
			s.recordGap(ctx)
		case <-ctx.Done():
			s.refusals.tell(s.opts.Log)
			s.recordGap(context.WithoutCancel(ctx))
			return
		}
	}
}
