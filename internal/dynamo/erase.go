package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
)

// Eraser takes a person out of the table. It reads the whole table: only a
// record's text tells whether it mentions the person.
type Eraser struct {
	Table *Table
	Gate  *redact.Gate
	// Records returns what the lake has of an id: of a record that is too large
	// for an item the table cannot tell whose it is.
	Records func(ctx context.Context, id string) ([][]byte, error)
}

// Name names the place in reports.
func (e *Eraser) Name() string { return "dynamodb" }

// IsCopy says that records are sent to the table.
func (*Eraser) IsCopy() {}

// Look counts the items that have something of the person.
func (e *Eraser) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	return e.run(ctx, p, each, false)
}

// Erase deletes the person's items and replaces those that mention the person.
func (e *Eraser) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	return e.run(ctx, p, each, true)
}

func (e *Eraser) run(ctx context.Context, p person.Person, each func(string), change bool) (found person.Found, err error) {
	match := person.NewMatcher(p)
	var writes []types.WriteRequest
	flush := func(least int) error {
		if len(writes) < least || len(writes) == 0 {
			return nil
		}
		_, err := e.Table.write(ctx, writes)
		writes = writes[:0]
		return err
	}
	for entry, err := range e.Table.Scan(ctx) {
		if err != nil {
			return found, err
		}
		verdict, left, err := e.judge(ctx, match, entry)
		if err != nil {
			return found, err
		}
		if verdict == person.Untouched {
			continue
		}
		each(e.Table.Name() + "/" + entry.ID)
		if verdict == person.Belongs {
			found.Records++
		} else {
			found.Redacted++
		}
		if !change {
			continue
		}
		if verdict == person.Mentions {
			// The new item first: a crash leaves both, and the next run ends it.
			if err := e.replace(ctx, match, entry, left); err != nil {
				return found, err
			}
		}
		writes = append(writes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: entry.key()}})
		if err := flush(batchSize * e.Table.opts.Workers); err != nil {
			return found, err
		}
	}
	return found, flush(1)
}

// judge says what an item has to do with the person. Of one without its record
// left is what the lake has of the id, when that is other content.
func (e *Eraser) judge(ctx context.Context, match *person.Matcher, entry *Entry) (_ person.Verdict, left [][]byte, err error) {
	if entry.Tape != nil {
		return match.Judge(entry.Tape), nil, nil
	}
	if entry.Ref == "" {
		if match.Text([]byte(text(entry.attrs, attrRecord))) {
			return person.Belongs, nil, nil
		}
		return person.Untouched, nil, nil
	}
	left, err = e.Records(ctx, entry.ID)
	if err != nil {
		return person.Untouched, nil, err
	}
	for _, record := range left {
		var t tape.Tape
		if err := t.Parse(record); err != nil {
			return person.Untouched, nil, fmt.Errorf("read the record of an item: %w", err)
		}
		if clean, _ := e.Gate.Record(&t); fmt.Sprintf("%016x", clean.Tape().ContentHash()) == entry.Content {
			return match.Judge(&t), nil, nil // the lake has it as it was
		}
	}
	if len(left) == 0 {
		return person.Belongs, nil, nil
	}
	return person.Mentions, left, nil // the lake has it without somebody
}

// replace writes an item without the person. The records of one that refers to
// the lake are left there.
func (e *Eraser) replace(ctx context.Context, match *person.Matcher, entry *Entry, left [][]byte) error {
	if entry.Tape != nil {
		left = [][]byte{match.AppendWithout(nil, entry.Tape)}
	}
	var items []*Item
	for _, record := range left {
		var t tape.Tape
		if err := t.Parse(record); err != nil {
			return fmt.Errorf("take the person out of an item: %w", err)
		}
		clean, _ := e.Gate.Record(&t)
		item, err := e.Table.NewItem(clean, entry.Ref) // the segment has the name that it had
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	// What is there already may refer to another segment.
	known, err := e.Table.Known(ctx, items)
	if err != nil {
		return err
	}
	var absent []*Item
	for i, item := range items {
		if known[i] == Absent {
			absent = append(absent, item)
		}
	}
	_, err = e.Table.Put(ctx, absent)
	return err
}
