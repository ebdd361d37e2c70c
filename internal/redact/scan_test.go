package redact

import "testing"

func BenchmarkScan(b *testing.B) {
	k := newScanner()
	s := []byte("Based on coverage and experience in commercial roofing your profile matched with a score; this depends on the region, however exam results arrive soon. Please upload documents so that our team can review them")
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		if p, _ := k.next(s, 0); p != len(s) {
			b.Fatalf("stopped at %q", s[p:])
		}
	}
}
