package dynamo

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/tape"
)

// Entry is an item as it lies in the table. It is valid until the next one.
type Entry struct {
	ID      string
	Content string // what its key says
	Type    string // of the record; as the item says when the record is not here
	Time    string
	Ref     string     // where the record is, when it is not here
	Tape    *tape.Tape // nil when the record is not here, or is no JSON
	attrs   map[string]types.AttributeValue
}

// Hash returns the content hash of the record in the item, and whether the
// item says the same by its key. Of a record that is elsewhere only the key
// tells.
func (e *Entry) Hash() (hash string, same bool) {
	switch {
	case e.Ref != "":
		return e.Content, true
	case e.Tape == nil:
		return "", false
	}
	hash = fmt.Sprintf("%016x", e.Tape.ContentHash())
	return hash, hash == e.Content && textOf(e.Tape, "interaction_id") == e.ID
}

// Wrong names the attributes of the item that are not what its record says,
// so that the indexes do not lead to it. When it expires is no such one: that
// follows from a setting.
func (e *Entry) Wrong(record *tape.Tape) []string {
	right := Item{attrs: map[string]types.AttributeValue{}}
	right.describe(record)
	return differing(e.attrs, right.attrs)
}

// differing names the attributes that follow from a record, and differ.
func differing(a, b map[string]types.AttributeValue) []string {
	var out []string
	for _, name := range described {
		if text(a, name) != text(b, name) {
			out = append(out, name)
		}
	}
	return out
}

// Scan yields every item of the table that has not expired, in no order. The
// first error ends it.
func (t *Table) Scan(ctx context.Context) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		in := &dynamodb.ScanInput{TableName: &t.opts.Table, ConsistentRead: aws.Bool(true)}
		var tp tape.Tape
		for {
			var out *dynamodb.ScanOutput
			err := t.retry(ctx, "read the table", func() (_ bool, _ bool, err error) {
				out, err = t.client.Scan(ctx, in)
				return false, false, err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			now := time.Now()
			for _, attrs := range out.Items {
				if expired(attrs, now) {
					continue
				}
				if !yield(entryOf(attrs, &tp), nil) {
					return
				}
			}
			if len(out.LastEvaluatedKey) == 0 {
				return
			}
			in.ExclusiveStartKey = out.LastEvaluatedKey
		}
	}
}

func entryOf(attrs map[string]types.AttributeValue, tp *tape.Tape) *Entry {
	e := &Entry{
		ID: text(attrs, attrID), Content: text(attrs, attrContent), Type: text(attrs, attrType),
		Time: text(attrs, attrTime), attrs: attrs,
	}
	record, here := attrs[attrRecord]
	if !here {
		e.Ref = text(attrs, attrRef)
	} else if s, ok := record.(*types.AttributeValueMemberS); ok && tp.Parse([]byte(s.Value)) == nil {
		e.Tape, e.Type, e.Time = tp, textOf(tp, "interaction_type"), textOf(tp, "timestamp")
	}
	return e
}

// key returns the key of an entry's item.
func (e *Entry) key() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{attrID: e.attrs[attrID], attrContent: e.attrs[attrContent]}
}
