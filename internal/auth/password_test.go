package auth

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestPasswords(t *testing.T) {
	ctx := context.Background()
	p := NewPasswords()
	hash, err := p.Hash(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(hash, err)
	}
	if again, _ := p.Hash(ctx, "correct horse"); again == hash {
		t.Error("two hashes of one password are the same")
	}
	bc, err := bcrypt.GenerateFromPassword([]byte("old horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	weak := strings.Replace(hash, "m=19456", "m=8", 1)
	for _, c := range []struct {
		name, hash, password string
		match, old           bool
	}{
		{"right", hash, "correct horse", true, false},
		{"wrong", hash, "correct horsf", false, false},
		{"empty", hash, "", false, false},
		{"too long", hash, strings.Repeat("x", MaxPassword+1), false, false},
		{"bcrypt", string(bc), "old horse", true, true},
		{"bcrypt of Node", strings.Replace(string(bc), "$2a$", "$2b$", 1), "old horse", true, true},
		{"bcrypt, wrong", string(bc), "horse", false, true},
		{"another cost", weak, "correct horse", false, true},
		{"no account", "", "correct horse", false, false},
		{"plain text", "correct horse", "correct horse", false, false},
		{"torn", hash[:40], "correct horse", false, true},
		{"too costly", strings.Replace(hash, "m=19456", "m=99999999", 1), "correct horse", false, true},
	} {
		match, old, err := p.Check(ctx, c.hash, c.password)
		if err != nil || match != c.match || old != c.old {
			t.Errorf("%s: %v, %v, %v", c.name, match, old, err)
		}
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	if _, err := p.Hash(done, "x"); err == nil {
		t.Error("hashed although nobody waits")
	}
}

func TestNormalizeEmail(t *testing.T) {
	for in, want := range map[string]string{
		"Dana.Whitfield+tpe@Gmail.com": "danawhitfield@gmail.com", " a@B.example ": "a@b.example", "x.y@googlemail.com": "xy@gmail.com",
		"a+b@outlook.com": "a@outlook.com", "a-b@yahoo.com": "a@yahoo.com", "a+b@x.example": "a+b@x.example", "+a@gmail.com": "+a@gmail.com", "nobody": "nobody", "@x": "@x",
	} {
		if got := NormalizeEmail(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
