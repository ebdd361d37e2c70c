package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// sample is about 64 MB of lines of some 900 bytes, the size of an
// interaction.
func sample() []byte {
	var b bytes.Buffer
	pad := bytes.Repeat([]byte(`"k":"some text of an interaction",`), 26)
	for i := range 70000 {
		fmt.Fprintf(&b, "{%s\"n\":%d}\n", pad, i)
	}
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	lines := sample()
	for _, bench := range []struct {
		name, file string
		input      []byte
	}{
		{"lines", "x.ndjson", lines},
		{"documents", "x.json", append([]byte("{}{}\n"), lines...)},
		{"zstd", "x.ndjson.zst", zstded(b, lines)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			rd := NewReader(Options{})
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for it := range rd.Items(b.Context(), bytes.NewReader(bench.input), bench.file) {
					n += len(it.Data)
				}
				if n < len(lines)-80000 {
					b.Fatal(n)
				}
			}
		})
	}
}

// BenchmarkSmallFiles reads files of one pretty record.
func BenchmarkSmallFiles(b *testing.B) {
	dir := b.TempDir()
	const count = 2000
	doc := []byte("{\n  \"a\": \"" + string(bytes.Repeat([]byte("x"), 900)) + "\"\n}")
	for i := range count {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.json", i)), doc, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		rd := NewReader(Options{})
		files, err := Find([]string{dir})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for f, err := range files {
			if err != nil {
				b.Fatal(err)
			}
			for range rd.FileItems(b.Context(), f) {
				n++
			}
		}
		if n != count {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/count, "µs/file")
}
