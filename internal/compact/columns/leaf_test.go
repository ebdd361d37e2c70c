package columns

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// TestEarlyDictionary holds a writer that goes by the file before against one
// that knows none: columns whose values repeat in one file do not in the next.
func TestEarlyDictionary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	file := func(rows int, users, millis, ips int) (records []string) {
		for i := range rows {
			records = append(records, fmt.Sprintf(`{"interaction_id":"%d","user_id":"user %d","api_call":{"ip_address":"10.0.0.%d","response_time_ms":%d.5,"note":"%d"}}`,
				i, r.IntN(users), r.IntN(ips), r.IntN(millis), r.IntN(3)))
		}
		return records
	}
	const few, many = 50, 1 << 30
	w, err := NewWriter(Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for i, records := range [][]string{
		file(dictionaryTrial+2*lookRows, few, few, many),
		file(dictionaryTrial+2*lookRows, many, few, few),
		file(100, few, many, many),
		file(dictionaryTrial+lookRows/2, dictionaryTrial/2, many, few),
		{`{"interaction_id":"a"}`},
		file(dictionaryTrial-1, many, few, few),
	} {
		var got bytes.Buffer
		if err := w.Reset(&got); err != nil {
			t.Fatal(err)
		}
		var tp tape.Tape
		for _, record := range records {
			if err := tp.Parse([]byte(record)); err != nil {
				t.Fatal(err)
			}
			if err := w.Append(&tp); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if want, _ := encode(t, records...); !bytes.Equal(got.Bytes(), want) {
			t.Errorf("file %d has %d bytes, and %d when it is the first one", i, got.Len(), len(want))
		}
	}
}
