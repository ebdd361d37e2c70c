package dynamo

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/tpe"
)

// batchSize is how many items DynamoDB takes at once.
const batchSize = 25

// Put writes items, several batches at once. What is there already is
// replaced by its equal. It returns how many items were written, also with an
// error: of the code Unavailable when the table went on refusing, Forbidden
// for wrong keys, NotFound when there is no table. All of them may be written
// again.
func (t *Table) Put(ctx context.Context, items []*Item) (written int, err error) {
	var requests []types.WriteRequest
	seen := map[[2]string]bool{}
	for _, i := range items {
		k := [2]string{i.ID, i.Content}
		if seen[k] { // one batch must not name a key twice
			written++
			continue
		}
		seen[k] = true
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: i.attrs}})
	}
	n, err := t.write(ctx, requests)
	return written + n, err
}

// write sends requests in batches, several at once.
func (t *Table) write(ctx context.Context, requests []types.WriteRequest) (written int, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan []types.WriteRequest)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range min(t.opts.Workers, (len(requests)+batchSize-1)/batchSize) {
		workers.Go(func() {
			for batch := range next {
				n, failure := t.batch(ctx, batch)
				mu.Lock()
				written += n
				if failure != nil && (err == nil || tpe.CodeOf(err) == tpe.Interrupted) {
					err = failure
				}
				mu.Unlock()
				if failure != nil {
					stop() // the others need not try as long
				}
			}
		})
	}
	for from := 0; from < len(requests) && ctx.Err() == nil; from += batchSize {
		select {
		case next <- requests[from:min(from+batchSize, len(requests))]:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	if err == nil && written < len(requests) {
		err = &tpe.Error{Code: tpe.Interrupted, Message: "writing was given up", Err: context.Cause(ctx)}
	}
	return written, err
}

// batch sends one batch, and what the table leaves of it again.
func (t *Table) batch(ctx context.Context, left []types.WriteRequest) (written int, err error) {
	err = t.retry(ctx, "write records", func() (more, progress bool, err error) {
		out, err := t.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{t.opts.Table: left}})
		if err != nil {
			return true, false, err
		}
		rest := out.UnprocessedItems[t.opts.Table]
		progress = len(rest) < len(left)
		written += len(left) - len(rest)
		left = rest
		return len(left) > 0, progress, nil
	})
	return written, err
}
