package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"

	"github.com/power100/tpe/internal/tpe"
)

// How much more than somebody unknown those may ask for who are signed in.
const (
	moreSignedIn = 5
	moreAdmin    = 10
)

// rates limits how often a caller may ask: an address when nobody is signed
// in, else an account.
type rates struct {
	unknown, signedIn, admin *httprate.RateLimiter
	window                   time.Duration
	most                     int // for the unknown
}

// newRates returns nil when nothing is limited.
func newRates(most int, window time.Duration) *rates {
	if most <= 0 || window <= 0 {
		return nil
	}
	limiter := func(times int) *httprate.RateLimiter {
		return httprate.NewRateLimiter(most*times, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{
			Limit: "Ratelimit-Limit", Remaining: "Ratelimit-Remaining", Reset: resetHeader, RetryAfter: "Retry-After"}))
	}
	return &rates{unknown: limiter(1), signedIn: limiter(moreSignedIn), admin: limiter(moreAdmin), window: window, most: most}
}

const resetHeader = "Ratelimit-Reset"

// check counts a request, and refuses it when there were too many. The
// headers are those of draft-ietf-httpapi-ratelimit-headers.
func (l *rates) check(v *visit, r *http.Request) error {
	if l == nil {
		return nil
	}
	limiter, most, key := l.unknown, l.most, httprate.CanonicalizeIP(clientIP(r, v.s.opts.TrustedProxies))
	if v.who.UserID != "" {
		limiter, most, key = l.signedIn, l.most*moreSignedIn, v.who.UserType+" "+v.who.UserID
		if v.who.UserType == tpe.UserAdmin {
			limiter, most = l.admin, l.most*moreAdmin
		}
	}
	refused := limiter.OnLimit(v, r, key)
	h := v.Header()
	h["Ratelimit-Policy"] = []string{strconv.Itoa(most) + ";w=" + strconv.Itoa(int(l.window/time.Second))}
	left := time.Second
	if at, err := strconv.ParseInt(first(h, resetHeader), 10, 64); err == nil {
		left = max(time.Until(time.Unix(at, 0)), left) // the draft wants seconds from now
	}
	h[resetHeader] = []string{strconv.FormatInt(int64(left/time.Second), 10)}
	if refused {
		return tooMany(left, "Too many requests, please try again later.")
	}
	return nil
}
