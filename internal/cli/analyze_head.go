package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/tpe"
)

// headOf returns the head for an embedding model: from the user's cache
// folder, or fitted now and put there. Without an answer of the model there is
// none, which stderr says.
func headOf(ctx context.Context, env Env, em consistency.Embedder, model string) *consistency.Head {
	examples, err := consistency.ExamplesHash()
	if err != nil {
		fmt.Fprintf(env.Stderr, "tpe: read the examples: %v\n", err)
		return nil
	}
	path := ""
	if folder := cacheFolder(env); folder != "" {
		path = filepath.Join(folder, "tpe", fmt.Sprintf("head-%x", sha256.Sum256([]byte(model+"\n"+examples))))
		if data, err := os.ReadFile(path); err == nil {
			if h, err := consistency.UnmarshalHead(data); err == nil {
				return h
			}
		}
	}
	h, err := consistency.FitHead(ctx, em)
	if err != nil {
		fmt.Fprintf(env.Stderr, "tpe: the embedding model has not read the examples: %s\n", tpe.Shown(err.Error()))
		return nil
	}
	if path == "" {
		return h
	}
	if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
		err = writeWhole(path, h.Marshal(), 0o600)
	}
	if err != nil {
		fmt.Fprintf(env.Stderr, "tpe: keep what was learnt of the examples: %v\n", err)
	}
	return h
}

// cacheFolder is the user's folder for what can be made again, empty when
// there is none.
func cacheFolder(env Env) string {
	if dir := env.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home := env.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache")
	}
	return ""
}
