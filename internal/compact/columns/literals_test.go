package columns

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func readFrame(t testing.TB, frame []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out, err := z.DecodeAll(frame, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Letters in every proportion, and blocks that end in every way.
func TestLiterals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l literals
	for _, size := range []int{1, 2, 11, 12, 13, 100, 4096, literalsBlock - 1, literalsBlock, literalsBlock + 1, 3*literalsBlock + 5} {
		for _, letters := range []int{1, 2, 10, 17, 200, 256} {
			body := make([]byte, size)
			for i := range body {
				body[i] = byte(r.IntN(1 + r.IntN(letters)))
			}
			for _, cut := range []int{0, 1, size / 2, size} {
				frame := l.append([]byte("before"), body, cut)
				if got := readFrame(t, frame[len("before"):]); !bytes.Equal(got, body) {
					t.Fatalf("%d bytes of %d letters, cut at %d, came back as others", size, letters, cut)
				}
			}
		}
	}
}

// Codes that follow how often each digit comes take about half a byte; random
// bytes take no more than themselves and the headers.
func TestLiteralsSize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l literals
	digits, noise := make([]byte, 100_000), make([]byte, 100_000)
	for i := range digits {
		digits[i], noise[i] = byte('0'+r.IntN(10)), byte(r.Uint32())
	}
	if n := len(l.append(nil, digits, 0)); n > 43_000 {
		t.Errorf("digits take %d bytes", n)
	}
	if n := len(l.append(nil, noise, 0)); n > 100_012 {
		t.Errorf("random bytes take %d bytes", n)
	}
}

func FuzzLiterals(f *testing.F) {
	f.Add([]byte("192.168.1.1192.168.1.2"), 3)
	f.Fuzz(func(t *testing.T, body []byte, cut int) {
		if len(body) == 0 {
			return
		}
		var l literals
		if got := readFrame(t, l.append(nil, body, max(0, min(cut, len(body))))); !bytes.Equal(got, body) {
			t.Error("came back as others")
		}
	})
}
