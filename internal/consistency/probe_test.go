package consistency

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestProbe shows every judgement on the set that TPE_PROBE names.
func TestProbe(t *testing.T) {
	p := os.Getenv("TPE_PROBE")
	if p == "" {
		t.Skip("TPE_PROBE names no set")
	}
	e := newEngine(t)
	paths, _ := filepath.Glob(p)
	for _, p := range paths {
		for _, g := range readGold(t, p) {
			rep := e.Analyze(g.Partner)
			m := mark(g, rep)
			fmt.Printf("== %s planted %d predicted %d found %d strict %d\n", g.ID, m.planted, m.predicted, m.found, m.strict)
			voices, _ := collectVoices(g.Documents)
			r := newReader(e.cat)
			claims := collectClaims(e.cat, r, documentsOf(voices, CEO))
			claims = append(claims, demoClaims(e.cat, r, documentsOf(voices, Demos), claims)...)
			table, _ := listen(e.cat, r, voices, claims)
			for _, f := range settle(e.cat, claims, table, voices, nil) {
				c := &claims[f.claim]
				fmt.Printf("  %s [%s] %s value %d chance %.2f near %.2f %s\n", map[bool]string{true: "!!", false: "  "}[f.kind != ""], c.text, c.name, c.value, f.ruling.chance, f.ruling.near, f.kind)
				for v, p := range table[f.claim] {
					if p.value() != 0 || p.near > 0.15 && os.Getenv("TPE_PROBE_ALL") != "" {
						fmt.Printf("          %s near %.2f -%.2f +%.2f fig %v %s | %s\n", voices[v].person, p.near, p.against, p.support, p.numeric, p.text, p.nearText)
					}
				}
			}
			for _, d := range g.Gold.Discrepancies {
				fmt.Printf("     ** %s %s", d.Kind, d.Topic)
				for _, ev := range d.Evidence {
					fmt.Printf(" %s[%s]", ev.Doc, ev.Quote)
				}
				fmt.Println()
			}
		}
	}
}
