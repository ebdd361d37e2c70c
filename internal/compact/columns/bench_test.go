package columns

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// calls makes records of tracked calls and conversations, in the order of a
// file.
func calls(n int) (records []string, bytes int64) {
	r := random{rand.New(rand.NewPCG(1, 1))}
	for i := range n {
		common := fmt.Sprintf(`"user_id":"user_%06d","user_type":"contractor","session_id":"%08x-0000-4000-8000-000000000000",`+
			`"metadata":{"app_version":"1.2.3","environment":"production","user_agent":"agent %d","ip_address":"10.%d.%d.%d","location":{"country":"US","state":"TX","city":"Austin"}},"experiments":{"chat":"a"}`,
			r.IntN(50000), r.IntN(n/10+1), r.IntN(8), r.IntN(256), r.IntN(256), r.IntN(256))
		record := fmt.Sprintf(`{"interaction_id":"%016x-%016x","timestamp":"2026-11-23T09:%02d:%02d.%03dZ","interaction_type":`, r.Uint64(), r.Uint64(), i*60/n, i*3600/n%60, r.IntN(1000))
		if i < n/10 {
			text := strings.Repeat("words that repeat and some that do not ", 5) + fmt.Sprint(r.Uint64())
			record += fmt.Sprintf(`"ai_concierge",%s,"ai_conversation":{"messages":[{"role":"user","content":%q,"timestamp":"2026-11-23T09:00:00.000Z","tokens":%d}],"total_tokens":7,"cost":0.0012,"model":"m"}}`,
				common, text, r.IntN(200))
		} else {
			record += fmt.Sprintf(`"api_call",%s,"api_call":{"method":"GET","path":"/api/v1/things","query_params":{"page":"%d"},"request_body":{"state":"TX","limit":%d,"note":"%x"},"response_status":200,"response_time_ms":%d.%02d}}`,
				common, r.IntN(20), r.IntN(100), r.Uint64(), r.IntN(300), r.IntN(100))
		}
		records = append(records, record)
		bytes += int64(len(record))
	}
	return records, bytes
}

// BenchmarkWrite measures parsed records to a file that is thrown away; a
// core, without the parsing.
func BenchmarkWrite(b *testing.B) {
	records, size := calls(20000)
	tapes := make([]tape.Tape, len(records))
	for i, r := range records {
		if err := tapes[i].Parse([]byte(r)); err != nil {
			b.Fatal(err)
		}
	}
	w, err := NewWriter(Options{Version: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Reset(io.Discard); err != nil {
			b.Fatal(err)
		}
		for i := range tapes {
			if err := w.Append(&tapes[i]); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(w.offset)/float64(len(records)), "B/record")
}

// BenchmarkProof measures reading a file back for its proof, and whole
// records from it.
func BenchmarkProof(b *testing.B) { benchmarkRead(b, prove) }

// BenchmarkRecords measures putting whole records together again.
func BenchmarkRecords(b *testing.B) {
	benchmarkRead(b, func(f *File) error {
		for _, err := range f.Records(context.Background()) {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func prove(f *File) error {
	_, err := f.Proof(context.Background())
	return err
}

func benchmarkRead(b *testing.B, read func(*File) error) {
	records, size := calls(20000)
	data, _ := encode(b, records...)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		f, err := view(data)
		if err != nil {
			b.Fatal(err)
		}
		if err := read(f); err != nil {
			b.Fatal(err)
		}
	}
}
