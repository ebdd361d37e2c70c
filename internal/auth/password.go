package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/power100/tpe/internal/tpe"
)

// The cost of a hash: argon2id with 19 MiB and two passes, the least that
// OWASP's password storage cheat sheet names.
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	saltBytes   = 16
	keyBytes    = 32
	mostMemory  = 256 << 10 // KiB that a stored hash may ask for
	mostTime    = 16
)

// MaxPassword is the length in bytes of the longest password that is taken.
const MaxPassword = 1024

// Passwords hashes passwords and checks them. It bounds how many hashes are
// made at once, and so the memory. It is safe for concurrent use.
type Passwords struct {
	slots chan struct{}
	decoy string
}

// NewPasswords returns a Passwords.
func NewPasswords() *Passwords {
	p := &Passwords{slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	p.decoy = encode(make([]byte, saltBytes), argon2.IDKey([]byte("nobody"), make([]byte, saltBytes), argonTime, argonMemory, argonLanes, keyBytes))
	return p
}

// Hash returns what is stored of a password: argon2id in the PHC form.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > MaxPassword {
		return "", tpe.Errorf(tpe.Misuse, "The password is longer than %d bytes", MaxPassword)
	}
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return encode(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, keyBytes)), nil
}

func encode(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b.EncodeToString(salt), b.EncodeToString(key))
}

// Check reports whether a password belongs to a stored hash, and whether the
// hash should be replaced by a new one: those of the older service are
// bcrypt. An empty hash takes as long as another one and matches nothing, so
// that the time does not tell whether an account exists.
func (p *Passwords) Check(ctx context.Context, hash, password string) (match, old bool, err error) {
	if err := p.enter(ctx); err != nil {
		return false, false, err
	}
	defer p.leave()
	if len(password) > MaxPassword {
		password, hash = "", ""
	}
	switch {
	case strings.HasPrefix(hash, "$2"):
		err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
		return err == nil, true, nil
	case strings.HasPrefix(hash, "$argon2id$"):
		match, same := checkArgon(hash, password)
		return match, !same, nil
	default:
		checkArgon(p.decoy, password)
		return false, false, nil
	}
}

// checkArgon reports whether the password matches and whether the hash has
// today's cost. A hash that cannot be read, or asks for more than any of
// ours, matches nothing.
func checkArgon(hash, password string) (match, same bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false, false
	}
	var version, memory, time, lanes int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil ||
		memory < 1 || memory > mostMemory || time < 1 || time > mostTime || lanes < 1 || lanes > 16 {
		return false, false
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if errors.Join(saltErr, keyErr) != nil || len(key) < 16 || len(key) > 64 {
		return false, false
	}
	got := argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(lanes), uint32(len(key))) //nolint:gosec // bounded above
	return subtle.ConstantTimeCompare(got, key) == 1, memory == argonMemory && time == argonTime && lanes == argonLanes
}

func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Passwords) leave() { <-p.slots }
