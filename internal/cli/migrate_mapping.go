package cli

import (
	"os"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/tpe"
)

// readMapping reads the file of --mapping; "" is none.
func readMapping(env Env, path string, opts *migrate.Options) error {
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(at(env, path))
	if err != nil {
		return &tpe.Error{Code: tpe.Misuse, Message: "--mapping", Err: err}
	}
	m, err := migrate.ParseMapping(b)
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
