package columns

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// What the shredder remembers of the names on one tape makes no difference:
// records that come on a tape each make the same file.
func TestMemoryMakesNoDifference(t *testing.T) {
	r := random{rand.New(rand.NewPCG(3, 3))}
	records := []string{`{"metadata":{"user_agent":"a"},"user_agent":"b"}`, `{"metadata":[{"user_agent":"a"}]}`, `{"metadata":{"metadata":{"user_agent":"a"}}}`, `{"extra":{"a":1},"metadata":{"extra":1}}`}
	for range 300 {
		records = append(records, r.object(3, contract()))
	}
	want, _ := encode(t, records...)
	got, _ := encodeOn(t, func() *tape.Tape { return new(tape.Tape) }, records...)
	if !bytes.Equal(got, want) {
		t.Error("the files differ")
	}
}
