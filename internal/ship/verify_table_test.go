package ship

import (
	"testing"

	"github.com/power100/tpe/internal/dynamo"
)

// An item without a time that can be read has no day, and not that of 1970.
func TestItemWithoutTime(t *testing.T) {
	for _, text := range []string{"", "soon"} {
		if c := copied(&dynamo.Entry{ID: "x", Time: text}); !c.Time.IsZero() {
			t.Errorf("%q: %v", text, c.Time)
		}
	}
	if c := copied(&dynamo.Entry{ID: "x", Time: "2026-11-05T10:00:00.000Z"}); c.Time.IsZero() {
		t.Error("a time is lost")
	}
}
