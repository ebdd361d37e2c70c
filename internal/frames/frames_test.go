package frames

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// read returns the content of a frame as another decoder sees it.
func read(t testing.TB, frame []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
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

// prose returns a text of n bytes, of some hundred words that come equally often.
func prose(r *rand.Rand, n int) []byte {
	var words []string
	for range 300 {
		w := make([]byte, 2+r.IntN(5)+r.IntN(6))
		for i := range w {
			w[i] = "etaoinshrdlucmfwypvbgkjqxz"[r.IntN(1+r.IntN(26))]
		}
		words = append(words, string(w))
	}
	var b bytes.Buffer
	for b.Len() < n {
		w := words[r.IntN(len(words))]
		if r.IntN(10) == 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b.WriteString(w)
		b.WriteString([]string{" ", " ", " ", " ", " ", " ", ", ", ". ", "\n", " caf\u00e9 \u2014 "}[r.IntN(10)])
	}
	return b.Bytes()[:n]
}

// documents returns about n bytes of JSON texts.
func documents(r *rand.Rand, n int) []byte {
	var b bytes.Buffer
	notes := prose(r, 100_000)
	for b.Len() < n {
		note := r.IntN(len(notes) - 60)
		fmt.Fprintf(&b, `{"state":%q,"limit":%d,"filters":{"min_rating":%d.%d,"tags":["%d"]},"note":%q}`,
			[]string{"TX", "CA", "NY"}[r.IntN(3)], 10*r.IntN(10), r.IntN(5), r.IntN(10), r.IntN(50), notes[note:note+r.IntN(60)])
	}
	return b.Bytes()[:n]
}

func TestTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	kinds := map[string]func(n int) []byte{
		"prose":     func(n int) []byte { return prose(r, n) },
		"documents": func(n int) []byte { return documents(r, n) },
		"same":      func(n int) []byte { return bytes.Repeat([]byte("x"), n) },
		"spaces":    func(n int) []byte { return bytes.Repeat([]byte(" "), n) },
		"repeated":  func(n int) []byte { return bytes.Repeat(prose(r, 1+n/7), 7)[:n] },
		"letters": func(n int) []byte {
			b := make([]byte, n)
			for i := range b {
				b[i] = "ab .\"{"[r.IntN(6)]
			}
			return b
		},
		"noise": func(n int) []byte {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return b
		},
	}
	w := New()
	for name, kind := range kinds {
		for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 100, 1000, partSize - 1, partSize + 1, maxBlock - 1, maxBlock, maxBlock + 1, 200_000} {
			body := kind(n)
			for _, words := range [][2]int{{1, 2}, {2, 6}} {
				frame := w.AppendTexts([]byte("before"), body, words[0], words[1])[len("before"):]
				if got := read(t, frame); !bytes.Equal(got, body) {
					t.Fatalf("%d bytes of %s came back as others", n, name)
				}
				if len(frame) > n+13+3*(1+n/maxBlock) {
					t.Errorf("%d bytes of %s take %d", n, name, len(frame))
				}
				if again := New().AppendTexts(nil, body, words[0], words[1]); !bytes.Equal(again, frame) {
					t.Errorf("%d bytes of %s are written in two ways", n, name)
				}
			}
		}
	}
}

// A text longer than the window of every decoder.
func TestTextsWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	body := bytes.Repeat(prose(r, 2_500_000), 4)
	frame := New().AppendTexts(nil, body, 1, 2)
	if got := read(t, frame); !bytes.Equal(got, body) {
		t.Fatal("came back as others")
	}
	if len(frame) > len(body)/4 {
		t.Errorf("%d bytes take %d", len(body), len(frame))
	}
}

// Documents get smaller than by the usual compressor; prose of words that come
// equally often does not get larger.
func TestTextsSize(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4<<20))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		body      []byte
		few, many int
		most      float64
	}{
		{"prose", prose(r, 1<<20), 1, 2, 1.02},
		{"documents", documents(r, 1<<20), 2, 6, 0.93},
	} {
		ours, usual := len(New().AppendTexts(nil, c.body, c.few, c.many)), len(z.EncodeAll(c.body, nil))
		if float64(ours) > c.most*float64(usual) {
			t.Errorf("%s: %d bytes, %d by the usual compressor", c.name, ours, usual)
		}
	}
}

