package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// The functions that queries use on loose columns. They have the same names
// in both engines: here they are Go for SQLite, in PostgreSQL the first
// schema version makes them. A test holds the two against each other.
//
//	tpe_bool(x)  true or false (1 or 0 in SQLite); NULL when x is neither
//	tpe_time(x)  milliseconds since 1970; NULL when x is no time
//	tpe_num(x)   a number; NULL when x is none
//	tpe_fold(x)  x in small letters, for searching with LIKE
var sqliteDriver = sync.OnceValue(func() *sqlite.Driver {
	d := &sqlite.Driver{}
	for name, f := range map[string]func(driver.Value) driver.Value{
		"tpe_bool": func(v driver.Value) driver.Value {
			if b, ok := readBool(v); ok {
				return b
			}
			return nil
		},
		"tpe_time": func(v driver.Value) driver.Value {
			if t, ok := readTime(v); ok {
				return t.UnixMilli()
			}
			return nil
		},
		"tpe_num": func(v driver.Value) driver.Value {
			var n Number
			if _ = n.Scan(v); n.Valid { // Scan takes any value
				return n.Float
			}
			return nil
		},
		"tpe_fold": func(v driver.Value) driver.Value {
			var t Text
			if _ = t.Scan(v); t.Valid { // Scan takes any value
				return strings.ToLower(t.String)
			}
			return nil
		},
	} {
		d.MustRegisterDeterministicScalarFunction(name, 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			return f(args[0]), nil
		})
	}
	return d
})

// sqliteConnector opens connections that have the functions.
type sqliteConnector struct{ dsn string }

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := sqliteDriver().Open(c.dsn)
	if inner, ok := conn.(sqliteConn); err == nil && ok {
		return &keeping{sqliteConn: inner, kept: map[string]*keptStmt{}}, nil
	}
	return conn, err
}

func (c sqliteConnector) Driver() driver.Driver { return sqliteDriver() }

func openSQLite(dsn string) *sql.DB { return sql.OpenDB(sqliteConnector{dsn}) }
