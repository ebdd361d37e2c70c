package ship

import (
	"context"
	"path/filepath"
	"regexp"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// TableSink writes records to a table of DynamoDB. What is there already is
// found first, by id and content, and not written again, unless somebody has
// changed the item since. Two records with
// one id and different contents are two items, which no answer tells of. A
// record that is too large for an item is stored by reference to the segment
// of a lake that it was read from; without one it is rejected.
type TableSink struct {
	Table *dynamo.Table
	// Gone tells who was erased; they are not written, and taken out of the
	// records of others, which then pass the Gate again. nil: nobody was.
	Gone *lake.Forgotten
	Gate *redact.Gate
}

// Send writes the records that are not there yet, or not any more as they
// were written.
func (s TableSink) Send(ctx context.Context, recs []redact.Clean, files []string) (Answer, error) {
	a := Answer{Outcomes: make([]lake.Outcome, len(recs))}
	var items []*dynamo.Item
	var at []int
	if s.Gone != nil {
		release, err := s.Gone.Hold()
		if err != nil {
			a.Failed = len(recs)
			return a, ends(err)
		}
		defer release()
	}
	for i, rec := range recs {
		rec, keep, err := s.pass(rec)
		if err != nil {
			a.Failed = len(recs)
			return a, ends(err)
		}
		if !keep {
			a.Erased++
			a.Outcomes[i] = lake.Erased
			continue
		}
		ref := ""
		if i < len(files) {
			ref = segmentRef(files[i])
		}
		item, err := s.Table.NewItem(rec, ref)
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
		switch there[i] {
		case dynamo.There:
			a.Duplicate++
			a.Outcomes[at[i]] = lake.Duplicate
			continue
		case dynamo.Altered:
			a.Replaced = append(a.Replaced, at[i])
		case dynamo.Absent:
			freshAt = append(freshAt, at[i])
		}
		fresh = append(fresh, item)
	}
	if _, err := s.Table.Put(ctx, fresh); err != nil {
		// Which ones were written is not known: all may be sent again.
		a.Failed, a.Replaced = len(fresh), nil
		return a, ends(err)
	}
	for _, i := range freshAt {
		a.Outcomes[i] = lake.New
	}
	a.New = len(freshAt)
	return a, nil
}

// pass takes those who were erased out of a record. It is false for a record
// that belongs to one of them.
func (s TableSink) pass(rec redact.Clean) (_ redact.Clean, keep bool, err error) {
	if s.Gone == nil || rec.Tape() == nil {
		return rec, true, nil
	}
	verdict, err := s.Gone.Judge(rec.Tape())
	if err != nil || verdict != person.Mentions {
		return rec, verdict != person.Belongs, err
	}
	t := new(tape.Tape)
	if err = t.Parse(rec.JSON()); err == nil {
		_, err = s.Gone.Pass(t)
	}
	rec, _ = s.Gate.Record(t)
	return rec, true, err
}

// segmentFile finds the part of a path that names a segment within its lake.
var segmentFile = regexp.MustCompile(`/(raw/year=\d{4}/month=\d\d/day=\d\d/[^/]+\.ndjson(?:\.zst)?)$`)

// segmentRef returns the path of a segment within its lake, as the feed of a
// server has it; nothing for another file.
func segmentRef(file string) string {
	if file == "" {
		return ""
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	if m := segmentFile.FindStringSubmatch(filepath.ToSlash(path)); m != nil {
		return m[1]
	}
	return ""
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
