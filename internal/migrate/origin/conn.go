// Package origin reads the SQLite database that a migration comes from: its
// schema and its values, as they are stored. It never writes to the database.
//
// It calls the SQLite library below database/sql, for three reasons: the
// driver turns values of columns declared DATE or DATETIME into times, which
// loses what was stored; it copies each value twice; and it does not offer
// snapshots, which several readers need to see the same state.
package origin

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Kind is the storage class of a value.
type Kind uint8

// The storage classes of SQLite.
const (
	Null Kind = iota
	Integer
	Real
	Text
	Blob
)

// String returns the name that typeof() has for k.
func (k Kind) String() string {
	return [...]string{"null", "integer", "real", "text", "blob"}[k]
}

// Value is one stored value. Bytes belongs to the reader and is valid until
// it moves on.
type Value struct {
	Kind  Kind
	Int   int64
	Float float64
	Bytes []byte // of Text, in UTF-8 as far as the database keeps to it, and of Blob
}

// Clone returns a copy of v that stays valid.
func (v Value) Clone() Value {
	v.Bytes = append([]byte(nil), v.Bytes...)
	return v
}

// Error is what SQLite answered.
type Error struct {
	Code    int32 // the extended result code
	Message string
}

// Error returns the message of SQLite.
func (e *Error) Error() string { return fmt.Sprintf("%s (SQLite code %d)", e.Message, e.Code) }

// Conn is one read-only connection. It is not safe for concurrent use.
type Conn struct {
	tls *libc.TLS
	db  uintptr
	out uintptr // room for one result pointer
}

// waitForLock is how long a reader waits for a writer, in milliseconds.
const waitForLock = 10_000

func open(path string) (*Conn, error) {
	c := &Conn{tls: libc.NewTLS()}
	c.out = libc.Xmalloc(c.tls, 16)
	name, err := libc.CString(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer libc.Xfree(c.tls, name)
	rc := lib.Xsqlite3_open_v2(c.tls, name, c.out, lib.SQLITE_OPEN_READONLY|lib.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *(*uintptr)(pointer(c.out))
	if rc != lib.SQLITE_OK {
		err := c.fail(rc)
		c.Close()
		return nil, err
	}
	lib.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	lib.Xsqlite3_busy_timeout(c.tls, c.db, waitForLock)
	return c, nil
}

// Close closes the connection.
func (c *Conn) Close() {
	lib.Xsqlite3_close_v2(c.tls, c.db)
	libc.Xfree(c.tls, c.out)
	c.tls.Close()
}

func (c *Conn) fail(rc int32) error {
	if c.db == 0 {
		return &Error{Code: rc, Message: "out of memory"}
	}
	return &Error{Code: lib.Xsqlite3_extended_errcode(c.tls, c.db), Message: libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))}
}

// Rows is the result of a query.
type Rows struct {
	c    *Conn
	ctx  context.Context
	stmt uintptr
	stop func() // ends the watch over ctx
	err  error
	args []uintptr // memory of bound values
}

// Query runs a query. The arguments are nil, int64, float64, string, []byte
// or Value. The caller closes the result.
func (c *Conn) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	text, err := libc.CString(sql)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer libc.Xfree(c.tls, text)
	if rc := lib.Xsqlite3_prepare_v2(c.tls, c.db, text, -1, c.out, 0); rc != lib.SQLITE_OK {
		return nil, fmt.Errorf("query %.200s: %w", sql, c.fail(rc))
	}
	r := &Rows{c: c, ctx: ctx, stmt: *(*uintptr)(pointer(c.out))}
	for i, a := range args {
		if rc := r.bind(int32(i+1), a); rc != lib.SQLITE_OK {
			err := fmt.Errorf("bind argument %d: %w", i+1, c.fail(rc))
			r.Close()
			return nil, err
		}
	}
	r.stop = c.watch(ctx)
	return r, nil
}

// watch interrupts the connection when ctx ends, until it is stopped. Once it
// is stopped nothing uses the connection any more.
func (c *Conn) watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(done)
		lib.Xsqlite3_interrupt(nil, c.db)
	})
	return func() {
		if !unwatch() {
			<-done
		}
	}
}

