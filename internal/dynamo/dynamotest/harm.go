package dynamotest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Harm is what is done to an item.
type Harm int

// The kinds of harm.
const (
	Delete Harm = iota // the item is gone
	Change             // its record has another content
	Double             // it is there again under another key
	Add                // there is one more, of an id that nobody knows
)

// Set changes attributes of one item; an empty text removes one.
func Set(t testing.TB, s *Server, table, id, content string, attrs map[string]string) {
	t.Helper()
	c := client(s)
	item := get(t, c, table, id, content)
	for name, value := range attrs {
		if item[name] = text(value); value == "" {
			delete(item, name)
		}
	}
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item}); err != nil {
		t.Fatal(err)
	}
}

// DeleteTable deletes a table, and returns once it is gone.
func DeleteTable(t testing.TB, s *Server, table string) {
	t.Helper()
	c := client(s)
	if _, err := c.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: &table}); err != nil {
		t.Fatal(err)
	}
	for {
		_, err := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
		var gone *types.ResourceNotFoundException
		if errors.As(err, &gone) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

func client(s *Server) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{BaseEndpoint: &s.URL, Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}, nil
	})})
}

func get(t testing.TB, c *dynamodb.Client, table, id, content string) map[string]types.AttributeValue {
	t.Helper()
	key := map[string]types.AttributeValue{"interaction_id": text(id), "content": text(content)}
	got, err := c.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &table, Key: key})
	if err != nil || got.Item == nil {
		t.Fatalf("there is no item %s: %v", id, err)
	}
	return got.Item
}

// Do does harm to one item and returns what takes it back.
func Do(t testing.TB, s *Server, table, id, content string, harm Harm) (undo func()) {
	t.Helper()
	ctx := context.Background()
	c := client(s)
	got := get(t, c, table, id, content)
	put := func(item map[string]types.AttributeValue) {
		if _, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(item map[string]types.AttributeValue) {
		key := map[string]types.AttributeValue{"interaction_id": item["interaction_id"], "content": item["content"]}
		if _, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	other := map[string]types.AttributeValue{}
	for name, value := range got {
		other[name] = value
	}
	switch harm {
	case Delete:
		remove(got)
		return func() { put(got) }
	case Change:
		other["record"] = text(`{"interaction_id":"` + id + `","changed":true}`)
		put(other)
		return func() { put(got) }
	case Double:
		other["content"] = text("0000000000000000")
	case Add:
		other["interaction_id"] = text("019ab001-1f6f-72e6-8a11-6d20b15c69ff")
		other["record"] = text(`{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c69ff"}`)
		other["content"] = text("9d0a2c6b1f7e4a53")
	}
	put(other)
	return func() { remove(other) }
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
