package mirror

import (
	"context"
	"sync"
	"time"

	"github.com/power100/tpe/internal/bucket"
)

// Gate bounds how many requests are under way, and finds the bound: it lets
// in more as long as that makes the work faster, and half as many when the
// server asks to slow down or does not answer.
type Gate struct {
	mu      sync.Mutex
	free    *sync.Cond
	most    int
	limit   int
	inside  int
	window  int // leaves since begun
	begun   time.Time
	best    float64 // leaves a second of the best window
	settled int     // windows for which the limit stays
	slowed  time.Time
}

// Bounds of a gate.
const (
	DefaultMost = 64
	firstLimit  = 8
)

// NewGate returns a gate that never lets in more than most; DefaultMost when
// it is 0.
func NewGate(most int) *Gate {
	if most <= 0 {
		most = DefaultMost
	}
	g := &Gate{most: most, limit: min(firstLimit, most)}
	g.free = sync.NewCond(&g.mu)
	return g
}

// enter waits until there is room. It returns the error of a context that
// ends before.
func (g *Gate) enter(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.free.Broadcast()
	})
	defer stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.inside >= g.limit && ctx.Err() == nil {
		g.free.Wait()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	g.inside++
	return nil
}

// leave makes room.
func (g *Gate) leave(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.window++
	g.free.Signal()
	if g.begun.IsZero() {
		g.begun, g.window = now, 0
		return
	}
	if g.window >= 4*g.limit && now.Sub(g.begun) >= 100*time.Millisecond {
		g.adapt(float64(g.window)/now.Sub(g.begun).Seconds(), now)
	}
}

// adapt looks at a window that has ended. A higher limit must pay by a tenth.
func (g *Gate) adapt(rate float64, now time.Time) {
	g.window, g.begun = 0, now
	switch {
	case g.settled > 0:
		if g.settled--; g.settled == 0 {
			g.best = 0 // try again
		}
		return
	case g.best == 0 || rate > g.best*1.1:
		g.best = rate
		g.limit = min(g.most, g.limit+max(1, g.limit/2))
	default:
		g.limit = max(1, g.limit*2/3)
		g.settled = 50
	}
	g.free.Broadcast()
}

// Slow halves the bound, at most once a second.
func (g *Gate) Slow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if now.Sub(g.slowed) < time.Second {
		return
	}
	g.slowed = now
	g.limit = max(1, g.limit/2)
	g.window, g.begun, g.best, g.settled = 0, now, 0, 10
}

// Retry is for the OnRetry of a bucket: it slows down when the server has too
// much to do or does not answer.
func (g *Gate) Retry(err error) {
	if bucket.Throttled(err) {
		g.Slow()
	}
}
