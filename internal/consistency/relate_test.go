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

// What a sentence says of a claim in the claim's own words.
func TestDenialsInTheClaimsOwnWords(t *testing.T) {
	engine := newEngine(t)
	for _, c := range []struct {
		claim, said string
		want        Relation
	}{
		{"Every plumber is licensed.", "Nobody is licensed.", Contradicts},
		{"Every plumber is licensed.", "None of the plumbers is licensed.", Contradicts},
		{"Every plumber is licensed.", "Hardly any plumber is licensed.", Contradicts},
		{"Every plumber is licensed.", "Few plumbers are licensed.", Contradicts},
		{"Every plumber is licensed.", "Only some plumbers are licensed.", Contradicts},
		{"Every plumber is licensed.", "Half of the plumbers are licensed.", Contradicts},
		{"Every plumber is licensed.", "Two of our nine plumbers are licensed.", Contradicts},
		{"Every plumber is licensed.", "Plumbers are rarely licensed.", Contradicts},
		{"Every plumber is licensed.", "My plumber had no license.", Contradicts},
		{"Every plumber is licensed.", "All nine of our nine plumbers are licensed.", Agrees},
		{"Every crew has a certified welder.", "There's one welder for six crews.", Contradicts},
		{"Every crew has a certified welder.", "Each crew has one welder.", Agrees},
		{"We release new features every month.", "There's always some new feature.", Agrees},
		{"We record all calls.", "They forget to record calls.", Contradicts},
		{"We record all calls.", "They gave up recording calls.", Contradicts},
		{"Orders go out in five days.", "I'd forgotten I ordered it.", Agrees},
		{"Workers are drug tested.", "We skip the drug test when a client is in a hurry.", Contradicts},
		{"Tax filings are included.", "Tax filings aren't part of the flat fee.", Contradicts},
		{"Joining is free for bakers.", "Nothing, it's free for the baker.", Agrees},
		{"We don't sell hardware.", "They sell hardware.", Contradicts},
		{"We don't sell hardware.", "They don't sell hardware.", Agrees},
		{"We never sell your data.", "They sold my data.", Contradicts},
		{"There's no setup fee.", "There is a setup fee.", Contradicts},
		{"We deliver on time.", "Late deliveries: 0 of 41.", Agrees},
		{"We deliver on time.", "On-time deliveries: 0 of 12.", Contradicts},
		{"We deliver on time.", "0 of 41 deliveries were late.", Agrees},
		{"There is no contract.", "Contract: none.", Agrees},
		{"Our people are polite.", "I've yet to hear a rude word.", Agrees},
		{"Bad lamps are refunded.", "I've yet to see a refund.", Contradicts},
		{"Our app is easy to use.", "Easy is not the word I'd use.", Contradicts},
		{"Our leads are exclusive.", "Exclusive? No.", Contradicts},
		{"Our leads are exclusive.", "Exclusive? Not in my experience.", Contradicts},
		{"We deliver on time.", "Late? Not in my experience.", Agrees},
		{"There are no hidden fees.", "Are there hidden fees? Not that I've seen.", Agrees},
		{"Your first visit is free of charge.", "Free.", Agrees},
	} {
		if got := engine.Relate(c.claim, c.said); got != c.want {
			t.Errorf("%s | %s: %s, want %s", c.claim, c.said, got, c.want)
		}
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
