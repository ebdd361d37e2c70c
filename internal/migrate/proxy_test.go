package migrate_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/tpe"
)

// proxy stands before the server and cuts every connection once so many bytes
// have passed.
type proxy struct {
	left  atomic.Int64
	mu    sync.Mutex
	conns []net.Conn
}

func (p *proxy) serve(l net.Listener, socket string) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		go p.pass(client, server)
		go p.pass(server, client)
	}
}

func (p *proxy) pass(to, from net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if p.left.Add(int64(-n)) < 0 {
			p.cut()
			return
		}
		if n > 0 {
			if _, writeErr := to.Write(buf[:n]); writeErr != nil {
				err = writeErr
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				_ = from.Close()
			}
			_ = to.Close()
			return
		}
	}
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// The connection is lost again and again, each time a little later, until one
// lasts. Whatever was lost with it, the answer to a commit included, both
// sides are equal at the end.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	o := options(t, database(t, many))
	u, err := url.Parse(o.To)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &proxy{}
	go p.serve(l, filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"))
	direct := o.To
	o.To = "postgres://postgres@" + l.Addr().String() + u.Path + "?sslmode=disable"
	o.Resume, o.ChunkRows = true, 25
	cuts := 0
	for budget := int64(2_000); ; budget += budget / 3 {
		p.left.Store(budget)
		c, err := migrate.Run(context.Background(), o)
		p.cut()
		if err == nil {
			if !c.Equal() {
				t.Fatalf("%+v", c.Differences)
			}
			break
		}
		cuts++
		if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "the connection to the target is lost") || !strings.Contains(tpe.HintOf(err), "--resume") {
			t.Errorf("after %d bytes: %v (hint: %s)", budget, err, tpe.HintOf(err))
		}
	}
	if cuts < 10 {
		t.Errorf("only %d connections were lost", cuts)
	}
	o.To = direct
	if c, err := migrate.Verify(context.Background(), o); err != nil || !c.Equal() {
		t.Fatal(err)
	}
}
