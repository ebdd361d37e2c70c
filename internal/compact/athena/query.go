package athena

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/google/uuid"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/tpe"
)

// query runs one statement and waits for its end.
func (e *Engine) query(ctx context.Context, what, sql string, d compact.EngineDay) error {
	in := &athena.StartQueryExecutionInput{
		QueryString: &sql,
		// A request that is sent again names the same query.
		ClientRequestToken:    aws.String(uuid.NewString()),
		QueryExecutionContext: &types.QueryExecutionContext{Database: &e.opts.Database},
		ResultConfiguration:   &types.ResultConfiguration{OutputLocation: aws.String(d.Other)},
	}
	if e.opts.Output != "" {
		in.ResultConfiguration.OutputLocation = &e.opts.Output
	}
	if e.opts.Workgroup != "" {
		in.WorkGroup = &e.opts.Workgroup
	}
	started, err := e.client.StartQueryExecution(ctx, in)
	if err != nil && ctx.Err() != nil {
		e.stopUnknown(ctx, in)
		return ctx.Err()
	}
	if err != nil {
		return refused(what, err)
	}
	return e.await(ctx, what, aws.ToString(started.QueryExecutionId))
}

// firstLook is the pause before the first look at a query.
const firstLook = 100 * time.Millisecond

// await returns when a query has ended. When it cannot wait for that, it stops
// the query.
func (e *Engine) await(ctx context.Context, what, id string) error {
	pause := min(firstLook, e.opts.MaxBackoff)
	for {
		status, err := e.status(ctx, id)
		switch {
		case err != nil:
			e.stop(ctx, id)
			return refused(what, err)
		case status.State == types.QueryExecutionStateSucceeded:
			return nil
		case ended(status):
			return failed(what, id, status)
		}
		if err := tpe.Sleep(ctx, around(pause)); err != nil {
			e.stop(ctx, id)
			return err
		}
		pause = min(2*pause, e.opts.MaxBackoff)
	}
}

func (e *Engine) status(ctx context.Context, id string) (*types.QueryExecutionStatus, error) {
	got, err := e.client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
	if err != nil {
		return nil, err
	}
	if got.QueryExecution == nil || got.QueryExecution.Status == nil {
		return &types.QueryExecutionStatus{}, nil // it was not heard of yet
	}
	return got.QueryExecution.Status, nil
}

func ended(s *types.QueryExecutionStatus) bool {
	switch s.State {
	case types.QueryExecutionStateSucceeded, types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
		return true
	default:
		return false
	}
}

// around is a random time around a pause.
func around(pause time.Duration) time.Duration { return pause/2 + rand.N(pause) }

// stopTime is how long an interrupted query may take to stop.
const stopTime = 15 * time.Second

// stopUnknown stops a query whose id was lost with the answer: the same
// request again tells it.
func (e *Engine) stopUnknown(ctx context.Context, in *athena.StartQueryExecutionInput) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer done()
	if started, err := e.client.StartQueryExecution(ctx, in); err == nil {
		e.stop(ctx, aws.ToString(started.QueryExecutionId))
	}
}

// stop stops a query, and waits until it writes no more. What it cannot stop
// ends by itself; a later run removes what it has written.
func (e *Engine) stop(ctx context.Context, id string) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer done()
	if _, err := e.client.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
		return
	}
	for {
		status, err := e.status(ctx, id)
		if err != nil || ended(status) || tpe.Sleep(ctx, around(min(firstLook, e.opts.MaxBackoff))) != nil {
			return
		}
	}
}
