package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// contractorCookie holds a contractor's token. No other token is taken from a
// cookie.
const contractorCookie = "tpe_contractor"

// identify reads who sends a request: from the header Authorization, else
// from a contractor's cookie.
func (s *Server) identify(v *visit, r *http.Request) {
	token, found := auth.Bearer(first(r.Header, "Authorization"))
	cookie := false
	if !found && first(r.Header, "Authorization") == "" {
		token, cookie = cookieValue(r, contractorCookie)
		found = cookie
	}
	if !found {
		return
	}
	t, err := s.verify(r.Context(), token)
	if err == nil && cookie && t.UserType != tpe.UserContractor {
		err = tpe.Errorf(tpe.Unauthorized, "Invalid token. Please login again")
	}
	if err != nil {
		v.refused = err
		v.note("token rejected")
		return
	}
	v.who, v.token, v.tokenEnds = t.Identity, token, t.Expires
}

// verify returns what a token says, if it still counts.
func (s *Server) verify(ctx context.Context, token string) (auth.Token, error) {
	t, err := auth.Verify(token, s.opts.JWTSecret, s.opts.Now())
	if err != nil {
		return t, err
	}
	refusal, err := s.opts.DB.Standing(ctx, t.UserType, t.UserID, t.PartnerID, t.Generation, tokenHash(token))
	if err != nil {
		return auth.Token{}, &tpe.Error{Code: tpe.Unavailable, Message: "The token could not be checked", Err: err}
	}
	var message string
	switch {
	case refusal == "":
		return t, nil
	case refusal == sqldb.TokenEnded:
		message = "Token expired. Please login again"
	case t.UserType == tpe.UserPartner:
		message = "Partner no longer exists or is inactive"
	case refusal == sqldb.AccountDeactivated && t.UserType == tpe.UserAdmin:
		message = "User account is deactivated"
	default:
		message = "User no longer exists"
	}
	return auth.Token{}, tpe.Errorf(tpe.Unauthorized, "%s", message)
}

// tokenHash is how the database knows a token that was ended.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// cookieValue returns the first cookie of a name. It is cheaper than
// r.Cookie, which copies all of them.
func cookieValue(r *http.Request, name string) (string, bool) {
	for _, line := range r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			n, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if n == name && value != "" {
				return value, true
			}
		}
	}
	return "", false
}

// sign makes a token for an account. The error is of the code Unavailable
// when the server has no key.
func (s *Server) sign(who auth.Identity, generation int64) (string, error) {
	token, err := auth.Sign(who, generation, s.opts.JWTSecret, s.opts.Now(), s.opts.JWTExpire)
	if err != nil {
		return "", &tpe.Error{Code: tpe.Unavailable, Message: "Nobody can sign in here: the server has no key for tokens", Err: err}
	}
	return token, nil
}

// cookie makes a cookie that lives as long as a token.
func (s *Server) cookie(name, value string, seconds int) string {
	c := http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.opts.Production}
	return c.String()
}

// logOut ends the token of the request, if it came with one. Where nobody can
// tell whether a token counts, it may count later.
func (s *Server) logOut(ctx context.Context) error {
	v := visitOf(ctx)
	if tpe.CodeOf(v.refused) == tpe.Unavailable {
		return v.refused
	}
	contractor := ""
	if v.who.UserType == tpe.UserContractor {
		contractor = v.who.UserID
	}
	s.visitors.forget(contractor, v.visitor())
	if v.token == "" {
		return nil
	}
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		return sqldb.RevokeToken(ctx, tx, tokenHash(v.token), v.tokenEnds.UnixMilli(), s.opts.Now().UnixMilli())
	})
}
