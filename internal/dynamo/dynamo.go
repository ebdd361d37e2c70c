// Package dynamo keeps records in one table of DynamoDB: it makes the table,
// turns records into items, writes them in batches, reads them back, and
// erases a person.
//
// An item is a record of one content: its key is the interaction_id and the
// content hash, so that writing it again changes nothing, and two records
// with one id are both kept. The package must never write a record that has
// not passed the redaction gate, and never leave out an item of a batch
// without saying so.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"github.com/power100/tpe/internal/amazon"
	"github.com/power100/tpe/internal/tpe"
)

// Options says how a table is reached. Only Table is required.
type Options struct {
	Table    string
	Region   string // us-east-1 when empty and not configured elsewhere
	Endpoint string // of a server that is not AWS's own

	// The keys; empty takes the usual chain of AWS (profile, role).
	AccessKeyID, SecretAccessKey, SessionToken string

	// TTL is how long after its timestamp an item expires; 0 is never.
	TTL time.Duration
	// Attempts is how often a request is sent before it has failed; 10 when 0.
	Attempts int
	// MaxBackoff is the longest pause between two attempts; 10 s when 0.
	MaxBackoff time.Duration
	// Workers is how many batches are sent at once; 4 when 0.
	Workers int
	// OnRetry is told why something is sent again; it may be nil.
	OnRetry func(error)
	// Sleep waits; in real time when nil.
	Sleep func(context.Context, time.Duration) error
}

// Defaults of Options.
const (
	defaultAttempts = 10
	defaultBackoff  = 10 * time.Second
	firstBackoff    = 50 * time.Millisecond
	defaultWorkers  = 4
	requestTimeout  = 30 * time.Second
)

// Table is one table. It is safe for concurrent use.
type Table struct {
	opts   Options
	region string
	client *dynamodb.Client
	http   *http.Client
}

// New returns the way to a table. Nothing is sent yet. The error is of the
// code Misuse for wrong options.
func New(ctx context.Context, opts Options) (*Table, error) {
	if opts.Table == "" {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "no table of DynamoDB is named", Hint: "set INTERACTIONS_TABLE"}
	}
	if opts.Attempts <= 0 {
		opts.Attempts = defaultAttempts
	}
	if opts.MaxBackoff <= 0 {
		opts.MaxBackoff = defaultBackoff
	}
	if opts.Workers <= 0 {
		opts.Workers = defaultWorkers
	}
	if opts.OnRetry == nil {
		opts.OnRetry = func(error) {}
	}
	if opts.Sleep == nil {
		opts.Sleep = tpe.Sleep
	}
	cfg, err := amazon.Load(ctx, amazon.Keys{Region: opts.Region, AccessKeyID: opts.AccessKeyID, SecretAccessKey: opts.SecretAccessKey, SessionToken: opts.SessionToken})
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // it is one
	transport.MaxIdleConnsPerHost = 2 * opts.Workers
	t := &Table{opts: opts, region: cfg.Region, http: &http.Client{Transport: transport, Timeout: requestTimeout}}
	t.client = dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if opts.Endpoint != "" {
			o.BaseEndpoint = aws.String(opts.Endpoint)
		}
		o.HTTPClient = t.http
		o.Retryer = aws.NopRetryer{} // what is left of a batch must be retried here anyway
	})
	return t, nil
}

// Name returns the name of the table.
func (t *Table) Name() string { return t.opts.Table }

// Target tells the place of the table from all others: the server, the region
// and the name.
func (t *Table) Target() string { return t.opts.Endpoint + " " + t.region + " " + t.opts.Table }

// Close lets go of the connections.
func (t *Table) Close() { t.http.CloseIdleConnections() }

// retry sends a request until it succeeds, fails for good, or has been sent
// so often that the server counts as away. send is told by its answer whether
// it got on; then the pauses begin anew. Pauses are random below a bound that
// doubles.
func (t *Table) retry(ctx context.Context, what string, send func() (more bool, progress bool, err error)) error {
	bound, attempts := firstBackoff, 0
	for {
		more, progress, err := send()
		if err == nil && !more {
			return nil
		}
		if ctx.Err() != nil {
			return &tpe.Error{Code: tpe.Interrupted, Message: what + " was given up", Err: ctx.Err()}
		}
		if err != nil && !transient(err) {
			return t.failed(what, err)
		}
		if err == nil {
			err = errUnprocessed
		}
		if progress {
			bound, attempts = firstBackoff, 0
		}
		if attempts++; attempts >= t.opts.Attempts {
			return t.failed(what, err)
		}
		t.opts.OnRetry(err)
		if err := t.opts.Sleep(ctx, rand.N(bound)+time.Millisecond); err != nil {
			return &tpe.Error{Code: tpe.Interrupted, Message: what + " was given up", Err: err}
		}
		bound = min(2*bound, t.opts.MaxBackoff)
	}
}

// errUnprocessed says that the table took a part of a batch only.
var errUnprocessed = errors.New("the table is throttled: it did not take the whole batch")

// transient says whether an error may be gone the next time.
func transient(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return true // no answer: the network, or the server
	}
	switch api.ErrorCode() {
	case "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException",
		"InternalServerError", "InternalFailure", "ServiceUnavailable", "TransactionInProgressException", "UnknownError":
		return true
	}
	return api.ErrorFault() == smithy.FaultServer
}

// failed gives an error of the service a code and a hint.
func (t *Table) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	out := &tpe.Error{Code: tpe.Unavailable, Message: fmt.Sprintf("%s: table %s", what, t.opts.Table), Err: amazon.Plain(err)}
	var api smithy.APIError
	if !errors.As(err, &api) {
		if amazon.Keyless(err) {
			out.Code, out.Err, out.Hint = tpe.Forbidden, errors.New("no keys are configured"), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role"
			return out
		}
		out.Hint = "look whether DynamoDB can be reached; then run it again: nothing is lost"
		return out
	}
	switch api.ErrorCode() {
	case "ResourceNotFoundException":
		out.Code, out.Hint = tpe.NotFound, "tpe replay --to dynamodb --create-table makes it"
	case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationTokenException", "IncompleteSignatureException":
		out.Code, out.Hint = tpe.Forbidden, "check the keys of AWS and what they may do"
	case "ValidationException":
		out.Code = tpe.Invalid
	case "ExpiredTokenException":
		out.Code, out.Hint = tpe.Forbidden, "the session of AWS has ended: get new keys"
	default:
		if transient(err) {
			out.Hint = "the table is throttled or away: run it again later, nothing is lost"
		}
	}
	return out
}
