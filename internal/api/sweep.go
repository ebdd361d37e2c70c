package api

import (
	"context"
	"time"
)

const sweepEvery = time.Minute

// sweep does what no request should wait for, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.giveUpTurns(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Warn("answers of the coach that were given up are not recorded yet", "error", err)
		}
		if err := s.forgetKeys(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Warn("old Idempotency-Keys are not forgotten yet", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
