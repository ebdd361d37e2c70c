package consistency

import "testing"

// What the claims say of a group and the alignment with it are one story.
func TestAlignmentWithTheCEOIsWhatTheClaimsSay(t *testing.T) {
	engine := newEngine(t)
	of := func(p Partner, g Group) *float64 {
		for _, a := range engine.Analyze(p).Alignment {
			if a.A == CEO && a.B == g {
				return a.Value
			}
		}
		t.Fatalf("no alignment with %s", g)
		return nil
	}
	p := sample()
	if v := of(p, Demos); v == nil || *v != 100 {
		t.Errorf("the demos bear out all they speak to: %v", v)
	}
	for _, g := range []Group{Employees, Customers} { // one topic of three is denied
		if v := of(p, g); v == nil || *v != 66.7 {
			t.Errorf("%s: %v", g, v)
		}
	}
	for _, id := range []string{"customer1", "customer2", "customer3"} {
		p = replaced(p, id, "The parking is good.")
	}
	if v := of(p, Customers); v != nil {
		t.Errorf("customers speak to nothing: %v", *v)
	}
}
