package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/dynamo/dynamotest"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

var gate = sync.OnceValue(func() *redact.Gate { return redact.New(redact.Options{}) })

func clean(t testing.TB, text string) redact.Clean {
	t.Helper()
	tp := new(tape.Tape)
	if err := tp.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	c, _ := gate().Record(tp)
	return c
}

func record(i int, user, note string) string {
	return fmt.Sprintf(`{"interaction_id":"%s","timestamp":"2026-11-23T10:00:%02d.000Z","interaction_type":"feedback","user_id":%q,"user_type":"contractor","conversation_id":"c%d","partner_id":"p%d","note":%q}`,
		tpe.NewID(), i%60, user, i%3, i%4, note)
}

// open returns a table at a server; no pause is waited for.
func open(t testing.TB, url string, change func(*dynamo.Options)) *dynamo.Table {
	t.Helper()
	o := dynamo.Options{
		Table: "interactions", Region: "us-east-1", Endpoint: url, AccessKeyID: "k", SecretAccessKey: "s",
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if change != nil {
		change(&o)
	}
	table, err := dynamo.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

func created(t testing.TB, url string) *dynamo.Table {
	t.Helper()
	table := open(t, url, func(o *dynamo.Options) { o.Attempts = 1000 })
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return table
}

func items(t testing.TB, table *dynamo.Table, texts []string) []*dynamo.Item {
	t.Helper()
	var out []*dynamo.Item
	for _, text := range texts {
		item, err := table.NewItem(clean(t, text), "")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, item)
	}
	return out
}

// scan returns the records in the table by id.
func scan(t testing.TB, table *dynamo.Table) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for e, err := range table.Scan(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, same := e.Hash(); !same {
			t.Errorf("%s is not what its key says", e.ID)
		}
		text := e.Ref
		if e.Tape != nil {
			text = string(e.Tape.Src)
		}
		out[e.ID] = append(out[e.ID], text)
	}
	return out
}

func client(t testing.TB, url string) *dynamodb.Client {
	t.Helper()
	cfg, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion("us-east-1"),
		awsconfig.WithCredentialsProvider(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}, nil
		})))
	if err != nil {
		t.Fatal(err)
	}
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.BaseEndpoint = &url })
}

func TestTable(t *testing.T) {
	s := dynamotest.Start(t)
	table := open(t, s.URL, nil)
	if _, err := table.Missing(t.Context()); tpe.CodeOf(err) != tpe.NotFound {
		t.Errorf("no table: %v", err)
	}
	for i := range 2 {
		made, err := table.Create(t.Context())
		if err != nil || made != (i == 0) {
			t.Fatalf("%v, %v", made, err)
		}
	}
	if missing, err := table.Missing(t.Context()); err != nil || len(missing) > 0 {
		t.Errorf("%v, %v", missing, err)
	}
	texts := make([]string, 0, 120)
	for i := range 120 {
		user := "anonymous"
		if i%2 == 0 {
			user = "136"
		}
		texts = append(texts, record(i, user, "n"))
	}
	texts = append(texts, texts[0]) // twice in one call
	for range 2 {
		if n, err := table.Put(t.Context(), items(t, table, texts)); err != nil || n != 121 {
			t.Fatalf("%d, %v", n, err)
		}
		if got := scan(t, table); len(got) != 120 {
			t.Fatalf("%d records", len(got))
		}
	}
	known, err := table.Known(t.Context(), items(t, table, append([]string{record(0, "1", "new")}, texts...)))
	if err != nil || known[0] != dynamo.Absent || known[1] != dynamo.There || known[121] != dynamo.There {
		t.Errorf("%v, %v", known, err)
	}
	// The indexes answer; those who are nobody are not indexed.
	c := client(t, s.URL)
	for _, q := range []struct {
		index, condition, value string
		want                    int32
	}{
		{"user-time", "#k = :v", "136", 60},
		{"user-time", "#k = :v", "anonymous", 0},
		{"conversation-time", "#k = :v", "c1", 40},
		{"partner-type-time", "#k = :v AND begins_with(type_time, :t)", "p2", 30},
	} {
		in := &dynamodb.QueryInput{
			TableName: aws.String("interactions"), IndexName: aws.String(q.index), KeyConditionExpression: aws.String(q.condition),
			ExpressionAttributeNames:  map[string]string{"#k": map[string]string{"user-time": "user", "conversation-time": "conversation", "partner-type-time": "partner"}[q.index]},
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: q.value}},
		}
		if strings.Contains(q.condition, ":t") {
			in.ExpressionAttributeValues[":t"] = &types.AttributeValueMemberS{Value: "feedback#2026-11"}
		}
		out, err := c.Query(t.Context(), in)
		if err != nil || out.Count != q.want {
			t.Errorf("%+v: %v, %v", q, out, err)
		}
	}
}

