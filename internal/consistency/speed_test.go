package consistency

import (
	"strings"
	"testing"
	"time"
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

// TestSpeed holds the promised times: 20 ms for a partner of 14 documents and
// 2 s for 1 MB of transcript. The bounds are several times what is measured.
func TestSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	engine := newEngine(t)
	all := readGold(t, invented(t)[0])
	start := time.Now()
	for _, g := range all {
		engine.Analyze(g.Partner)
	}
	if per := time.Since(start) / time.Duration(len(all)); per > 20*time.Millisecond {
		t.Errorf("a partner takes %v", per)
	}
	p := with(all[0].Partner, Document{ID: "demo9", Group: Demos, Text: talk(t, 1<<20)})
	start = time.Now()
	engine.Analyze(p)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("1 MB of transcript takes %v", took)
	}
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
