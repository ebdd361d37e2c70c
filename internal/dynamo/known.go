package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// getSize is how many keys DynamoDB looks up at once.
const getSize = 100

// Known says of each item whether the table has it.
func (t *Table) Known(ctx context.Context, items []*Item) ([]bool, error) {
	out := make([]bool, len(items))
	at := map[[2]string][]int{}
	var keys []map[string]types.AttributeValue
	for i, item := range items {
		k := [2]string{item.ID, item.Content}
		if at[k] == nil {
			keys = append(keys, map[string]types.AttributeValue{attrID: item.attrs[attrID], attrContent: item.attrs[attrContent]})
		} else {
			out[i] = true // the second of two equal ones
		}
		at[k] = append(at[k], i)
	}
	for from := 0; from < len(keys); from += getSize {
		left := keys[from:min(from+getSize, len(keys))]
		err := t.retry(ctx, "look for records", func() (more, progress bool, err error) {
			got, err := t.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{t.opts.Table: {
				Keys: left, ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String(attrID + ", " + attrContent),
			}}})
			if err != nil {
				return true, false, err
			}
			for _, found := range got.Responses[t.opts.Table] {
				for _, i := range at[[2]string{text(found, attrID), text(found, attrContent)}] {
					out[i] = true
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
