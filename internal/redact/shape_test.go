package redact

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestShapes(t *testing.T) {
	const stamp = "2025-08-16T10:00:14.881Z"
	if !isTimestamp([]byte(stamp)) {
		t.Error("a timestamp is not recognised")
	}
	id := uuid.MustParse("3dcfa3b9-c4d6-4509-890f-721e8ea88c52").String()
	for range 100 {
		if u := uuid.NewString(); !isUUID([]byte(u)) {
			t.Errorf("%s is not recognised", u)
		}
	}
	// One byte that does not fit is enough.
	for i := range stamp {
		for _, c := range []byte("aAzZ/ -\x80") {
			b := []byte(stamp)
			if b[i] == c {
				continue
			}
			if b[i] = c; isTimestamp(b) {
				t.Errorf("%q passes for a timestamp", b)
			}
		}
	}
	for i := range id {
		for c := range 256 {
			b := []byte(id)
			b[i] = byte(c)
			_, err := uuid.ParseBytes(b)
			upper := c >= 'A' && c <= 'F'
			if got := isUUID(b); got != (err == nil && !upper) {
				t.Errorf("isUUID(%q) is %v", b, got)
			}
		}
	}
	for _, s := range []string{"", stamp[1:], id[1:], id + "0"} {
		if isTimestamp([]byte(s)) || isUUID([]byte(s)) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestShortTexts(t *testing.T) {
	for _, s := range []string{"production", "created_at", "api_call", "Houston", "3.12.0", "98.201.77.16", "198.201.177.160", "14:30", "2025-08-21"} {
		if !isShort([]byte(s)) {
			t.Errorf("%q is not recognised", s)
		}
	}
	for _, s := range []string{"", "pw=", "pin=1234", "otp 1234", "378282246310005", "4222222222222", "token:abc", "%70in=1", "/otp/123456", "caf\u00e9s", "xoxb-ABCDEFGH", "abcdefghijklmnop", "1234567890123", "4222222222222.", "198.201.177.1600"} {
		if isShort([]byte(s)) {
			t.Errorf("%q passes", s)
		}
	}
	g := New(Options{})
	for _, s := range []string{"user_032405", "conv_x698065", "api2call"} {
		if !g.isWord([]byte(s)) {
			t.Errorf("%q is not recognised", s)
		}
	}
	for _, s := range []string{"", "otp123456", "code_123456", "pin_1234", "`otp123456", "user 032405", "User_032405", "user_0324\u00e9", "eyJvdHAiOjF9", "1234567890123", "user-032405", "user_03240506"} {
		if g.isWord([]byte(s)) {
			t.Errorf("%q passes", s)
		}
	}
	// Nothing is taken out of what passes.
	r := rand.New(rand.NewPCG(13, 17))
	var words []string
	for _, p := range append(strings.Fields("code otp pin cvv ssn token password pass bearer basic social_security akia ghp_ sk_live_ eyJ xox AKIA hvs dapi"), pathWords()...) {
		words = append(words, p, strings.ToUpper(p))
	}
	passed := 0
	for range 300_000 {
		s := words[r.IntN(len(words))]
		switch r.IntN(5) {
		case 0, 1:
			s += random(r, "@abcxyzABCXYZ_[]^`{|}~", r.IntN(12))
		case 2:
			s = random(r, "abcpinotpz_", r.IntN(4)) + s + random(r, "0123456789_z", 1+r.IntN(9))
		case 3:
			s = random(r, "0123456789.", 4+r.IntN(12))
		default:
			s = random(r, "0123456789 .:-/=?&%#+,;'\"<>()$!*", 4+r.IntN(12))
		}
		s = s[:min(len(s), 15)]
		if !isShort([]byte(s)) && !g.isWord([]byte(s)) {
			continue
		}
		passed++
		w := g.state()
		if out, changed := w.freeText([]byte(s)); changed {
			t.Errorf("%q is short, but becomes %q", s, out)
		}
		g.release(w)
	}
	if passed < 100_000 {
		t.Errorf("only %d texts were tried", passed)
	}
}
