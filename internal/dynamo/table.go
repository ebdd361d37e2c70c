package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/tpe"
)

// The attributes that are keys. Those of an index are left out of an item
// that has no use for it, so that the index stays small: nobody's records are
// not indexed by user.
const (
	attrID           = "interaction_id"
	attrContent      = "content"   // hash of the content, 16 hexadecimal digits
	attrTime         = "timestamp" // RFC 3339, UTC
	attrUser         = "user"
	attrConversation = "conversation"
	attrPartner      = "partner"
	attrTypeTime     = "type_time" // <interaction_type>#<timestamp>
	attrExpires      = ExpiresAttribute
	attrRecord       = "record"
	attrRef          = "ref"
	attrType         = "interaction_type"
)

// ExpiresAttribute is the attribute with the time at which an item expires,
// in seconds since 1970.
const ExpiresAttribute = "expires_at"

// index is a global secondary index.
type index struct{ name, partition, sort string }

// The indexes of the table. They hold the keys only: a record is fetched by
// its own key.
var indexes = []index{
	{"user-time", attrUser, attrTime},
	{"conversation-time", attrConversation, attrTime},
	{"partner-type-time", attrPartner, attrTypeTime},
}

// Create makes the table with its indexes when it is not there, and returns
// once it can be used. It is billed by request. A table that is there is not
// changed: see Missing.
func (t *Table) Create(ctx context.Context) (created bool, err error) {
	if _, err := t.describe(ctx); tpe.CodeOf(err) != tpe.NotFound {
		return false, err
	}
	in := &dynamodb.CreateTableInput{
		TableName: &t.opts.Table, BillingMode: types.BillingModePayPerRequest,
		KeySchema: keys(attrID, attrContent),
	}
	names := []string{attrID, attrContent}
	for _, x := range indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(x.name), KeySchema: keys(x.partition, x.sort),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		})
		names = append(names, x.partition, x.sort)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
	}
	err = t.retry(ctx, "make the table", func() (bool, bool, error) {
		_, err := t.client.CreateTable(ctx, in)
		var there *types.ResourceInUseException
		if errors.As(err, &there) {
			return false, false, nil // another process makes it, or an answer was lost
		}
		return false, false, err
	})
	if err == nil {
		err = t.await(ctx)
	}
	if err == nil && t.opts.TTL > 0 {
		err = t.retry(ctx, "let items expire", func() (bool, bool, error) {
			_, err := t.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: &t.opts.Table,
				TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(attrExpires), Enabled: aws.Bool(true)}})
			return false, false, err
		})
	}
	return err == nil, err
}

func keys(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(partition), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
	}
}

// await returns once the table and its indexes are active.
func (t *Table) await(ctx context.Context) error {
	for {
		d, err := t.describe(ctx)
		if err != nil && tpe.CodeOf(err) != tpe.NotFound {
			return err
		}
		if err == nil && d.TableStatus == types.TableStatusActive &&
			!slices.ContainsFunc(d.GlobalSecondaryIndexes, func(x types.GlobalSecondaryIndexDescription) bool { return x.IndexStatus != types.IndexStatusActive }) {
			return nil
		}
		if err := t.opts.Sleep(ctx, 200*time.Millisecond); err != nil {
			return &tpe.Error{Code: tpe.Interrupted, Message: "waiting for the table was given up", Err: err}
		}
	}
}

func (t *Table) describe(ctx context.Context) (d *types.TableDescription, err error) {
	err = t.retry(ctx, "look at the table", func() (bool, bool, error) {
		out, err := t.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.opts.Table})
		if err == nil {
			d = out.Table
		}
		return false, false, err
	})
	return d, err
}

// Missing says what of the table is not as it should be; nothing when it is.
// The error is of the code NotFound when there is no table.
func (t *Table) Missing(ctx context.Context) ([]string, error) {
	d, err := t.describe(ctx)
	if err != nil {
		return nil, err
	}
	return missing(d), nil
}

func missing(d *types.TableDescription) []string {
	var out []string
	if !same(d.KeySchema, keys(attrID, attrContent)) {
		out = append(out, fmt.Sprintf("the key must be %s and %s", attrID, attrContent))
	}
	for _, x := range indexes {
		there := slices.ContainsFunc(d.GlobalSecondaryIndexes, func(got types.GlobalSecondaryIndexDescription) bool {
			return aws.ToString(got.IndexName) == x.name && same(got.KeySchema, keys(x.partition, x.sort))
		})
		if !there {
			out = append(out, fmt.Sprintf("the index %s on %s and %s is missing", x.name, x.partition, x.sort))
		}
	}
	return out
}

// Check refuses a table that is not as it should be, with an error of the code
// Mismatch; of the code NotFound when there is none.
func (t *Table) Check(ctx context.Context) error {
	_, err := t.Identity(ctx)
	return err
}

// Identity checks the table as Check does, and returns what tells it from one
// of the same name that was there before.
func (t *Table) Identity(ctx context.Context) (string, error) {
	d, err := t.describe(ctx)
	if err != nil {
		return "", err
	}
	if missing := missing(d); len(missing) > 0 {
		return "", &tpe.Error{Code: tpe.Mismatch, Message: "the table " + t.Name() + " is not as it should be: " + strings.Join(missing, "; "),
			Hint: "name another table by INTERACTIONS_TABLE, and let tpe replay --to dynamodb --create-table make it"}
	}
	made := ""
	if d.CreationDateTime != nil {
		made = tpe.FormatTime(*d.CreationDateTime)
	}
	return strings.TrimSpace(aws.ToString(d.TableId) + " " + made), nil
}

// TTL is how long after its timestamp an item expires; 0 is never.
func (t *Table) TTL() time.Duration { return t.opts.TTL }

// Expires says whether the table removes items that have expired. It is true
// when they are not to expire.
func (t *Table) Expires(ctx context.Context) (is bool, err error) {
	if t.opts.TTL == 0 {
		return true, nil
	}
	err = t.retry(ctx, "look at the expiry of the table", func() (bool, bool, error) {
		out, err := t.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &t.opts.Table})
		if err == nil && out.TimeToLiveDescription != nil {
			d := out.TimeToLiveDescription
			is = aws.ToString(d.AttributeName) == attrExpires && (d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling)
		}
		return false, false, err
	})
	return is, err
}

func same(a, b []types.KeySchemaElement) bool {
	return slices.EqualFunc(a, b, func(a, b types.KeySchemaElement) bool {
		return aws.ToString(a.AttributeName) == aws.ToString(b.AttributeName) && a.KeyType == b.KeyType
	})
}
