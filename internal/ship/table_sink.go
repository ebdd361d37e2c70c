package ship

import (
	"context"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// TableSink writes records to a table of DynamoDB. What is there already is
// found first, by id and content, and not written again. Two records with
// one id and different contents are two items, which no answer tells of.
type TableSink struct {
	Table *dynamo.Table
}

// Send writes the records that are not there yet.
func (s TableSink) Send(ctx context.Context, recs []redact.Clean) (Answer, error) {
	a := Answer{Outcomes: make([]lake.Outcome, len(recs))}
	var items []*dynamo.Item
	var at []int
	for i, rec := range recs {
		item, err := s.Table.NewItem(rec, "")
		if err != nil {
			a.Rejected = append(a.Rejected, Rejection{Index: i, Reason: err.Error()})
			continue
		}
		items, at = append(items, item), append(at, i)
	}
	there, err := s.Table.Known(ctx, items)
	if err != nil {
		a.Failed = len(items)
		return a, ends(err)
	}
	var fresh []*dynamo.Item
	var freshAt []int
	for i, item := range items {
		if there[i] {
			a.Duplicate++
			a.Outcomes[at[i]] = lake.Duplicate
			continue
		}
		fresh, freshAt = append(fresh, item), append(freshAt, at[i])
	}
	if _, err := s.Table.Put(ctx, fresh); err != nil {
		// Which ones were written is not known: all may be sent again.
		a.Failed = len(fresh)
		return a, ends(err)
	}
	for _, i := range freshAt {
		a.Outcomes[i] = lake.New
	}
	a.New = len(fresh)
	return a, nil
}

// ends gives an error a code that ends the replay: nothing else will fare
// better.
func ends(err error) error {
	switch tpe.CodeOf(err) {
	case tpe.Unavailable, tpe.Forbidden, tpe.Interrupted:
		return err
	default:
		return &tpe.Error{Code: tpe.Unavailable, Err: err, Hint: tpe.HintOf(err)}
	}
}

// Refuse does nothing: what cannot be a record stays where it was read.
func (TableSink) Refuse(context.Context, lake.Quarantined) error { return nil }

// Flush does nothing: the table has answered for all that was sent.
func (TableSink) Flush(context.Context) error { return nil }
