package api

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/uuid"
)

// sessionCookie names the cookie that links the requests of one visit. It
// lives as long as the browser does.
const sessionCookie = "tpe_session"

// session returns the id of the visit that a request belongs to: from the
// header X-Session-ID, else from the cookie, else a fresh one.
func session(r *http.Request) (id uuid.UUID, fresh bool) {
	if id, ok := parseUUID(first(r.Header, "X-Session-Id")); ok {
		return id, false
	}
	for _, line := range r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if name != sessionCookie {
				continue
			}
			if id, ok := parseUUID(value); ok {
				return id, false
			}
		}
	}
	return uuid.New(), true
}

// first returns the first value of a header whose name is given in its
// canonical form. It is Get without the search for that form.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// parseUUID takes the plain form only.
func parseUUID(s string) (uuid.UUID, bool) {
	if len(s) != 36 {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(s)
	return id, err == nil && id != uuid.Nil
}

// maxRequestID is the length in bytes of the longest request id that is
// taken from outside.
const maxRequestID = 128

// requestID returns the id that came with the request when it is a plain
// word, else the given one.
func requestID(r *http.Request, id uuid.UUID) string {
	came := first(r.Header, "X-Request-Id")
	if came == "" || len(came) > maxRequestID {
		return id.String()
	}
	for i := range len(came) {
		c := came[i]
		if c-'a' >= 26 && c-'A' >= 26 && c-'0' >= 10 && strings.IndexByte("-_.:/+=@", c) < 0 {
			return id.String()
		}
	}
	return came
}

// clientIP returns the address of the client. X-Forwarded-For counts only
// from right to left, as far as trusted proxies wrote it.
func clientIP(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap().WithZone("")
	lines := r.Header["X-Forwarded-For"]
	for i := len(lines) - 1; i >= 0; i-- {
		for line := lines[i]; line != ""; {
			if !within(addr, trusted) {
				return addr.String()
			}
			at := strings.LastIndexByte(line, ',')
			word := strings.TrimSpace(line[at+1:])
			line = line[:max(at, 0)]
			next, ok := parseAddr(word)
			if !ok {
				return addr.String() // what stands left of a wrong word is anybody's
			}
			addr = next
		}
	}
	return addr.String()
}

// forwardedByStranger reports whether a peer that is not trusted says that it
// sends a request for another: then its address tells nothing of the client.
func forwardedByStranger(r *http.Request, trusted []netip.Prefix) bool {
	if len(r.Header["X-Forwarded-For"]) == 0 {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err != nil || !within(peer.Addr().Unmap().WithZone(""), trusted)
}

// parseAddr reads an address with or without a port.
func parseAddr(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), true
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}
