// Package athena has Amazon Athena make the Parquet files of a lake in a
// bucket: for each day it makes a table over the segments, unloads them from
// there as Parquet, and removes the table. What comes out is proven by package
// compact. The package must never leave a query running that nobody waits for,
// nor show what a query says of the records.
package athena

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/power100/tpe/internal/amazon"
	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/compact/ddl"
)

// Options says how Athena is reached.
type Options struct {
	Database  string // where the tables are made while they last; default when empty
	Workgroup string // primary when empty
	Output    string // s3://bucket/prefix for the results of queries; in the lake's bucket when empty
	Region    string
	Endpoint  string // of a server that is not AWS's own

	// The keys; empty takes the usual chain of AWS (profile, role).
	AccessKeyID, SecretAccessKey, SessionToken string

	// Attempts is how often a request is sent before it has failed; 10 when 0.
	Attempts int
	// MaxBackoff is the longest pause between two attempts, and between two
	// looks at a query; 5 s when 0.
	MaxBackoff time.Duration
}

// Engine is the way to Athena. It is safe for concurrent use.
type Engine struct {
	opts   Options
	client *athena.Client
}

// New returns the way to Athena. Nothing is sent yet.
func New(ctx context.Context, opts Options) (*Engine, error) {
	if opts.Database == "" {
		opts.Database = "default"
	}
	if opts.Attempts <= 0 {
		opts.Attempts = 10
	}
	if opts.MaxBackoff <= 0 {
		opts.MaxBackoff = 5 * time.Second
	}
	cfg, err := amazon.Load(ctx, amazon.Keys{Region: opts.Region, AccessKeyID: opts.AccessKeyID, SecretAccessKey: opts.SecretAccessKey, SessionToken: opts.SessionToken})
	if err != nil {
		return nil, err
	}
	return &Engine{opts: opts, client: athena.NewFromConfig(cfg, func(o *athena.Options) {
		if opts.Endpoint != "" {
			o.BaseEndpoint = aws.String(opts.Endpoint)
		}
		o.HTTPClient = &http.Client{Timeout: time.Minute}
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff, r.RateLimiter = opts.Attempts, opts.MaxBackoff, ratelimit.None
		})
	})}, nil
}

func unload(d compact.EngineDay) ddl.Unload {
	return ddl.Unload{Table: d.Name, Segments: d.Segments, Folder: d.Folder}
}

// Statements returns what Athena is asked for these days.
func (e *Engine) Statements(days []compact.EngineDay) []string {
	var out []string
	for _, d := range days {
		u := unload(d)
		out = append(out, u.Create(), u.Write(), u.Drop())
	}
	return out
}

// Compact makes the files of the days. When it is interrupted it stops the
// query that runs. The errors: Unauthorized and Forbidden for the keys and what
// they may do, Misuse for a setting that names what is not there, Unavailable
// for a query that failed; none says anything of the records.
func (e *Engine) Compact(ctx context.Context, days []compact.EngineDay) error {
	for _, d := range days {
		if err := e.day(ctx, d); err != nil {
			return fmt.Errorf("compact %s: %w", d.Day, err)
		}
	}
	return nil
}

func (e *Engine) day(ctx context.Context, d compact.EngineDay) error {
	u := unload(d)
	drop := func() error {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer stop()
		return e.query(ctx, "remove the table over the segments", u.Drop(), d)
	}
	if err := e.query(ctx, "make the table over the segments", u.Create(), d); err != nil {
		if ctx.Err() != nil {
			_ = drop() // it may have been made all the same; a later run removes it at the latest
		}
		return err
	}
	return errors.Join(e.query(ctx, "unload the records", u.Write(), d), drop())
}

// Forget removes the tables of days whose compaction was killed.
func (e *Engine) Forget(ctx context.Context, days []compact.EngineDay) error {
	for _, d := range days {
		if err := e.query(ctx, "remove a table that was left behind", unload(d).Drop(), d); err != nil {
			return err
		}
	}
	return nil
}
