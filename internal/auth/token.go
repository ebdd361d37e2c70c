// Package auth says who sends a request. It hashes and checks passwords, and
// reads and signs the tokens of the platform: HS256, with the payloads that
// its front end already holds.
//
// It must never accept another algorithm than HS256, a token without an end,
// or a token under an empty key, and it never shows a token or a key.
package auth

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tpe"
)

// leeway forgives clocks that differ a little.
const leeway = 5 * time.Second

// maxID is the length in bytes of the longest id in a token.
const maxID = 128

// Identity is who a valid token stands for.
type Identity struct {
	UserID    string
	UserType  string // tpe.UserAdmin, tpe.UserPartner or tpe.UserContractor
	PartnerID string // of a partner's user; else empty
}

// Token is what a valid token says.
type Token struct {
	Identity
	Generation int64     // of the account when it was signed; a password change begins another
	Expires    time.Time // set by Verify
}

// claims is the payload of a token. Ids are numbers in the tokens of the
// older service and may be text. A token without a type is an admin's.
type claims struct {
	ID        id               `json:"id"`
	PartnerID id               `json:"partnerId,omitempty"`
	Type      string           `json:"type,omitempty"`
	Gen       int64            `json:"gen,omitempty"`
	TokenID   string           `json:"jti,omitempty"` // makes two logins in one second differ
	IssuedAt  *jwt.NumericDate `json:"iat,omitempty"`
	NotBefore *jwt.NumericDate `json:"nbf,omitempty"`
	ExpiresAt *jwt.NumericDate `json:"exp"`
}

// Verify reads a token. The error is of the code Unauthorized; its message
// may be shown to the sender. Whether the token was ended before its time
// only the database knows.
func Verify(token, secret string, now time.Time) (Token, error) {
	if secret == "" {
		return Token{}, &tpe.Error{Code: tpe.Unauthorized, Message: "Tokens are not accepted here", Hint: "JWT_SECRET is not set"}
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c,
		func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Token{}, &tpe.Error{Code: tpe.Unauthorized, Message: "Token expired. Please login again"}
	case err != nil:
		return Token{}, invalid()
	}
	who := Token{Identity: Identity{UserID: string(c.ID), UserType: c.Type, PartnerID: string(c.PartnerID)}, Generation: c.Gen, Expires: c.ExpiresAt.Time}
	switch {
	case c.Type == "":
		who.UserType = tpe.UserAdmin
	case c.Type != tpe.UserAdmin && c.Type != tpe.UserPartner && c.Type != tpe.UserContractor:
		return Token{}, invalid()
	}
	if who.UserID == "" || (who.UserType == tpe.UserPartner) != (who.PartnerID != "") {
		return Token{}, invalid()
	}
	return who, nil
}

// invalid hides why a token was refused: the reason would help a forger, and
// the library's text quotes parts of the token.
func invalid() error {
	return &tpe.Error{Code: tpe.Unauthorized, Message: "Invalid token. Please login again"}
}

// Sign makes a token for who that lives from now for the given time. Two
// tokens are never the same. The error is of the code Misuse when there is no
// secret.
func Sign(who Identity, generation int64, secret string, now time.Time, life time.Duration) (string, error) {
	if secret == "" {
		return "", tpe.Errorf(tpe.Misuse, "JWT_SECRET is not set")
	}
	c := claims{ID: id(who.UserID), PartnerID: id(who.PartnerID), Type: who.UserType, Gen: generation, TokenID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life))}
	if who.UserType == tpe.UserAdmin {
		c.Type = "" // as the front end knows it
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(secret))
}

// Bearer returns the token of an Authorization header. It is false when the
// header holds none.
func Bearer(header string) (token string, ok bool) {
	scheme, token, found := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, found && token != "" && strings.EqualFold(scheme, "Bearer")
}

// id is a positive whole number, or a text.
type id string

// UnmarshalJSON reads either form.
func (i *id) UnmarshalJSON(b []byte) error {
	var text string
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	} else if text = string(b); !number(text) {
		return errors.New("an id is a positive whole number or a text")
	}
	if text == "" || len(text) > maxID || strings.TrimSpace(text) != text {
		return errors.New("an id is a short text without spaces around it")
	}
	*i = id(text)
	return nil
}

// MarshalJSON writes an id of digits as a number.
func (i id) MarshalJSON() ([]byte, error) {
	if number(string(i)) {
		return []byte(i), nil
	}
	return json.Marshal(string(i))
}

// number reports whether s is the JSON spelling of a positive whole number.
func number(s string) bool {
	if s == "" || len(s) > 15 || s[0] == '0' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// GetExpirationTime is for the library.
func (c claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.ExpiresAt, nil }

// GetIssuedAt is for the library.
func (c claims) GetIssuedAt() (*jwt.NumericDate, error) { return c.IssuedAt, nil }

// GetNotBefore is for the library.
func (c claims) GetNotBefore() (*jwt.NumericDate, error) { return c.NotBefore, nil }

// GetIssuer is for the library: the tokens have no such claim.
func (c claims) GetIssuer() (string, error) { return "", nil }

// GetSubject is for the library: the tokens have no such claim.
func (c claims) GetSubject() (string, error) { return "", nil }

// GetAudience is for the library: the tokens have no such claim.
func (c claims) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }
