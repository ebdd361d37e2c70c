package auth

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/power100/tpe/internal/tpe"
)

const key = "a key for these tests, and for nothing else"

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// signed makes a token of any payload, as another program would.
func signed(t *testing.T, method jwt.SigningMethod, secret any, payload jwt.MapClaims) string {
	t.Helper()
	s, err := jwt.NewWithClaims(method, payload).SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLegacyPayloads(t *testing.T) {
	exp, iat := now.Add(time.Hour).Unix(), now.Add(-time.Hour).Unix()
	for _, c := range []struct {
		payload jwt.MapClaims
		want    Identity
	}{
		{jwt.MapClaims{"id": 1, "iat": iat, "exp": exp}, Identity{UserID: "1", UserType: tpe.UserAdmin}},
		{jwt.MapClaims{"id": 9, "partnerId": 6, "type": "partner", "iat": iat, "exp": exp}, Identity{UserID: "9", UserType: tpe.UserPartner, PartnerID: "6"}},
		{jwt.MapClaims{"id": "c-12", "type": "contractor", "exp": exp}, Identity{UserID: "c-12", UserType: tpe.UserContractor}},
		{jwt.MapClaims{"id": "7", "type": "admin", "exp": exp}, Identity{UserID: "7", UserType: tpe.UserAdmin}},
		{jwt.MapClaims{"id": 1, "exp": now.Add(-leeway / 2).Unix()}, Identity{UserID: "1", UserType: tpe.UserAdmin}},
	} {
		got, err := Verify(signed(t, jwt.SigningMethodHS256, []byte(key), c.payload), key, now)
		if err != nil || got.Identity != c.want {
			t.Errorf("%v: %+v, %v", c.payload, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	exp := now.Add(time.Hour).Unix()
	good := jwt.MapClaims{"id": 1, "exp": exp}
	none := func(payload string) string {
		b := base64.RawURLEncoding
		return b.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + b.EncodeToString([]byte(payload)) + "."
	}
	valid := signed(t, jwt.SigningMethodHS256, []byte(key), good)
	for name, token := range map[string]string{
		"empty":              "",
		"words":              "not a token",
		"alg none":           none(`{"id":1,"exp":99999999999}`),
		"alg none, signed":   none(`{"id":1,"exp":99999999999}`) + strings.Split(valid, ".")[2],
		"alg HS512":          signed(t, jwt.SigningMethodHS512, []byte(key), good),
		"another key":        signed(t, jwt.SigningMethodHS256, []byte("another"), good),
		"no end":             signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1}),
		"expired":            signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1, "exp": now.Add(-time.Minute).Unix()}),
		"not yet":            signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1, "exp": exp, "nbf": now.Add(time.Minute).Unix()}),
		"no id":              signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"exp": exp}),
		"id 0":               signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 0, "exp": exp}),
		"id -1":              signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": -1, "exp": exp}),
		"id 1.5":             signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1.5, "exp": exp}),
		"id null":            signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": nil, "exp": exp}),
		"id object":          signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": jwt.MapClaims{}, "exp": exp}),
		"id blank":           signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": " ", "exp": exp}),
		"id long":            signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": strings.Repeat("x", 129), "exp": exp}),
		"unknown type":       signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1, "type": "root", "exp": exp}),
		"partner, no number": signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1, "type": "partner", "exp": exp}),
		"admin of a partner": signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1, "partnerId": 1, "exp": exp}),
		"cut":                valid[:len(valid)-2],
		"two dots more":      valid + "..",
	} {
		who, err := Verify(token, key, now)
		if tpe.CodeOf(err) != tpe.Unauthorized || who != (Token{}) {
			t.Errorf("%s: %+v, %v", name, who, err)
			continue
		}
		if want := name == "expired"; strings.Contains(err.Error(), "expired") != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Verify(signed(t, jwt.SigningMethodHS256, []byte("x"), good), "", now); tpe.CodeOf(err) != tpe.Unauthorized {
		t.Errorf("without a key: %v", err)
	}
}

func TestSignVerify(t *testing.T) {
	for _, who := range []Identity{{"1", tpe.UserAdmin, ""}, {"c-1", tpe.UserContractor, ""}, {"2", tpe.UserPartner, "3"}} {
		token, err := Sign(who, 3, key, now, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Verify(token, key, now.Add(59*time.Minute)); err != nil || got.Identity != who || got.Generation != 3 || !got.Expires.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v came back as %+v, %v", who, got, err)
		}
		if _, err := Verify(token, key, now.Add(61*time.Minute)); err == nil {
			t.Error("accepted after its end")
		}
	}
	if _, err := Sign(Identity{UserID: "1"}, 0, "", now, time.Hour); tpe.CodeOf(err) != tpe.Misuse {
		t.Errorf("without a key: %v", err)
	}
	token, _ := Sign(Identity{UserID: "1", UserType: tpe.UserAdmin}, 0, key, now, time.Hour)
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if want := `{"id":1,"jti":"`; !strings.HasPrefix(string(payload), want) || !strings.HasSuffix(string(payload), `","iat":1795424400,"exp":1795428000}`) {
		t.Errorf("the admin's payload is %s", payload)
	}
	if again, _ := Sign(Identity{UserID: "1", UserType: tpe.UserAdmin}, 0, key, now, time.Hour); again == token {
		t.Error("two tokens are the same")
	}
}

func TestBearer(t *testing.T) {
	for header, want := range map[string]string{"Bearer a.b.c": "a.b.c", "bearer  a": "a", "Bearer": "", "Bearer ": "", "Basic abc": "", "": ""} {
		if got, ok := Bearer(header); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", header, got, ok)
		}
	}
}

// FuzzVerify changes tokens: what was not signed is never accepted.
func FuzzVerify(f *testing.F) {
	token, err := Sign(Identity{"2", tpe.UserPartner, "3"}, 0, key, now, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(strings.Replace(token, ".", "..", 1))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, s string) {
		if who, err := Verify(s, key, now); err == nil && s != token {
			t.Errorf("%q was accepted as %+v", s, who)
		}
	})
}
