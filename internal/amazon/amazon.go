// Package amazon reads how to reach AWS: what a room was given, and for the
// rest the environment, profiles and roles, as Amazon's own tools do.
package amazon

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
)

// Keys are what a room was given. Empty ones are looked for elsewhere.
type Keys struct {
	Region                                     string
	AccessKeyID, SecretAccessKey, SessionToken string
}

// defaultRegion is the region when none is configured anywhere.
const defaultRegion = "us-east-1"

// Load returns the configuration for clients. Nothing is sent yet.
func Load(ctx context.Context, k Keys) (aws.Config, error) {
	// What the SDK has to say it says by its errors; its log would be lines on stderr.
	load := []func(*awsconfig.LoadOptions) error{awsconfig.WithLogger(logging.Nop{})}
	if k.Region != "" {
		load = append(load, awsconfig.WithRegion(k.Region))
	}
	if k.AccessKeyID != "" {
		keys := aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken, Source: "tpe"}
		load = append(load, awsconfig.WithCredentialsProvider(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil })))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	return cfg, nil
}
