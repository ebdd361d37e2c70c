package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/power100/tpe/internal/api"
	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/mirror"
)

// The times of the shipping beside a server: how often the lake is looked at,
// and how long the last files may take when the server has stopped.
const (
	shipInterval = 5 * time.Second
	shipLast     = 15 * time.Second
)

// shipAttempts is how often a request to the bucket is sent before shipping
// pauses: it comes back by itself.
const shipAttempts = 3

// shipping copies sealed segments to S3 beside a server. The zero value does
// nothing.
type shipping struct {
	shipper *mirror.Shipper // nil: USE_S3 is off
	bucket  *bucket.Bucket
	stop    context.CancelFunc
	work    sync.WaitGroup
}

// startShipping begins to ship when USE_S3 says so. A bucket that is away is
// no error: the server serves, and shipping catches up.
func startShipping(ctx context.Context, env Env, conf config.Config, l *lake.Lake, log *slog.Logger) (*shipping, error) {
	s := &shipping{}
	if !conf.UseS3 {
		return s, nil
	}
	gate := mirror.NewGate(0)
	b, err := openBucket(ctx, conf, "", func(o *bucket.Options) { o.OnRetry, o.Attempts = gate.Retry, shipAttempts })
	if err != nil {
		return nil, err
	}
	s.bucket = b
	s.shipper = mirror.NewShipper(mirror.Options{Lake: l, Bucket: b, Gate: gate, Now: env.Now, Log: log})
	ctx, s.stop = context.WithCancel(ctx)
	s.work.Go(func() { s.shipper.Run(ctx, shipInterval) })
	return s, nil
}

// copies returns what is shipped to, for the server to show.
func (s *shipping) copies() []api.Copy {
	if s.shipper == nil {
		return nil
	}
	return []api.Copy{s.shipper}
}

// end ships what the closing of the lake has sealed, for a while. What is
// left is shipped by the next start.
func (s *shipping) end(ctx context.Context, log *slog.Logger) {
	if s.shipper == nil {
		return
	}
	s.stop()
	s.work.Wait()
	ctx, cancel := context.WithTimeout(ctx, shipLast)
	defer cancel()
	if err := s.shipper.Once(ctx); err != nil {
		log.Warn("the last files are not in S3 yet; the next start ships them", "pending", s.shipper.Lag().Pending, "error", err.Error())
	}
	s.bucket.Close()
}
