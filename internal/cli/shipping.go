package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/power100/tpe/internal/api"
	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/mirror"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/ship"
)

// The times of the shipping beside a server: how often the lake is looked at,
// how long the last files may take when the server has stopped, and how long
// after it was told to stop at most.
const (
	shipInterval = 5 * time.Second
	shipLast     = 10 * time.Second
	shipUntil    = 11 * time.Second
)

// shipAttempts is how often a request to the bucket is sent before shipping
// pauses: it comes back by itself.
const shipAttempts = 3

// shipping copies sealed segments to S3 and to DynamoDB beside a server. The
// zero value does nothing.
type shipping struct {
	feed    *ship.Feed // nil: USE_DYNAMODB is off
	table   *dynamo.Table
	shipper *mirror.Shipper // nil: USE_S3 is off
	bucket  *bucket.Bucket
	stop    context.CancelFunc
	work    sync.WaitGroup
	last    context.Context // for what the end ships
}

// startShipping begins to ship when USE_S3 or USE_DYNAMODB say so. A bucket that is away is
// no error: the server serves, and shipping catches up.
func startShipping(ctx context.Context, env Env, conf config.Config, l *lake.Lake, log *slog.Logger) (*shipping, error) {
	s := &shipping{stop: func() {}}
	if !conf.UseS3 && !conf.UseDynamoDB {
		return s, nil
	}
	s.last = outlast(ctx, shipUntil)
	ctx, s.stop = context.WithCancel(ctx)
	if conf.UseDynamoDB {
		if err := s.startFeed(ctx, env, conf, l, log); err != nil {
			return nil, err
		}
	}
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
	s.work.Go(func() { s.shipper.Run(ctx, shipInterval) })
	return s, nil
}

// startFeed begins to write records to DynamoDB. A table that is away, or not
// made yet, is no error either.
func (s *shipping) startFeed(ctx context.Context, env Env, conf config.Config, l *lake.Lake, log *slog.Logger) (err error) {
	if s.table, err = openTable(ctx, conf, func(o *dynamo.Options) { o.Attempts = shipAttempts }); err != nil {
		return err
	}
	s.feed, err = ship.OpenFeed(ship.FeedOptions{Lake: l, Table: s.table, Gate: redact.New(redact.Options{}), Log: log, Now: env.Now})
	if err != nil {
		return err
	}
	s.work.Go(func() {
		if wrong := unexpiring(ctx, s.table); wrong != "" {
			log.Warn(wrong)
		}
	})
	s.work.Go(func() { s.feed.Run(ctx) })
	return nil
}

// copies returns what is shipped to, for the server to show.
func (s *shipping) copies() []api.Copy {
	var out []api.Copy
	if s.shipper != nil {
		out = append(out, s.shipper)
	}
	if s.feed != nil {
		out = append(out, s.feed)
	}
	return out
}

// end ships what the closing of the lake has sealed, for a while. What is
// left is shipped by the next start.
func (s *shipping) end(log *slog.Logger) {
	s.stop()
	s.work.Wait()
	if s.last == nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.last, shipLast)
	defer cancel()
	if s.feed != nil {
		s.work.Go(func() { s.endFeed(ctx, log) })
	}
	if s.shipper != nil {
		s.work.Go(func() { s.endShipper(ctx, log) })
	}
	s.work.Wait()
}

func (s *shipping) endFeed(ctx context.Context, log *slog.Logger) {
	if err := s.feed.Once(ctx); err != nil {
		log.Warn("the last records are not in DynamoDB yet; the next start ships them", "pending", s.feed.Lag().Pending, "error", err.Error())
	}
	if err := s.feed.Close(); err != nil {
		log.Warn("close the list of what is in DynamoDB", "error", err.Error())
	}
	s.table.Close()
}

func (s *shipping) endShipper(ctx context.Context, log *slog.Logger) {
	if err := s.shipper.Once(ctx); err != nil {
		log.Warn("the last files are not in S3 yet; the next start ships them", "pending", s.shipper.Lag().Pending, "error", err.Error())
	}
	s.bucket.Close()
}

// outlast returns a context with the values of ctx that ends so long after it.
func outlast(ctx context.Context, by time.Duration) context.Context {
	last, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(by, end) })
	return last
}