// A table that was made by somebody else is told from ours.
func TestMissing(t *testing.T) {
	s := dynamotest.Start(t)
	_, err := client(t, s.URL).CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("interactions"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	table := open(t, s.URL, nil)
	if made, err := table.Create(t.Context()); err != nil || made {
		t.Errorf("%v, %v", made, err)
	}
	if missing, err := table.Missing(t.Context()); err != nil || len(missing) != 4 {
		t.Errorf("%v, %v", missing, err)
	}
}

// Throttling and batches that are taken in part lose nothing.
func TestThrottled(t *testing.T) {
	s := dynamotest.Start(t)
	p := dynamotest.StartProxy(t, s)
	retries := 0
	var mu sync.Mutex
	created(t, p.URL)
	table := open(t, p.URL, func(o *dynamo.Options) {
		o.Attempts = 50
		o.OnRetry = func(error) { mu.Lock(); retries++; mu.Unlock() }
	})
	var texts []string
	for i := range 200 {
		texts = append(texts, record(i, "136", "n"))
	}
	p.Throttle(30)
	p.Leave(7, 40)
	if n, err := table.Put(t.Context(), items(t, table, texts)); err != nil || n != 200 {
		t.Fatalf("%d, %v", n, err)
	}
	if got := scan(t, table); len(got) != 200 || retries < 30 {
		t.Errorf("%d records, %d retries", len(got), retries)
	}
	// One that goes on refusing ends it, with what to do.
	p.Throttle(1 << 30)
	table = open(t, p.URL, nil)
	_, err := table.Put(t.Context(), items(t, table, texts[:3]))
	if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(tpe.HintOf(err), "throttled") {
		t.Errorf("%v (%s)", err, tpe.HintOf(err))
	}
	p.Throttle(0)
}

// A server that is killed and comes back has everything in the end.
func TestServerKilled(t *testing.T) {
	s := dynamotest.Start(t)
	table := created(t, s.URL)
	var texts []string
	for i := range 300 {
		texts = append(texts, record(i, "136", "n"))
	}
	s.Kill()
	away := open(t, s.URL, func(o *dynamo.Options) { o.Attempts = 3 })
	if _, err := away.Put(t.Context(), items(t, table, texts)); tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "RequestID") {
		t.Errorf("%v", err)
	}
	started := false
	again := open(t, s.URL, func(o *dynamo.Options) {
		o.Attempts, o.Workers = 1000, 1
		o.OnRetry = func(error) {
			if !started {
				started = true
				s.Restart(t)
			}
		}
	})
	if n, err := again.Put(t.Context(), items(t, table, texts)); err != nil || n != 300 {
		t.Fatalf("%d, %v", n, err)
	}
	if got := scan(t, again); len(got) != 300 {
		t.Errorf("%d records", len(got))
	}
}

