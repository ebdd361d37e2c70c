package cli

import (
	"context"

	"github.com/power100/tpe/internal/config"
)

// loadConfig reads the settings of a command that needs no secret.
func loadConfig(ctx context.Context, env Env, g *globals) (config.Config, error) {
	return readConfig(ctx, env, g, true)
}

// loadAWSConfig reads the settings of a command that needs no secret but the
// way to AWS.
func loadAWSConfig(ctx context.Context, env Env, g *globals) (config.Config, error) {
	return loadOptions(ctx, env, g, config.LoadOptions{NoSecrets: true, KeepAWS: true})
}

func readConfig(ctx context.Context, env Env, g *globals, noSecrets bool) (config.Config, error) {
	return loadOptions(ctx, env, g, config.LoadOptions{NoSecrets: noSecrets})
}

func loadOptions(ctx context.Context, env Env, g *globals, o config.LoadOptions) (config.Config, error) {
	o.Getenv, o.Dir, o.EnvFile = env.getenv, env.Dir, g.envFile
	conf, err := config.Load(ctx, o)
	if err == nil && g.lake != "" {
		conf.LakeDir = g.lake
	}
	return conf, err
}