func (r *Rows) bind(i int32, arg any) int32 {
	tls := r.c.tls
	switch a := arg.(type) {
	case nil:
		return lib.Xsqlite3_bind_null(tls, r.stmt, i)
	case int64:
		return lib.Xsqlite3_bind_int64(tls, r.stmt, i, a)
	case float64:
		return lib.Xsqlite3_bind_double(tls, r.stmt, i, a)
	case string:
		return lib.Xsqlite3_bind_text(tls, r.stmt, i, r.keep([]byte(a)), int32(len(a)), 0)
	case []byte:
		return lib.Xsqlite3_bind_blob(tls, r.stmt, i, r.keep(a), int32(len(a)), 0)
	case Value:
		switch a.Kind {
		case Integer:
			return r.bind(i, a.Int)
		case Real:
			return r.bind(i, a.Float)
		case Text:
			return r.bind(i, string(a.Bytes))
		case Blob:
			return r.bind(i, a.Bytes)
		default:
			return r.bind(i, nil)
		}
	default:
		panic(fmt.Sprintf("origin: argument of type %T", arg))
	}
}

// keep copies b to memory that SQLite may read until the rows are closed.
func (r *Rows) keep(b []byte) uintptr {
	p := libc.Xmalloc(r.c.tls, libc.Tsize_t(len(b)+1))
	copy((*libc.RawMem)(pointer(p))[:len(b):len(b)], b)
	r.args = append(r.args, p)
	return p
}

// Next moves to the next row; false at the end and on an error.
func (r *Rows) Next() bool {
	if r.err != nil {
		return false
	}
	switch rc := lib.Xsqlite3_step(r.c.tls, r.stmt); rc {
	case lib.SQLITE_ROW:
		return true
	case lib.SQLITE_DONE:
		return false
	default:
		r.err = r.c.fail(rc)
		if err := r.ctx.Err(); err != nil {
			r.err = err
		}
		return false
	}
}

// Err returns the error that ended Next.
func (r *Rows) Err() error { return r.err }

// Close ends the query. It may be called again.
func (r *Rows) Close() {
	if r.stmt == 0 {
		return
	}
	if r.stop != nil {
		r.stop()
	}
	lib.Xsqlite3_finalize(r.c.tls, r.stmt)
	for _, p := range r.args {
		libc.Xfree(r.c.tls, p)
	}
	r.stmt, r.args = 0, nil
}

// Columns is the number of columns.
func (r *Rows) Columns() int { return int(lib.Xsqlite3_column_count(r.c.tls, r.stmt)) }

// Value returns the value of column i, as it is stored.
func (r *Rows) Value(i int) Value {
	tls := r.c.tls
	p := lib.Xsqlite3_column_value(tls, r.stmt, int32(i))
	switch lib.Xsqlite3_value_type(tls, p) {
	case lib.SQLITE_INTEGER:
		return Value{Kind: Integer, Int: lib.Xsqlite3_value_int64(tls, p)}
	case lib.SQLITE_FLOAT:
		return Value{Kind: Real, Float: lib.Xsqlite3_value_double(tls, p)}
	case lib.SQLITE_TEXT:
		b := lib.Xsqlite3_value_text(tls, p)
		return Value{Kind: Text, Bytes: memory(b, lib.Xsqlite3_value_bytes(tls, p))}
	case lib.SQLITE_BLOB:
		b := lib.Xsqlite3_value_blob(tls, p)
		return Value{Kind: Blob, Bytes: memory(b, lib.Xsqlite3_value_bytes(tls, p))}
	default:
		return Value{}
	}
}

// pointer turns an address of the library, whose memory is not of the Go heap,
// into a pointer.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func memory(p uintptr, n int32) []byte {
	if p == 0 || n == 0 {
		return []byte{}
	}
	return (*libc.RawMem)(pointer(p))[:n:n]
}

// Int returns the value of column i as an integer, 0 for NULL.
func (r *Rows) Int(i int) int64 { return lib.Xsqlite3_column_int64(r.c.tls, r.stmt, int32(i)) }

// String returns a copy of the value of column i as text, "" for NULL.
func (r *Rows) String(i int) string { return string(r.Value(i).Bytes) }

// exec runs a statement that returns nothing of interest.
func (c *Conn) exec(sql string) error {
	rows, err := c.Query(context.Background(), sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		continue
	}
	if rows.Err() != nil {
		return fmt.Errorf("%s: %w", sql, rows.Err())
	}
	return nil
}

// each calls f for every row of a query.
func (c *Conn) each(ctx context.Context, sql string, f func(*Rows), args ...any) error {
	rows, err := c.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		f(rows)
	}
	if rows.Err() != nil {
		return fmt.Errorf("query %.200s: %w", sql, rows.Err())
	}
	return nil
}

// One runs a query for one integer, such as a count. It is 0 for NULL and for
// no row.
func (c *Conn) One(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = c.each(ctx, sql, func(r *Rows) { n = r.Int(0) }, args...)
	return n, err
}

// codeOf returns the primary result code of SQLite in err, 0 for none.
func codeOf(err error) int32 {
	var e *Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code & 0xff
}
