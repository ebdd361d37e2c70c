// Package bucket is the way to one S3 bucket: put, get, list, head and
// delete, with checksums end to end, conditions, and large objects in parts.
//
// It must never take an object for written before the server has compared its
// checksum, never replace an object that the caller did not mean, and never
// hold a large object in memory.
package bucket

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/power100/tpe/internal/amazon"
	"github.com/power100/tpe/internal/tpe"
)

// Options says how a bucket is reached. Only Name is required.
type Options struct {
	Name string
	// Prefix stands before every key, without a slash at its ends.
	Prefix   string
	Region   string // us-east-1 when empty and not configured elsewhere
	Endpoint string // of a server that is not AWS's own

	// The keys; empty takes the usual chain of AWS (profile, role).
	AccessKeyID, SecretAccessKey, SessionToken string

	// Attempts is how often a request is sent before it has failed; 10 when 0.
	Attempts int
	// MaxBackoff is the longest pause between two attempts; 5 s when 0.
	MaxBackoff time.Duration
	// Idle is how long a connection may stand still; 60 s when 0.
	Idle time.Duration
	// OnRetry is told why a request is sent again; it may be nil.
	OnRetry func(err error)
	// PartSize is the size in bytes of the parts of a large object, and the
	// size from which an object is large; 16 MiB when 0, at least 5 MiB.
	PartSize int64
}

// Bucket is one bucket, or the part of it below a prefix. It is safe for
// concurrent use.
type Bucket struct {
	opts      Options
	prefix    string // with a slash at its end, or empty
	client    *s3.Client
	transport *http.Transport

	parts   chan struct{} // holds one for every part in memory
	buffers sync.Pool     // of parts
}

// Defaults of Options.
const (
	defaultAttempts = 10
	defaultBackoff  = 5 * time.Second
	defaultIdle     = time.Minute
	defaultPart     = 16 << 20
	minPart         = 5 << 20 // S3 refuses smaller ones
)

// New returns the way to a bucket. Nothing is sent yet. The error is of the
// code Misuse for wrong options.
func New(ctx context.Context, opts Options) (*Bucket, error) {
	if opts.Name == "" || strings.ContainsAny(opts.Name, "/?# ") {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("%q is not the name of a bucket", opts.Name),
			Hint: "set DATA_LAKE_BUCKET, or name it as s3://bucket/prefix"}
	}
	opts = opts.withDefaults()
	cfg, err := amazon.Load(ctx, amazon.Keys{Region: opts.Region, AccessKeyID: opts.AccessKeyID, SecretAccessKey: opts.SecretAccessKey, SessionToken: opts.SessionToken})
	if err != nil {
		return nil, err
	}
	b := &Bucket{opts: opts, transport: newTransport(opts.Idle), parts: make(chan struct{}, partsAtOnce)}
	if p := strings.Trim(opts.Prefix, "/"); p != "" {
		b.prefix = p + "/"
	}
	b.client = s3.NewFromConfig(cfg, func(o *s3.Options) {
		if opts.Endpoint != "" {
			o.BaseEndpoint = aws.String(opts.Endpoint)
			o.UsePathStyle = true
		}
		o.HTTPClient = &http.Client{Transport: b.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		o.Retryer = opts.retryer()
		// The checksums are set here, and those that are read are compared here.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true // other programs store objects without
		o.ContinueHeaderThresholdBytes = -1
	})
	return b, nil
}

func (o Options) withDefaults() Options {
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = defaultBackoff
	}
	if o.Idle <= 0 {
		o.Idle = defaultIdle
	}
	if o.PartSize <= 0 {
		o.PartSize = defaultPart
	}
	o.PartSize = max(o.PartSize, minPart)
	return o
}

// retryer waits between attempts for a random time below a bound that
// doubles, and tells OnRetry.
func (o Options) retryer() aws.Retryer {
	return noticed{retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = o.Attempts
		r.MaxBackoff = o.MaxBackoff
		r.RateLimiter = ratelimit.None
	}), o.OnRetry}
}

// noticed is a retryer that tells when it is asked for a pause.
type noticed struct {
	aws.RetryerV2
	onRetry func(error)
}

// RetryDelay returns the pause before the next attempt.
func (n noticed) RetryDelay(attempt int, err error) (time.Duration, error) {
	if n.onRetry != nil {
		n.onRetry(err)
	}
	return n.RetryerV2.RetryDelay(attempt, err)
}

// String returns the address, as s3://bucket/prefix.
func (b *Bucket) String() string {
	return strings.TrimSuffix("s3://"+b.opts.Name+"/"+b.prefix, "/")
}

// Target names the bucket and its server, for what is remembered of it.
func (b *Bucket) Target() string { return b.opts.Endpoint + " " + b.String() }

// PartSize is the size in bytes from which an object is sent in parts.
func (b *Bucket) PartSize() int64 { return b.opts.PartSize }

// Check asks whether the bucket is there and may be used.
func (b *Bucket) Check(ctx context.Context) error {
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.opts.Name})
	return b.failed("look at bucket", "", err)
}

// Close lets go of the connections.
func (b *Bucket) Close() { b.transport.CloseIdleConnections() }

// key returns the whole key of an object.
func (b *Bucket) key(key string) *string { return aws.String(b.prefix + key) }
