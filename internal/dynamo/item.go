package dynamo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Limits of DynamoDB in bytes.
const (
	maxItem      = 400 << 10
	maxPartition = 2048
	maxSort      = 1024
)

// Item is a record on its way to the table.
type Item struct {
	ID      string
	Content string // hash of the content, 16 hexadecimal digits
	attrs   map[string]types.AttributeValue
	size    int
}

// ByReference says whether the item names the place of its record, which is
// too large to be in it.
func (i *Item) ByReference() bool { _, ok := i.attrs[attrRef]; return ok }

// NewItem turns a record into an item. ref is where the record lies, for one
// that is too large for an item; without it the error is of the code
// TooLarge. The error is of the code Invalid for a record without an id.
func (t *Table) NewItem(rec redact.Clean, ref string) (*Item, error) {
	tp := rec.Tape()
	if tp == nil {
		return nil, tpe.Errorf(tpe.Invalid, "a text is no record")
	}
	id := textOf(tp, "interaction_id")
	if id == "" || len(id) > maxPartition {
		return nil, tpe.Errorf(tpe.Invalid, "the record has no interaction_id that can be a key")
	}
	i := &Item{ID: id, Content: fmt.Sprintf("%016x", tp.ContentHash()), attrs: map[string]types.AttributeValue{}}
	i.set(attrID, id)
	i.set(attrContent, i.Content)
	if at := i.describe(tp); !at.IsZero() && t.opts.TTL > 0 {
		i.setNumber(attrExpires, at.Add(t.opts.TTL).Unix())
	}
	text := rec.JSON()
	if i.size+len(attrRecord)+len(text) <= maxItem {
		i.set(attrRecord, string(text))
		return i, nil
	}
	if ref == "" {
		return nil, tpe.Errorf(tpe.TooLarge, "the record has %d bytes, more than an item of DynamoDB holds, and no place to point to", len(text))
	}
	i.set(attrRef, ref)
	return i, nil
}

// described are the attributes that follow from the record.
var described = []string{attrTime, attrType, attrUser, attrConversation, attrPartner, attrTypeTime}

// describe sets the attributes that follow from the record, and returns its
// time; zero when it has none.
func (i *Item) describe(tp *tape.Tape) time.Time {
	at, err := tpe.ParseTime(textOf(tp, "timestamp"))
	if err == nil {
		i.set(attrTime, tpe.FormatTime(at))
	}
	typ := textOf(tp, "interaction_type")
	i.index(attrType, typ, maxSort)
	if user := textOf(tp, "user_id"); user != tpe.Anonymous {
		i.index(attrUser, user, maxPartition)
	}
	i.index(attrConversation, textOf(tp, "conversation_id"), maxPartition)
	if partner := textOf(tp, "partner_id"); partner != "" {
		i.index(attrPartner, partner, maxPartition)
		i.index(attrTypeTime, typ+"#"+tpe.FormatTime(at), maxSort)
	}
	return at
}

func (i *Item) set(name, text string) {
	i.attrs[name] = &types.AttributeValueMemberS{Value: text}
	i.size += len(name) + len(text)
}

func (i *Item) setNumber(name string, n int64) {
	text := strconv.FormatInt(n, 10)
	i.attrs[name] = &types.AttributeValueMemberN{Value: text}
	i.size += len(name) + len(text)
}

// index sets an attribute that is, or may be, a key of an index: an empty
// text is none, and one that is too long cannot be.
func (i *Item) index(name, text string, most int) {
	if text != "" && len(text) <= most {
		i.set(name, text)
	}
}

// textOf returns a member's text, or the digits of a number; else nothing.
func textOf(t *tape.Tape, name string) string {
	n, ok := t.Find(name)
	if !ok || t.Kind(n) != tape.KindString && t.Kind(n) != tape.KindNumber {
		return ""
	}
	return t.Text(n)
}

// expired says whether an item has passed its time, though the table has not
// removed it yet.
func expired(attrs map[string]types.AttributeValue, now time.Time) bool {
	n, ok := attrs[attrExpires].(*types.AttributeValueMemberN)
	if !ok {
		return false
	}
	at, err := strconv.ParseInt(n.Value, 10, 64)
	return err == nil && at <= now.Unix()
}

// text returns an attribute that is a text.
func text(attrs map[string]types.AttributeValue, name string) string {
	s, ok := attrs[name].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}
