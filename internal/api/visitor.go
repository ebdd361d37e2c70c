package api

import (
	"sync"
	"time"
)

// visitFor is how long after its verification a contractor is known by the
// caller alone.
const visitFor = 2 * time.Hour

// maxVisitors bounds what is remembered.
const maxVisitors = 100_000

// visitors remembers which contractor was verified by which caller, for the
// front end of the older service: it sends no token with the contractor's
// own routes, and a browser that is asked without credentials sends no cookie
// either. It is forgotten at a logout and at the end of the process; then the token or the
// cookie that verify-code gave are needed.
type visitors struct {
	now   func() time.Time
	mu    sync.Mutex
	until map[visitorKey]time.Time
}

type visitorKey struct{ contractor, caller string }

func newVisitors(now func() time.Time) *visitors {
	return &visitors{now: now, until: map[visitorKey]time.Time{}}
}

// note remembers that a caller has verified a contractor. Without a name it
// is nobody.
func (v *visitors) note(contractor, caller string) {
	if caller == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if len(v.until) >= maxVisitors {
		for k, until := range v.until {
			if now.After(until) {
				delete(v.until, k)
			}
		}
	}
	if len(v.until) < maxVisitors {
		v.until[visitorKey{contractor, caller}] = now.Add(visitFor)
	}
}

// knows reports whether a caller has verified that contractor lately.
func (v *visitors) knows(contractor, caller string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now().Before(v.until[visitorKey{contractor, caller}])
}

// forget ends what is remembered of a contractor, and of a caller. Either may
// be empty.
func (v *visitors) forget(contractor, caller string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k := range v.until {
		if k.contractor == contractor || k.caller == caller {
			delete(v.until, k)
		}
	}
}

// caller names who sends a request as far as that can be told without a
// token: the address and the browser.
func (v *visit) caller() string {
	return clientIP(v.r, v.s.opts.TrustedProxies) + " " + cut(first(v.r.Header, "User-Agent"), maxAgent)
}

// visitor is the caller as a visitor is known, with the session where the
// browser keeps cookies. It is empty when the address may be that of a proxy,
// which is everybody's.
func (v *visit) visitor() string {
	if forwardedByStranger(v.r, v.s.opts.TrustedProxies) {
		return ""
	}
	if id, fresh := session(v.r); !fresh {
		return v.caller() + " " + id.String()
	}
	return v.caller()
}
