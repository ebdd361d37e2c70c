package redact

import (
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
