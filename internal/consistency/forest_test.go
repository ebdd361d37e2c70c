package consistency

import (
	"math"
	"math/rand/v2"
	"testing"
)

// anyFacets are facets within the bounds that sentences have.
func anyFacets(rng *rand.Rand) *facets {
	var t facets
	for i := range t {
		t[i] = fixed(rng.Float64()*2 - 1)
	}
	t[facetShared], t[facetRivalShared] = int32(rng.IntN(3))*unit, int32(rng.IntN(3))*unit
	t[facetLength], t[facetClaimLength], t[facetClaimWords] = fixed(rng.Float64()*3), int32(rng.IntN(25))*unit, int32(rng.IntN(9))*unit
	t[facetCue], t[facetFigure] = int32(rng.IntN(3)-1)*unit, int32(rng.IntN(3)-1)*unit
	return &t
}

func TestForestsExplainThemselves(t *testing.T) {
	cat := newEngine(t).cat
	rng := rand.New(rand.NewPCG(1, 2))
	for name, f := range map[string]*forest{"speaks": cat.speaks, "denies": cat.denies, "disputed": cat.disputed, "silent": cat.silent} {
		for range 1000 {
			at := anyFacets(rng)
			sum, parts := f.explain(at[:])
			for _, p := range parts {
				sum += p
			}
			if odds := f.odds(at[:]); math.Abs(odds-sum) > 1e-9 {
				t.Fatalf("%s: the parts come to %v, the log-odds are %v", name, sum, odds)
			}
		}
	}
}

// TestWhatIsSureMovesOneWay holds what no fit to data may turn around: what is
// nearer to a claim speaks of it rather, and a cue or a figure against a claim
// makes a denial no less likely.
func TestWhatIsSureMovesOneWay(t *testing.T) {
	cat := newEngine(t).cat
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name  string
		f     *forest
		facet int
		up    bool
	}{
		{"alike", cat.speaks, facetAlike, true}, {"rival alike", cat.speaks, facetRivalAlike, false},
		{"shared", cat.speaks, facetShared, true}, {"rival shared", cat.speaks, facetRivalShared, false},
		{"kin", cat.speaks, facetKin, true}, {"rival kin", cat.speaks, facetRivalKin, false}, {"nothing", cat.speaks, facetNothing, false},
		{"cue", cat.denies, facetCue, false}, {"figure", cat.denies, facetFigure, false},
		{"example", cat.denies, facetExample, true}, {"echo", cat.denies, facetEcho, false}, {"said", cat.denies, facetSaid, false},
		{"about", cat.silent, silenceAbout, false}, {"all about", cat.silent, silenceAboutAll, false},
		{"kin", cat.silent, silenceKin, false}, {"record", cat.silent, silenceRecord, true},
		{"against", cat.disputed, evidenceAgainst, true}, {"second against", cat.disputed, evidenceAgainst2, true},
		{"all against", cat.disputed, evidenceAgainstAll, true}, {"for", cat.disputed, evidenceFor, false},
		{"second for", cat.disputed, evidenceFor2, false}, {"all for", cat.disputed, evidenceForAll, false},
		{"demos for", cat.disputed, evidenceForDemos, false}, {"opposite", cat.denies, facetOpposite, true}, {"absolute", cat.denies, facetAbsolute, true},
	} {
		moved := false
		for range 2000 {
			at := anyFacets(rng)
			before := c.f.odds(at[:])
			at[c.facet] += fixed(rng.Float64())
			after := c.f.odds(at[:])
			if !c.up {
				before, after = after, before
			}
			if after < before-1e-9 {
				t.Fatalf("%s turns the log-odds from %v to %v", c.name, before, after)
			}
			moved = moved || after > before
		}
		if !moved {
			t.Errorf("%s moves nothing", c.name)
		}
	}
}

func TestForestsThatAreCutOffAreRefused(t *testing.T) {
	for _, n := range []int{0, 11, 13, 40, len(embeddedForests) - 1} {
		if err := new(Catalogue).readForests(embeddedForests[:n]); err == nil {
			t.Errorf("%d bytes are taken for four forests", n)
		}
	}
}
