package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/tpe"
)

// sayRetries makes a bucket tell on stderr, once, that a request has failed
// and is sent again, which may go on for a while.
func sayRetries(env Env, g *globals) func(*bucket.Options) {
	var once sync.Once
	return func(o *bucket.Options) {
		o.OnRetry = func(err error) {
			if g.quiet || g.json {
				return
			}
			why := err.Error()
			if dial := (*net.OpError)(nil); errors.As(err, &dial) {
				why = dial.Error()
			}
			once.Do(func() {
				fmt.Fprintf(env.Stderr, "tpe: S3 does not do what it is asked: %s; trying again\n", tpe.Shown(why))
			})
		}
	}
}

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
