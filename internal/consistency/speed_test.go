package consistency

import (
	"strings"
	"testing"
)

// talk is a transcript of at least n bytes in which every topic comes up.
func talk(t testing.TB, n int) string {
	var b strings.Builder
	for b.Len() < n {
		for _, path := range invented(t) {
			for _, g := range readGold(t, path) {
				for _, d := range g.Documents {
					if d.Group != Demos {
						b.WriteString("Rep: ")
					}
					b.WriteString(d.Text)
					b.WriteByte('\n')
				}
			}
		}
	}
	return b.String()
}

func BenchmarkPartner(b *testing.B) {
	engine := newEngine(b)
	all := readGold(b, invented(b)[0])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		engine.Analyze(all[i%len(all)].Partner)
	}
}

func BenchmarkMegabyte(b *testing.B) {
	engine := newEngine(b)
	p := with(readGold(b, invented(b)[0])[0].Partner, Document{ID: "demo9", Group: Demos, Text: talk(b, 1<<20)})
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		engine.Analyze(p)
	}
}

func BenchmarkCatalogue(b *testing.B) {
	for b.Loop() {
		if _, err := DefaultCatalogue(); err != nil {
			b.Fatal(err)
		}
	}
}