// Letters in every proportion, and blocks that end in every way.
func TestLetters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := New()
	for _, size := range []int{0, 1, 2, 11, 12, 13, 31, 32, 100, 1023, 1024, 4096, 1 << 14, maxBlock - 1, maxBlock, maxBlock + 1, 3*maxBlock + 5} {
		for _, letters := range []int{1, 2, 10, 17, 200, 256} {
			body := make([]byte, size)
			for i := range body {
				body[i] = byte(r.IntN(1 + r.IntN(letters)))
			}
			for _, cut := range []int{0, 1, size / 2, size} {
				frame := w.AppendLetters([]byte("before"), body, cut)
				if got := read(t, frame[len("before"):]); !bytes.Equal(got, body) {
					t.Fatalf("%d bytes of %d letters, cut at %d, came back as others", size, letters, cut)
				}
			}
		}
	}
}

// Codes that follow how often each digit comes take about half a byte; random
// bytes take no more than themselves and the headers.
func TestLettersSize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := New()
	digits, noise := make([]byte, 100_000), make([]byte, 100_000)
	for i := range digits {
		digits[i], noise[i] = byte('0'+r.IntN(10)), byte(r.Uint32())
	}
	if n := len(w.AppendLetters(nil, digits, 0)); n > 43_000 {
		t.Errorf("digits take %d bytes", n)
	}
	if n := len(w.AppendLetters(nil, noise, 0)); n > 100_012 {
		t.Errorf("random bytes take %d bytes", n)
	}
}

// FuzzTexts writes arbitrary bytes, and as many words chosen by them that
// there are several blocks.
func FuzzTexts(f *testing.F) {
	f.Add([]byte("The team, the bond. \"Quoted\" words\x00\xff caf\xc3\xa9"), byte(1), byte(2))
	f.Add([]byte(`{"state":"TX","limit":30,"note":"a b c d"}{"state":"CA","limit":30}`), byte(2), byte(6))
	f.Fuzz(func(t *testing.T, data []byte, few, many byte) {
		var words bytes.Buffer
		for i, c := range data {
			for k := range 1 + len(data)%40 {
				words.WriteString([]string{"the", "Contractor", "a", "requirements", "state", "ten", "123"}[(int(c)+k*k)%7])
				words.WriteString([]string{" ", ", ", ". ", "\":\""}[(i+k)%4])
			}
		}
		w := New()
		for _, body := range [][]byte{data, words.Bytes()} {
			frame := w.AppendTexts(nil, body, 1+int(few%mostWords), 1+int(many%mostWords))
			if got := read(t, frame); !bytes.Equal(got, body) {
				t.Error("came back as others")
			}
		}
	})
}

func FuzzLetters(f *testing.F) {
	f.Add([]byte("192.168.1.1192.168.1.2"), 3)
	f.Fuzz(func(t *testing.T, body []byte, cut int) {
		if got := read(t, New().AppendLetters(nil, body, max(0, min(cut, len(body))))); !bytes.Equal(got, body) {
			t.Error("came back as others")
		}
	})
}

// BenchmarkTexts measures frames of texts beside the usual compressor at its
// two middle levels: bytes a second and the size.
func BenchmarkTexts(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range []struct {
		name      string
		body      []byte
		few, many int
	}{{"prose", prose(r, 4<<20), 1, 2}, {"documents", documents(r, 4<<20), 2, 6}} {
		run := func(how string, encode func(dst []byte) []byte) {
			b.Run(c.name+"/"+how, func(b *testing.B) {
				b.SetBytes(int64(len(c.body)))
				var out []byte
				for b.Loop() {
					out = encode(out[:0])
				}
				b.ReportMetric(float64(len(out))/float64(len(c.body)), "ratio")
			})
		}
		w := New()
		run("words", func(dst []byte) []byte { return w.AppendTexts(dst, c.body, c.few, c.many) })
		for _, level := range []zstd.EncoderLevel{zstd.SpeedDefault, zstd.SpeedBetterCompression} {
			z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(level), zstd.WithWindowSize(4<<20))
			if err != nil {
				b.Fatal(err)
			}
			run(level.String(), func(dst []byte) []byte { return z.EncodeAll(c.body, dst) })
		}
	}
}
