package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/tpe"
)

// oldest is the first version of Postgres that is written to: generated
// columns came with it.
const oldest = 120000

// connect opens one connection to the target. search is the schema that
// names without one are looked up in; the first connection of a command has
// none.
func connect(ctx context.Context, o Options, search string) (*pgx.Conn, error) {
	conf, err := pgx.ParseConfig(o.To)
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "--to is not the URL of a Postgres database", Hint: "as in postgres://USER:PASSWORD@HOST:5432/NAME"}
	}
	conf.RuntimeParams["application_name"] = "tpe migrate"
	conf.RuntimeParams["client_encoding"] = "UTF8"
	conf.RuntimeParams["timezone"] = "UTC"
	conf.RuntimeParams["statement_timeout"] = "0"
	conf.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	if search != "" {
		conf.RuntimeParams["search_path"] = pgname.Quote(search)
		// A server that crashes may forget the last chunks, but only together
		// with their bookmarks. Showing the tables waits for the disk.
		conf.RuntimeParams["synchronous_commit"] = "off"
	}
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil && search == "" && ctx.Err() == nil && isAway(err) {
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "connect to the target: it cannot be reached", Err: err, Hint: "check the host and the port in --to, and that the server runs"}
	}
	if err != nil {
		return nil, explain(ctx, "connect to the target", err)
	}
	return conn, nil
}

// isAway reports whether nobody was there to connect to.
func isAway(err error) bool {
	var dial *net.OpError
	var name *net.DNSError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &name)
}

// server checks that the target can be written to, and returns its version.
func server(ctx context.Context, c *pgx.Conn) (string, error) {
	var version, encoding string
	var number int
	err := c.QueryRow(ctx, "SELECT current_setting('server_version'), current_setting('server_version_num')::int, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()").Scan(&version, &number, &encoding)
	if err != nil {
		return "", explain(ctx, "read the target's version", err)
	}
	if number < oldest {
		return "", tpe.Errorf(tpe.Misuse, "the target is PostgreSQL %s; 12 is the oldest that migrate writes to", version)
	}
	if encoding != "UTF8" {
		return "", &tpe.Error{Code: tpe.Misuse, Message: "the target database has the encoding " + encoding, Hint: "make one with CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8'"}
	}
	return version, nil
}

// explain turns what Postgres or the network answered into an error for the
// user.
func explain(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	var known *tpe.Error
	if errors.As(err, &known) {
		return err
	}
	const again = "when it is there again, the same command with --resume goes on where this one stopped"
	e := &tpe.Error{Code: tpe.Unavailable, Message: what, Err: err}
	var pg *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &pg):
		switch {
		case pg.Code == "53100":
			e.Message, e.Hint = what+": the disk of the target is full", "make room; the same command with --resume goes on where this one stopped"
		case pg.Code == "57P01" || pg.Code == "57P02" || pg.Code == "57P03":
			e.Message, e.Hint = what+": the target is shutting down or starting", again
		case pg.Code == "54000":
			e.Code, e.Hint = tpe.Misuse, "a row of Postgres must fit a page of 8 kB, long values aside; --tables names the tables to move, without this one"
		case pg.Code == "42501":
			e.Hint = "the user must be allowed to create schemas in the database: GRANT CREATE ON DATABASE name TO user"
		case pg.Code == "53300":
			e.Hint = "fewer connections are needed with --jobs 1"
		case strings.HasPrefix(pg.Code, "28") || pg.Code == "3D000":
			e.Code, e.Hint = tpe.Misuse, "check the user, the password and the database in --to"
		case pg.Code == "22P02" || strings.HasPrefix(pg.Code, "22"):
			e.Code = tpe.Internal
		}
	case errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed"):
		e.Message, e.Hint = what+": the connection to the target is lost", again
	}
	return e
}

// copyOut is the reading end of COPY BINARY: it calls row for each row with
// its fields, nil for NULL. The fields are valid during the call.
type copyOut struct {
	rest   []byte
	header bool
	done   bool
	fields [][]byte
	row    func(fields [][]byte) error
}

