package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// described is the part of the OpenAPI document that the matrix is made of.
type described struct {
	Paths map[string]map[string]struct {
		OperationID string
		Security    []map[string][]string
		Responses   map[string]json.RawMessage
	}
}

// TestRoleMatrix sends a request to every route that the OpenAPI document
// describes: without a token, with one of each role, with another tenant's,
// and with tokens that must not count. What may not pass is refused with 401
// or 403; what may pass is not, and every status is a described one. Ids are
// as great as they can be, so that a query fails that cannot hold them.
func TestRoleMatrix(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		var doc described
		document, err := h.document()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(document, &doc); err != nil {
			t.Fatal(err)
		}
		admin := h.admin("ada@x.example")
		mine, other := h.partner(6, "sam@x.example"), h.partner(7, "kim@x.example")
		dana, eve := h.contractor("dana@x.example"), h.contractor("eve@x.example")
		h.change(func(ctx context.Context, tx *sqldb.Tx) error { // so that the coach is open
			_, err := sqldb.UpdateContractor(ctx, tx, number(dana.UserID), []sqldb.Set{{Column: "feedback_completion_status", Value: "completed"}})
			return err
		})
		good := map[string]string{tpe.UserAdmin: h.bearer(admin), tpe.UserPartner: h.bearer(mine), tpe.UserContractor: h.bearer(dana)}
		bad := h.badTokens(admin)

		for path, item := range doc.Paths {
			for method, op := range item {
				method = strings.ToUpper(method)
				allowed, optional := []string(nil), len(op.Security) == 0
				for _, s := range op.Security {
					allowed = append(allowed, s["bearer"]...)
					optional = optional || len(s) == 0
				}
				own := strings.NewReplacer("{id}", idIn(path, allowed, mine, dana)).Replace(fillPath(path))
				try := func(name, url string, headers ...string) reply {
					t.Helper()
					r := h.do(method, url, bodyFor(method), jsonWith(headers...)...)
					if op.Responses[fmt.Sprint(r.status)] == nil || r.status == http.StatusInternalServerError {
						t.Errorf("%s %s, %s: %d, which is not described or a failure: %s", method, url, name, r.status, r.body)
					}
					return r
				}
				refused := func(name, url string, want int, headers ...string) {
					t.Helper()
					if r := try(name, url, headers...); r.status != want {
						t.Errorf("%s %s, %s: %d, want %d: %s", method, url, name, r.status, want, r.body)
					}
				}
				if len(op.Security) == 0 {
					try("public", own)
					continue
				}
				// Nothing that cannot pass may have an effect, so it goes first.
				refused("no token", own, http.StatusUnauthorized)
				for name, token := range bad {
					refused(name, own, http.StatusUnauthorized, "Authorization", token)
				}
				refused("an administrator's token in a cookie", own, http.StatusUnauthorized, "Cookie", contractorCookie+"="+strings.TrimPrefix(good[tpe.UserAdmin], "Bearer "))
				for name, token := range good {
					want := http.StatusForbidden
					if slices.Equal(allowed, []string{tpe.UserPartner}) {
						want = http.StatusUnauthorized // "Invalid token type"
					}
					if !slices.Contains(allowed, name) {
						refused("as "+name, own, want, "Authorization", token)
					}
				}
				if strings.HasPrefix(path, "/api/contractors/{id}") && slices.Contains(allowed, tpe.UserContractor) {
					refused("another contractor", own, http.StatusForbidden, "Authorization", h.bearer(eve))
				}
				if strings.HasPrefix(path, "/api/partners/{id}") && slices.Contains(allowed, tpe.UserPartner) {
					refused("another partner", own, http.StatusForbidden, "Authorization", h.bearer(other))
				}
				if slices.Contains(allowed, tpe.UserAdmin) {
					try("as admin, of nothing", strings.ReplaceAll(fillPath(path), "{id}", idText(maxIdent)), "Authorization", good[tpe.UserAdmin])
				}
				for _, name := range allowed {
					if strings.Contains(path, "logout") {
						continue // the token is still needed
					}
					if r := try("as "+name, own, "Authorization", good[name]); r.status == http.StatusUnauthorized || r.status == http.StatusForbidden {
						t.Errorf("%s %s as %s: %d %s", method, own, name, r.status, r.body)
					}
				}
			}
		}
	})
}

// idIn is the id in a path: the caller's own where the route is open to the
// one that it is about, else one that exists nowhere, so that the matrix
// changes nothing that it needs.
func idIn(path string, allowed []string, partner, contractor auth.Identity) string {
	switch {
	case strings.HasPrefix(path, "/api/contractors/{id}") && slices.Contains(allowed, tpe.UserContractor):
		return contractor.UserID
	case strings.HasPrefix(path, "/api/partners/{id}") && slices.Contains(allowed, tpe.UserPartner):
		return partner.PartnerID
	}
	return idText(maxIdent)
}

// fillPath puts something into every parameter of a path but {id}.
func fillPath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") && p != "{id}" {
			parts[i] = idText(maxIdent)
		}
	}
	return strings.Join(parts, "/")
}

// bodyFor is a body that no route can do anything with: whether the caller
// may pass is decided before it is read.
func bodyFor(method string) string {
	if method == http.MethodGet || method == http.MethodDelete {
		return ""
	}
	return `{"nothing":true}`
}

// badTokens are tokens of an account that must not count.
func (h *house) badTokens(who auth.Identity) map[string]string {
	h.t.Helper()
	sign := func(secret string, at time.Time, generation int64) string {
		s, err := auth.Sign(who, generation, secret, at, time.Hour)
		if err != nil {
			h.t.Fatal(err)
		}
		return "Bearer " + s
	}
	none := func(payload string) string {
		b := base64.RawURLEncoding
		return "Bearer " + b.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + b.EncodeToString([]byte(payload)) + "."
	}
	ended := sign(testSecret, time.Now(), 0)
	if r := h.do("POST", "/api/auth/logout", "", "Authorization", ended); r.status != http.StatusOK {
		h.t.Fatal(r)
	}
	gone := who
	gone.UserID = "424242"
	s, err := auth.Sign(gone, 0, testSecret, time.Now(), time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return map[string]string{
		"expired":              sign(testSecret, time.Now().Add(-2*time.Hour), 0),
		"forged":               sign("another key of at least some length", time.Now(), 0),
		"of a generation past": sign(testSecret, time.Now(), 5),
		"alg none":             none(`{"id":1,"exp":99999999999}`),
		"logged out":           ended,
		"of nobody":            "Bearer " + s,
		"no token at all":      "Bearer nonsense",
		"another scheme":       "Basic YTpi",
	}
}
