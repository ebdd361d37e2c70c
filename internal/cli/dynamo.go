package cli

import (
	"context"
	"strings"

	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/tpe"
)

// openTable returns the way to the table that the settings name.
func openTable(ctx context.Context, conf config.Config, change func(*dynamo.Options)) (*dynamo.Table, error) {
	o := dynamo.Options{
		Table: conf.InteractionsTable, TTL: conf.InteractionsTTL, Region: conf.AWSRegion,
		AccessKeyID: conf.AWSAccessKeyID, SecretAccessKey: conf.AWSSecretAccessKey.Reveal(), SessionToken: conf.AWSSessionToken.Reveal(),
	}
	if conf.AWSEndpointURL.Host != "" {
		o.Endpoint = conf.AWSEndpointURL.String()
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

// checkTable refuses a table that is not as it should be.
func checkTable(ctx context.Context, t *dynamo.Table) error {
	missing, err := t.Missing(ctx)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return &tpe.Error{Code: tpe.Mismatch, Message: "the table " + t.Name() + " is not as it should be: " + strings.Join(missing, "; "),
			Hint: "name another table by INTERACTIONS_TABLE, and let tpe replay --to dynamodb --create-table make it"}
	}
	return nil
}
