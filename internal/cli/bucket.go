package cli

import (
	"context"
	"strings"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/tpe"
)

// openBucket returns the way to the bucket that to names as
// s3://bucket/prefix, or that the settings name.
func openBucket(ctx context.Context, conf config.Config, to string, change func(*bucket.Options)) (*bucket.Bucket, error) {
	o := bucket.Options{
		Name: conf.DataLakeBucket, Region: conf.AWSRegion, Endpoint: conf.Endpoint(conf.AWSEndpointURLS3),
		AccessKeyID: conf.AWSAccessKeyID, SecretAccessKey: conf.AWSSecretAccessKey.Reveal(), SessionToken: conf.AWSSessionToken.Reveal(),
	}
	if to != "" {
		rest, ok := strings.CutPrefix(to, "s3://")
		if !ok {
			return nil, tpe.Errorf(tpe.Misuse, "%s is not s3://bucket/prefix", quote(to))
		}
		o.Name, o.Prefix, _ = strings.Cut(rest, "/")
	}
	if o.Name == "" {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "no bucket is named", Hint: "set DATA_LAKE_BUCKET, or use --to s3://bucket/prefix"}
	}
	if change != nil {
		change(&o)
	}
	return bucket.New(ctx, o)
}
