package columns

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// FuzzRoundTrip takes any JSON object through a file and back.
func FuzzRoundTrip(f *testing.F) {
	r := random{rand.New(rand.NewPCG(9, 9))}
	for range 30 {
		f.Add([]byte(r.object(3, contract())))
	}
	f.Add([]byte(`{"outcomes":{},"metadata":{"location":{"state":1}},"ai_conversation":{"messages":[{},{"a":1}]},"experiments":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var tp tape.Tape
		if len(data) > 1<<16 || tp.Parse(data) != nil || tp.Kind(0) != tape.KindObject {
			t.Skip()
		}
		check(t, string(data), `{}`, string(data))
	})
}

// FuzzOpen reads damaged files. Nothing may panic, and what is proven must be
// what was written.
func FuzzOpen(f *testing.F) {
	r := random{rand.New(rand.NewPCG(8, 8))}
	records := make([]string, 40)
	for i := range records {
		records[i] = r.object(2, contract())
	}
	data, want := encode(f, records...)
	f.Add(uint32(0), byte(0))
	f.Add(uint32(len(data)-20), byte(3))
	f.Add(uint32(len(data)/2), byte(200))
	f.Fuzz(func(t *testing.T, at uint32, change byte) {
		bad := append([]byte(nil), data...)
		bad[int(at)%len(bad)] ^= change
		readAll(t, bad, want)
	})
}

// FuzzOpenForeign reads damaged files of another engine.
func FuzzOpenForeign(f *testing.F) {
	data, err := os.ReadFile("testdata/trino.parquet")
	if err != nil {
		f.Fatal(err)
	}
	want := ofTrino(f)
	for _, at := range []int{0, 40, 4000, len(data) - 20} {
		f.Add(uint32(at), byte(1))
	}
	f.Fuzz(func(t *testing.T, at uint32, change byte) {
		bad := append([]byte(nil), data...)
		bad[int(at)%len(bad)] ^= change
		readAll(t, bad, want)
	})
}