func TestItems(t *testing.T) {
	s := dynamotest.Start(t)
	table := created(t, s.URL)
	// Records around the limit of an item: in it, or by reference.
	var all []*dynamo.Item
	for _, n := range []int{1, 300 << 10, 408_000, 409_000, 409_200, 409_400, 420_000, 2 << 20} {
		item, err := table.NewItem(clean(t, record(n%60, "136", strings.Repeat("é", n/2))), "raw/x.ndjson.zst")
		if err != nil {
			t.Fatal(err)
		}
		if item.ByReference() != (n > 409_000) && n < 409_000 {
			t.Errorf("%d bytes: by reference %v", n, item.ByReference())
		}
		all = append(all, item)
	}
	if n, err := table.Put(t.Context(), all); err != nil || n != len(all) {
		t.Fatalf("%d, %v", n, err)
	}
	if got := scan(t, table); len(got) != len(all) {
		t.Errorf("%d items", len(got))
	}
	if _, err := table.NewItem(clean(t, record(0, "1", strings.Repeat("x", 500_000))), ""); tpe.CodeOf(err) != tpe.TooLarge {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{`{}`, `{"interaction_id":""}`, `{"interaction_id":"` + strings.Repeat("x", 3000) + `"}`} {
		if _, err := table.NewItem(clean(t, bad), ""); tpe.CodeOf(err) != tpe.Invalid {
			t.Errorf("%.60s: %v", bad, err)
		}
	}
	// Values that cannot be keys of an index do no harm.
	odd := []string{
		`{"interaction_id":"a","conversation_id":"","partner_id":` + fmt.Sprintf("%q", strings.Repeat("p", 5000)) + `,"user_id":7}`,
		`{"interaction_id":"b","timestamp":5,"interaction_type":` + fmt.Sprintf("%q", strings.Repeat("t", 5000)) + `,"partner_id":"p"}`,
	}
	if n, err := table.Put(t.Context(), items(t, table, odd)); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
}

// Two contents of one id are two items.
func TestConflict(t *testing.T) {
	s := dynamotest.Start(t)
	table := created(t, s.URL)
	a := record(1, "1", "a")
	b := strings.Replace(a, `"a"}`, `"b"}`, 1)
	if _, err := table.Put(t.Context(), items(t, table, []string{a, b})); err != nil {
		t.Fatal(err)
	}
	for id, texts := range scan(t, table) {
		if len(texts) != 2 {
			t.Errorf("%s: %v", id, texts)
		}
	}
}

func TestExpiry(t *testing.T) {
	s := dynamotest.Start(t)
	created(t, s.URL)
	table := open(t, s.URL, func(o *dynamo.Options) { o.TTL = time.Hour })
	old, fresh := record(1, "1", "old"), strings.Replace(record(2, "1", "new"), "2026-11-23T10", "2999-11-23T10", 1)
	if _, err := table.Put(t.Context(), items(t, table, []string{old, fresh})); err != nil {
		t.Fatal(err)
	}
	// The service removes expired items within days; until then they do not count.
	if got := scan(t, table); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestErase(t *testing.T) {
	s := dynamotest.Start(t)
	table := created(t, s.URL)
	var texts []string
	for i := range 90 {
		switch i % 3 {
		case 0:
			texts = append(texts, record(i, "136", "n"))
		case 1:
			texts = append(texts, record(i, "7", "ask Dana@whitfield.example"))
		default:
			texts = append(texts, record(i, "7", "n"))
		}
	}
	if _, err := table.Put(t.Context(), items(t, table, texts)); err != nil {
		t.Fatal(err)
	}
	big, err := table.NewItem(clean(t, record(1, "136", strings.Repeat("x", 500_000))), "raw/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Put(t.Context(), []*dynamo.Item{big}); err != nil {
		t.Fatal(err)
	}
	var ids []person.ID
	for kind, text := range map[person.Kind]string{person.User: "136", person.Email: "dana@whitfield.example"} {
		id, err := person.ParseID(kind, text)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	p := person.New("contractor", ids...)
	e := &dynamo.Eraser{Table: table, Gate: gate(), Records: func(context.Context, string) ([][]byte, error) { return nil, nil }}
	found, err := e.Look(t.Context(), p, func(string) {})
	if err != nil || found.Records != 31 || found.Redacted != 30 {
		t.Fatalf("%+v, %v", found, err)
	}
	if _, err := e.Erase(t.Context(), p, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if found, err := e.Look(t.Context(), p, func(string) {}); err != nil || !found.Empty() {
		t.Errorf("%+v, %v", found, err)
	}
	got := scan(t, table)
	if len(got) != 60 {
		t.Errorf("%d records are left", len(got))
	}
	for _, texts := range got {
		if len(texts) != 1 || strings.Contains(strings.ToLower(texts[0]), "dana@") {
			t.Errorf("%v", texts)
		}
	}
}

// A record that is too large for an item is judged as the lake has it: the item
// goes, or is replaced when the lake has the record without the person.
func TestEraseByReference(t *testing.T) {
	s := dynamotest.Start(t)
	table := created(t, s.URL)
	id, err := person.ParseID(person.Email, "dana@whitfield.example")
	if err != nil {
		t.Fatal(err)
	}
	who := person.New("", id)
	large := strings.Repeat("x", 500_000)
	mention := record(1, "7", "ask dana@whitfield.example "+large)
	other := record(2, "7", large)
	inLake := map[string][]string{}
	var items []*dynamo.Item
	for _, text := range []string{mention, other} {
		item, err := table.NewItem(clean(t, text), "raw/x")
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
		inLake[item.ID] = []string{text}
	}
	if _, err := table.Put(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	e := &dynamo.Eraser{Table: table, Gate: gate(), Records: func(_ context.Context, id string) (out [][]byte, err error) {
		for _, text := range inLake[id] {
			out = append(out, []byte(text))
		}
		return out, nil
	}}
	look := func(want uint64) {
		t.Helper()
		if found, err := e.Look(t.Context(), who, func(string) {}); err != nil || found.Records != 0 || found.Redacted != want {
			t.Errorf("%+v, %v, want %d", found, err, want)
		}
	}
	look(1) // before the lake is changed
	without := strings.Replace(mention, "dana@whitfield.example", person.Mark, 1)
	inLake[items[0].ID] = []string{without}
	look(1)
	if _, err := e.Erase(t.Context(), who, func(string) {}); err != nil {
		t.Fatal(err)
	}
	look(0)
	want, err := table.NewItem(clean(t, without), "raw/x")
	if err != nil {
		t.Fatal(err)
	}
	for entry, err := range table.Scan(t.Context()) {
		if err != nil || entry.Ref != "raw/x" || entry.Content != want.Content && entry.Content != items[1].Content {
			t.Errorf("%+v, %v", entry, err)
		}
	}
	if got := scan(t, table); len(got) != 2 || len(got[items[0].ID]) != 1 {
		t.Errorf("%v", len(got))
	}
}

// An interrupt ends a write that would go on for long.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	table := open(t, "http://127.0.0.1:1", func(o *dynamo.Options) {
		o.Attempts = 1 << 30
		o.OnRetry = func(error) { stop() }
	})
	_, err := table.Put(ctx, items(t, table, []string{record(1, "1", "n")}))
	if tpe.CodeOf(err) != tpe.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
