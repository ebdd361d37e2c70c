package api

import (
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// Of the files that a process may have open, so many are left to others than
// connections: the database, segments, uploads. They are fewer where the limit
// is low, but never fewer than fewestOther, which the database alone may take.
const (
	fewestOther = 48
	mostOther   = 256
)

// mostConnections returns how many connections may be open at once, so that
// none of them takes the file that the record of its request needs.
func (s *Server) mostConnections() int {
	const unknown = 1 << 20
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return unknown
	}
	files := int(min(uint64(limit.Cur), unknown)) //nolint:unconvert // signed on some systems
	most := files - min(fewestOther+files/8, mostOther)
	if s.proxy != nil {
		most /= 2 // each may have one to the service behind
	}
	return max(most, 1)
}

// crowdedListener accepts connections while there are fewer than most. Others
// wait in the queue of the system. When it is full, connections that are idle
// are closed, and the others after their answer, so that all get their turn.
type crowdedListener struct {
	net.Listener
	most       int
	keepAlives func(bool)
	log        *slog.Logger

	switching sync.Mutex // while keepAlives is called

	mu     sync.Mutex
	freed  *sync.Cond
	open   int
	full   bool
	closed bool
	told   time.Time
}

func (s *Server) newCrowdedListener(ln net.Listener, keepAlives func(bool)) *crowdedListener {
	l := &crowdedListener{Listener: ln, most: s.mostConnections(), keepAlives: keepAlives, log: s.opts.Log}
	l.freed = sync.NewCond(&l.mu)
	return l
}

// Accept waits until there is room, then for a connection.
func (l *crowdedListener) Accept() (net.Conn, error) {
	l.enter()
	c, err := l.Listener.Accept()
	if err != nil {
		l.leave()
		return nil, err
	}
	return &crowdedConn{Conn: c, leave: sync.OnceFunc(l.leave)}, nil
}

// Close also ends a wait for room.
func (l *crowdedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.freed.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

func (l *crowdedListener) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.open >= l.most && !l.closed {
		if !l.full {
			l.full = true
			if time.Since(l.told) > time.Minute {
				l.told = time.Now()
				l.log.Warn("as many connections are open as the limit of open files allows; others wait", "connections", l.open, "hint", "raise the limit of open files (ulimit -n)")
			}
			go l.switchOver()
		}
		l.freed.Wait()
	}
	l.open++
}

func (l *crowdedListener) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.full && l.open <= l.most*3/4 {
		l.full = false
		go l.switchOver()
	}
	l.freed.Signal()
}

// switchOver lets connections live on after an answer, or not. It waits for
// nothing that holds l.mu: closing the idle ones wants that lock.
func (l *crowdedListener) switchOver() {
	l.switching.Lock()
	defer l.switching.Unlock()
	l.mu.Lock()
	full := l.full
	l.mu.Unlock()
	l.keepAlives(!full)
}

// crowdedConn makes room when it is closed.
type crowdedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *crowdedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite lets the server end an answer before the rest of a body has come.
func (c *crowdedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
