package cli

import (
	"context"

	"github.com/power100/tpe/internal/config"
)

// loadConfig reads the settings of a command that needs no secret.
func loadConfig(ctx context.Context, env Env, g *globals) (config.Config, error) {
	return readConfig(ctx, env, g, true)
}

func readConfig(ctx context.Context, env Env, g *globals, noSecrets bool) (config.Config, error) {
	conf, err := config.Load(ctx, config.LoadOptions{Getenv: env.getenv, Dir: env.Dir, EnvFile: g.envFile, NoSecrets: noSecrets})
	if err == nil && g.lake != "" {
		conf.LakeDir = g.lake
	}
	return conf, err
}
