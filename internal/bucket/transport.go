package bucket

import (
	"context"
	"net"
	"net/http"
	"time"
)

// newTransport returns a transport for many small requests to one host. A
// connection that stands still for longer than idle is cut.
func newTransport(idle time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: min(idle, 10*time.Second), KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watched{c, idle}, nil
		},
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     30 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression:  true,
		WriteBufferSize:     32 << 10,
		ReadBufferSize:      8 << 10,
	}
}

// watched is a connection that fails when no byte moves for a while.
type watched struct {
	net.Conn
	idle time.Duration
}

func (w *watched) Read(b []byte) (int, error) {
	_ = w.SetReadDeadline(time.Now().Add(w.idle)) // a closed connection says so below
	return w.Conn.Read(b)
}

// Write also puts off the end of the wait for an answer, which begins when
// the last byte is sent.
func (w *watched) Write(b []byte) (int, error) {
	_ = w.SetDeadline(time.Now().Add(w.idle)) // a closed connection says so below
	return w.Conn.Write(b)
}
