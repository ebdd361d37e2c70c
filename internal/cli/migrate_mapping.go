package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/tpe"
)

// mapping is the file of --mapping.
type mapping struct {
	Types  map[string]convert.Type `json:"types"`
	Using  map[string]string       `json:"using"`
	Tables []string                `json:"tables"`
}

// parseMapping reads the JSON of a mapping file.
func parseMapping(b []byte) (mapping, error) {
	var m mapping
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("something follows the closing bracket")
	}
	for column, sql := range m.Using {
		if strings.TrimSpace(sql) == "" {
			return m, fmt.Errorf("using %s: the expression is empty", column)
		}
	}
	return m, nil
}

func readMapping(env Env, path string, opts *migrate.Options) error {
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(at(env, path))
	if err != nil {
		return &tpe.Error{Code: tpe.Misuse, Message: "--mapping", Err: err}
	}
	m, err := parseMapping(b)
	if err != nil {
		return &tpe.Error{Code: tpe.Misuse, Message: "--mapping " + path, Err: err, Hint: `as in {"types": {"orders.total": "numeric(10,2)"}, "using": {}, "tables": []}`}
	}
	for column, t := range m.Types {
		opts.Types[column] = t
	}
	for column, sql := range m.Using {
		opts.Using[column] = sql
	}
	opts.Tables = append(opts.Tables, m.Tables...)
	return nil
}
