package lake

import (
	"os"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// An erasure waits for the copies that are under way, also when it was stopped
// in between, and not for those that come later.
func TestAwaitCopies(t *testing.T) {
	l, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	begin := func() func() {
		t.Helper()
		end, err := l.BeginCopy()
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	await := func(want tpe.Code) {
		t.Helper()
		wait := time.Minute
		if want != "" {
			wait = time.Millisecond
		}
		if err := l.AwaitCopies(t.Context(), wait); tpe.CodeOf(err) != want {
			t.Fatalf("%v, want the code %q", err, want)
		}
	}
	await("") // nobody has copied anything
	first := begin()
	await(tpe.Unavailable)
	second := begin() // after the erasure has begun to wait
	await(tpe.Unavailable)
	first()
	await(tpe.Unavailable) // now the second one is an earlier one, too
	later := begin()
	second()
	await(tpe.Unavailable)
	later()
	await("")

	if err := os.RemoveAll(l.Dir()); err != nil {
		t.Fatal(err)
	}
	begin()() // no lake, nobody to forget
}
