package consistency

import (
	"os"
	"strings"
	"testing"
)

// TestRelateInventedPairs holds the share of invented claim and answer pairs
// that are read rightly, and that few are read the wrong way round: to miss a
// contradiction is bad, to invent one is worse.
func TestRelateInventedPairs(t *testing.T) {
	data, err := os.ReadFile("testdata/pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	engine := newEngine(t)
	n, right, reversed := 0, 0, 0
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			t.Fatalf("line %q has %d columns", line, len(f))
		}
		n++
		switch got := engine.Relate(f[0], f[1]); {
		case string(got) == f[2]:
			right++
		case got != Unrelated:
			reversed++
			t.Logf("%s, not %s: %s | %s", got, f[2], f[0], f[1])
		}
	}
	t.Logf("%d pairs: %d right, %d the wrong way round", n, right, reversed)
	if right*10 < n*8 || reversed*12 > n {
		t.Errorf("%d pairs: %d right, %d the wrong way round", n, right, reversed)
	}
}

func TestRelatedness(t *testing.T) {
	r := NewRelatedness([]string{"a man plays a guitar", "a woman cuts an onion", "the man is playing guitars"})
	same, near, far := r.Of("a man plays a guitar", "a man plays a guitar"), r.Of("a man plays a guitar", "the man is playing guitars"), r.Of("a man plays a guitar", "a woman cuts an onion")
	if same < 0.999 || near <= far || near >= same {
		t.Errorf("same %.3f, near %.3f, far %.3f", same, near, far)
	}
	if a, b := r.Of("one thing", "another thing here"), r.Of("another thing here", "one thing"); a != b {
		t.Errorf("not symmetric: %v and %v", a, b)
	}
	if v := r.Of("", ""); v != 0 {
		t.Errorf("empty: %v", v)
	}
}