// copySignature begins every stream of COPY BINARY.
const copySignature = "PGCOPY\n\xff\r\n\x00"

// Write takes the next part of the stream. Postgres sends a row at a time, so
// that as a rule nothing has to be kept.
func (c *copyOut) Write(b []byte) (int, error) {
	n := len(b)
	if len(c.rest) > 0 {
		c.rest = append(c.rest, b...)
		b = c.rest
	}
	for len(b) > 0 && !c.done {
		used, err := c.take(b)
		if err != nil {
			return 0, err
		}
		if used == 0 {
			break
		}
		b = b[used:]
	}
	c.rest = append(c.rest[:0], b...)
	return n, nil
}

// take reads one row, and returns 0 when b does not hold a whole one.
func (c *copyOut) take(b []byte) (int, error) {
	if !c.header {
		const size = len(copySignature) + 8
		if len(b) < size {
			return 0, nil
		}
		if string(b[:len(copySignature)]) != copySignature {
			return 0, fmt.Errorf("read COPY: the stream begins with other bytes than expected")
		}
		extension := int(be32(b[size-4:]))
		if len(b) < size+extension {
			return 0, nil
		}
		c.header = true
		return size + extension, nil
	}
	if len(b) < 2 {
		return 0, nil
	}
	n := int(int16(uint16(b[0])<<8 | uint16(b[1])))
	at := 2
	if n < 0 {
		c.done = true
		return at, nil
	}
	c.fields = c.fields[:0]
	for range n {
		if len(b) < at+4 {
			return 0, nil
		}
		size := int(int32(be32(b[at:])))
		at += 4
		if size < 0 {
			c.fields = append(c.fields, nil)
			continue
		}
		if len(b) < at+size {
			return 0, nil
		}
		c.fields = append(c.fields, b[at:at+size:at+size])
		at += size
	}
	return at, c.row(c.fields)
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// records reads rows of the target and calls f for each. where may be empty.
func (p *pair) records(ctx context.Context, c *pgx.Conn, where string, f func(*record) error) error {
	var d reader // for its encoder
	out := &copyOut{row: func(fields [][]byte) error {
		if len(fields) != len(p.plan.Columns) {
			return fmt.Errorf("read %s: a row of %d columns", p.plan.Name, len(fields))
		}
		d.rec.canon, d.rec.at = d.rec.canon[:0], d.rec.at[:0]
		for i, b := range fields {
			at := len(d.rec.canon)
			d.rec.at = append(d.rec.at, at)
			d.rec.canon = append(d.rec.canon, 0xff, 0xff, 0xff, 0xff)
			if b == nil {
				continue
			}
			var err error
			c := p.plan.Columns[i]
			if c.Now.Kind != convert.Unknown {
				d.rec.canon, err = asMoved(&d.enc, d.rec.canon, c, b)
			} else {
				d.rec.canon, err = d.enc.Canonical(d.rec.canon, c.Type, b)
			}
			if err != nil {
				return fmt.Errorf("read %s.%s: %w", p.plan.Name, c.Name, err)
			}
			n := uint32(len(d.rec.canon) - at - 4)
			d.rec.canon[at], d.rec.canon[at+1], d.rec.canon[at+2], d.rec.canon[at+3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
		}
		return f(&d.rec)
	}}
	rows := "(SELECT " + p.columns(false) + " FROM " + p.table() + where + ")"
	if where == "" && len(p.plan.Generated) == 0 {
		rows = p.table() + " (" + p.columns(false) + ")"
	}
	_, err := c.PgConn().CopyTo(ctx, out, "COPY "+rows+" TO STDOUT (FORMAT binary)")
	if err != nil {
		return explain(ctx, "read "+p.plan.Name+" from the target", err)
	}
	return nil
}

// sqlState returns the code of Postgres in err, or "".
func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
