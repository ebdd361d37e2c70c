package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/tape"
)

// getSize is how many keys DynamoDB looks up at once.
const getSize = 100

// Standing says how an item stands to the table.
type Standing int

// The standings of items.
const (
	Absent Standing = iota
	There
	Altered // it is there, and is not any more what was written
)

// Known says of each item how it stands to the table.
func (t *Table) Known(ctx context.Context, items []*Item) ([]Standing, error) {
	out := make([]Standing, len(items))
	var tp tape.Tape
	at := map[[2]string][]int{}
	var keys []map[string]types.AttributeValue
	for i, item := range items {
		k := [2]string{item.ID, item.Content}
		if at[k] == nil {
			keys = append(keys, map[string]types.AttributeValue{attrID: item.attrs[attrID], attrContent: item.attrs[attrContent]})
		} else {
			out[i] = There // the second of two equal ones
		}
		at[k] = append(at[k], i)
	}
	for from := 0; from < len(keys); from += getSize {
		left := keys[from:min(from+getSize, len(keys))]
		err := t.retry(ctx, "look for records", func() (more, progress bool, err error) {
			got, err := t.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{t.opts.Table: {
				Keys: left, ConsistentRead: aws.Bool(true),
			}}})
			if err != nil {
				return true, false, err
			}
			for _, found := range got.Responses[t.opts.Table] {
				for n, i := range at[[2]string{text(found, attrID), text(found, attrContent)}] {
					out[i] = There
					if n == 0 && !items[i].is(entryOf(found, &tp)) {
						out[i] = Altered
					}
				}
			}
			rest := got.UnprocessedKeys[t.opts.Table].Keys
			progress = len(rest) < len(left)
			left = rest
			return len(left) > 0, progress, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// is says whether the table's item is still what was written. It may spell
// the same content in another way.
func (i *Item) is(e *Entry) bool {
	now := time.Now()
	if expired(e.attrs, now) && !expired(i.attrs, now) {
		return false
	}
	_, same := e.Hash()
	if !same || e.Ref == "" {
		return same && len(e.Wrong(e.Tape)) == 0
	}
	return e.Ref == text(i.attrs, attrRef) && len(differing(e.attrs, i.attrs)) == 0
}
