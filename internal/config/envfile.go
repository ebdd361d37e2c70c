package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/joho/godotenv"

	"github.com/power100/tpe/internal/tpe"
)

// readEnvFile reads the named file, or .env.$TPE_ENV when there is one. It
// returns the path of what it read.
func readEnvFile(opts LoadOptions, env string) (map[string]string, string, error) {
	path, named := opts.EnvFile, opts.EnvFile != ""
	if !named {
		path = filepath.Join(opts.Dir, ".env."+env)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", &tpe.Error{Code: tpe.Misuse, Err: err}
	}
	values, line := parseEnvFile(string(b))
	if line > 0 {
		return nil, "", tpe.Errorf(tpe.Misuse, "%s:%d: this is not NAME=value, or a quote is not closed", path, line)
	}
	return values, path, nil
}

// mark stands for the $ of ${SECRET_MANAGER_NAME} while the library expands
// ${NAME}: it would take the reference for a variable and lose it.
const mark = "\ue000"

// parseEnvFile returns the variables of a .env file, or the number of the
// first wrong line. The library's own message is not passed on: it quotes
// the file, secrets included.
func parseEnvFile(text string) (map[string]string, int) {
	text = strings.TrimPrefix(text, "\ufeff") // Windows writes it in front
	text = strings.ReplaceAll(text, secretOpen, mark+secretOpen[1:])
	values, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, wrongLine(text)
	}
	for name, value := range values {
		values[name] = strings.ReplaceAll(value, mark, "$")
	}
	return values, 0
}

// wrongLine finds the line after the longest run of lines that can be read.
func wrongLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:n], "")); err == nil {
			return n + 1
		}
	}
	return 1
}
