package api

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// More clients than there is room for, each with a connection of its own that
// it keeps: all are answered.
func TestMoreClientsThanConnections(t *testing.T) {
	const most, clients, each = 4, 24, 5
	h := open(t, nil)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h.Handler(), ReadHeaderTimeout: time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn)}
	ln := h.newCrowdedListener(inner, server.SetKeepAlivesEnabled)
	ln.most = most
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
			for range each {
				resp, err := client.Get("http://" + inner.Addr().String() + "/livez")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	group.Wait()
	ln.mu.Lock()
	open := ln.open
	ln.mu.Unlock()
	if open > most {
		t.Errorf("%d connections are open", open)
	}
	if n := strings.Count(h.logs.String(), "limit of open files allows"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	<-served
}
