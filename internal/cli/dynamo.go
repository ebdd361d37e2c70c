package cli

import (
	"context"

	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/dynamo"
)

// openTable returns the way to the table that the settings name.
func openTable(ctx context.Context, conf config.Config, change func(*dynamo.Options)) (*dynamo.Table, error) {
	o := dynamo.Options{
		Table: conf.InteractionsTable, TTL: conf.InteractionsTTL, Region: conf.AWSRegion, Endpoint: conf.Endpoint(conf.AWSEndpointURLDynamoDB),
		AccessKeyID: conf.AWSAccessKeyID, SecretAccessKey: conf.AWSSecretAccessKey.Reveal(), SessionToken: conf.AWSSessionToken.Reveal(),
	}
	if change != nil {
		change(&o)
	}
	return dynamo.New(ctx, o)
}

// unexpiring says what is wrong when items are to expire, and the table does
// not remove them; nothing else.
func unexpiring(ctx context.Context, t *dynamo.Table) string {
	if expires, err := t.Expires(ctx); err != nil || expires {
		return "" // what is wrong with the table shows elsewhere
	}
	return "INTERACTIONS_TTL is set, and the table " + t.Name() + " does not remove what has expired: enable its time to live on the attribute " + dynamo.ExpiresAttribute
}
