package redact

import (
	"math/rand/v2"
	"testing"
)

// Wherever something fits, next finds it, and nothing before it.
func TestNextPlace(t *testing.T) {
	k := newScanner()
	r := rand.New(rand.NewPCG(3, 3))
	found := 0
	for range 3000 {
		s := []byte(random(r, "abcdeiknoprst ,.", r.IntN(120)))
		for range r.IntN(3) {
			word := []string{"code", "PIN", "a=b", "4111", "://", "ghp_", "%7B"}[r.IntN(7)]
			copy(s[r.IntN(len(s)+1):], word)
		}
		for from := 0; from <= len(s); {
			want, bits := from, uint(0)
			for ; want < len(s); want++ {
				four := [4]byte{}
				copy(four[:], s[want:])
				d := ^uint64(0)
				for _, c := range four {
					d = d<<lane | k.fits[c]
				}
				if bits = uint(^d >> (3 * lane)); bits != 0 {
					break
				}
			}
			if p, fits := k.next(s, from); p != want || fits != bits {
				t.Fatalf("%q from %d: %d fits %x, want %d, %x", s, from, p, fits, want, bits)
			}
			if want < len(s) {
				found++
			}
			from = want + 1
		}
	}
	if found < 1000 {
		t.Errorf("only %d places", found)
	}
}

func BenchmarkScan(b *testing.B) {
	k := newScanner()
	s := []byte("Based on coverage and experience in commercial roofing your profile matched with a score; this depends on the region, however exam results arrive soon. Please upload documents so that our team can review them")
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		for p := 0; p < len(s); p++ {
			p, _ = k.next(s, p)
		}
	}
}
