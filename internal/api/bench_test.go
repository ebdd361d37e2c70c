package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// discard is a ResponseWriter that costs nothing, so that what remains is
// the server's own work.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkCall measures one call without the network, tracked and not, with
// 32 of them at a time.
func BenchmarkCall(b *testing.B) {
	for _, path := range []string{"/health", "/api/partners/active"} {
		for name, track := range map[string]bool{"tracked": true, "untracked": false} {
			b.Run(strings.ReplaceAll(path[1:], "/", "-")+"/"+name, func(b *testing.B) {
				h := open(b, func(o *Options) { o.Track = track })
				if err := h.opts.DB.Seed(b.Context(), samplePartners(8), nil); err != nil {
					b.Fatal(err)
				}
				handler := h.Handler()
				b.SetParallelism(16)
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					r := httptest.NewRequest(http.MethodGet, path, nil)
					r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148")
					w := &discard{h: http.Header{}}
					for pb.Next() {
						clear(w.h)
						handler.ServeHTTP(w, r)
					}
				})
			})
		}
	}
}

// BenchmarkIngestOne measures durable POSTs of one record, 64 at a time.
func BenchmarkIngestOne(b *testing.B) {
	h := open(b, nil)
	handler := h.Handler()
	before, after, _ := strings.Cut(interaction("note", strings.Repeat("x", 600)), `"interaction_id":"`)
	after = after[36:]
	var n atomic.Uint32
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		w := &discard{h: http.Header{}}
		for pb.Next() {
			clear(w.h)
			i := n.Add(1) * 2654435761
			id := []byte("019ab001-1f6f-72e6-8a11-6d20b15c693f")
			for k := range 8 {
				id[28+k] = "0123456789abcdef"[i>>(4*k)&15]
			}
			r := httptest.NewRequest(http.MethodPost, "/api/interactions", strings.NewReader(before+`"interaction_id":"`+string(id)+after))
			r.Header.Set("Content-Type", asJSON)
			handler.ServeHTTP(w, r)
		}
	})
	b.StopTimer()
	if got := len(h.records("cta_click")); got != b.N {
		b.Errorf("%d records of %d are in the lake", got, b.N)
	}
}

// BenchmarkVerifyStart measures the beginning of contractors' flows, 32 of
// them at a time, among many contractors.
func BenchmarkVerifyStart(b *testing.B) {
	h := open(b, nil)
	handler := h.Handler()
	var n atomic.Int64
	b.SetParallelism(16)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		w := &discard{h: http.Header{}}
		for pb.Next() {
			clear(w.h)
			i := n.Add(1)
			r := httptest.NewRequest(http.MethodPost, "/api/contractors/verify-start", strings.NewReader(fmt.Sprintf(`{"name":"Dana","email":"c%d@x.example","phone":"1%d","company_name":"C"}`, i, i)))
			r.Header.Set("Content-Type", asJSON)
			handler.ServeHTTP(w, r)
		}
	})
}
